"""What leaving means for meetings: nobody waits at a table for somebody who left, and somebody organises it.

All of it happens within the caller's write transaction and within a request, because the letters hold links.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from models.audit import AuditEntry, note_action
from models.booking import Booking, BookingConflict
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.person import Person
from models.planning import belongs_to
from models.unit_people import offices_of
from web.meetings.letters import tell_declined, tell_new_organiser
from web.meetings.reminding import plan_reminders
from web.meetings.scheduling import take_time


def decline_meetings_ahead(session: Session, person: Person, by_id: int | None, now: datetime) -> None:
    """Say for them that they do not come, which their organisers read, and give back the time kept for them."""
    coming = select(MeetingAttendee.meeting_id).where(
        MeetingAttendee.person_id == person.id, MeetingAttendee.attendance != Attendance.DECLINED
    )
    concerned = or_(Meeting.id.in_(coming), Meeting.organiser_id == person.id)
    for meeting in _ahead(session, concerned, now):
        _decline(session, meeting, person, by_id, now)
        if meeting.organiser_id == person.id:
            _hand_over(session, meeting, person, by_id, now)
        else:
            tell_declined(meeting, person)
    session.execute(delete(Booking).where(Booking.person_id == person.id, Booking.ends_at > now))


def hand_over_meetings_ahead(
    session: Session, person: Person, organisation_id: int, by_id: int | None, now: datetime
) -> None:
    """Leave to a colleague what they organise for an organisation in which they have just lost their last role.

    Nothing happens while they have another one there.
    """
    if belongs_to(session, person.id, organisation_id):
        return
    for meeting in _ahead(session, Meeting.organiser_id == person.id, now):
        if meeting.introduction.organisation_of(meeting.organiser_side).id == organisation_id:
            _decline(session, meeting, person, by_id, now)
            _hand_over(session, meeting, person, by_id, now)
            booked = (Booking.person_id == person.id, Booking.meeting_id == meeting.id)
            session.execute(delete(Booking).where(*booked))


def _ahead(session: Session, concerned: ColumnElement[bool], now: datetime) -> Sequence[Meeting]:
    ahead = select(Meeting).where(concerned, Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > now)
    return session.scalars(ahead.order_by(Meeting.id).with_for_update()).all()


def _decline(session: Session, meeting: Meeting, person: Person, by_id: int | None, now: datetime) -> None:
    for attendee in meeting.attendees:
        if attendee.person_id == person.id:
            attendee.attendance = Attendance.DECLINED
    meeting.changed_at = now
    note_action(session, by_id, f"meeting.{Attendance.DECLINED}", meeting)


def _hand_over(session: Session, meeting: Meeting, left: Person, by_id: int | None, now: datetime) -> None:
    """Let a colleague organise the meeting from now on, who is reminded of it, too, and tell everybody who comes."""
    organiser = _next_organiser(session, meeting, left)
    meeting.sequence += 1
    if organiser is not None:
        meeting.organiser = organiser
        if all(attendee.email.lower() != organiser.email.lower() for attendee in meeting.attendees):
            invited = MeetingAttendee(
                side=meeting.organiser_side, person=organiser, name=organiser.name, email=organiser.email
            )
            meeting.attendees.append(invited)
        session.flush()
        # A colleague who is busy then organises it all the same, and may send somebody else.
        with suppress(BookingConflict):
            take_time(session, meeting)
        plan_reminders(session, meeting, now)
        note_action(session, by_id, "meeting.hand_over", meeting)
    tell_new_organiser(meeting, left)


def _next_organiser(session: Session, meeting: Meeting, left: Person) -> Person | None:
    """The first of the side who did not say that they do not come, else of its office."""
    side = meeting.organiser_side
    unit = meeting.introduction.unit_of(side)
    attending = [
        attendee.person
        for attendee in meeting.attendees
        if attendee.side is side
        and attendee.person is not None
        and attendee.attendance is not Attendance.DECLINED
        and belongs_to(session, attendee.person.id, unit.organisation_id)
    ]
    candidates = [*attending, *offices_of(session, unit)]
    return next((person for person in candidates if person.id != left.id and person.left_at is None), None)


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
