"""Times that the partner turns down without a word ask what comes next: the nudges stopped with it."""

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.introducing import decline, withdraw
from models.introduction import Introduction
from models.introduction_steps import Party
from models.side import Side
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.further_times import DAY, add_proposed_times, homes_that_tell, propose
from tests.world import World, build_world
from web.database import db

LINE = "Boreal University turned down the times that you proposed"


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    with app.app_context():
        return add_proposed_times(world, utc_now())


def turn_down(app: Flask, world: World, dealt: Dealings, words: str = "") -> None:
    with app.app_context():
        begin_write(db.session)
        introduction = db.session.get_one(Introduction, dealt.introduction)
        decline(db.session, introduction, Party(Side.ASKED, world.people["dora"]), utc_now(), words)
        db.session.commit()


def test_whoever_proposed_them_is_told_until_something_is_planned(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    assert homes_that_tell(browse, LINE) == set()
    turn_down(app, world, dealt)
    assert homes_that_tell(browse, LINE) == {"max", "olga"}
    page = browse.sign_in("max").get("/")
    [row] = [row for row in page.select(".attention-row") if LINE in row.get_text(" ")]
    assert "Propose" in browse.get(str(row.a["href"])).heading
    page = browse.get(f"/relationships/{dealt.ours}/follow-ups/new")
    in_a_week = (utc_now() + 7 * DAY).date().isoformat()
    browse.submit(page, "Save", {"text": "Ask anew", "due_on": in_a_week})
    assert homes_that_tell(browse, LINE) == set()


def test_other_times_end_it(app: Flask, browse: Browser, world: World, dealt: Dealings) -> None:
    turn_down(app, world, dealt)
    with app.app_context():
        begin_write(db.session)
        propose(world, dealt, utc_now())
        db.session.commit()
    assert homes_that_tell(browse, LINE) == set()


def test_words_with_it_are_a_message_that_has_a_line_of_its_own(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    turn_down(app, world, dealt, "In May we have more time.")
    assert homes_that_tell(browse, LINE) == set()
    assert "wrote, and nobody has answered" in browse.sign_in("max").get("/").words


def test_times_that_one_took_back_oneself_are_no_news(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with app.app_context():
        begin_write(db.session)
        introduction = db.session.get_one(Introduction, dealt.introduction)
        withdraw(db.session, introduction, Party(Side.ASKING, world.people["max"]), utc_now())
        db.session.commit()
    assert homes_that_tell(browse, LINE) == set()


def test_after_a_month_the_silence_speaks(app: Flask, browse: Browser, world: World, dealt: Dealings) -> None:
    turn_down(app, world, dealt)
    with time_machine.travel(utc_now() + 31 * DAY, tick=False):
        assert homes_that_tell(browse, LINE) == set()


def test_both_databases_tell_it(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        dealt = add_proposed_times(world, utc_now())
    turn_down(either_app, world, dealt)
    assert homes_that_tell(Browser(either_app), LINE) == {"max", "olga"}
