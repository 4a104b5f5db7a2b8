"""Asking for a meeting and answering it, as both sides see it; what one side keeps never reaches the other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.booking import Booking, book
from models.database import begin_write
from models.introduction import (
    LIFE_OF_A_REQUEST,
    Introduction,
    IntroductionPerson,
    IntroductionState,
    Proposal,
)
from models.meeting import Meeting, MeetingMode
from models.outbox import OutboxMail
from models.person import ContactPermission, Person
from models.post import Post, Visibility
from models.relationship import PrivateNote
from models.reminder import Reminder
from models.side import Side
from tests.browsing import Browser, Page
from tests.dealings import add_dealings
from tests.statements import statements_of
from tests.world import World, build_world
from web.database import db
from web.introductions.expiry import expire_introductions
from web.introductions.letters import HALF_TIME, half_time

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
CANARY = "canary-that-only-we-may-read"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def new_path(world: World, unit: str = "alba plant", partner: str = "boreal", rest: str = "") -> str:
    return f"/units/{world.units[unit]}/introductions/new?partner={world.organisations[partner]}{rest}"


def ask(browse: Browser, world: World, values: dict[str, str | list[str]] | None = None) -> str:
    """Max asks Boreal's faculty; return the path of the introduction."""
    page = browse.sign_in("max").get(new_path(world))
    check = browse.submit(page, "See what they will read", values, status=200)
    # The helper that fills forms in keeps one value of a name, a browser every one.
    sent = browse.submit(check, "Send the request", values)
    return str(sent.response.headers["Location"]).split("?")[0]


def mails(app: Flask, recipient: str = "") -> list[OutboxMail]:
    with app.app_context():
        wanted = select(OutboxMail).order_by(OutboxMail.id)
        rows = db.session.scalars(wanted).all()
        return [row for row in rows if row.recipient.startswith(recipient)]


def only() -> Introduction:
    return db.session.scalars(select(Introduction)).one()


def accept(browse: Browser, path: str, name: str = "dora", number: int = 0, status: int = 303) -> Page:
    page = browse.sign_in(name).get(path)
    slot = page.select("input[name=slot]")[number]["value"]
    return browse.submit(page, "Accept this time", {"slot": str(slot)}, status=status)


# Asking


def test_the_form_is_drafted_from_what_both_sides_posted(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(new_path(world))
    assert page.heading == "Ask Boreal University for a meeting"
    purpose, hope, offer = (
        page.select_one(f"textarea[name={name}]") for name in ("purpose", "hope", "offer")
    )
    assert purpose is not None
    assert hope is not None
    assert offer is not None
    assert "“Battery test engineers”" in purpose.get_text()
    assert "They know impedance spectroscopy." in hope.get_text()
    assert "“Placements in our test hall”" in offer.get_text()
    chosen = {int(str(box["value"])) for box in page.select("input[name=posts][checked]")}
    assert chosen == {
        world.posts[name] for name in ("alba need", "alba capability", "boreal need", "boreal capability")
    }
    mode = page.select_one("input[name=mode][checked]")
    assert mode is not None
    assert mode["value"] == MeetingMode.IN_PERSON
    where = page.select_one("input[name=where]")
    assert where is not None
    assert where["value"] == "Engineering, Boreal University, Rostock, Germany"


def test_a_draft_tells_a_rival_nothing_that_it_may_not_see(browse: Browser, world: World) -> None:
    """Alba's need is shown to other kinds of organisations, and Corvus is a company like Alba."""
    page = browse.sign_in("max").get(new_path(world, partner="corvus"))
    assert "Battery test engineers" not in str(page)


def test_three_times_on_working_days_are_suggested_where_the_asker_is_free(
    browse: Browser, world: World, app: Flask
) -> None:
    busy_from = datetime(2027, 3, 9, 9, tzinfo=UTC)
    path = ask(browse, world)
    assert path
    page = browse.sign_in("max").get(new_path(world))
    days = [str(page.select_one(f"input[name=day_{number}]")["value"]) for number in (1, 2, 3)]
    with app.app_context():
        taken = {row.starts_at for row in db.session.scalars(select(Booking))}
    assert busy_from in taken
    # On the ninth at ten Max has offered himself to somebody else; the hours of the other days are free.
    assert days == ["2027-03-10", "2027-03-11", "2027-03-12"]


def test_nothing_is_sent_before_the_asker_saw_what_they_will_read(
    browse: Browser, world: World, app: Flask
) -> None:
    page = browse.sign_in("max").get(new_path(world))
    check = browse.submit(page, "See what they will read", {"purpose": "Cells, together."}, status=200)
    assert "Nothing is sent yet" in check.words
    assert "Cells, together." in check.words
    assert "Tuesday, 9 March 2027, 10:00–11:00, Berlin time (09:00–10:00, UTC)" in check.words
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Introduction)) == 0
    again = browse.submit(check, "Change something", status=200)
    kept = again.select_one("textarea[name=purpose]")
    assert kept is not None
    assert kept.get_text().strip() == "Cells, together."
    browse.submit(browse.submit(again, "See what they will read", status=200), "Send the request")
    with app.app_context():
        assert only().purpose == "Cells, together."


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"day_1": ""}, "day_1", "Choose a day for the first time."),
        ({"clock_2": ""}, "clock_2", "Say when this time begins"),
        ({"day_3": ""}, "day_3", "Choose the day of this time"),
        ({"clock_1": "half past"}, "clock_1", "Write the time as hours and minutes"),
        ({"day_1": "2027-02-01"}, "day_1", "This time is over already"),
        ({"day_2": "2027-03-09", "clock_2": "10:30"}, "clock_2", "overlaps another of your times"),
        ({"day_2": "2027-03-09", "clock_2": "10:00"}, "clock_2", "overlaps another of your times"),
        ({"day_2": "2027-03-28", "clock_2": "02:30"}, "clock_2", "02:30 does not exist in Berlin time"),
        ({"purpose": " "}, "purpose", "Say in one sentence"),
        ({"where": ""}, "where", "Say where you would meet"),
        ({"mode": "video", "where": "Room 3"}, "where", "beginning with https://"),
        ({"people": []}, "people", "Choose at least one person"),
    ],
)
def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(
    browse: Browser, world: World, values: dict[str, str | list[str]], field: str, words: str
) -> None:
    page = browse.sign_in("max").get(new_path(world))
    typed: dict[str, str | list[str]] = {"hope": "Something of my own.", **values}
    answer = browse.submit(page, "See what they will read", typed, status=422)
    assert words in answer.error_of(field)
    kept = answer.select_one("textarea[name=hope]")
    assert kept is not None
    assert kept.get_text().strip() == "Something of my own."


