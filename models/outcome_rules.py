"""What follows from what the two sides say about a meeting, and what one side may know of the other's account."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models.between import is_between_organisations
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting, MeetingState
from models.outcome import FEEDBACK_HIDDEN_FOR, Decision, HeardNeed, HeardState, Interest, Outcome
from models.relationship import Relationship
from models.reminder import forget_reminders, remind
from models.side import Side
from models.unit_people import offices_of

OUTCOME_MISSING = "outcome.missing"
ASK_AGAIN_AFTER = timedelta(days=1)
ASK_THE_OFFICE_AFTER = timedelta(days=2)
# More questions at once than this are no listening any more.
MOST_NEEDS_WAITING = 5


@dataclass(frozen=True)
class TheirAccount:
    """The other side's account as far as we may know it. The interests are None and ``feedback`` is empty until
    ``is_open``; ``opens_at`` is when that will be at the latest.
    """

    held: bool
    decision: Decision
    agreed: str
    is_open: bool
    opens_at: datetime
    interest: Interest | None
    interest_they_saw: Interest | None
    feedback: str


def outcome_of(session: Session, meeting: Meeting, side: Side) -> Outcome | None:
    """This side's own account. Never hand it to a page or a mail of the other side: see ``their_account``."""
    return session.scalar(select(Outcome).where(Outcome.meeting_id == meeting.id, Outcome.side == side))


def their_account(session: Session, meeting: Meeting, ours: Side, now: datetime) -> TheirAccount | None:
    """What side ``ours`` may know of the other side's account; None if there is none."""
    outcomes = {
        outcome.side: outcome
        for outcome in session.scalars(select(Outcome).where(Outcome.meeting_id == meeting.id))
    }
    theirs = outcomes.get(ours.other)
    if theirs is None:
        return None
    gave = [side for side, outcome in outcomes.items() if has_given_feedback(outcome)]
    is_open = is_feedback_open(meeting.ends_at, gave, now)
    return TheirAccount(
        held=theirs.held,
        decision=theirs.decision,
        agreed=theirs.agreed,
        is_open=is_open,
        opens_at=meeting.ends_at + FEEDBACK_HIDDEN_FOR,
        interest=theirs.our_interest if is_open else None,
        interest_they_saw=theirs.their_interest if is_open else None,
        feedback=theirs.feedback if is_open else "",
    )


def has_given_feedback(outcome: Outcome) -> bool:
    """Whether the side has shown its hand: an account that says nothing of itself opens nobody else's."""
    return outcome.feedback != "" or outcome.our_interest is not Interest.UNKNOWN


def is_feedback_open(ended_at: datetime, gave: Collection[Side], now: datetime) -> bool:
    """Whether each side may see what the other felt: both gave theirs, or the time is over."""
    return set(gave) == set(Side) or ended_at + FEEDBACK_HIDDEN_FOR <= now


def state_told(said_held: Collection[bool]) -> MeetingState:
    """Whether the meeting was held, by what one or both sides said. Whoever says that it was, was there."""
    if not said_held:
        return MeetingState.SCHEDULED
    return MeetingState.HELD if any(said_held) else MeetingState.NOT_HELD


def ask_for_outcome(session: Session, meeting: Meeting) -> None:
    """Ask the organiser right after the end and after a day, and their side's offices after two days, once each.

    For a meeting that was just scheduled or moved. The first asking lapses when the second is due, so that nobody
    is asked twice on the day on which mail works again.
    """
    forget_reminders(session, OUTCOME_MISSING, meeting.id)
    again_at = meeting.ends_at + ASK_AGAIN_AFTER
    time = f"{meeting.starts_at:%Y-%m-%dT%H:%MZ}"
    organiser_id = meeting.organiser_id
    remind(session, OUTCOME_MISSING, meeting.id, organiser_id, meeting.ends_at, time, lapses_at=again_at)
    remind(session, OUTCOME_MISSING, meeting.id, organiser_id, again_at, f"{time}, a day later")
    unit = meeting.introduction.unit_of(meeting.organiser_side)
    for person in offices_of(session, unit):
        if person.id != organiser_id:
            due_at = meeting.ends_at + ASK_THE_OFFICE_AFTER
            remind(session, OUTCOME_MISSING, meeting.id, person.id, due_at, f"{time}, two days later")


def are_introduced(session: Session, ours: Relationship) -> bool:
    """Whether the two organisations ever agreed to meet. Before that nobody of theirs is written to but by a request,
    which they may turn down.
    """
    agreed = exists().where(
        is_between_organisations(Introduction, ours.organisation_id, ours.partner_id),
        Introduction.state == IntroductionState.ACCEPTED,
    )
    return bool(session.scalar(select(agreed)))


def needs_waiting(session: Session, ours: Relationship) -> int:
    """How many needs that our organisation heard wait for an answer of the partner's unit."""
    waits = (
        HeardNeed.by_organisation_id == ours.organisation_id,
        HeardNeed.about_unit_id == ours.partner_unit_id,
        HeardNeed.state == HeardState.WAITING,
    )
    return session.scalar(select(func.count()).select_from(HeardNeed).where(*waits)) or 0
