"""A meeting as it comes to be: from an accepted slot, with everybody booked and invited."""

from datetime import datetime

from flask import Flask

from models.database import begin_write
from models.introduction import Introduction, Slot
from models.meeting import Meeting
from models.person import Person
from models.side import Side
from tests.dealings import add_dealings
from tests.world import World
from web.database import db
from web.meetings.scheduling import GuestAttendee, schedule_meeting

# A Wednesday three weeks before the clocks change; in Berlin it is 10:00.
STARTS_LOCAL = datetime.fromisoformat("2027-03-03T10:00")
STARTS_AT = datetime.fromisoformat("2027-03-03T09:00+00:00")
ENDS_AT = datetime.fromisoformat("2027-03-03T10:00+00:00")
GWEN = GuestAttendee(Side.ASKED, "Gwen Guest", "gwen@guest.example")


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
