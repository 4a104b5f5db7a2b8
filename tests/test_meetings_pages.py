"""Meetings from the accepted time to the cancelled one: pages, mails with their calendar parts, reminders, bookings."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
import vobject
from flask import Flask
from sqlalchemy import select

from models.booking import Booking, BookingConflict, book, hold
from models.database import begin_write
from models.introduction import Introduction, Slot
from models.meeting import Attendance, Meeting, MeetingMode, MeetingState
from models.outbox import MailState, OutboxMail
from models.reminder import Reminder, ReminderState
from tests.agreed_meeting import ENDS_AT, STARTS_AT, agree, meeting_row
from tests.browsing import Browser
from tests.dealings import ASKED_SECRET, ASKING_SECRET, add_dealings
from tests.statements import statements_of
from tests.world import World, build_world
from web.database import db
from web.mail import _checks
from web.meetings.scheduling import schedule_meeting
from web.reminders import sweep_reminders

NOW = datetime.fromisoformat("2027-02-01T12:00+00:00")
HOUR = timedelta(hours=1)
LATER = {"day": "2027-03-04", "clock": "14:30", "minutes": "90", "zone": "Europe/Berlin"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


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
    assert "Engineering, Boreal University your side" in page.words
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


def test_a_time_that_we_offered_elsewhere_is_warned_of_and_given_up_knowingly(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    with app.app_context():
        begin_write(db.session)
        introduction = db.session.scalars(select(Introduction)).first()
        assert introduction is not None
        slot = introduction.proposals[0].slots[2]
        hold(db.session, slot.id, STARTS_AT + 28 * HOUR, STARTS_AT + 30 * HOUR, [world.people["dora"]])
        db.session.commit()
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
    with app.app_context():
        begin_write(db.session)
        introduction = db.session.scalars(select(Introduction)).first()
        assert introduction is not None
        slot = introduction.proposals[0].slots[2]
        hold(db.session, slot.id, STARTS_AT + 28 * HOUR, STARTS_AT + 30 * HOUR, [world.people["dora"]])
        db.session.commit()
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


def test_the_list_shows_what_is_coming_and_what_is_over(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    page = browse.sign_in("dora").get("/meetings/")
    assert "3 Mar 2027, 09:00" in page.words
    assert "Plant, Alba Cells" in page.words
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
