"""A meeting that does not come about asks what comes next: the nudges stopped when it was set."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.relationship import ClosedReason, Relationship, Stage
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.world import World, build_world
from web.database import db

TO_ALBA, TO_BOREAL = "The meeting with Boreal University did not", "The meeting with Alba Cells did not"


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    """Max of Alba's plant and Dora of Boreal's engineering have a meeting ahead and none that was held."""
    with app.app_context():
        return _dealings(world)


def _dealings(world: World) -> Dealings:
    dealt = add_dealings(db.session, world)
    begin_write(db.session)
    for outcome in db.session.query(Outcome).filter_by(meeting_id=dealt.past_meeting):
        db.session.delete(outcome)
    past = db.session.get_one(Meeting, dealt.past_meeting)
    past.state, past.changed_at = MeetingState.NOT_HELD, utc_now() - timedelta(days=60)
    db.session.commit()
    return dealt


def ahead(dealt: Dealings) -> int:
    introduction_id = dealt.introduction
    return db.session.query(Meeting.id).filter_by(introduction_id=introduction_id, state="scheduled").one()[0]


def call_off(app: Flask, browse: Browser, dealt: Dealings) -> None:
    with app.app_context():
        meeting_id = ahead(dealt)
    page = browse.sign_in("dora").get(f"/meetings/{meeting_id}/cancel")
    browse.submit(page, "Cancel the meeting", {"reason": "A strike."})


def homes_that_tell(browse: Browser) -> set[str]:
    words = {"max": TO_ALBA, "olga": TO_ALBA, "dora": TO_BOREAL, "mia": TO_BOREAL, "carl": TO_ALBA}
    return {name for name, line in words.items() if line in browse.sign_in(name).get("/?whose=ours").words}


def test_both_sides_are_told_until_each_plans_or_asks_anew(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    assert homes_that_tell(browse) == set()
    call_off(app, browse, dealt)
    assert homes_that_tell(browse) == {"max", "olga", "dora"}
    page = browse.sign_in("max").get(f"/relationships/{dealt.ours}/follow-ups/new")
    in_a_week = (utc_now() + timedelta(days=7)).date().isoformat()
    browse.submit(page, "Save", {"text": "Ask anew", "due_on": in_a_week})
    assert homes_that_tell(browse) == {"dora"}
    page = browse.sign_in("dora").get("/")
    [row] = [row for row in page.select(".attention-row") if TO_BOREAL in row.get_text(" ")]
    assert "Propose" in browse.get(str(row.a["href"])).heading


def test_after_a_month_the_silence_speaks(app: Flask, browse: Browser, dealt: Dealings) -> None:
    call_off(app, browse, dealt)
    with time_machine.travel(utc_now() + timedelta(days=31), tick=False):
        assert homes_that_tell(browse) == set()


def test_a_closed_card_asks_nothing(app: Flask, browse: Browser, dealt: Dealings) -> None:
    call_off(app, browse, dealt)
    with app.app_context():
        begin_write(db.session)
        ours = db.session.get_one(Relationship, dealt.ours)
        ours.stage, ours.closed_reason = Stage.CLOSED, ClosedReason.OTHER
        db.session.commit()
    assert homes_that_tell(browse) == {"dora"}


def test_both_databases_tell_it(either_app: Flask) -> None:
    with either_app.app_context():
        dealt = _dealings(build_world(db.session))
    browse = Browser(either_app)
    call_off(either_app, browse, dealt)
    assert homes_that_tell(browse) == {"max", "olga", "dora"}
