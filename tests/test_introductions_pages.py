"""Answering a request to meet, as both sides see it; what one side keeps never reaches the other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.booking import Booking, book
from models.database import begin_write
from models.introduction import LIFE_OF_A_REQUEST, IntroductionState, Proposal
from models.meeting import Meeting, MeetingMode
from models.relationship import PrivateNote
from models.reminder import Reminder
from models.side import Side
from tests.asked_meeting import NOW, accept, ask, mails, new_path, only
from tests.asked_meeting import clock as clock
from tests.browsing import Browser, Page
from tests.world import World, build_world
from web.database import db
from web.introductions.expiry import expire_introductions
from web.introductions.letters import HALF_TIME, half_time

CANARY = "canary-that-only-we-may-read"


def test_the_asked_side_reads_why_and_accepts_a_time(browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    assert [mail.recipient for mail in mails(app)] == ["dora@boreal.example"]
    page = browse.sign_in("dora").get(path)
    assert "It is your turn: Alba Cells, Plant waits for your answer until 22 Mar 2027." in page.words
    assert "Battery test engineers" in page.words
    done = browse.follow(accept(browse, path, number=1))
    assert "You agreed to meet" in done.words
    assert "Nobody has to answer" in done.words
    with app.app_context():
        (meeting,) = db.session.scalars(select(Meeting))
        assert meeting.starts_at == datetime(2027, 3, 10, 13, tzinfo=UTC)
        assert {attendee.email for attendee in meeting.attendees} == {
            "max@alba.example",
            "dora@boreal.example",
        }
        assert {row.slot_id for row in db.session.scalars(select(Booking))} == {None}
    theirs = browse.sign_in("max").get(path)
    assert "Propose another meeting" in theirs.words


def test_two_who_accept_at_once_get_one_meeting_and_a_kind_word(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    first = browse.sign_in("dora").get(path)
    second_browser = Browser(app).sign_in("mia")
    second = second_browser.get(path)
    slot = str(first.select("input[name=slot]")[0]["value"])
    browse.submit(first, "Accept this time", {"slot": slot})
    late = second_browser.follow(second_browser.submit(second, "Accept this time", {"slot": slot}))
    assert "Somebody has answered in the meantime" in late.words
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Meeting)) == 1


def test_a_meeting_that_crosses_another_is_told_on_the_same_page(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    page = browse.sign_in("dora").get(path)
    slot = str(page.select("input[name=slot]")[0]["value"])
    with app.app_context():
        begin_write(db.session)
        introduction = only()
        other = Meeting(
            introduction_id=introduction.id, organiser_id=world.people["dora"], organiser_side=Side.ASKED,
            title="Senate", mode=MeetingMode.PHONE, starts_local=datetime(2027, 3, 9, 10),  # noqa: DTZ001
            zone="Europe/Berlin", starts_at=datetime(2027, 3, 9, 9, tzinfo=UTC),
            ends_at=datetime(2027, 3, 9, 11, tzinfo=UTC), uid="senate",
        )  # fmt: skip
        db.session.add(other)
        db.session.flush()
        book(db.session, other.id, other.starts_at, other.ends_at, [world.people["dora"]])
        db.session.commit()
    told = browse.submit(page, "Accept this time", {"slot": slot}, status=409)
    error = told.select_one("#slot-error")
    assert error is not None
    assert "Dora Example has another meeting at this time" in error.get_text()
    assert "Dora Example has another meeting then" in browse.get(path).words
    with app.app_context():
        assert only().state is IntroductionState.PROPOSED


def test_other_times_turn_the_turn_around(browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    page = browse.sign_in("dora").get(path + "/propose")
    browse.submit(page, "Propose these times", {"note": "After the exams."})
    ours = browse.sign_in("max").get(path)
    assert "It is your turn: Boreal University, Engineering waits" in ours.words
    assert "After the exams." in ours.words
    assert "Earlier times" in ours.words
    assert mails(app, "max")[-1].subject == "Boreal University, Engineering proposes other times"
    accept(browse, path, "max")
    with app.app_context():
        assert only().state is IntroductionState.ACCEPTED


def test_declining_tells_polite_words_and_keeps_the_reason(browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    page = browse.sign_in("dora").get(path + "/decline")
    assert browse.submit(page, "Decline", {"words": "no_room"}, 422).error_of("closed"), "nothing is preset"
    browse.submit(
        page, "Decline", {"words": "no_room", "closed": "no_capacity", "reason": f"They paid late. {CANARY}"}
    )
    with app.app_context():
        assert [note.text for note in db.session.scalars(select(PrivateNote))] == [
            f"They paid late. {CANARY}"
        ]
    told = mails(app, "max")[-1]
    assert "We work with as many partners as we can look after well" in told.body
    assert all(CANARY not in mail.body + mail.subject for mail in mails(app))
    for name in ("max", "olga"):
        browse.sign_in(name)
        unit = world.units["alba plant"]
        for page_path in (path, f"/units/{unit}/introductions/", new_path(world), f"/units/{unit}/partners/"):
            assert CANARY not in str(
                browse.client.get(page_path, follow_redirects=True).get_data(as_text=True)
            )
    again: dict[str, str | list[str]] = {"addressee": str(world.units["boreal engineering"])}
    refused = browse.submit(browse.get(new_path(world)), "See what they will read", again, status=422)
    assert "leave them time until 30 May 2027" in refused.error_of("addressee")


def test_withdrawing_is_asked_about_once_and_told(browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    page = browse.sign_in("max").get(path + "/withdraw")
    done = browse.follow(browse.submit(page, "Withdraw"))
    assert "You withdrew this request" in done.words
    assert "takes back its proposal" in mails(app, "dora")[-1].subject
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Booking)) == 0


def test_a_further_meeting_is_proposed_and_turned_down_without_ending_anything(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    accept(browse, path)
    page = browse.sign_in("max").get(path + "/propose")
    assert page.heading == "Propose another meeting"
    browse.submit(page, "Propose these times")
    theirs = browse.sign_in("dora").get(path)
    assert "It is your turn" in theirs.words
    browse.submit(browse.get(path + "/decline"), "Decline", {"words": "not_now", "closed": "wrong_time"})
    with app.app_context():
        assert only().state is IntroductionState.ACCEPTED
        assert only().open_proposal is None


# Messages, reminders, the end


def test_both_sides_write_in_the_thread_and_are_told(browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    page = browse.sign_in("dora").get(path)
    browse.submit(page, "Send message", {"text": "Which cells do you test?"})
    assert "Which cells do you test?" in mails(app, "max")[-1].body
    ours = browse.sign_in("max").get(path)
    assert "Which cells do you test?" in ours.words
    browse.submit(ours, "Send message", {"text": " "}, status=422)
    # The office writes without being named; whoever wrote hears the answer, unless they may not read it any more.
    browse.submit(browse.sign_in("olga").get(path), "Send message", {"text": "Sodium-ion."})
    browse.submit(browse.sign_in("dora").get(path), "Send message", {"text": "Good to know."})
    assert "Good to know." in mails(app, "olga")[-1].body
    assert "Good to know." in mails(app, "max")[-1].body
    # A member of the asked unit who takes no part may answer, but does not read the thread.
    assert "Which cells do you test?" not in browse.sign_in("mia").get(path).words


def test_the_half_time_reminder_goes_to_whose_turn_it_is_while_it_is(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    with app.test_request_context():
        (reminder,) = db.session.scalars(select(Reminder).where(Reminder.kind == HALF_TIME))
        assert (reminder.person_id, reminder.due_at) == (world.people["dora"], NOW + LIFE_OF_A_REQUEST / 2)
        letter = half_time(db.session, reminder)
        assert letter is not None
        assert "still waits for your answer" in str(letter.subject)
    accept(browse, path)
    with app.test_request_context():
        (reminder,) = db.session.scalars(select(Reminder).where(Reminder.kind == HALF_TIME))
        assert half_time(db.session, reminder) is None


def test_what_nobody_answers_ends_late_or_not_and_both_sides_are_told_once(
    browse: Browser, world: World, app: Flask, clock: time_machine.Traveller
) -> None:
    path = ask(browse, world)
    before = len(mails(app))
    clock.shift(LIFE_OF_A_REQUEST + timedelta(days=7))
    assert "Nobody answered in time" in browse.sign_in("dora").get(path).words
    with app.test_request_context():
        assert expire_introductions(db.session, NOW + LIFE_OF_A_REQUEST + timedelta(days=7)) == 1
        assert expire_introductions(db.session, NOW + LIFE_OF_A_REQUEST + timedelta(days=7)) == 0
    told = mails(app)[before:]
    assert {mail.recipient for mail in told} == {"max@alba.example", "dora@boreal.example"}
    assert "Ask anew" in browse.sign_in("max").get(path).words


def test_a_proposal_of_another_introduction_is_not_accepted_through_ours(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    page = browse.sign_in("dora").get(path)
    answer = browse.submit(page, "Accept this time", {"slot": "999"}, status=422)
    assert "not one of the choices" in answer.error_of("slot")
    with app.app_context():
        assert db.session.scalars(select(Proposal)).one().state == "open"


def test_the_road_to_a_meeting_works_on_either_database_and_a_race_makes_one_meeting(
    either_app: Flask,
) -> None:
    with either_app.app_context():
        world = build_world(db.session)
    path = ask(Browser(either_app), world)
    dora = Browser(either_app).sign_in("dora")
    dora.submit(dora.get(path + "/propose"), "Propose these times")
    olga, max_ = Browser(either_app).sign_in("olga"), Browser(either_app).sign_in("max")
    pages = [(browser, browser.get(path)) for browser in (olga, max_)]
    slot = str(pages[0][1].select("input[name=slot]")[0]["value"])

    def press(browser: Browser, page: Page) -> None:
        browser.submit(page, "Accept this time", {"slot": slot})

    with ThreadPoolExecutor(max_workers=2) as pool:
        for pressed in [pool.submit(press, browser, page) for browser, page in pages]:
            pressed.result()
    assert any("Somebody has answered in the meantime" in browser.get(path).words for browser, _page in pages)
    with either_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Meeting)) == 1
        assert only().state is IntroductionState.ACCEPTED
    listed = max_.get(f"/units/{world.units['alba plant']}/introductions/")
    assert "Accepted" in listed.words
