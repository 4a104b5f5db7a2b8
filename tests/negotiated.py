"""Histories of one commitment, which we offer to them, written as the rules see its moves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from models.commitment import Ending, Move
from models.commitment_rules import standing_of
from models.commitment_standing import Standing, Step, Terms
from models.side import Side

US, THEM = Side.ASKING, Side.ASKED
ANNA, BEN = 1, 2
PERSON = {US: ANNA, THEM: BEN}
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms(what="Send the cell data", due_on=date(2026, 3, 31), due_at=DUE, condition="", importance=1)
LATER = replace(TERMS, due_on=date(2026, 4, 30), due_at=DUE + 30 * DAY)


def step(move: Move, side: Side, day: float, terms: Terms | None = None, text: str = "A sentence.") -> Step:
    """A move with everything that its kind may need, ``day`` days after the start."""
    if terms is None and move in {Move.DRAFT, Move.COUNTER}:
        terms = TERMS
    if terms is None and move is Move.ASK_CHANGE:
        terms = LATER
    return Step(
        move=move,
        side=side,
        person_id=PERSON[side],
        at=START + day * DAY,
        text=text,
        evidence="https://data.example/cells",
        terms=terms,
        until=START + (day + 5) * DAY if move is Move.DEFER else None,
        settles_as=Ending.KEPT_LATE if move is Move.PROPOSE_SETTLEMENT else None,
    )


# We offer: we perform, they are the customer.
OFFERED = [step(Move.DRAFT, US, 0), step(Move.SEND, US, 0)]
AGREED = [*OFFERED, step(Move.PROMISE, THEM, 1)]
DELIVERED = [*AGREED, step(Move.DELIVER, US, 10)]


def stands(steps: list[Step], day: float, performer: Side = US) -> Standing:
    return standing_of(steps, performer, START + day * DAY)
