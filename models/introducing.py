"""The moves of an introduction that was asked for: accept, propose others, decline, withdraw, expire.

``models.requesting`` holds the first move, asking.

Each runs inside a transaction begun by ``begin_write``, on records loaded in it, and keeps both sides' relationships.
A move that the rules do not allow raises ``IntroductionRefused`` before anything is changed. The state itself changes
by compare-and-swap, so of two people who answer at once one is told that it was answered already.

- *proposed*: the side whose turn it is accepts (→ accepted) or proposes others (→ proposed); the asked side declines
  (→ declined), the asking side withdraws (→ withdrawn), time ends it (→ expired).
- *accepted*, times are open: the side whose turn it is accepts, proposes others or turns them down; the other side
  takes them back; after their time they lapse. It stays accepted.
- *accepted*, no times are open: either side proposes times for a further meeting.
- *declined*, *expired*, *withdrawn*: nothing moves any more.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from models.asking import IntroductionRefused, Refusal, are_in_network
from models.cadence import stop_cadence
from models.changelog import note_post_change
from models.introduction import (
    LIFE_OF_A_REQUEST,
    Introduction,
    IntroductionState,
    Proposal,
    ProposalState,
    Slot,
    ThreadMessage,
)
from models.introduction_steps import (
    Party,
    Times,
    check_times,
    choose_people,
    name_people,
    note_move,
    open_proposal,
    relationship_of,
    settle,
    settle_proposal,
)
from models.relationship import ClosedReason, PrivateNote, Relationship, Stage, move_stage
from models.side import Side
from models.unit_people import colleagues, present_people


def accept(
    session: Session,
    introduction: Introduction,
    slot: Slot,
    by: Party,
    people_ids: Collection[int],
    now: datetime,
) -> None:
    """Take one of the open times; ``people_ids`` come along for the side of ``by``. The caller makes the meeting.

    The other times are released, and so is this one, so that the meeting can be booked in the same transaction.
    """
    proposal = _answerable(introduction, by.side, now, proposal_id=slot.proposal_id)
    if slot.starts_at <= now:
        raise IntroductionRefused(Refusal.TIME_PAST)
    known = {person.id for person in colleagues(session, introduction.unit_of(by.side))}
    known |= {person.id for person in present_people(session, introduction, by.side)}
    if not set(people_ids) <= known:
        raise IntroductionRefused(Refusal.NOT_COLLEAGUES)
    settle_proposal(session, proposal, ProposalState.ACCEPTED, now)
    if introduction.state is IntroductionState.PROPOSED:
        settle(session, introduction, IntroductionState.ACCEPTED, by.person_id, now)
        _tell_ranking(session, introduction)
    if people_ids or by.person_id is not None:
        coming = people_ids or [person_id for person_id in (by.person_id,) if person_id is not None]
        choose_people(session, introduction, by.side, coming)
    note_move(session, introduction, by, Stage.MEETING, now)
    # A meeting is set: neither side needs to be asked how things are going before it.
    for side in Side:
        stop_cadence(session, relationship_of(session, introduction, side), now)


def propose_others(
    session: Session,
    introduction: Introduction,
    times: Times,
    by: Party,
    now: datetime,
    proposal_id: int | None = None,
) -> Proposal:
    """Put other times in place of the open ones, or first ones for a further meeting of an accepted introduction.

    ``proposal_id`` is the proposal that is answered (None: there was none to answer); if another one is open meanwhile,
    the answer is refused. The other side has as long to answer as for a new request.
    """
    check_times(times, now)
    if proposal_id is None:
        if introduction.state is not IntroductionState.ACCEPTED or introduction.open_proposal is not None:
            raise IntroductionRefused(Refusal.ANSWERED_ALREADY)
        if not are_in_network(introduction):
            raise IntroductionRefused(Refusal.NOT_APPROVED)
    else:
        proposal = _answerable(introduction, by.side, now, proposal_id)
        settle_proposal(session, proposal, ProposalState.SUPERSEDED, now)
    introduction.expires_at = now + LIFE_OF_A_REQUEST
    if by.person_id is not None:
        name_people(session, introduction, by.side, (by.person_id,))
    made = open_proposal(session, introduction, times, by, now)
    note_move(session, introduction, by, Stage.INTRODUCED, now)
    return made


def decline(
    session: Session,
    introduction: Introduction,
    by: Party,
    now: datetime,
    polite_words: str = "",
    private_reason: str = "",
    closed_reason: ClosedReason = ClosedReason.OTHER,
) -> None:
    """Say no. Before a first meeting this ends the introduction; afterwards it only turns the open times down.

    ``polite_words`` are all that the other side reads; ``private_reason`` stays in a note of the declining side alone.
    """
    is_first = introduction.state is IntroductionState.PROPOSED
    if is_first and by.side is Side.ASKING:
        # Whoever asked does not decline; they withdraw.
        raise IntroductionRefused(Refusal.NOT_YOUR_TURN)
    proposal = introduction.open_proposal
    if proposal is None or (not is_first and introduction.turn is not by.side):
        raise IntroductionRefused(Refusal.ANSWERED_ALREADY)
    _refuse_after_its_time(introduction, now)
    settle_proposal(session, proposal, ProposalState.CLOSED, now)
    ours = note_move(session, introduction, by, Stage.INTRODUCED, now, polite_words)
    if is_first:
        settle(session, introduction, IntroductionState.DECLINED, by.person_id, now)
        theirs = relationship_of(session, introduction, by.side.other)
        _close_if_only_introduced(session, ours, closed_reason, by.person_id, now)
        _close_if_only_introduced(session, theirs, ClosedReason.NO_INTEREST, None, now)
    if polite_words:
        introduction.messages.append(
            ThreadMessage(
                side=by.side,
                person_id=by.person_id,
                guest_name=by.guest_name,
                text=polite_words,
                created_at=now,
            )
        )
    if private_reason and by.person_id is not None:
        session.add(PrivateNote(relationship_id=ours.id, person_id=by.person_id, text=private_reason))


def _close_if_only_introduced(
    session: Session, card: Relationship, reason: ClosedReason, person_id: int | None, now: datetime
) -> None:
    """Where the two already have more going than this request, one no does not end it.

    We ask no more; but what people planned to do stays: an answer to one request does not drop it unseen.
    """
    if card.stage is Stage.INTRODUCED:
        move_stage(session, card, Stage.CLOSED, person_id, now, reason)
        stop_cadence(session, card, now)


def withdraw(session: Session, introduction: Introduction, by: Party, now: datetime) -> None:
    """Take back the request; after a first meeting, take back the open times that one's own side proposed."""
    proposal = introduction.open_proposal
    if proposal is None:
        raise IntroductionRefused(Refusal.ANSWERED_ALREADY)
    _refuse_after_its_time(introduction, now)
    is_first = introduction.state is IntroductionState.PROPOSED
    may = by.side is Side.ASKING if is_first else proposal.made_by is by.side
    if not may:
        raise IntroductionRefused(Refusal.NOT_YOUR_TURN)
    settle_proposal(session, proposal, ProposalState.CLOSED, now)
    if is_first:
        settle(session, introduction, IntroductionState.WITHDRAWN, by.person_id, now)


