"""Which promises are still owed, and by when, asked in SQL: so that cards are sorted by it without loading any.

``models.commitment_standing`` says the same of one commitment whose moves are loaded; a test compares the two over
random moves.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, and_, exists, or_, select
from sqlalchemy.orm import aliased

from models.commitment import Commitment, CommitmentMove, Move

# The move with the terms that hold: what is promised and by when.
HeldTerms = aliased(CommitmentMove, name="held_terms")
OneMove = aliased(CommitmentMove, name="one_move")
LaterMove = aliased(CommitmentMove, name="later_move")

FIRST_TERMS = (Move.DRAFT, Move.COUNTER)
# After the last of these a promise is owed, until something else is done.
OWING = (
    Move.PROMISE,
    Move.ACCEPT,
    Move.ASK_CHANGE,
    Move.AGREE_CHANGE,
    Move.REFUSE_CHANGE,
    Move.NOT_SATISFIED,
)
# They leave it owed as it was; only while a dispute runs, nobody owes anything.
BESIDE = (Move.CONDITION_MET, Move.DISPUTE, Move.END_DISPUTE, Move.PROPOSE_SETTLEMENT)


def has_held_terms() -> ColumnElement[bool]:
    """Joins ``HeldTerms`` to ``Commitment``. A change holds once the other side agreed to it."""
    was_agreed = exists().where(
        LaterMove.commitment_id == OneMove.commitment_id,
        LaterMove.number > OneMove.number,
        LaterMove.move == Move.AGREE_CHANGE,
    )
    sets_terms = or_(OneMove.move.in_(FIRST_TERMS), and_(OneMove.move == Move.ASK_CHANGE, was_agreed))
    return and_(
        HeldTerms.commitment_id == Commitment.id, HeldTerms.number == _latest(OneMove.number, sets_terms)
    )


def is_owed(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether ``Commitment``, with its ``HeldTerms``, is agreed and neither delivered nor over at this moment."""
    last = _latest(OneMove.move, OneMove.move.not_in(BESIDE))
    last_about_dispute = _latest(OneMove.move, OneMove.move.in_((Move.DISPUTE, Move.END_DISPUTE)))
    return and_(
        last.in_(OWING),
        last_about_dispute.is_distinct_from(Move.DISPUTE),
        # Without its condition a promise ends on its day; but somebody still has to answer a change that was asked for.
        or_(HeldTerms.due_at > now, last == Move.ASK_CHANGE, _is_unconditional()),
    )


def _is_unconditional() -> ColumnElement[bool]:
    """No condition was agreed, or it holds: somebody said so, or delivered. A change keeps the condition."""
    condition = _latest(OneMove.condition, OneMove.move.in_(FIRST_TERMS))
    is_met = exists().where(
        OneMove.commitment_id == Commitment.id, OneMove.move.in_((Move.CONDITION_MET, Move.DELIVER))
    )
    return or_(condition == "", is_met)


def _latest(column: Any, which: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The column of the last of those moves of ``Commitment``."""
    return (
        select(column)
        .where(OneMove.commitment_id == Commitment.id, which)
        .order_by(OneMove.number.desc())
        .limit(1)
        .correlate(Commitment)
        .scalar_subquery()
    )
