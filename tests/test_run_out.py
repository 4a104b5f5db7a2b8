"""Times that nobody answers until they run out ask what comes next: only one mail told of it."""

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.introducing import expire
from models.introduction import Introduction, IntroductionState
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.further_times import DAY, add_proposed_times, homes_that_tell
from tests.world import World, build_world
from web.database import db

LINE = "Boreal University did not answer in time"


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    """Max proposed times for a further meeting to Dora, which run out now."""
    with app.app_context():
        return add_times_that_run_out(world)


def add_times_that_run_out(world: World) -> Dealings:
    dealt = add_proposed_times(world, utc_now() - 20 * DAY)
    begin_write(db.session)
    db.session.get_one(Introduction, dealt.introduction).expires_at = utc_now()
    db.session.commit()
    return dealt


def run_out(app: Flask, dealt: Dealings) -> None:
    with app.app_context():
        begin_write(db.session)
        assert expire(db.session, db.session.get_one(Introduction, dealt.introduction), utc_now())
        db.session.commit()


def test_whoever_proposed_them_is_told_until_something_is_planned(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    assert homes_that_tell(browse, LINE) == set()
    run_out(app, dealt)
    assert homes_that_tell(browse, LINE) == {"max", "olga"}
    page = browse.sign_in("max").get("/")
    [row] = [row for row in page.select(".attention-row") if LINE in row.get_text(" ")]
    browse.get(str(row.a["href"]))
    page = browse.get(f"/relationships/{dealt.ours}/follow-ups/new")
    in_a_week = (utc_now() + 7 * DAY).date().isoformat()
    browse.submit(page, "Save", {"text": "Ask anew", "due_on": in_a_week})
    assert homes_that_tell(browse, LINE) == set()


def test_after_a_month_the_silence_speaks(app: Flask, browse: Browser, dealt: Dealings) -> None:
    run_out(app, dealt)
    with time_machine.travel(utc_now() + 31 * DAY, tick=False):
        assert homes_that_tell(browse, LINE) == set()


def test_both_databases_tell_it(either_app: Flask) -> None:
    with either_app.app_context():
        dealt = add_times_that_run_out(build_world(db.session))
    run_out(either_app, dealt)
    assert homes_that_tell(Browser(either_app), LINE) == {"max", "olga"}


@pytest.mark.parametrize("is_same_way", [True, False])
def test_whoever_was_asked_anew_meanwhile_is_not_named_even_if_that_came_to_nothing(
    either_app: Flask, is_same_way: bool
) -> None:
    with either_app.app_context():
        dealt = add_times_that_run_out(build_world(db.session))
    run_out(either_app, dealt)
    with either_app.app_context():
        begin_write(db.session)
        before = db.session.get_one(Introduction, dealt.introduction)
        sides = (
            (before.asking_unit, before.asked_unit)
            if is_same_way
            else (before.asked_unit, before.asking_unit)
        )
        asking, asked = sides
        db.session.add(
            Introduction(
                asking_organisation_id=asking.organisation_id,
                asking_unit_id=asking.id,
                asked_organisation_id=asked.organisation_id,
                asked_unit_id=asked.id,
                asked_by_id=before.asked_by_id,
                purpose="Once more",
                state=IntroductionState.DECLINED,
                answered_at=utc_now(),
                expires_at=utc_now() + 21 * DAY,
            )
        )
        db.session.commit()
    assert homes_that_tell(Browser(either_app), LINE) == set()
