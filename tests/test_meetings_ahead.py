"""Home names the meetings of today and tomorrow: to those who go, and to the office of their unit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.introduction import IntroductionPerson
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.person import Person
from models.side import Side
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.world import World, build_world
from web.database import db

MORNING = datetime(2027, 3, 1, 7, tzinfo=UTC)


@pytest.fixture
def world(either_app: Flask) -> Iterator[World]:
    with time_machine.travel(MORNING, tick=False):
        with either_app.app_context():
            world = build_world(db.session)
            add_dealings(db.session, world)
        yield world


@pytest.fixture
def browse(either_app: Flask, world: World) -> Browser:
    return Browser(either_app)


def set_meeting(app: Flask, starts_at: datetime, state: MeetingState = MeetingState.SCHEDULED) -> None:
    with app.app_context():
        begin_write(db.session)
        meeting = db.session.scalars(select(Meeting).where(Meeting.uid.startswith("next"))).one()
        meeting.starts_at, meeting.ends_at, meeting.state = starts_at, starts_at + timedelta(hours=1), state
        db.session.commit()


def told(browse: Browser, name: str, whose: str = "mine") -> list[str]:
    lines = browse.sign_in(name).get(f"/?whose={whose}").select(".attention > li")
    words = [" ".join(line.get_text(" ").split()) for line in lines]
    return [line for line in words if line.startswith("Meeting with")]


def test_who_goes_and_the_office_are_told_of_todays_meeting_until_it_is_over(
    either_app: Flask, browse: Browser
) -> None:
    starts_at = MORNING + timedelta(hours=4)
    set_meeting(either_app, starts_at)
    [line] = told(browse, "max")
    assert line.startswith("Meeting with Boreal University today at 11:00 Laboratory 3, Rostock")
    assert len(told(browse, "olga", "ours")) == 1
    assert told(browse, "olga") == [], "she does not go there herself"
    assert told(browse, "dora")[0].startswith("Meeting with Alba Cells today at 11:00")
    assert told(browse, "carl") == []
    for state in (MeetingState.CANCELLED, MeetingState.NOT_HELD):
        set_meeting(either_app, starts_at, state)
        assert told(browse, "max") == []
    set_meeting(either_app, starts_at)
    with time_machine.travel(starts_at + timedelta(minutes=59), tick=False):
        assert len(told(browse, "max")) == 1
    with time_machine.travel(starts_at + timedelta(minutes=60), tick=False):
        assert told(browse, "max") == []


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        (datetime(2027, 3, 2, 14, 59, tzinfo=UTC), "today at 23:59"),
        (datetime(2027, 3, 2, 15, 0, tzinfo=UTC), "tomorrow at 00:00"),
        (datetime(2027, 3, 3, 14, 59, tzinfo=UTC), "tomorrow at 23:59"),
        (datetime(2027, 3, 3, 15, 0, tzinfo=UTC), None),
    ],
)
def test_today_and_tomorrow_are_those_of_whoever_looks(
    either_app: Flask, world: World, browse: Browser, starts_at: datetime, words: str | None
) -> None:
    set_meeting(either_app, starts_at)
    with either_app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, world.people["max"]).zone = "Asia/Tokyo"
        db.session.commit()
    with time_machine.travel(datetime(2027, 3, 1, 22, tzinfo=UTC), tick=False):
        lines = told(browse, "max")
    assert len(lines) == (0 if words is None else 1)
    assert words is None or words in lines[0]


def test_whoever_is_invited_afterwards_is_told_and_whoever_declined_is_not(
    either_app: Flask, world: World, browse: Browser
) -> None:
    set_meeting(either_app, MORNING + timedelta(hours=4))
    with either_app.app_context():
        begin_write(db.session)
        meeting = db.session.scalars(select(Meeting).where(Meeting.uid.startswith("next"))).one()
        olga = db.session.get_one(Person, world.people["olga"])
        meeting.attendees.append(
            MeetingAttendee(side=Side.ASKING, person_id=olga.id, name=olga.name, email=olga.email)
        )
        for attendee in meeting.attendees:
            if attendee.person_id == world.people["max"]:
                attendee.attendance = Attendance.DECLINED
        # She takes part in the meeting alone.
        named = select(IntroductionPerson.person_id).where(IntroductionPerson.person_id == olga.id)
        assert db.session.scalars(named).all() == []
        db.session.commit()
    assert told(browse, "max") == []
    assert told(browse, "olga")[0].startswith("Meeting with Boreal University today at 11:00")
