"""Home: the landing page of visitors; what waits for each person; the first steps; new partners."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy.orm import Session

from matching.answers import Ranking, Request, Way
from matching.encoder import HashEncoder
from matching.market import Home
from matching.ranking import rank_partners
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import Organisation
from models.person import Membership, MembershipState, Role
from models.post import Post, PostState, end_of_day
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db
from web.matcher import Matcher


def lines(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.select(".attention-row")]


def change_post(app: Flask, world: World, name: str, days_left: int | None = None, **fields: object) -> None:
    with app.app_context():
        begin_write(db.session)
        post = db.session.get_one(Post, world.posts[name])
        for field, value in fields.items():
            setattr(post, field, value)
        if days_left is not None:
            post.ends_on = utc_now().date() + timedelta(days=days_left)
            post.closes_at = end_of_day(post.ends_on, "UTC")
        note_post_change(db.session, post.id)
        db.session.commit()


def ask_to_join(app: Flask, world: World, person: str, unit: str, organisation: str) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.add(
            Membership(
                person_id=world.people[person],
                organisation_id=world.organisations[organisation],
                unit_id=world.units[unit],
                role=Role.MEMBER,
                state=MembershipState.REQUESTED,
            )
        )
        db.session.commit()


def test_a_visitor_is_told_what_this_is_and_where_to_sign_in(browse: Browser) -> None:
    page = browse.sign_in("").get("/")
    assert page.heading == "Find the partner who completes you"
    assert {"Register", "Sign in"} <= {link.get_text(strip=True) for link in page.select("main a.btn")}
    assert page.select("main svg.arcs")


def test_who_belongs_nowhere_is_led_to_joining(browse: Browser) -> None:
    page = browse.sign_in("uma").get("/")
    assert page.find("a", string="Join your organisation")


def test_nothing_waiting_is_said_in_so_many_words(browse: Browser, world: World, app: Flask) -> None:
    long_text = "We test lithium cells with impedance spectroscopy at 25 °C and 5 °C. " * 4
    change_post(app, world, "boreal capability", text=long_text)
    change_post(app, world, "boreal need", text=long_text)
    assert "Nothing is waiting for you." in browse.sign_in("dora").get("/").words


def test_a_post_that_ends_within_two_weeks_asks_for_its_writers_attention(
    browse: Browser, world: World, app: Flask
) -> None:
    change_post(app, world, "alba need", days_left=13)
    change_post(app, world, "alba capability", days_left=15)
    found = [line for line in lines(browse.sign_in("olga").get("/")) if "ends on" in line]
    assert len(found) == 1
    assert "“Battery test engineers”" in found[0]
    assert "Change the date" in found[0]
    for person in ("ada", "dora", "carl"):
        assert not [line for line in lines(browse.sign_in(person).get("/")) if "ends on" in line], person


def test_an_old_draft_waits_to_be_finished_and_only_its_writers_learn_of_it(
    browse: Browser, world: World, app: Flask
) -> None:
    assert not [line for line in lines(browse.sign_in("max").get("/")) if "still a draft" in line]
    change_post(app, world, "alba draft", created_at=utc_now() - timedelta(days=4))
    found = [line for line in lines(browse.get("/")) if "still a draft" in line]
    assert len(found) == 1
    assert "“Safety training”" in found[0]
    for person in ("ada", "dora", "opal"):
        assert "Safety training" not in browse.sign_in(person).get("/").words


def test_a_vague_post_could_say_more(browse: Browser, world: World, app: Flask) -> None:
    change_post(app, world, "alba need", text="Need engineers.")
    assert [
        line
        for line in lines(browse.sign_in("max").get("/"))
        if "“Battery test engineers” could say more" in line
    ]


def test_a_request_to_join_waits_for_its_admin_and_for_nobody_else(
    browse: Browser, world: World, app: Flask
) -> None:
    ask_to_join(app, world, "uma", "alba plant", "alba")
    (line,) = [line for line in lines(browse.sign_in("ada").get("/")) if "asks to join" in line]
    assert "Uma Example asks to join Plant since" in line
    for person in ("olga", "max", "boris"):
        assert "Uma Example" not in browse.sign_in(person).get("/").words
    assert "You asked to join Alba Cells" in browse.sign_in("uma").get("/").words


def test_the_operator_is_told_of_waiting_organisations(browse: Browser) -> None:
    page = browse.sign_in("opal").get("/")
    assert [line for line in lines(page) if "1 organisation waits for approval" in line]
    assert not page.find("a", string="Join your organisation")


def test_who_waits_for_approval_is_told_and_offered_no_partners(browse: Browser, world: World) -> None:
    page = browse.sign_in("dana").get("/")
    assert "Delta Labs is waiting for approval" in page.words
    assert not page.select("#new-for-you")
    assert "First steps" in page.words


def test_first_steps_are_counted_from_facts_and_go_when_done(
    browse: Browser, world: World, app: Flask
) -> None:
    page = browse.sign_in("olga").get("/")
    assert "4 of 5" in page.words
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["alba"]).about = "Cells for ferries."
        db.session.commit()
    assert "First steps" not in browse.get("/").words


def test_new_for_you_names_the_best_partner_with_its_reason_each_way(browse: Browser, world: World) -> None:
    home = browse.sign_in("olga").get("/")
    place = home.select_one("[hx-get]")
    assert isinstance(place, Tag)
    # Without JavaScript the same place leads to the list itself.
    assert place.find("a", href=f"/units/{world.units['alba']}/partners/")
    words = browse.get(str(place["hx-get"])).words
    assert "Boreal University" in words
    assert "You get Graduates in electrochemistry for your need Battery test engineers" in words


def test_home_does_not_wait_for_the_index(browse: Browser, app: Flask, tmp_path: Path) -> None:
    class Untouchable(Matcher):
        @property
        def index(self) -> None:  # type: ignore[override] # Reading it is the failure.
            raise AssertionError("Home asked the index")

    app.extensions["matcher"] = Untouchable(HashEncoder, frozenset({"en"}), "sqlite://", tmp_path)
    browse.sign_in("olga").get("/")


def test_suggestions_of_a_foreign_unit_are_not_found(browse: Browser, world: World) -> None:
    for person in ("carl", "dora", "opal", "uma"):
        browse.sign_in(person).get(f"/units/{world.units['alba']}/suggestions", 404)
        browse.get(f"/?unit={world.units['alba']}", 404)


def test_only_the_fits_that_are_shown_are_looked_for(
    app: Flask, browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Way | None] = []

    def listening(session: Session, home: Home, wanted: Request, *given: Any) -> Ranking:
        asked.append(wanted.only)
        return rank_partners(session, home, wanted, *given)

    # The view has the name of the module, so a dotted name would find the view.
    monkeypatch.setattr(sys.modules["web.home.suggestions"], "rank_partners", listening)
    suggestions = f"/units/{world.units['alba plant']}/suggestions"
    assert "Boreal University" in browse.sign_in("max").get(suggestions).words
    assert asked == [Way.BOTH_WAYS]
    change_post(app, world, "alba capability", state=PostState.DRAFT)
    assert "Boreal University" in browse.get(suggestions).words
    assert asked[1:] == [Way.BOTH_WAYS, Way.ONE_WAY]
