"""The demo world's partnerships: their people, and promises with every move that was made."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.commitment import Commitment, Move
from models.commitment_rules import add_move, refusal_of, standing_of_commitment
from models.commitment_standing import Step, Terms
from models.in_touch import about, note_word
from models.introduction import Introduction
from models.partnership import (
    Counterpart,
    Partnership,
    PartnershipEvent,
    PartnershipEventKind,
    PartnershipKind,
    PartnershipStage,
    PartnershipState,
)
from models.person import Person
from models.planning import end_of
from models.relationship import Stage, advance_stage, relationship_between
from models.side import Side

Table = dict[str, Any]


def load_partnership(
    table: Table,
    session: Session,
    introduction: Introduction,
    people: Mapping[str, Person],
    now: datetime,
) -> None:
    """Add a pilot between the sides of ``introduction`` to the current write transaction, confirmed by both."""
    started_at = now + timedelta(days=table["started"])
    partnership = Partnership(
        asking_organisation_id=introduction.asking_organisation_id,
        asking_unit_id=introduction.asking_unit_id,
        asked_organisation_id=introduction.asked_organisation_id,
        asked_unit_id=introduction.asked_unit_id,
        introduction_id=introduction.id,
        proposed_by=Side.ASKING,
        proposed_by_id=introduction.people_of(Side.ASKING)[0].id,
        kind=PartnershipKind.PILOT,
        state=PartnershipState.ACTIVE,
        stage=PartnershipStage.MANAGING,
        doing=table["doing"],
        beneficiary=table["beneficiary"],
        benefit=table["benefit"],
        result=table["result"],
        started_on=started_at.date(),
        ends_on=(now + timedelta(days=table["ends"])).date(),
        created_at=started_at,
        answered_at=started_at + timedelta(days=1),
    )
    session.add(partnership)
    session.flush()
    by_side = {side: introduction.people_of(side)[0] for side in Side}
    _add_events(session, partnership, by_side, started_at)
    for side, row in zip(Side, table["counterparts"], strict=True):
        person = people[row["person"]]
        session.add(
            Counterpart(
                partnership_id=partnership.id,
                side=side,
                person_id=person.id,
                part=row["part"],
                goals=row["goals"],
                created_at=started_at,
            )
        )
    for side in Side:
        ours = relationship_between(session, introduction.unit_of(side), introduction.unit_of(side.other))
        advance_stage(session, ours, Stage.PARTNERSHIP, None, started_at)
    for row in table["promises"]:
        _add_promise(row, session, partnership, by_side, now)


def _add_events(
    session: Session, partnership: Partnership, by_side: Mapping[Side, Person], started_at: datetime
) -> None:
    """What the timeline tells: proposed by one side, confirmed by the other, and the stages since."""
    for days, kind, stage, side in (
        (0, PartnershipEventKind.PROPOSED, None, Side.ASKING),
        (0, PartnershipEventKind.STAGE, PartnershipStage.SCOPING, Side.ASKING),
        (1, PartnershipEventKind.CONFIRMED, None, Side.ASKED),
        (9, PartnershipEventKind.STAGE, PartnershipStage.MANAGING, Side.ASKED),
    ):
        session.add(
            PartnershipEvent(
                partnership_id=partnership.id,
                kind=kind,
                stage=stage,
                side=side,
                person_id=by_side[side].id,
                at=started_at + timedelta(days=days),
            )
        )


def _add_promise(
    row: Table, session: Session, partnership: Partnership, by_side: Mapping[Side, Person], now: datetime
) -> None:
    """Offered by the performer, promised by the other side's yes, delivered and kept where the table says so."""
    performer = Side(row["by"])
    due_on = (now + timedelta(days=row["due"])).date()
    terms = Terms(
        what=row["what"],
        due_on=due_on,
        due_at=end_of(due_on, by_side[performer].zone),
        condition="",
        importance=row["importance"],
    )
    made_at = now + timedelta(days=row["made"])
    steps = [
        (Move.DRAFT, performer, made_at, ""),
        (Move.SEND, performer, made_at, ""),
        (Move.PROMISE, performer.other, made_at + timedelta(days=1), ""),
    ]
    if "delivered" in row:
        steps.append((Move.DELIVER, performer, now + timedelta(days=row["delivered"]), "It is done."))
    if "kept" in row:
        steps.append((Move.SATISFIED, performer.other, now + timedelta(days=row["kept"]), ""))
    commitment = Commitment(partnership_id=partnership.id, performer_side=performer, created_at=made_at)
    session.add(commitment)
    for move, side, at, text in steps:
        step = Step(
            move=move,
            side=side,
            person_id=by_side[side].id,
            at=at,
            text=text,
            terms=terms if move is Move.DRAFT else None,
        )
        if commitment.moves:
            refusal = refusal_of(standing_of_commitment(commitment, at), step)
            assert refusal is None, f"{row['what']}: {move} is refused: {refusal}"
        add_move(commitment, step)
        if move is not Move.DRAFT:
            note_word(session, partnership, side, step.person_id, about(row["what"], text), at)
    session.flush()
