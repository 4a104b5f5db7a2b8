"""What is owed, asked in SQL, against the rules that derive it from the moves one by one."""

from datetime import date, datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.commitment import Commitment, Ending, Move
from models.commitment_rules import add_move, moves_open_to, refusal_of, standing_of_commitment
from models.commitment_standing import State, Step, Terms
from models.database import begin_write
from models.promises_owed import HeldTerms, has_held_terms, is_owed
from models.side import Side
from tests.cards import DAY
from tests.partnering import add_partnership
from tests.world import build_world

OWED_STATES = {State.AGREED, State.OVERDUE, State.CHANGE_ASKED}
GIVING_UP = {Move.WITHDRAW, Move.DECLINE, Move.DEFER, Move.REVOKE, Move.RELEASE}
WALKS = 250
MOST_MOVES = 14
DAYS_ASKED = (1, 5, 10, 20, 35, 60, 100, 300)


def test_sql_calls_owed_what_the_rules_derive_whatever_was_done(either_session: Session) -> None:
    session = either_session
    world = build_world(session)
    partnership_id = add_partnership(session, world).partnership
    begin_write(session)
    random, start = Random(11), utc_now()
    people = {Side.ASKING: world.people["max"], Side.ASKED: world.people["dora"]}
    walks = [_walk(random, partnership_id, people, start) for _ in range(WALKS)]
    session.add_all(walks)
    session.flush()
    seen: set[State] = set()
    for days in DAYS_ASKED:
        now = start + days * DAY
        over = [commitment for commitment in walks if commitment.moves[-1].made_at <= now]
        stands = {commitment.id: standing_of_commitment(commitment, now) for commitment in over}
        owed = {key: standing for key, standing in stands.items() if standing.state in OWED_STATES}
        assert _owed_in_sql(session, list(stands), now) == {
            key: (each.terms.due_on, each.terms.due_at, each.terms.what) for key, each in owed.items()
        }
        seen |= {standing.state for standing in stands.values()}
    assert seen >= OWED_STATES | {State.DELIVERED, State.DISPUTED, State.EXPIRED, State.KEPT, State.BROKEN}


def _owed_in_sql(session: Session, ids: list[int], now: datetime) -> dict[int, tuple[date, datetime, str]]:
    rows = session.execute(
        select(Commitment.id, HeldTerms.due_on, HeldTerms.due_at, HeldTerms.what)
        .join(HeldTerms, has_held_terms())
        .where(Commitment.id.in_(ids), is_owed(now))
    )
    return {row.id: (row.due_on, row.due_at, row.what) for row in rows}


def _walk(random: Random, partnership_id: int, people: dict[Side, int], start: datetime) -> Commitment:
    """A promise about which the two sides make moves that the rules allow, one after the other."""
    commitment = Commitment(partnership_id=partnership_id, performer_side=random.choice(list(Side)))
    author, at = random.choice(list(Side)), start
    for move in (Move.DRAFT, Move.SEND):
        add_move(commitment, _step(random, move, author, people, at))
    for _number in range(random.randrange(MOST_MOVES)):
        at += random.uniform(0.1, 10) * DAY
        side = random.choice(list(Side))
        standing = standing_of_commitment(commitment, at)
        possible = moves_open_to(standing, side, people[side], at)
        if not possible:
            continue
        # Most are taken up again, so that promises live long enough for everything to happen to them.
        weights = [1 if move in GIVING_UP else 8 for move in possible]
        step = _step(random, random.choices(possible, weights)[0], side, people, at)
        if refusal_of(standing, step) is None:
            add_move(commitment, step)
    return commitment


def _step(random: Random, move: Move, side: Side, people: dict[Side, int], at: datetime) -> Step:
    due_at = at + random.uniform(5, 30) * DAY
    terms = Terms(
        what=f"Promise {random.randrange(1_000_000)}",
        due_on=due_at.date(),
        due_at=due_at,
        condition=random.choice(("", "once you have sent the cells")),
        importance=1,
    )
    return Step(
        move=move,
        side=side,
        person_id=people[side],
        at=at,
        text="A sentence.",
        terms=terms if move in {Move.DRAFT, Move.COUNTER, Move.ASK_CHANGE} else None,
        until=at + 5 * DAY if move is Move.DEFER else None,
        settles_as=Ending.KEPT_LATE if move is Move.PROPOSE_SETTLEMENT else None,
    )
