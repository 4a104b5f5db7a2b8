"""A message of a partner stops the nudges, so it asks for an answer by itself until there is one."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.relationship import Relationship
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.world import World, build_world
from web.database import db

LINE = "Engineering wrote, and nobody has answered"


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    """Max of Alba's plant deals with Dora of Boreal's engineering, and owns the card."""
    with app.app_context():
        return _dealings(world)


def _dealings(world: World) -> Dealings:
    dealt = add_dealings(db.session, world)
    begin_write(db.session)
    db.session.get_one(Relationship, dealt.ours).owner_id = world.people["max"]
    db.session.commit()
    return dealt


def write(browse: Browser, name: str, dealt: Dealings, text: str) -> None:
    page = browse.sign_in(name).get(f"/introductions/{dealt.introduction}")
    browse.submit(page, "Send message", {"text": text})


def homes_that_tell(browse: Browser) -> set[str]:
    told = {
        name for name in ("max", "dora", "mia", "carl", "ada") if LINE in browse.sign_in(name).get("/").words
    }
    return told | {"office"} if LINE in browse.sign_in("olga").get("/?whose=ours").words else told


def test_their_message_waits_until_we_write(browse: Browser, dealt: Dealings) -> None:
    assert homes_that_tell(browse) == set()
    write(browse, "dora", dealt, "Could you send us the contract?")
    assert homes_that_tell(browse) == {"max", "office"}
    write(browse, "max", dealt, "Tomorrow.")
    assert homes_that_tell(browse) == set()


def test_it_waits_until_we_plan_what_comes_next(browse: Browser, dealt: Dealings) -> None:
    write(browse, "dora", dealt, "Could you send us the contract?")
    page = browse.sign_in("max").get(f"/relationships/{dealt.ours}/follow-ups/new")
    in_a_week = (utc_now() + timedelta(days=7)).date().isoformat()
    browse.submit(page, "Save", {"text": "Send the contract", "due_on": in_a_week})
    assert homes_that_tell(browse) == set()


def test_after_two_weeks_the_silence_speaks(browse: Browser, dealt: Dealings) -> None:
    write(browse, "dora", dealt, "Thank you, see you soon.")
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        assert homes_that_tell(browse) == set()


def test_both_databases_tell_it(either_app: Flask) -> None:
    with either_app.app_context():
        dealt = _dealings(build_world(db.session))
    browse = Browser(either_app)
    write(browse, "dora", dealt, "Could you send us the contract?")
    assert homes_that_tell(browse) == {"max", "office"}


def test_an_owner_who_may_not_read_the_message_is_led_to_the_partner(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    write(browse, "dora", dealt, "Could you send us the contract?")
    page = browse.sign_in("max").get("/")
    assert "Read it" in page.select_one(f'a[href^="/introductions/{dealt.introduction}"]').get_text()
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Relationship, dealt.ours).owner_id = world.people["ada"]
        db.session.commit()
    page = browse.sign_in("ada").get("/")
    assert LINE in page.words
    assert not page.select(f'a[href^="/introductions/{dealt.introduction}"]')
    link = page.select_one(f'a[href^="/relationships/{dealt.ours}"]')
    assert "Plan what comes next" in link.get_text()
    browse.get(f"/introductions/{dealt.introduction}", 404)
    browse.get(f"/relationships/{dealt.ours}")
