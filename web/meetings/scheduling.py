"""What is done to a meeting: agreed, moved, changed, cancelled, answered. Each step tells everybody who comes.

All of it happens within the caller's write transaction, which the caller commits: records, mail, reminders together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from flask import current_app
from sqlalchemy.orm import Session

from models.audit import note_action
from models.base import utc_now
from models.booking import Conflict, book, release
from models.introduction import Introduction, Slot
from models.introduction_steps import name_people
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingMode, MeetingState
from models.person import Person
from models.side import Side
from models.unit_people import present_people
from web.localisation import gettext
from web.meetings.letters import tell_brought, tell_cancelled, tell_changed, tell_declined, tell_invited
from web.meetings.reminding import plan_reminders


@dataclass(frozen=True)
class GuestAttendee:
    """Somebody without an account who comes along."""

    side: Side
    name: str
    email: str


@dataclass(frozen=True)
class Period:
    """A time as people agree on it, ``starts_local`` on the wall of ``zone``, and the moments that it means."""

    starts_local: datetime
    zone: str
    starts_at: datetime
    ends_at: datetime


def schedule_meeting(
    session: Session,
    introduction: Introduction,
    slot: Slot,
    accepted_by: Person | None = None,
    guests: Sequence[GuestAttendee] = (),
) -> Meeting:
    """Make the accepted slot a meeting of everybody named on both sides, and invite them.

    Books every person firmly, gives back what the other slots of the proposal held, enqueues the invitations and the
    reminders. Whoever asked for the introduction organises. Raises BookingConflict if somebody is not free any more:
    roll back then.
    """
    organiser = _organiser(session, introduction)
    meeting = Meeting(
        introduction_id=introduction.id,
        organiser_id=organiser.id,
        organiser_side=Side.ASKING,
        title=_title(introduction),
        mode=slot.proposal.mode,
        where=slot.proposal.where,
        starts_local=slot.starts_local,
        zone=slot.zone,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        uid=f"{uuid4()}@{_domain()}",
    )
    coming = {organiser.id} | ({accepted_by.id} if accepted_by else set())
    for side in Side:
        for person in present_people(session, introduction, side):
            _add_attendee(meeting, side, person.name, person.email, person.id, person.id in coming)
    for guest in guests:
        _add_attendee(meeting, guest.side, guest.name, guest.email, None, is_coming=True)
    session.add(meeting)
    session.flush()
    take_time(session, meeting)
    release(session, slot_ids=[other.id for other in slot.proposal.slots])
    plan_reminders(session, meeting, utc_now())
    note_action(session, accepted_by.id if accepted_by else None, "meeting.schedule", meeting)
    # A meeting that is over already (the demo has some) is history, and nobody is invited to it.
    if meeting.ends_at > utc_now():
        tell_invited(meeting)
    return meeting


def move_meeting(session: Session, meeting: Meeting, period: Period, mover: Person) -> list[Conflict]:
    """Move the meeting; everybody but the mover is asked again. Return whose mere holds gave way.

    Raises BookingConflict if somebody has another meeting then: roll back.
    """
    changes = {"starts_at": [meeting.starts_at.isoformat(), period.starts_at.isoformat()]}
    meeting.starts_local = period.starts_local
    meeting.zone = period.zone
    meeting.starts_at = period.starts_at
    meeting.ends_at = period.ends_at
    for attendee in meeting.attendees:
        is_mover = attendee.person_id == mover.id
        attendee.attendance = Attendance.ACCEPTED if is_mover else Attendance.WAITING
    gave_way = take_time(session, meeting)
    _note_change(session, meeting, mover, "meeting.move", changes)
    tell_changed(meeting, mover)
    return gave_way


def change_place(session: Session, meeting: Meeting, mode: MeetingMode, where: str, changer: Person) -> None:
    """Say anew where and how; everybody's calendar is told."""
    changes = {"mode": [meeting.mode.value, mode.value], "where": [meeting.where, where]}
    meeting.mode = mode
    meeting.where = where
    _note_change(session, meeting, changer, "meeting.change_place", changes)
    tell_changed(meeting, changer)


