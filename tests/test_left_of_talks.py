"""What came up in a talk and became nothing yet is told on Home: topics of ours, and needs that we confirmed."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.outcome import HeardNeed, HeardState, Topic
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.world import World, build_world
from web.database import db

TOPIC, NEED = "1 topic of your talks has become nothing yet", "“Mentors for theses” is what you need"


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    """Max wrote a topic down, and a need of Dora's unit."""
    with app.app_context():
        return add_dealings(db.session, world)


def homes_that_tell(browse: Browser, words: str) -> set[str]:
    """Names of those on whose own list it stands, and "office of …" for the list of an office."""
    people = ("max", "olga", "ada", "dora", "mia", "boris", "carl")
    told = {name for name in people if words in browse.sign_in(name).get("/").words}
    offices = {name for name in people if words in browse.sign_in(name).get("/?whose=ours").words}
    return told | {f"office of {name}" for name in offices - told}


def test_a_topic_has_a_line_until_it_became_something_or_is_removed(browse: Browser, dealt: Dealings) -> None:
    assert homes_that_tell(browse, TOPIC) == {"max", "office of olga"}
    page = browse.sign_in("max").get("/")
    [row] = [row for row in page.select(".attention-row") if TOPIC in row.get_text(" ")]
    page = browse.get(str(row.a["href"]))
    assert "They have a dry room." in page.words
    button = next(
        one.get_text(" ", strip=True) for one in page.select("button") if "Remove" in one.get_text()
    )
    removed = browse.submit(page, " ".join(button.split()))
    assert removed.response.headers["Location"] == "/topics/"
    assert homes_that_tell(browse, TOPIC) == set()


def answer(state: HeardState) -> None:
    begin_write(db.session)
    heard = db.session.query(HeardNeed).one()
    heard.state, heard.answered_at = state, utc_now()
    db.session.commit()


def test_a_need_that_was_confirmed_has_a_line_until_it_is_posted(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    assert homes_that_tell(browse, NEED) == set()
    with app.app_context():
        answer(HeardState.REFUSED)
    assert homes_that_tell(browse, NEED) == set()
    with app.app_context():
        answer(HeardState.CORRECTED)
    assert homes_that_tell(browse, NEED) == {"dora", "mia"}
    page = browse.sign_in("dora").get("/")
    [row] = [row for row in page.select(".attention-row") if NEED in row.get_text(" ")]
    page = browse.follow(browse.get(str(row.a["href"]), 303))
    browse.submit(page, "Save as draft", {"urgency": "2"})
    assert homes_that_tell(browse, NEED) == set()


def test_after_a_month_nobody_asks_any_more_for_the_post(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with app.app_context():
        answer(HeardState.CONFIRMED)
    with time_machine.travel(utc_now() + timedelta(days=31), tick=False):
        assert homes_that_tell(browse, NEED) == set()
        assert "max" in homes_that_tell(browse, TOPIC)


def test_both_databases_tell_it(either_app: Flask) -> None:
    with either_app.app_context():
        add_dealings(db.session, build_world(db.session))
        answer(HeardState.CONFIRMED)
        assert db.session.query(Topic).count() == 1
    browse = Browser(either_app)
    assert homes_that_tell(browse, NEED) == {"dora", "mia"}
    assert homes_that_tell(browse, TOPIC) == {"max", "office of olga"}
