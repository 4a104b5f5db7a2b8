"""Where a commitment stands: what its moves amount to, and what the clock makes of them.

Pure functions over frozen records. Whether a move is possible at all is asked in ``models.commitment_rules``.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from models.commitment import Ending, Move
from models.side import Side

# A delivery that the customer does not answer counts as kept, but unconfirmed, after this time.
SILENCE = timedelta(days=14)


class State(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    COUNTERED = "countered"
    DEFERRED = "deferred"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    AGREED = "agreed"
    CHANGE_ASKED = "change_asked"
    OVERDUE = "overdue"
    DELIVERED = "delivered"
    KEPT = "kept"
    BROKEN = "broken"
    REVOKED = "revoked"
    RELEASED = "released"
    EXPIRED = "expired"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Terms:
    """The conditions of satisfaction: what, by when, under which condition, and how much hangs on it (1 to 3)."""

    what: str
    due_on: date
    due_at: datetime
    condition: str
    importance: int


@dataclass(frozen=True)
class Step:
    """One move as the rules see it, recorded or about to be made."""

    move: Move
    side: Side
    person_id: int
    at: datetime
    text: str = ""
    evidence: str = ""
    terms: Terms | None = None
    until: datetime | None = None
    settles_as: Ending | None = None
    responsible_id: int | None = None


@dataclass(frozen=True)
class Standing:
    """What the moves amount to at a moment. ``terms`` are those that hold or are offered, ``asked_terms`` a change
    that waits. ``ended_at`` and ``ending`` are set once it is over and counts for trust or for nobody.
    """

    state: State
    author: Side
    performer: Side
    terms: Terms
    last_side: Side
    last_person_id: int
    responsible_id: int | None = None
    sent_at: datetime | None = None
    asked_terms: Terms | None = None
    change_asked_at: datetime | None = None
    was_renegotiated: bool = False
    has_slipped: bool = False
    was_returned: bool = False
    condition_met_at: datetime | None = None
    delivered_at: datetime | None = None
    waiting_since: datetime | None = None
    deferred_until: datetime | None = None
    agreed_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None
    settlement: Ending | None = None
    disputed_by: Side | None = None
    before_dispute: "Standing | None" = None

    @property
    def customer(self) -> Side:
        return self.performer.other

    @property
    def was_sent(self) -> bool:
        """Whether the other side may know of it."""
        return self.sent_at is not None

    @property
    def is_open(self) -> bool:
        """Agreed and still owed."""
        return self.state in {State.AGREED, State.OVERDUE, State.CHANGE_ASKED, State.DELIVERED}

    @property
    def turn(self) -> Side | None:
        """The side whose move it is. None: nobody's, or both may."""
        match self.state:
            case State.DRAFT:
                return self.author
            case State.PROPOSED | State.COUNTERED:
                return self.last_side.other
            case State.AGREED | State.OVERDUE:
                return self.performer
            case State.CHANGE_ASKED | State.DELIVERED:
                return self.customer
            case State.DISPUTED if self.settlement is not None:
                return self.last_side.other
        return None


_STATE_OF_ENDING = {
    Ending.KEPT_ON_TIME: State.KEPT,
    Ending.KEPT_RENEGOTIATED: State.KEPT,
    Ending.KEPT_LATE: State.KEPT,
    Ending.KEPT_UNCONFIRMED: State.KEPT,
    Ending.BROKEN: State.BROKEN,
    Ending.REVOKED_IN_TIME: State.REVOKED,
    Ending.REVOKED_LATE: State.REVOKED,
    Ending.RELEASED: State.RELEASED,
    Ending.EXPIRED: State.EXPIRED,
}


def at(standing: Standing, now: datetime) -> Standing:
    """The same standing once the clock has had its say."""
    terms = standing.terms
    if standing.state is State.DEFERRED and standing.deferred_until and now >= standing.deferred_until:
        return replace(standing, state=State.PROPOSED, deferred_until=None)
    if standing.state is State.AGREED and now >= terms.due_at:
        if terms.condition and standing.condition_met_at is None:
            return _ended(standing, Ending.EXPIRED, terms.due_at)
        return replace(standing, state=State.OVERDUE)
    if (
        standing.state is State.DELIVERED
        and standing.waiting_since
        and now >= standing.waiting_since + SILENCE
    ):
        return _ended(standing, Ending.KEPT_UNCONFIRMED, standing.waiting_since + SILENCE)
    return standing


def after(standing: Standing, step: Step) -> Standing:
    """The standing once ``step``, which the rules allow, was made."""
    standing = at(standing, step.at)
    match step.move:
        case Move.DRAFT | Move.SEND | Move.PROMISE | Move.COUNTER | Move.ACCEPT | Move.DEFER:
            return _negotiated(standing, step)
        case Move.DECLINE:
            return replace(standing, state=State.DECLINED)
        case Move.WITHDRAW:
            return replace(standing, state=State.WITHDRAWN)
        case Move.DISPUTE | Move.END_DISPUTE | Move.PROPOSE_SETTLEMENT | Move.ACCEPT_SETTLEMENT:
            return _disputed(standing, step)
    return _performed(standing, step)


