"""What a promise asks of each side next: the one rule behind the next steps of cards, whose turn it is, and Home.

It is told of a commitment whose moves are loaded, and asked in SQL, so that cards are sorted by it without loading any;
a test compares the two over random moves. A draft asks nothing, because nobody waits for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.commitment import Commitment, CommitmentMove, Move
from models.commitment_standing import SILENCE, Standing, State
from models.placeholders import constant
from models.quietness import DaysBefore
from models.side import Side
from models.step_kind import StepKind

# The move with the terms that hold, or are offered: what is promised and by when.
HeldTerms = aliased(CommitmentMove, name="held_terms")
# The last move but those beside the road, which leave the promise where it was.
LastMove = aliased(CommitmentMove, name="last_move")
OneMove = aliased(CommitmentMove, name="one_move")
LaterMove = aliased(CommitmentMove, name="later_move")
EarlierMove = aliased(CommitmentMove, name="earlier_move")

FIRST_TERMS = (Move.DRAFT, Move.COUNTER)
OFFERING = (Move.SEND, Move.COUNTER)
# After the last of these a promise is owed as it was agreed.
AGREEING = (Move.PROMISE, Move.ACCEPT, Move.AGREE_CHANGE, Move.REFUSE_CHANGE, Move.NOT_SATISFIED)
OF_DISPUTES = (Move.DISPUTE, Move.PROPOSE_SETTLEMENT, Move.ACCEPT_SETTLEMENT, Move.END_DISPUTE)
BESIDE = (Move.CONDITION_MET, Move.DISPUTE, Move.PROPOSE_SETTLEMENT, Move.END_DISPUTE)


@dataclass(frozen=True)
class PromiseStep:
    """``due_at`` is the end of the day of what was promised, or when an answer that was put off comes back; None: they
    wait for it now.
    """

    kind: StepKind
    due_at: datetime | None = None


def step_of_promise(standing: Standing, side: Side) -> PromiseStep | None:
    """What the promise asks of ``side``; None: nothing."""
    is_performer = standing.performer is side
    match standing.state:
        case State.PROPOSED | State.COUNTERED if standing.turn is side:
            return PromiseStep(StepKind.OFFER)
        case State.DEFERRED if standing.last_side is not side:
            return PromiseStep(StepKind.DEFERRED, standing.deferred_until)
        case State.AGREED | State.OVERDUE if is_performer:
            return PromiseStep(StepKind.PROMISE, standing.terms.due_at)
        case State.CHANGE_ASKED:
            # Until they agree it is due on its day, so whoever asked for the change must not lose sight of it.
            waits = PromiseStep(StepKind.CHANGE_WAITS, standing.terms.due_at)
            return waits if is_performer else PromiseStep(StepKind.CHANGE)
        case State.DELIVERED if not is_performer:
            return PromiseStep(StepKind.DELIVERY)
        case State.DISPUTED if standing.settlement is None:
            return PromiseStep(StepKind.DISPUTE)
        case State.DISPUTED if standing.turn is side:
            return PromiseStep(StepKind.SETTLEMENT)
    return None


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


def is_last_move() -> ColumnElement[bool]:
    """Joins ``LastMove`` to ``Commitment``."""
    last = _latest(OneMove.number, OneMove.move.not_in(BESIDE))
    return and_(LastMove.commitment_id == Commitment.id, LastMove.number == last)


def kind_asked_of(
    side: Side, now: BindParameter[datetime], silent_since: BindParameter[datetime]
) -> ColumnElement[str]:
    """The ``StepKind`` that ``Commitment``, with its ``LastMove`` and ``HeldTerms``, asks of ``side``, or NULL.

    ``silent_since`` is ``SILENCE`` before now.
    """
    dispute = _latest(OneMove.move, OneMove.move.in_(OF_DISPUTES))
    settled_by = _latest(OneMove.side, OneMove.move.in_(OF_DISPUTES))
    is_performer, is_theirs = Commitment.performer_side == side, LastMove.side == side.other
    was_put_off = and_(LastMove.move == Move.DEFER, LastMove.side == side)
    is_offered = or_(
        and_(LastMove.move.in_(OFFERING), is_theirs), and_(was_put_off, LastMove.until_at <= now)
    )
    is_delivered = and_(LastMove.move == Move.DELIVER, is_theirs, *_nobody_was_silent(silent_since))
    asks_change = LastMove.move == Move.ASK_CHANGE
    is_owed = and_(
        LastMove.move.in_(AGREEING), is_performer, or_(HeldTerms.due_at > now, _is_unconditional())
    )
    return case(
        (dispute == Move.DISPUTE, constant(StepKind.DISPUTE)),
        (and_(dispute == Move.PROPOSE_SETTLEMENT, settled_by == side.other), constant(StepKind.SETTLEMENT)),
        (dispute == Move.PROPOSE_SETTLEMENT, None),
        (is_offered, constant(StepKind.OFFER)),
        (was_put_off, constant(StepKind.DEFERRED)),
        (is_owed, constant(StepKind.PROMISE)),
        (and_(asks_change, is_performer), constant(StepKind.CHANGE_WAITS)),
        (asks_change, constant(StepKind.CHANGE)),
        (is_delivered, constant(StepKind.DELIVERY)),
    )


def due_of_kind(kind: ColumnElement[str]) -> ColumnElement[datetime]:
    """``due_at`` of the step of this kind, or NULL."""
    on_their_day = constant(StepKind.PROMISE), constant(StepKind.CHANGE_WAITS)
    return case(
        (kind.in_(on_their_day), HeldTerms.due_at), (kind == constant(StepKind.DEFERRED), LastMove.until_at)
    )


def since_of_kind(kind: ColumnElement[str]) -> ColumnElement[datetime]:
    """Since when the step of this kind is to be taken, by the move that asks for it."""
    proposed_at = _latest(OneMove.made_at, OneMove.move == Move.PROPOSE_SETTLEMENT)
    # An answer that was put off is asked for again on its day.
    asked_again = and_(kind == constant(StepKind.OFFER), LastMove.move == Move.DEFER)
    return case(
        (kind == constant(StepKind.SETTLEMENT), proposed_at),
        (asked_again, LastMove.until_at),
        else_=LastMove.made_at,
    )


def _nobody_was_silent(silent_since: BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Whether what was delivered by ``LastMove`` still waits for a word: silence keeps a promise, a dispute interrupts
    it, and what silence had kept before it was disputed stays so.
    """
    is_since = and_(OneMove.number > LastMove.number, OneMove.move == Move.END_DISPUTE)
    waits_since = func.coalesce(_latest(OneMove.made_at, is_since), LastMove.made_at)
    was_in_time = (
        exists()
        .where(
            EarlierMove.commitment_id == LaterMove.commitment_id,
            EarlierMove.number >= LastMove.number,
            EarlierMove.number < LaterMove.number,
            EarlierMove.move.in_((Move.DELIVER, Move.END_DISPUTE)),
            EarlierMove.made_at > DaysBefore(LaterMove.made_at, SILENCE.days),
        )
        .correlate(LaterMove, LastMove)
    )
    was_kept_before = exists().where(
        LaterMove.commitment_id == Commitment.id,
        LaterMove.number > LastMove.number,
        LaterMove.move == Move.DISPUTE,
        ~was_in_time,
    )
    return waits_since > silent_since, ~was_kept_before


def _is_unconditional() -> ColumnElement[bool]:
    """No condition was agreed, or it holds: somebody said so, or delivered. A change keeps the condition, and without
    it a promise ends on its day.
    """
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
        .correlate(Commitment, LastMove)
        .scalar_subquery()
    )
