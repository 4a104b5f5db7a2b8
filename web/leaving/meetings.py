"""What closing an account means for meetings: nobody waits at a table for somebody who left.

All of it happens within the caller's write transaction and within a request, because the letters hold links.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.audit import AuditEntry, note_action
from models.booking import Booking
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.person import Person
from web.meetings.letters import tell_declined


def decline_meetings_ahead(session: Session, person: Person, by_id: int | None, now: datetime) -> None:
    """Say for them that they do not come, which their organisers read, and give back the time kept for them."""
    coming = select(MeetingAttendee.meeting_id).where(
        MeetingAttendee.person_id == person.id, MeetingAttendee.attendance != Attendance.DECLINED
    )
    ahead = select(Meeting).where(
        Meeting.id.in_(coming), Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > now
    )
    for meeting in session.scalars(ahead.order_by(Meeting.id).with_for_update()).all():
        for attendee in meeting.attendees:
            if attendee.person_id == person.id:
                attendee.attendance = Attendance.DECLINED
        meeting.changed_at = now
        note_action(session, by_id, f"meeting.{Attendance.DECLINED}", meeting)
        tell_declined(meeting, person)
    session.execute(delete(Booking).where(Booking.person_id == person.id, Booking.ends_at > now))


def forget_name_in_trail(session: Session, person: Person) -> None:
    """Put their number where the trail named them as brought along. Ask while the meetings still name them."""
    attended = select(MeetingAttendee.meeting_id, MeetingAttendee.name).where(
        MeetingAttendee.person_id == person.id
    )
    for meeting_id, name in session.execute(attended).all():
        brought = (AuditEntry.action == "meeting.bring", AuditEntry.record_id == meeting_id)
        for entry in session.scalars(select(AuditEntry).where(*brought)):
            if entry.changes.get("person", ["", ""])[1] in {name, person.name}:
                entry.changes = {"person": ["", str(person.id)]}
