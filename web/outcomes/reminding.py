"""The question after a meeting: the organiser is asked what came of it, later the office of their side."""

from sqlalchemy.orm import Session

from models.actor import load_actor
from models.base import utc_now
from models.dealings_policy import sides_of
from models.meeting import Meeting, MeetingState
from models.outcome_rules import OUTCOME_MISSING, outcome_of
from models.reminder import Reminder
from web.letters import Letter, public_url
from web.localisation import lazy_gettext as _
from web.moments import period_words, viewer_zone
from web.reminders import reminds
from web.sides import short_side_name


@reminds(OUTCOME_MISSING)
def ask_what_came_of_it(session: Session, reminder: Reminder) -> Letter | None:
    """None once their side told it, or when the meeting was called off, moved, or is said not to have been held."""
    meeting = session.get(Meeting, reminder.record_id)
    if meeting is None or not _is_missing(session, meeting):
        return None
    side = meeting.organiser_side
    if side not in sides_of(load_actor(session, reminder.person_id), meeting.introduction):
        return None
    partner = short_side_name(meeting.introduction, side.other)
    return Letter(
        subject=_("What came of your meeting with %(name)s?", name=partner),
        template="outcomes/mail/missing.txt",
        values={
            "partner": partner,
            "organiser": meeting.organiser.name,
            "is_organiser": reminder.person_id == meeting.organiser_id,
            "when": period_words(meeting.starts_at, meeting.ends_at, viewer_zone()),
            "link": public_url("outcomes.log", {"meeting_id": meeting.id}),
        },
    )


def _is_missing(session: Session, meeting: Meeting) -> bool:
    if meeting.state not in {MeetingState.SCHEDULED, MeetingState.HELD} or utc_now() < meeting.ends_at:
        return False
    return outcome_of(session, meeting, meeting.organiser_side) is None
