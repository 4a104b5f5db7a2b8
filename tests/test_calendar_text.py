"""What calendars are sent, read back by a library that is not the one that wrote it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import vobject

from models.meeting import Attendance
from web.meetings.calendar_text import (
    CalendarDay,
    CalendarEvent,
    Invitation,
    Invitee,
    Method,
    feed_text,
    invitation_text,
)

NOW = datetime(2027, 2, 1, 12, 30, tzinfo=UTC)
# The clocks of Europe are put forward in the night before.
SUMMER = datetime(2027, 3, 28, 8, tzinfo=UTC)
OLGA = Invitee("Olga Example", "olga@alba.example", Attendance.ACCEPTED)
DORA = Invitee("Dora Example", "dora@boreal.example", Attendance.WAITING)
MIA = Invitee("Mia Example", "mia@boreal.example", Attendance.DECLINED)
EVENT = CalendarEvent(
    uid="meeting-1@counterpart.example",
    sequence=0,
    summary="First meeting: Alba Cells and Boreal University",
    description="The two meet.\nhttp://localhost/meetings/1",
    location="Test hall 3, Kiel",
    url="http://localhost/meetings/1",
    starts_at=SUMMER,
    ends_at=SUMMER + timedelta(hours=1),
    changed_at=NOW,
    is_cancelled=False,
)
INVITATION = Invitation(EVENT, OLGA, (OLGA, DORA, MIA), "counterpart@localhost")


def read(text: str) -> Any:
    return vobject.readOne(text)


def test_an_invitation_is_read_by_another_library() -> None:
    calendar = read(invitation_text(INVITATION, Method.REQUEST, NOW))
    event = calendar.vevent
    assert calendar.method.value == "REQUEST"
    assert calendar.version.value == "2.0"
    assert event.uid.value == EVENT.uid
    assert event.sequence.value == "0"
    assert event.summary.value == EVENT.summary
    assert event.description.value == EVENT.description
    assert event.location.value == EVENT.location
    assert event.url.value == EVENT.url
    assert event.status.value == "CONFIRMED"
    assert event.dtstart.value == SUMMER
    assert event.dtend.value == SUMMER + timedelta(hours=1)
    assert event.dtstamp.value == NOW
    assert "DTSTART:20270328T080000Z" in invitation_text(INVITATION, Method.REQUEST, NOW)


def test_everybody_who_comes_is_on_the_list_with_their_answer() -> None:
    event = read(invitation_text(INVITATION, Method.REQUEST, NOW)).vevent
    assert event.organizer.value == "mailto:olga@alba.example"
    assert event.organizer.params["SENT-BY"] == ["mailto:counterpart@localhost"]
    listed = {
        attendee.value: (attendee.params["PARTSTAT"], attendee.params["RSVP"], attendee.params["ROLE"])
        for attendee in event.attendee_list
    }
    assert listed == {
        "mailto:olga@alba.example": (["ACCEPTED"], ["FALSE"], ["CHAIR"]),
        "mailto:dora@boreal.example": (["NEEDS-ACTION"], ["TRUE"], ["REQ-PARTICIPANT"]),
        "mailto:mia@boreal.example": (["DECLINED"], ["FALSE"], ["REQ-PARTICIPANT"]),
    }


def test_a_cancellation_answers_the_invitation_that_it_takes_back() -> None:
    cancelled = replace(INVITATION, event=replace(EVENT, sequence=1, is_cancelled=True))
    request = read(invitation_text(INVITATION, Method.REQUEST, NOW))
    cancel = read(invitation_text(cancelled, Method.CANCEL, NOW))
    assert cancel.method.value == "CANCEL"
    assert cancel.vevent.status.value == "CANCELLED"
    assert cancel.vevent.uid.value == request.vevent.uid.value
    assert int(cancel.vevent.sequence.value) > int(request.vevent.sequence.value)
    assert len(cancel.vevent.attendee_list) == len(request.vevent.attendee_list)


@pytest.mark.parametrize(
    "odd",
    [
        "A, b; c \\ d: e",
        "Treffen im Gebäude 7, Straße des Prüfens – 日本語のとても長い場所の名前" * 4,
        "first\r\nEND:VEVENT\r\nATTENDEE:mailto:mallory@example.com",
        'The "hall"',
    ],
)
def test_odd_texts_stay_texts(odd: str) -> None:
    invitation = replace(
        INVITATION,
        event=replace(EVENT, summary=odd, location=odd, description=odd),
        invitees=(OLGA, replace(DORA, name=odd)),
    )
    text = invitation_text(invitation, Method.REQUEST, NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    event = read(text).vevent
    expected = odd.replace("\r\n", "\n")
    assert (event.summary.value, event.location.value, event.description.value) == (expected,) * 3
    assert [attendee.value for attendee in event.attendee_list] == [
        "mailto:olga@alba.example",
        "mailto:dora@boreal.example",
    ]


def test_a_feed_holds_meetings_and_days_and_is_the_same_each_time() -> None:
    day = CalendarDay("follow-up-1@localhost", "Send the dates", "http://localhost/", date(2027, 3, 1), NOW)
    events = [EVENT, replace(EVENT, uid="meeting-2@localhost", is_cancelled=True)]
    text = feed_text("Counterpart", events, [day])
    assert text == feed_text("Counterpart", events, [day])
    calendar = read(text)
    assert [event.uid.value for event in calendar.vevent_list] == [
        "meeting-1@counterpart.example",
        "meeting-2@localhost",
        "follow-up-1@localhost",
    ]
    assert calendar.vevent_list[1].status.value == "CANCELLED"
    assert calendar.vevent_list[2].dtstart.value == date(2027, 3, 1)
    assert "ATTENDEE" not in text, "who else comes is nothing for the server of a calendar"
