"""Meetings from the accepted time on: invitations, reminders, the page, the list, and who finds no door."""

from datetime import datetime

import pytest
import vobject
from flask import Flask
from sqlalchemy import select

from models.booking import BookingConflict
from models.database import begin_write
from models.introduction import Introduction, Slot
from models.meeting import Meeting, MeetingState
from tests.agreed_meeting import (
    ENDS_AT,
    HOUR,
    LATER,
    NOW,
    STARTS_AT,
    agree,
    booked,
    mails,
    meeting_row,
    part_of,
    waiting,
)
from tests.agreed_meeting import clock as clock
from tests.agreed_meeting import meeting_id as meeting_id
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.statements import statements_of
from tests.world import World, build_world
from web.database import db
from web.meetings.scheduling import schedule_meeting


def test_an_accepted_time_becomes_a_meeting_that_everybody_is_invited_to(
    app: Flask, world: World, meeting_id: int
) -> None:
    meeting = meeting_row(app, meeting_id)
    assert (meeting.starts_at, meeting.ends_at, meeting.sequence) == (STARTS_AT, ENDS_AT, 0)
    assert set(booked(app)) == {world.people["max"], world.people["dora"]}
    for address, answer in (("max@alba.example", "ACCEPTED"), ("gwen@guest.example", "ACCEPTED")):
        (mail,) = mails(app, address)
        event = part_of(mail).vevent
        listed = {entry.value: entry.params["PARTSTAT"][0] for entry in event.attendee_list}
        assert listed[f"mailto:{address}"] == answer
        assert len(listed) == 3
        assert event.organizer.value == "mailto:max@alba.example"
        assert mail.calendar_method == "REQUEST"
        assert event.dtstart.value == STARTS_AT
    to_dora = mails(app, "dora@boreal.example")[0].body
    assert "Wednesday, 3 March 2027, 09:00–10:00, Lisbon time (10:00–11:00, Berlin time)" in to_dora
    assert f"/meetings/{meeting_id}" in to_dora
    assert "/meetings/" not in mails(app, "gwen@guest.example")[0].body, "a guest could not open the page"


def test_reminders_come_the_day_before_at_nine_of_each_persons_own_clock(
    app: Flask, world: World, meeting_id: int
) -> None:
    assert waiting(app, "meeting.tomorrow") == {
        world.people["max"]: datetime.fromisoformat("2027-03-02T08:00+00:00"),
        world.people["dora"]: datetime.fromisoformat("2027-03-02T09:00+00:00"),
    }
    assert waiting(app, "outcome.missing")[world.people["max"]] == ENDS_AT