def expire(session: Session, introduction: Introduction, now: datetime) -> bool:
    """End what nobody answered in time; return whether there was something to end. Right however late it is called."""
    proposal = introduction.open_proposal
    if introduction.expires_at > now or proposal is None:
        return False
    settle_proposal(session, proposal, ProposalState.CLOSED, introduction.expires_at)
    if introduction.state is IntroductionState.PROPOSED:
        settle(session, introduction, IntroductionState.EXPIRED, None, introduction.expires_at)
    return True


def _answerable(introduction: Introduction, side: Side, now: datetime, proposal_id: int) -> Proposal:
    """The open proposal that this side answers. Raises if it is another one by now, or not theirs to answer."""
    proposal = introduction.open_proposal
    if proposal is None or proposal.id != proposal_id:
        raise IntroductionRefused(Refusal.ANSWERED_ALREADY)
    _refuse_after_its_time(introduction, now)
    if introduction.turn is not side:
        raise IntroductionRefused(Refusal.NOT_YOUR_TURN)
    return proposal


def _refuse_after_its_time(introduction: Introduction, now: datetime) -> None:
    if introduction.expires_at <= now:
        raise IntroductionRefused(Refusal.EXPIRED)


def _tell_ranking(session: Session, introduction: Introduction) -> None:
    """An accepted introduction takes a place of each post that it cites."""
    for entry in introduction.posts:
        note_post_change(session, entry.post_id)
