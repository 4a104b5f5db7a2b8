"""Two people who met: dealings of the fixed world of which nobody has told anything yet."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp
from models.outcome import HeardNeed, Outcome, SharedSummary, Topic
from tests.browsing import Browser, Page
from tests.dealings import Dealings, add_dealings
from tests.world import World
from web.database import db

# What the shortest account says, apart from the day of the next step.
MINIMAL = {
    "held": "held",
    "our_interest": "high",
    "their_interest": "some",
    "decision": "meet_again",
    "step": "Send the test plan",
}


@pytest.fixture
def met(app: Flask, world: World) -> Dealings:
    """Max of Alba's plant met Dora of Boreal's faculty two days ago, and nobody has told what came of it."""
    with app.app_context():
        return add_meeting_of_the_past(world)


def add_meeting_of_the_past(world: World) -> Dealings:
    """Within an application context."""
    dealings = add_dealings(db.session, world)
    begin_write(db.session)
    for model in (Outcome, SharedSummary, Topic, HeardNeed):
        for row in db.session.scalars(select(model)):
            db.session.delete(row)
    for follow_up in db.session.scalars(select(FollowUp)):
        follow_up.dropped_at = utc_now()
    db.session.commit()
    return dealings


def outcome_path(met: Dealings, rest: str = "") -> str:
    return f"/meetings/{met.past_meeting}/outcome{rest}"


def in_days(days: int) -> str:
    return (utc_now() + timedelta(days=days)).date().isoformat()


def tell(browse: Browser, met: Dealings, status: int = 303, **values: str) -> Page:
    """Log the shortest account, with ``values`` on top."""
    page = browse.get(outcome_path(met, "/log"))
    return browse.submit(page, "Save", {**MINIMAL, "due": in_days(7), **values}, status)
