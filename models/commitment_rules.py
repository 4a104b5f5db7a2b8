"""Where a commitment stands, derived from its moves and the clock and from nothing else; who may move, and how.

| state | who moves | moves |
|---|---|---|
| draft | author | write again, send, withdraw |
| proposed | other side; author | promise, counter, decline, defer; withdraw |
| deferred | as proposed | the same without defer; becomes proposed on the day |
| countered | the one who did not counter | accept, counter, decline |
| agreed, overdue | performer; customer | deliver, ask to change, revoke; release |
| overdue, after the grace | customer | mark broken |
| change asked | customer; performer | agree or refuse; deliver nevertheless |
| delivered | customer | satisfied, not satisfied; silence keeps it, unconfirmed |
| any that was sent | either | dispute, until the one who disputes ends it or both settle |

The phases are those of the conversation for action; antecedent, detachment and expiry are those of Singh's commitments
C(debtor, creditor, antecedent, consequent).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from models.commitment import Commitment, CommitmentMove, Ending, Move
from models.commitment_standing import Standing, State, Step, Terms, after, at
from models.side import Side

# Only after this time past the due date may the customer call a promise broken.
GRACE = timedelta(days=7)
HIGH_IMPORTANCE = 3


class Mover(StrEnum):
    """Who may make a move in a state. ``answerer``: the side that did not make the last offer."""

    AUTHOR = "author"
    OTHER = "other"
    ANSWERER = "answerer"
    PERFORMER = "performer"
    CUSTOMER = "customer"
    EITHER = "either"
    RAISER = "raiser"


class Refusal(StrEnum):
    """Why a move is not possible. The words for people stand with the pages."""

    NOT_NOW = "not_now"
    OTHER_SIDES_MOVE = "other_sides_move"
    SAME_PERSON = "same_person"
    COMMENT_MISSING = "comment_missing"
    EVIDENCE_MISSING = "evidence_missing"
    TERMS_MISSING = "terms_missing"
    DATE_PASSED = "date_passed"
    DAY_MISSING = "day_missing"
    GRACE_RUNS = "grace_runs"
    NO_CONDITION = "no_condition"
    SETTLEMENT_MISSING = "settlement_missing"


_OFFERED = {
    Move.PROMISE: Mover.OTHER,
    Move.COUNTER: Mover.OTHER,
    Move.DECLINE: Mover.OTHER,
    Move.WITHDRAW: Mover.AUTHOR,
}
_OPEN = {
    Move.DELIVER: Mover.PERFORMER,
    Move.ASK_CHANGE: Mover.PERFORMER,
    Move.REVOKE: Mover.PERFORMER,
    Move.RELEASE: Mover.CUSTOMER,
    Move.CONDITION_MET: Mover.EITHER,
}
_MOVES: dict[State, dict[Move, Mover]] = {
    State.DRAFT: {Move.DRAFT: Mover.AUTHOR, Move.SEND: Mover.AUTHOR, Move.WITHDRAW: Mover.AUTHOR},
    State.PROPOSED: _OFFERED | {Move.DEFER: Mover.OTHER},
    State.DEFERRED: _OFFERED,
    State.COUNTERED: dict.fromkeys((Move.ACCEPT, Move.COUNTER, Move.DECLINE), Mover.ANSWERER),
    State.AGREED: _OPEN,
    State.OVERDUE: _OPEN | {Move.MARK_BROKEN: Mover.CUSTOMER},
    State.CHANGE_ASKED: {
        Move.AGREE_CHANGE: Mover.CUSTOMER,
        Move.REFUSE_CHANGE: Mover.CUSTOMER,
        # A customer who never answers must not be able to keep the performer from delivering.
        Move.DELIVER: Mover.PERFORMER,
    },
    State.DELIVERED: {Move.SATISFIED: Mover.CUSTOMER, Move.NOT_SATISFIED: Mover.CUSTOMER},
    # Better late than never: a customer may still confirm what silence had already kept.
    State.KEPT: {Move.SATISFIED: Mover.CUSTOMER},
    State.DISPUTED: {
        Move.END_DISPUTE: Mover.RAISER,
        Move.PROPOSE_SETTLEMENT: Mover.EITHER,
        Move.ACCEPT_SETTLEMENT: Mover.ANSWERER,
    },
}
NOT_DISPUTABLE = frozenset({State.DRAFT, State.DISPUTED})
# These answer what the other side did, so the same person may not have done both: somebody may sit on both sides.
ANSWERS = frozenset(
    {
        Move.PROMISE,
        Move.ACCEPT,
        Move.AGREE_CHANGE,
        Move.SATISFIED,
        Move.NOT_SATISFIED,
        Move.ACCEPT_SETTLEMENT,
    }
)
NEEDS_COMMENT = frozenset(
    {Move.DELIVER, Move.ASK_CHANGE, Move.REVOKE, Move.NOT_SATISFIED, Move.MARK_BROKEN, Move.DISPUTE}
)
SETTLEMENTS = (Ending.KEPT_ON_TIME, Ending.KEPT_LATE, Ending.BROKEN, Ending.RELEASED)


def standing_of(steps: Iterable[Step], performer: Side, now: datetime) -> Standing:
    """Where the commitment stands at ``now``. ``steps`` are in order and begin with a draft.

    Raises ValueError for a history that the rules do not allow: such rows were not written by them.
    """
    recorded = list(steps)
    if not recorded or recorded[0].move is not Move.DRAFT or recorded[0].terms is None:
        raise ValueError("a commitment begins with a draft that has terms")
    first = recorded[0]
    assert first.terms is not None
    standing = Standing(
        state=State.DRAFT,
        author=first.side,
        performer=performer,
        terms=first.terms,
        last_side=first.side,
        last_person_id=first.person_id,
        responsible_id=first.responsible_id or (first.person_id if first.side is performer else None),
    )
    for step in recorded[1:]:
        refusal = refusal_of(standing, step)
        if refusal is not None:
            raise ValueError(f"{step.move} cannot follow in state {standing.state}: {refusal}")
        standing = after(standing, step)
    return at(standing, now)


def standing_of_commitment(commitment: Commitment, now: datetime) -> Standing:
    """Where this record stands at ``now``; its moves must be loaded or loadable."""
    return standing_of([step_of(move) for move in commitment.moves], commitment.performer_side, now)


def step_of(move: CommitmentMove) -> Step:
    """The recorded move as the rules see it."""
    terms = None
    if move.what is not None:
        assert move.due_on is not None
        assert move.due_at is not None
        assert move.importance is not None
        terms = Terms(
            what=move.what,
            due_on=move.due_on,
            due_at=move.due_at,
            condition=move.condition,
            importance=move.importance,
        )
    return Step(
        move=move.move,
        side=move.side,
        person_id=move.person_id,
        at=move.made_at,
        text=move.text,
        evidence=move.evidence,
        terms=terms,
        until=move.until_at,
        settles_as=move.settles_as,
        responsible_id=move.responsible_id,
    )


def add_move(commitment: Commitment, step: Step) -> CommitmentMove:
    """Record ``step``, which the rules allow, as the next move. Two at once get the same number and one is refused."""
    terms = step.terms
    move = CommitmentMove(
        number=len(commitment.moves) + 1,
        move=step.move,
        side=step.side,
        person_id=step.person_id,
        made_at=step.at,
        text=step.text,
        evidence=step.evidence,
        what=terms.what if terms else None,
        due_on=terms.due_on if terms else None,
        due_at=terms.due_at if terms else None,
        condition=terms.condition if terms else "",
        importance=terms.importance if terms else None,
        until_at=step.until,
        settles_as=step.settles_as,
        responsible_id=step.responsible_id,
    )
    commitment.moves.append(move)
    return move


def moves_open_to(standing: Standing, side: Side, person_id: int, now: datetime) -> list[Move]:
    """The moves that this person of this side may make now, whatever they will say with them."""
    standing = at(standing, now)
    moves = [*_MOVES.get(standing.state, {}), Move.DISPUTE]
    return [
        move
        for move in moves
        if refusal_of_mover(standing, Step(move=move, side=side, person_id=person_id, at=now)) is None
    ]


def refusal_of(standing: Standing, step: Step) -> Refusal | None:
    """Why ``step`` cannot be made at its own moment, or None if it can."""
    standing = at(standing, step.at)
    return refusal_of_mover(standing, step) or _refusal_of_content(standing, step)


def refusal_of_mover(standing: Standing, step: Step) -> Refusal | None:
    """Why this person cannot make this kind of move at this moment, whatever they say with it. ``standing`` is that
    of the moment.
    """
    if step.move is Move.DISPUTE:
        is_theirs_to_read = standing.was_sent and standing.state not in NOT_DISPUTABLE
        return None if is_theirs_to_read else Refusal.NOT_NOW
    mover = _MOVES.get(standing.state, {}).get(step.move)
    if mover is None:
        return Refusal.NOT_NOW
    if step.side not in _sides_of(standing, mover):
        return Refusal.OTHER_SIDES_MOVE
    if step.move in ANSWERS and step.person_id == standing.last_person_id:
        return Refusal.SAME_PERSON
    return _refusal_of_moment(standing, step)


def _refusal_of_moment(standing: Standing, step: Step) -> Refusal | None:
    match step.move:
        case Move.MARK_BROKEN if step.at < standing.terms.due_at + GRACE:
            return Refusal.GRACE_RUNS
        case Move.CONDITION_MET if not standing.terms.condition or standing.condition_met_at:
            return Refusal.NO_CONDITION
        case Move.SATISFIED if (
            standing.state is State.KEPT and standing.ending is not Ending.KEPT_UNCONFIRMED
        ):
            return Refusal.NOT_NOW
        case Move.ACCEPT_SETTLEMENT if standing.settlement is None:
            return Refusal.NOT_NOW
    return None


def _refusal_of_content(standing: Standing, step: Step) -> Refusal | None:
    if step.move in NEEDS_COMMENT and not step.text.strip():
        return Refusal.COMMENT_MISSING
    match step.move:
        case Move.DELIVER if standing.terms.importance == HIGH_IMPORTANCE and not step.evidence.strip():
            return Refusal.EVIDENCE_MISSING
        case Move.DRAFT | Move.COUNTER | Move.ASK_CHANGE:
            if step.terms is None:
                return Refusal.TERMS_MISSING
            return Refusal.DATE_PASSED if step.terms.due_at <= step.at else None
        case Move.SEND | Move.PROMISE | Move.ACCEPT if standing.terms.due_at <= step.at:
            return Refusal.DATE_PASSED
        case Move.AGREE_CHANGE if standing.asked_terms and standing.asked_terms.due_at <= step.at:
            return Refusal.DATE_PASSED
        case Move.DEFER if step.until is None or step.until <= step.at:
            return Refusal.DAY_MISSING
        case Move.PROPOSE_SETTLEMENT if step.settles_as not in SETTLEMENTS:
            return Refusal.SETTLEMENT_MISSING
    return None


def _sides_of(standing: Standing, mover: Mover) -> frozenset[Side]:
    match mover:
        case Mover.AUTHOR:
            return frozenset({standing.author})
        case Mover.OTHER:
            return frozenset({standing.author.other})
        case Mover.ANSWERER:
            return frozenset({standing.last_side.other})
        case Mover.PERFORMER:
            return frozenset({standing.performer})
        case Mover.CUSTOMER:
            return frozenset({standing.customer})
        case Mover.RAISER:
            return frozenset({standing.disputed_by} if standing.disputed_by else set())
    return frozenset(Side)
