"""A partnership of the fixed world, with a promise, people, private goals and letters, written as rows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from models.base import utc_now
from models.commitment import Commitment, Move
from models.commitment_rules import add_move
from models.commitment_standing import Step, Terms
from models.database import begin_write
from models.organisation import Unit
from models.partnership import (
    Counterpart,
    ExpectationLetter,
    Partnership,
    PartnershipEvent,
    PartnershipEventKind,
    PartnershipKind,
    PartnershipStage,
    PartnershipState,
    PrivateGoal,
)
from models.side import Side
from tests.world import World

# What must never reach the other side.
ASKING_GOAL = "canary-goal-of-the-asking-side"
ASKED_GOAL = "canary-goal-of-the-asked-side"
ASKED_DRAFT = "canary-draft-of-the-asked-side"


@dataclass(frozen=True)
class Partnering:
    """Ids of one partnership and of what hangs on it. ``promise`` is agreed and owed by the asking side, ``request``
    waits for the asked side, ``draft`` is the asked side's.
    """

    partnership: int
    promise: int
    request: int
    draft: int
    asking_person: int
    asked_person: int


# The first one that is written to an empty database.
FIRST = Partnering(partnership=1, promise=1, request=2, draft=3, asking_person=1, asked_person=2)


def add_partnership(
    session: Session,
    world: World,
    asking: str = "alba plant",
    asked: str = "boreal engineering",
    asker: str = "max",
    answerer: str = "dora",
    state: PartnershipState = PartnershipState.ACTIVE,
    introduction_id: int | None = None,
    names_asked_side: bool = True,
) -> Partnering:
    """Write it in one transaction: a pilot that began ten days ago, proposed by the asking side. Who is named on a side
    may see it; with ``names_asked_side`` off, the asked side's entry has ended.
    """
    begin_write(session)
    now = utc_now()
    us, them = world.people[asker], world.people[answerer]
    asking_unit = session.get_one(Unit, world.units[asking])
    asked_unit = session.get_one(Unit, world.units[asked])
    partnership = Partnership(
        asking_organisation_id=asking_unit.organisation_id,
        asking_unit_id=asking_unit.id,
        asked_organisation_id=asked_unit.organisation_id,
        asked_unit_id=asked_unit.id,
        introduction_id=introduction_id,
        proposed_by=Side.ASKING,
        proposed_by_id=us,
        kind=PartnershipKind.PILOT,
        state=state,
        doing="testing cells in one laboratory",
        beneficiary="battery makers and students",
        benefit="reliable ageing data",
        result="two new test engineers a year",
        started_on=(now - timedelta(days=10)).date(),
        ends_on=(now + timedelta(days=80)).date(),
        answered_at=None if state is PartnershipState.PROPOSED else now,
    )
    session.add(partnership)
    session.flush()
    for kind, side, person_id in (
        (PartnershipEventKind.PROPOSED, Side.ASKING, us),
        (PartnershipEventKind.CONFIRMED, Side.ASKED, them),
    ):
        session.add(
            PartnershipEvent(
                partnership_id=partnership.id,
                kind=kind,
                side=side,
                person_id=person_id,
                stage=PartnershipStage.SCOPING if kind is PartnershipEventKind.PROPOSED else None,
            )
        )
    entries = []
    for side, person_id, goal in ((Side.ASKING, us, ASKING_GOAL), (Side.ASKED, them, ASKED_GOAL)):
        entry = Counterpart(
            partnership_id=partnership.id,
            side=side,
            person_id=person_id,
            part="Looks after it",
            goals="Good engineers",
            ended_at=now if side is Side.ASKED and not names_asked_side else None,
        )
        session.add(entry)
        session.flush()
        session.add(PrivateGoal(counterpart_id=entry.id, text=goal))
        entries.append(entry.id)
    session.add(
        ExpectationLetter(partnership_id=partnership.id, side=Side.ASKED, author_id=them, text=ASKED_DRAFT)
    )
    promise = add_commitment(session, partnership, Side.ASKING, Side.ASKING, us, "Send the cells")
    add_move(promise, Step(Move.SEND, Side.ASKING, us, now))
    add_move(promise, Step(Move.PROMISE, Side.ASKED, them, now))
    request = add_commitment(session, partnership, Side.ASKED, Side.ASKING, us, "Age the cells")
    add_move(request, Step(Move.SEND, Side.ASKING, us, now))
    draft = add_commitment(session, partnership, Side.ASKED, Side.ASKED, them, ASKED_DRAFT)
    session.flush()
    ids = Partnering(partnership.id, promise.id, request.id, draft.id, entries[0], entries[1])
    session.commit()
    return ids


def add_commitment(
    session: Session, partnership: Partnership, performer: Side, author: Side, author_id: int, what: str
) -> Commitment:
    """A draft by ``author``, due in twenty days, within the current write transaction."""
    now = utc_now()
    due_at = now + timedelta(days=20)
    due_on: date = due_at.date() - timedelta(days=1)
    commitment = Commitment(partnership_id=partnership.id, performer_side=performer)
    session.add(commitment)
    terms = Terms(what=what, due_on=due_on, due_at=due_at, condition="", importance=2)
    add_move(commitment, Step(Move.DRAFT, author, author_id, now, terms=terms))
    session.flush()
    return commitment


def move_of(world: World, move: Move, side: Side, at: datetime | None = None) -> Step:
    """A move that Max makes for the asking side or Dora for the asked one, now unless another moment is named."""
    person_id = world.people["max" if side is Side.ASKING else "dora"]
    return Step(move, side, person_id, at or utc_now(), text="A sentence.")


def partnership_arguments(ids: Partnering) -> dict[str, int | str]:
    """Which of the records stands for each argument of a URL, for the walks over every endpoint."""
    return {
        "partnership_id": ids.partnership,
        "commitment_id": ids.promise,
        "counterpart_id": ids.asking_person,
        "reply": "confirm",
        "growth": "ask",
        "promise_kind": "offer",
        "move": "deliver",
    }
