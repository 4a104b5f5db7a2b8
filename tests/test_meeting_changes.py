"""A meeting that is moved, changed, declined or called off: who is told what, who is free, what is refused."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.booking import book, hold
from models.database import begin_write
from models.introduction import Introduction
from models.meeting import Attendance, Meeting, MeetingMode, MeetingState
from models.outbox import MailState, OutboxMail
from tests.agreed_meeting import ENDS_AT, HOUR, LATER, STARTS_AT, booked, mails, meeting_row, part_of, waiting
from tests.agreed_meeting import clock as clock
from tests.agreed_meeting import meeting_id as meeting_id
from tests.browsing import Browser
from tests.dealings import ASKED_SECRET, ASKING_SECRET
from tests.world import World
from web.database import db
from web.mail import _checks
from web.reminders import sweep_reminders


def test_four_changes_are_one_event_with_a_rising_number(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    browse.sign_in("dora")
    page = browse.get(f"/meetings/{meeting_id}/move")
    browse.submit(page, "Move and tell everybody", LATER)
    page = browse.get(f"/meetings/{meeting_id}/place")
    browse.submit(page, "Change and tell everybody", {"mode": "video", "where": "https://meet.example/abc"})
    page = browse.get(f"/meetings/{meeting_id}/cancel")
    browse.submit(page, "Cancel the meeting", {"reason": "The hall burns."})
    for address in ("max@alba.example", "dora@boreal.example", "gwen@guest.example"):
        sent = mails(app, address)
        parts = [part_of(mail) for mail in sent]
        assert [part.method.value for part in parts] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
        assert [int(part.vevent.sequence.value) for part in parts] == [0, 1, 2, 3]
        assert len({part.vevent.uid.value for part in parts}) == 1
        assert {len(part.vevent.attendee_list) for part in parts} == {3}
        assert parts[1].vevent.dtstart.value == datetime.fromisoformat("2027-03-04T13:30+00:00")
        assert parts[1].vevent.dtend.value - parts[1].vevent.dtstart.value == 1.5 * HOUR
        assert parts[2].vevent.location.value == "https://meet.example/abc"
        assert parts[3].vevent.status.value == "CANCELLED"
        assert "The hall burns." in sent[3].body
        assert all(ASKING_SECRET not in text and ASKED_SECRET not in text for text in words_of(sent))
    assert booked(app) == {}
    assert waiting(app, "meeting.tomorrow") == {}
    assert waiting(app, "outcome.missing") == {}


def words_of(sent: list[OutboxMail]) -> list[str]:
    return [mail.subject + mail.body + (mail.calendar_text or "") for mail in sent]


def test_a_moved_meeting_reminds_anew_and_asks_everybody_again(
    app: Flask, world: World, browse: Browser, meeting_id: int, clock: Any
) -> None:
    clock.move_to(datetime.fromisoformat("2027-03-02T10:00+00:00"))
    with app.app_context(), app.test_request_context():
        assert sweep_reminders(db.session, datetime.fromisoformat("2027-03-02T10:00+00:00")) == 2
    page = browse.sign_in("dora").get(f"/meetings/{meeting_id}/move")
    browse.submit(page, "Move and tell everybody", {**LATER, "day": "2027-03-29", "clock": "09:00"})
    max_id, dora_id = world.people["max"], world.people["dora"]
    # The clocks of Europe were put forward in between.
    assert waiting(app, "meeting.tomorrow") == {
        max_id: datetime.fromisoformat("2027-03-28T07:00+00:00"),
        dora_id: datetime.fromisoformat("2027-03-28T08:00+00:00"),
    }
    assert waiting(app, "outcome.missing")[max_id] == datetime.fromisoformat("2027-03-29T08:30+00:00")
    assert booked(app)[max_id][0] == datetime.fromisoformat("2027-03-29T07:00+00:00")
    with app.app_context():
        answers = {
            entry.person_id: entry.attendance
            for entry in db.session.get_one(Meeting, meeting_id).attendees
            if entry.person_id
        }
    assert answers == {max_id: Attendance.WAITING, dora_id: Attendance.ACCEPTED}


def test_a_move_to_the_same_time_changes_nothing_and_tells_nobody(
    app: Flask, browse: Browser, meeting_id: int
) -> None:
    page = browse.sign_in("dora").get(f"/meetings/{meeting_id}/move")
    page = browse.follow(browse.submit(page, "Move and tell everybody", {}))
    assert "nothing was changed" in page.words
    with app.app_context():
        assert db.session.get_one(Meeting, meeting_id).sequence == 0
    assert all(mail.kind != "meeting.changed" for mail in mails(app, "max@alba.example"))


def test_whoever_does_not_come_is_free_and_is_not_reminded(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    browse.sign_in("dora")
    page = browse.get(f"/meetings/{meeting_id}")
    browse.submit(page, "I cannot come")
    assert set(waiting(app, "meeting.tomorrow")) == {world.people["max"]}
    assert set(booked(app)) == {world.people["max"]}
    assert mails(app, "max@alba.example")[-1].subject.startswith("Dora Example does not come")
    page = browse.get(f"/meetings/{meeting_id}")
    browse.submit(page, "I come")
    assert set(booked(app)) == {world.people["max"], world.people["dora"]}
    assert set(waiting(app, "meeting.tomorrow")) == {world.people["max"], world.people["dora"]}


def test_a_side_of_which_nobody_comes_is_told_to_the_other_at_once(
    app: Flask, browse: Browser, meeting_id: int
) -> None:
    words = "Nobody of Alba Cells comes to your meeting"
    dora = Browser(app).sign_in("dora")
    assert words not in dora.get("/").words
    browse.submit(browse.sign_in("max").get(f"/meetings/{meeting_id}"), "I cannot come")
    assert words in dora.get("/").words
    assert words not in browse.get("/").words, "who stays away knows it"
    page = dora.get(f"/meetings/{meeting_id}")
    assert "One side is missing" in page.words
    # Of Boreal the guest still comes.
    dora.submit(page, "I cannot come")
    assert "Nobody of Boreal" not in browse.get("/").words


def test_nobody_is_moved_into_another_meeting(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    with app.app_context():
        begin_write(db.session)
        other = db.session.scalars(select(Meeting).where(Meeting.id != meeting_id)).first()
        assert other is not None
        book(db.session, other.id, STARTS_AT + 28 * HOUR, STARTS_AT + 30 * HOUR, [world.people["dora"]])
        db.session.commit()
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/move")
    page = browse.submit(page, "Move and tell everybody", LATER, status=422)
    assert "Dora Example has another meeting at this time" in page.error_of("clock")
    assert page.form("Move and tell everybody").find(attrs={"name": "clock"})["value"] == "14:30"
    assert meeting_row(app, meeting_id).starts_at == STARTS_AT
    assert booked(app)[world.people["max"]] == (STARTS_AT, ENDS_AT)


def offer_elsewhere(app: Flask, world: World) -> None:
    """Dora holds two hours for somebody else, at the time of LATER."""
    with app.app_context():
        begin_write(db.session)
        introduction = db.session.scalars(select(Introduction)).first()
        assert introduction is not None
        slot = introduction.proposals[0].slots[2]
        hold(db.session, slot.id, STARTS_AT + 28 * HOUR, STARTS_AT + 30 * HOUR, [world.people["dora"]])
        db.session.commit()


def test_a_time_that_we_offered_elsewhere_is_warned_of_and_given_up_knowingly(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    offer_elsewhere(app, world)
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/move")
    browse.submit(page, "Move and tell everybody", {**LATER, "clock": "18:00"})
    page = browse.sign_in("dora").get(f"/meetings/{meeting_id}/move")
    page = browse.submit(page, "Move and tell everybody", LATER, status=422)
    assert "Dora Example offered this time to somebody else" in page.words
    browse.submit(page, "Move it anyway")
    assert booked(app)[world.people["dora"]][0] == STARTS_AT + 28.5 * HOUR


def test_what_the_other_side_offered_elsewhere_is_not_told(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    offer_elsewhere(app, world)
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/move")
    browse.submit(page, "Move and tell everybody", LATER)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"day": "2027-03-28", "clock": "02:30"}, "clock", "02:30 does not exist in Berlin time"),
        ({"day": "2027-01-04"}, "day", "within the next three years"),
        ({"day": "2027-02-01", "clock": "09:00"}, "day", "over already"),
        ({"day": "9999-12-31"}, "day", "within the next three years"),
        ({"clock": "25:00"}, "clock", "hours and minutes"),
        ({"day": ""}, "day", "Choose a day"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_kept(
    app: Flask, browse: Browser, meeting_id: int, values: dict[str, str], field: str, words: str
) -> None:
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/move")
    page = browse.submit(page, "Move and tell everybody", {**LATER, **values}, status=422)
    assert words in page.error_of(field)
    form = page.form("Move and tell everybody")
    for name, typed in values.items():
        assert form.find(attrs={"name": name})["value"] == typed


def test_an_hour_that_comes_twice_means_the_first_and_the_page_says_so(
    app: Flask, browse: Browser, meeting_id: int
) -> None:
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/move")
    page = browse.submit(page, "Move and tell everybody", {**LATER, "day": "2027-10-31", "clock": "02:30"})
    assert "shows 02:30 twice in Berlin time. The first of the two is meant." in browse.follow(page).words
    assert meeting_row(app, meeting_id).starts_at == datetime.fromisoformat("2027-10-31T00:30+00:00")


def test_crossing_changes_are_shown_and_not_overwritten(app: Flask, browse: Browser, meeting_id: int) -> None:
    old_page = browse.sign_in("max").get(f"/meetings/{meeting_id}/cancel")
    page = browse.get(f"/meetings/{meeting_id}/move")
    browse.submit(page, "Move and tell everybody", LATER)
    page = browse.submit(old_page, "Cancel the meeting", {"reason": "No time."}, status=409)
    assert "changed meanwhile: it is now Thursday, 4 March 2027" in page.words
    assert meeting_row(app, meeting_id).state is MeetingState.SCHEDULED
    browse.submit(page, "Cancel the meeting")
    assert meeting_row(app, meeting_id).cancelled_reason == "No time."


def test_a_video_call_needs_its_link(app: Flask, browse: Browser, meeting_id: int) -> None:
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/place")
    page = browse.submit(page, "Change and tell everybody", {"mode": "video", "where": "hall"}, status=422)
    assert "beginning with https://" in page.error_of("where")
    browse.submit(page, "Change and tell everybody", {"mode": "phone", "where": "+49 431 1234, Max calls"})
    meeting = meeting_row(app, meeting_id)
    assert (meeting.mode, meeting.sequence) == (MeetingMode.PHONE, 1)


def test_what_is_settled_or_over_cannot_be_changed(
    app: Flask, browse: Browser, meeting_id: int, clock: Any
) -> None:
    browse.sign_in("max")
    page = browse.get(f"/meetings/{meeting_id}/cancel")
    browse.submit(page, "Cancel the meeting", {"reason": "No time."})
    for step in ("move", "place", "cancel"):
        browse.get(f"/meetings/{meeting_id}/{step}", status=303)
    page = browse.get(f"/meetings/{meeting_id}")
    assert "No time." in page.words
    assert "I cannot come" not in page.words
    page = browse.get(page.find("a", string="Agree on another time")["href"])
    assert "The meeting was cancelled. Either side may propose another one." in page.words


def test_a_meeting_that_is_over_reminds_nobody_when_it_is_changed(
    app: Flask, world: World, browse: Browser, meeting_id: int, clock: Any
) -> None:
    clock.move_to(ENDS_AT + HOUR)
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}")
    assert "It is over. Say whether it was held" in page.words
    browse.get(f"/meetings/{meeting_id}/cancel", status=303)
    browse.post(f"/meetings/{meeting_id}/answer", {"answer": "accepted"}, status=303)
    with app.app_context(), app.test_request_context():
        # The reminder of the day before lapsed with the beginning; only the question is left.
        sweep_reminders(db.session, ENDS_AT + HOUR)
    subjects = [mail.subject for mail in mails(app, "max@alba.example")]
    assert not any(subject.startswith("Reminder:") for subject in subjects)


def test_mail_of_an_older_change_is_not_sent_after_a_newer_one(
    app: Flask, browse: Browser, meeting_id: int
) -> None:

    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/move")
    browse.submit(page, "Move and tell everybody", LATER)
    first, second = mails(app, "dora@boreal.example")
    with app.app_context():
        assert not _checks["meeting.invited"](db.session, first)
        assert _checks["meeting.changed"](db.session, second)
    assert first.state is MailState.QUEUED