def _negotiated(standing: Standing, step: Step) -> Standing:
    standing = replace(standing, responsible_id=_responsible(standing, step), deferred_until=None)
    match step.move:
        case Move.DEFER:
            return replace(standing, state=State.DEFERRED, deferred_until=step.until)
        case Move.PROMISE | Move.ACCEPT:
            return replace(standing, state=State.AGREED, agreed_at=step.at)
        case Move.SEND:
            state = State.PROPOSED
            standing = replace(standing, sent_at=step.at)
        case Move.COUNTER:
            state = State.COUNTERED
        case _:
            state = State.DRAFT
    terms = step.terms or standing.terms
    return replace(standing, state=state, terms=terms, last_side=step.side, last_person_id=step.person_id)


def _responsible(standing: Standing, step: Step) -> int | None:
    """Who does it: whoever the performer's side names, else the first of that side who offered or promised it."""
    if step.side is not standing.performer or step.move is Move.DEFER:
        return standing.responsible_id
    return step.responsible_id or standing.responsible_id or step.person_id


def _performed(standing: Standing, step: Step) -> Standing:
    match step.move:
        case Move.CONDITION_MET:
            return replace(standing, condition_met_at=step.at)
        case Move.DELIVER:
            return replace(
                standing,
                state=State.DELIVERED,
                delivered_at=step.at,
                waiting_since=step.at,
                condition_met_at=standing.condition_met_at or step.at,
                asked_terms=None,
                last_side=step.side,
                last_person_id=step.person_id,
            )
        case Move.ASK_CHANGE:
            return replace(
                standing,
                state=State.CHANGE_ASKED,
                asked_terms=step.terms,
                change_asked_at=step.at,
                last_side=step.side,
                last_person_id=step.person_id,
            )
        case Move.AGREE_CHANGE:
            return _changed(standing)
        case Move.REFUSE_CHANGE:
            return replace(standing, state=State.AGREED, asked_terms=None)
        case Move.NOT_SATISFIED:
            return replace(standing, state=State.AGREED, delivered_at=None, was_returned=True)
        case Move.SATISFIED:
            return _ended(standing, _ending_of_delivery(standing), step.at)
        case Move.REVOKE:
            is_late = step.at >= standing.terms.due_at
            return _ended(standing, Ending.REVOKED_LATE if is_late else Ending.REVOKED_IN_TIME, step.at)
        case Move.RELEASE:
            return _ended(standing, Ending.RELEASED, step.at)
    return _ended(standing, Ending.BROKEN, step.at)


def _changed(standing: Standing) -> Standing:
    """The new terms hold. A change asked for after the due date does not undo that it was late."""
    assert standing.asked_terms is not None
    assert standing.change_asked_at is not None
    was_in_time = standing.change_asked_at < standing.terms.due_at
    return replace(
        standing,
        state=State.AGREED,
        # What hangs on it and its condition were agreed once; a change moves the words and the day.
        terms=replace(
            standing.asked_terms,
            condition=standing.terms.condition,
            importance=standing.terms.importance,
        ),
        asked_terms=None,
        was_renegotiated=standing.was_renegotiated or was_in_time,
        has_slipped=standing.has_slipped or not was_in_time,
    )


def _ending_of_delivery(standing: Standing) -> Ending:
    """On time or late by the day of the delivery, not by the day on which the customer looked at it."""
    assert standing.delivered_at is not None
    if standing.has_slipped or standing.delivered_at >= standing.terms.due_at:
        return Ending.KEPT_LATE
    return Ending.KEPT_RENEGOTIATED if standing.was_renegotiated else Ending.KEPT_ON_TIME


def _disputed(standing: Standing, step: Step) -> Standing:
    match step.move:
        case Move.DISPUTE:
            return replace(
                standing,
                state=State.DISPUTED,
                disputed_by=step.side,
                before_dispute=standing,
                settlement=None,
                ending=None,
                ended_at=None,
            )
        case Move.END_DISPUTE:
            assert standing.before_dispute is not None
            before = standing.before_dispute
            # Nobody is silent while a dispute runs.
            return replace(before, waiting_since=step.at if before.waiting_since else None)
        case Move.PROPOSE_SETTLEMENT:
            return replace(
                standing, settlement=step.settles_as, last_side=step.side, last_person_id=step.person_id
            )
    assert standing.settlement is not None
    return _ended(standing, standing.settlement, step.at)


def _ended(standing: Standing, ending: Ending, moment: datetime) -> Standing:
    return replace(standing, state=_STATE_OF_ENDING[ending], ending=ending, ended_at=moment)