def test_the_page_says_who_when_where_and_whether_they_have_met(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    page = browse.sign_in("dora").get(f"/meetings/{meeting_id}")
    assert "Wednesday, 3 March 2027, 09:00–10:00, Lisbon time (10:00–11:00, Berlin time)" in page.words
    assert "Boreal University, Engineering your side" in page.words
    assert "Gwen Guest ( comes )" in page.words.replace("(comes)", "( comes )")
    assert "have not met in person yet" in page.words
    with app.app_context():
        begin_write(db.session)
        for meeting in db.session.scalars(select(Meeting).where(Meeting.id != meeting_id)):
            meeting.state = MeetingState.HELD
            meeting.starts_at, meeting.ends_at = NOW - 2 * HOUR, NOW - HOUR
        db.session.commit()
    page = browse.get(f"/meetings/{meeting_id}")
    assert "first met in person on Monday, 1 February 2027" in page.words


def test_the_list_shows_what_is_coming_and_what_is_over(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    page = browse.sign_in("dora").get("/meetings/")
    assert "3 Mar 2027, 09:00" in page.words
    assert "Alba Cells, Plant" in page.words
    assert "Lisbon time" in page.words
    page = browse.get("/meetings/?when=past")
    assert "What came of it?" in page.words
    assert "No meeting is agreed" in browse.sign_in("olga").get("/meetings/").words
    assert "3 Mar 2027, 10:00" in browse.get("/meetings/?whose=side").words
    assert "3 Mar 2027" not in browse.sign_in("carl").get("/meetings/?whose=side").words
    for name in ("uma", "opal"):
        assert "No meeting is agreed" in browse.sign_in(name).get("/meetings/").words


def test_a_longer_list_asks_the_database_no_more_often(app: Flask, world: World, browse: Browser) -> None:
    browse.sign_in("olga")
    counts = []
    further = [("alba", "boreal"), ("alba plant", "boreal"), ("alba", "corvus"), ("alba plant", "corvus")]
    for pairs in ([("alba plant", "boreal engineering")], further):
        with app.app_context():
            for asking, asked in pairs:
                add_dealings(db.session, world, asking, asked)
        browse.get("/meetings/?whose=side")
        counts.append(len(statements_of(app, lambda: browse.get("/meetings/?whose=side"))))
    assert counts[0] == counts[1], counts


def test_the_whole_life_of_a_meeting_on_either_database(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
    meeting_id = agree(either_app, world)
    browse = Browser(either_app).sign_in("dora")
    browse.submit(browse.get(f"/meetings/{meeting_id}/move"), "Move and tell everybody", LATER)
    browse.submit(browse.get(f"/meetings/{meeting_id}"), "I cannot come")
    browse.submit(browse.get(f"/meetings/{meeting_id}"), "I come")
    page = browse.get(f"/meetings/{meeting_id}/cancel")
    browse.submit(page, "Cancel the meeting", {"reason": "No time."})
    browse.get("/meetings/?when=past")
    address = browse.submit(browse.get("/calendar"), "Make my secret address", status=200).find("code")
    assert address is not None
    feed = browse.get(str(address.get_text()).removeprefix("http://localhost"))
    assert "STATUS:CANCELLED" in feed.response.get_data(as_text=True)
    assert booked(either_app) == {}


def test_strangers_and_operators_find_no_door(app: Flask, browse: Browser, meeting_id: int) -> None:
    for name in ("uma", "ada", "boris", "carl", "dana", "opal"):
        browse.sign_in(name)
        for step in ("", "/move", "/place", "/cancel", "/meeting.ics"):
            browse.get(f"/meetings/{meeting_id}{step}", status=404)
        for step in ("move", "place", "cancel", "answer"):
            browse.post(f"/meetings/{meeting_id}/{step}", {"answer": "declined", **LATER}, status=404)
    assert meeting_row(app, meeting_id).sequence == 0


def test_a_colleague_who_is_not_invited_cannot_answer_for_others(
    app: Flask, browse: Browser, meeting_id: int
) -> None:
    assert "Do you come?" not in browse.sign_in("olga").get(f"/meetings/{meeting_id}").words
    browse.post(f"/meetings/{meeting_id}/answer", {"answer": "declined"}, status=303)
    browse.post(f"/meetings/{meeting_id}/answer", {"answer": "perhaps"}, status=422)
    assert len(booked(app)) == 2


def test_the_file_for_a_calendar_is_the_meeting(browse: Browser, meeting_id: int) -> None:
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/meeting.ics")
    assert page.response.mimetype == "text/calendar"
    event = vobject.readOne(page.response.get_data(as_text=True)).vevent
    assert event.dtstart.value == STARTS_AT


def test_an_accepted_time_that_is_taken_meanwhile_is_refused(app: Flask, world: World) -> None:
    agree(app, world)
    with app.app_context(), app.test_request_context():
        dealt = add_dealings(db.session, world, asking="alba", asker="olga")
        begin_write(db.session)
        slot = db.session.get_one(Slot, dealt.slot)
        slot.starts_at, slot.ends_at = STARTS_AT + HOUR / 2, ENDS_AT + HOUR / 2
        introduction = db.session.get_one(Introduction, dealt.introduction)
        with pytest.raises(BookingConflict, match="Dora Example"):
            schedule_meeting(db.session, introduction, slot)
