"""A meeting as it comes to be, from an accepted slot, with everybody invited; import the fixtures by name."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
import vobject
from flask import Flask
from sqlalchemy import select

from models.booking import Booking
from models.database import begin_write
from models.introduction import Introduction, Slot
from models.meeting import Meeting
from models.outbox import OutboxMail
from models.person import Person
from models.reminder import Reminder, ReminderState
from models.side import Side
from tests.dealings import add_dealings
from tests.world import World
from web.database import db
from web.meetings.scheduling import GuestAttendee, schedule_meeting

NOW = datetime.fromisoformat("2027-02-01T12:00+00:00")
HOUR = timedelta(hours=1)
LATER = {"day": "2027-03-04", "clock": "14:30", "minutes": "90", "zone": "Europe/Berlin"}
# A Wednesday three weeks before the clocks change; in Berlin it is 10:00.
STARTS_LOCAL = datetime.fromisoformat("2027-03-03T10:00")
STARTS_AT = datetime.fromisoformat("2027-03-03T09:00+00:00")
ENDS_AT = datetime.fromisoformat("2027-03-03T10:00+00:00")
GWEN = GuestAttendee(Side.ASKED, "Gwen Guest", "gwen@guest.example")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def agree(app: Flask, world: World) -> int:
    """Max of Alba's plant and Dora of Boreal, with a guest; Dora took the time. Returns the meeting's id."""
    with app.app_context():
        dealt = add_dealings(db.session, world)
        begin_write(db.session)
        for name, zone in (("max", "Europe/Berlin"), ("dora", "Europe/Lisbon"), ("olga", "Europe/Berlin")):
            db.session.get_one(Person, world.people[name]).zone = zone
        slot = db.session.get_one(Slot, dealt.slot)
        slot.starts_local, slot.zone = STARTS_LOCAL, "Europe/Berlin"
        slot.starts_at, slot.ends_at = STARTS_AT, ENDS_AT
        introduction = db.session.get_one(Introduction, dealt.introduction)
        dora = db.session.get_one(Person, world.people["dora"])
        with app.test_request_context():
            meeting = schedule_meeting(db.session, introduction, slot, accepted_by=dora, guests=[GWEN])
        meeting_id = meeting.id
        db.session.commit()
        return meeting_id


def meeting_row(app: Flask, meeting_id: int) -> Meeting:
    with app.app_context():
        return db.session.get_one(Meeting, meeting_id)


@pytest.fixture
def meeting_id(app: Flask, world: World) -> int:
    return agree(app, world)


def mails(app: Flask, recipient: str) -> list[OutboxMail]:
    with app.app_context():
        found = select(OutboxMail).where(OutboxMail.recipient == recipient).order_by(OutboxMail.id)
        return list(db.session.scalars(found))


def part_of(mail: OutboxMail) -> Any:
    assert mail.calendar_text is not None
    calendar = vobject.readOne(mail.calendar_text)
    assert calendar.method.value == mail.calendar_method
    return calendar


def booked(app: Flask) -> dict[int, tuple[datetime, datetime]]:
    with app.app_context():
        return {row.person_id: (row.starts_at, row.ends_at) for row in db.session.scalars(select(Booking))}


def waiting(app: Flask, kind: str) -> dict[int, datetime]:
    """Person → when they will be reminded next."""
    with app.app_context():
        rows = db.session.scalars(
            select(Reminder)
            .where(Reminder.kind == kind, Reminder.state == ReminderState.WAITING)
            .order_by(Reminder.due_at.desc())
        )
        return {reminder.person_id: reminder.due_at for reminder in rows}