def test_an_hour_that_comes_twice_is_said_before_sending(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(new_path(world))
    check = browse.submit(
        page, "See what they will read", {"day_1": "2027-10-31", "clock_1": "02:30"}, status=200
    )
    assert "One of the times comes twice that night" in check.words


def test_a_double_booking_is_warned_of_and_proposed_anyway_by_a_second_press(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    accept(browse, path)
    page = browse.sign_in("max").get(new_path(world, partner="corvus"))
    clash: dict[str, str | list[str]] = {"day_1": "2027-03-09", "clock_1": "09:30", "purpose": "Also us."}
    warned = browse.submit(page, "See what they will read", clash, status=422)
    assert "Max Example has another meeting then" in warned.error_of("clock_1")
    # Other times that clash, too, are warned of anew.
    other = browse.submit(warned, "Propose anyway", {"clock_1": "09:15"}, status=422)
    sent = browse.submit(browse.submit(other, "Propose anyway", status=200), "Send the request")
    assert sent.response.status_code == 303


def test_a_colleague_who_asked_already_is_named_before_a_second_unit_writes(
    browse: Browser, world: World
) -> None:
    path = ask(browse, world)
    page = browse.sign_in("olga").get(new_path(world, unit="alba"))
    assert "Max Example of Plant asked them on 1 Mar 2027. Waiting for an answer." in page.words
    link = page.find("a", string=lambda words: bool(words and "asked them" in words))
    assert link is not None
    # The office may open it. On the cards of the partners the colleague is named as well.
    assert path in str(link)
    cards = browse.get(f"/units/{world.units['alba']}/partners/")
    assert "Max Example is already in contact" in cards.words


def test_a_person_is_only_named_as_their_contact_permission_allows(
    browse: Browser, world: World, app: Flask
) -> None:
    def permit(permission: ContactPermission) -> str:
        with app.app_context():
            begin_write(db.session)
            db.session.get_one(Person, world.people["mia"]).contact_permission = permission
            db.session.commit()
        return browse.sign_in("max").get(new_path(world)).words

    assert "Mia Example" not in permit(ContactPermission.ASK_FIRST)
    assert "Engineering: Mia Example (their office gets a copy)" in permit(ContactPermission.TELL_US)
    addressee = f"{world.units['boreal engineering']}-{world.people['mia']}"
    ask(browse, world, {"addressee": addressee})
    assert {mail.recipient for mail in mails(app)} == {"mia@boreal.example", "dora@boreal.example"}
    assert "Engineering: Mia Example" in permit(ContactPermission.FEEL_FREE)


def test_a_waiting_request_is_shown_in_place_of_a_second_form(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world, {"addressee": str(world.units["boreal engineering"])})
    page = browse.get(new_path(world))
    again = browse.submit(
        page, "See what they will read", {"addressee": str(world.units["boreal engineering"])}, status=422
    ) if page.heading.startswith("Ask") else page  # fmt: skip
    assert "is waiting for its answer" in again.words
    assert path in str(again)


def test_a_busy_unit_is_said_to_be_busy(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.introductions.asking.MOST_PENDING_REQUESTS", 1)
    ask(browse, world)
    page = browse.sign_in("carl").get(new_path(world, unit="corvus"))
    assert "an answer may take a while" in page.words


def test_only_who_writes_for_a_unit_asks_for_it(browse: Browser, world: World) -> None:
    browse.sign_in("ada").get(new_path(world), 403)
    browse.sign_in("dora").get(new_path(world), 404)
    browse.sign_in("max").get(new_path(world, partner="delta"), 404)
    browse.get(f"/units/{world.units['alba plant']}/introductions/new", 404)


# Answering


def test_the_asked_side_reads_why_and_accepts_a_time(browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    assert [mail.recipient for mail in mails(app)] == ["dora@boreal.example"]
    page = browse.sign_in("dora").get(path)
    assert "It is your turn: Plant, Alba Cells waits for your answer until 22 Mar 2027." in page.words
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
    assert "It is your turn: Engineering, Boreal University waits" in ours.words
    assert "After the exams." in ours.words
    assert "Earlier times" in ours.words
    assert mails(app, "max")[-1].subject == "Engineering, Boreal University proposes other times"
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


# The list


def test_the_list_puts_our_turn_first_and_its_tabs_stand_in_the_address(
    browse: Browser, world: World
) -> None:
    ask(browse, world)
    unit = world.units["boreal engineering"]
    page = browse.sign_in("dora").get(f"/units/{unit}/introductions/")
    assert "Your turn, until 22 Mar 2027" in page.words
    assert "Plant, Alba Cells" in page.words
    assert "Nothing stands here" in browse.get(f"/units/{unit}/introductions/?show=settled").words
    ours = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/introductions/?show=theirs")
    assert "Their turn, until 22 Mar 2027" in ours.words
    empty = browse.sign_in("carl").get(f"/units/{world.units['corvus']}/introductions/")
    assert "Nobody has been asked yet" in empty.words


# Who may not


@pytest.mark.parametrize("name", ["carl", "dana", "opal", "uma", "ada", "boris"])
def test_nobody_else_reaches_an_introduction(name: str, browse: Browser, world: World, app: Flask) -> None:
    path = ask(browse, world)
    browse.sign_in(name)
    for rest in ("", "/propose", "/decline", "/withdraw"):
        assert browse.client.get(path + rest).status_code in {403, 404}, rest
    for rest in ("/accept", "/propose", "/decline", "/withdraw", "/messages", "/guests", "/guests/1/revoke"):
        answer = browse.client.post(path + rest, data={"csrf_token": browse.token(), "text": "Hello"})
        assert answer.status_code in {403, 404}, rest
    with app.app_context():
        assert only().state is IntroductionState.PROPOSED


def test_who_left_the_organisation_sees_nothing_though_they_took_part(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world)
    with app.app_context():
        begin_write(db.session)
        introduction = only()
        db.session.add(
            IntroductionPerson(
                introduction_id=introduction.id, side=Side.ASKED, person_id=world.people["uma"]
            )
        )
        db.session.commit()
    browse.sign_in("uma").get(path, 404)
    browse.sign_in("max").submit(browse.get(path), "Send message", {"text": "Hello."})
    assert not mails(app, "uma")


def test_cited_posts_that_were_closed_meanwhile_are_only_counted(
    browse: Browser, world: World, app: Flask
) -> None:
    path = ask(browse, world, {"posts": [str(world.posts["alba need"]), str(world.posts["boreal need"])]})
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, world.posts["alba need"]).visibility = Visibility.OWN_ORGANISATION
        db.session.get_one(Post, world.posts["alba need"]).title = CANARY
        db.session.commit()
    page = browse.sign_in("dora").get(path)
    assert CANARY not in page.words
    assert "1 post that is no longer open" in page.words


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


def test_more_introductions_cost_the_list_no_more_statements(
    app: Flask, browse: Browser, world: World
) -> None:
    def statements() -> int:
        browse.sign_in("max")
        path = f"/units/{world.units['alba plant']}/introductions/"
        return len(statements_of(app, lambda: browse.get(path)))

    with app.app_context():
        add_dealings(db.session, world)
    statements()
    one = statements()
    with app.app_context():
        add_dealings(db.session, world, asked="boreal", answerer="boris")
        add_dealings(db.session, world, asked="corvus", answerer="carl")
    assert statements() == one
