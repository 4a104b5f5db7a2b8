"""Reminders of meetings: the day before for everybody who comes, and afterwards the question what came of it."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from models.meeting import Attendance, Meeting, MeetingState
from models.outcome_rules import OUTCOME_MISSING, ask_for_outcome
from models.planning import belongs_to
from models.reminder import Reminder, forget_reminders, remind
from models.wall_time import on_a_day_before
from web.letters import Letter, public_url
from web.localisation import lazy_gettext as _
from web.meetings.words import when_words, where_words
from web.reminders import reminds

TOMORROW = "meeting.tomorrow"
AT_NINE = time(9)


def plan_reminders(session: Session, meeting: Meeting, now: datetime) -> None:
    """Forget what was planned and plan what still lies ahead. A meeting that is over reminds nobody."""
    forget_reminders(session, TOMORROW, meeting.id, now)
    forget_reminders(session, OUTCOME_MISSING, meeting.id, now)
    if meeting.state is not MeetingState.SCHEDULED or meeting.ends_at <= now:
        return
    for attendee in meeting.attendees:
        if attendee.person is None or attendee.attendance is Attendance.DECLINED:
            continue
        due_at = on_a_day_before(meeting.starts_at, attendee.person.zone, 1, AT_NINE)
        if now < due_at:
            remind(
                session,
                TOMORROW,
                meeting.id,
                attendee.person.id,
                due_at,
                _occurrence(meeting),
                lapses_at=meeting.starts_at,
            )
    ask_for_outcome(session, meeting)


@reminds(TOMORROW)
def _tomorrow(session: Session, reminder: Reminder) -> Letter | None:
    meeting = session.get(Meeting, reminder.record_id)
    if meeting is None or not _is_awaited(session, meeting, reminder):
        return None
    return Letter(
        subject=_("Reminder: %(title)s", title=meeting.title),
        template="meetings/mail/tomorrow.txt",
        values={
            "meeting": meeting,
            "when": when_words,
            "where": where_words,
            "link": public_url("meetings.show", {"meeting_id": meeting.id}),
        },
    )


def _is_awaited(session: Session, meeting: Meeting, reminder: Reminder) -> bool:
    """Whether this person still comes to this meeting at the time that the reminder was planned for, for a side to
    which they still belong.
    """
    return (
        meeting.state is MeetingState.SCHEDULED
        and _occurrence(meeting) == reminder.occurrence
        and any(
            attendee.person_id == reminder.person_id
            and attendee.attendance is not Attendance.DECLINED
            and belongs_to(
                session, reminder.person_id, meeting.introduction.organisation_of(attendee.side).id
            )
            for attendee in meeting.attendees
        )
    )


def _occurrence(meeting: Meeting) -> str:
    """A moved meeting is another occasion, so it reminds anew."""
    return f"{meeting.starts_at:%Y-%m-%dT%H:%MZ}"
