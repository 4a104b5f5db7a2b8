"""Asking for a meeting: the drafted form, what is said before it is sent, and who may ask."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.booking import Booking
from models.database import begin_write
from models.introduction import Introduction
from models.meeting import MeetingMode
from models.person import ContactPermission, Person
from tests.asked_meeting import accept, ask, mails, new_path, only
from tests.asked_meeting import clock as clock
from tests.browsing import Browser
from tests.statements import statements_of
from tests.world import World
from web.database import db


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
    assert where["value"] == "Boreal University, Engineering, Rostock, Germany"


def test_the_form_asks_once_who_reads_requests(browse: Browser, world: World, app: Flask) -> None:
    browse.sign_in("max")
    sent = statements_of(app, lambda: browse.get(new_path(world)))
    roles = "SELECT DISTINCT membership.unit_id, membership.role"
    assert len([one for one in sent if " ".join(one.split()).startswith(roles)]) == 1


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
    assert cards.find("a", href=lambda address: bool(address and address.startswith(path)))
    own = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/partners/")
    assert "You are already in contact" in own.words


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


def test_where_nobody_reads_requests_the_choice_says_so_and_is_not_the_first(
    browse: Browser, world: World
) -> None:
    browse.sign_in("max")
    for extra, chosen in (("", "boreal engineering"), (f"&partner_unit={world.units['boreal']}", "boreal")):
        page = browse.get(new_path(world) + extra)
        assert "Boreal University: nobody looks after requests there now" in page.words
        assert "Engineering: their office" in page.words
        option = page.select_one("select[name=addressee] option[selected]")
        assert option is not None
        assert option["value"] == str(world.units[chosen])


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


def test_who_was_asked_is_not_new_to_us_any_more(browse: Browser, world: World) -> None:
    suggestions = f"/units/{world.units['alba']}/suggestions"
    assert "Boreal University" in browse.sign_in("olga").get(suggestions).words
    ask(browse, world)
    page = browse.sign_in("olga").get(suggestions)
    assert "Boreal University" not in page.words
    assert "Nobody new fits yet." in page.words
    assert "Boreal University" in browse.get(f"/units/{world.units['alba']}/partners/").words