def bring_along(session: Session, meeting: Meeting, side: Side, person: Person, by: Person) -> bool:
    """Invite this person of ``side``, too; everybody's calendar learns who comes. False, with nothing changed: they
    are invited already.

    Raises BookingConflict if they have another meeting then: roll back.
    """
    if any(entry.person_id == person.id for entry in meeting.attendees):
        return False
    name_people(session, meeting.introduction, side, [person.id])
    _add_attendee(meeting, side, person.name, person.email, person.id, person.id == by.id)
    take_time(session, meeting)
    _note_change(session, meeting, by, "meeting.bring", {"person": ["", str(person.id)]})
    tell_brought(meeting, person)
    return True


def cancel_meeting(session: Session, meeting: Meeting, reason: str, canceller: Person) -> None:
    """Take the meeting out of everybody's calendar; both sides read the reason."""
    meeting.state = MeetingState.CANCELLED
    meeting.cancelled_reason = reason
    release(session, meeting_id=meeting.id)
    _note_change(session, meeting, canceller, "meeting.cancel", {})
    tell_cancelled(meeting, canceller)


def answer_meeting(session: Session, meeting: Meeting, person: Person, is_coming: bool) -> None:
    """Note whether this person comes. Whoever does not is free at that time and is not reminded.

    Raises BookingConflict if they have another meeting by now.
    """
    attendee = next(entry for entry in meeting.attendees if entry.person_id == person.id)
    attendance = Attendance.ACCEPTED if is_coming else Attendance.DECLINED
    if attendee.attendance is attendance:
        return
    attendee.attendance = attendance
    meeting.changed_at = utc_now()
    take_time(session, meeting)
    plan_reminders(session, meeting, utc_now())
    note_action(session, person.id, f"meeting.{attendance}", meeting)
    if not is_coming:
        tell_declined(meeting, person)


def _note_change(
    session: Session, meeting: Meeting, person: Person, action: str, changes: dict[str, list[str]]
) -> None:
    """Count the change, so that calendars take it for newer, and plan the reminders anew."""
    meeting.sequence += 1
    meeting.changed_at = utc_now()
    session.flush()
    plan_reminders(session, meeting, utc_now())
    note_action(session, person.id, action, meeting, changes=changes)


def take_time(session: Session, meeting: Meeting) -> list[Conflict]:
    """Book everybody who has not said that they do not come.

    Raises BookingConflict, with nothing changed, if one of them has another meeting then.
    """
    people = {
        attendee.person_id
        for attendee in meeting.attendees
        if attendee.person_id is not None and attendee.attendance is not Attendance.DECLINED
    }
    return book(session, meeting.id, meeting.starts_at, meeting.ends_at, people)


def _add_attendee(
    meeting: Meeting, side: Side, name: str, email: str, person_id: int | None, is_coming: bool
) -> None:
    if any(attendee.email.lower() == email.lower() for attendee in meeting.attendees):
        return
    meeting.attendees.append(
        MeetingAttendee(
            side=side,
            person_id=person_id,
            name=name,
            email=email,
            attendance=Attendance.ACCEPTED if is_coming else Attendance.WAITING,
        )
    )


def _organiser(session: Session, introduction: Introduction) -> Person:
    """Whoever asked, while they still belong to their side; else the first of their side."""
    people = present_people(session, introduction, Side.ASKING)
    if introduction.asked_by in people or not people:
        return introduction.asked_by
    return people[0]


def _title(introduction: Introduction) -> str:
    names = {
        "asking": introduction.asking_organisation.name,
        "asked": introduction.asked_organisation.name,
    }
    if introduction.meetings:
        return str(gettext("Meeting of %(asking)s and %(asked)s", **names))
    return str(gettext("First meeting of %(asking)s and %(asked)s", **names))


def _domain() -> str:
    return urlsplit(current_app.extensions["settings"].public_url).hostname or "localhost"
