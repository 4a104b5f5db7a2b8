"""Promises and partnerships in the list of what needs attention: the right person's, the overdue ones first."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.partnership import Partnership, PartnershipState
from models.side import Side
from tests.browsing import Browser, Page
from tests.partnering import ASKED_DRAFT, Partnering, add_partnership
from tests.world import World
from web.database import db


@pytest.fixture
def ids(app: Flask, world: World) -> Partnering:
    with app.app_context():
        return add_partnership(db.session, world)


def lines(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.select(".attention-row")]


def told(browse: Browser, name: str, words: str, whose: str = "mine") -> list[str]:
    return [line for line in lines(browse.sign_in(name).get(f"/?whose={whose}")) if words in line]


def test_what_one_owes_is_told_when_it_is_near_and_is_urgent_when_it_is_over(
    browse: Browser, ids: Partnering
) -> None:
    assert not told(browse, "max", "Send the cells")
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        assert told(browse, "max", "Promise due soon: Send the cells")
        assert not told(browse, "olga", "Send the cells")
        assert told(browse, "olga", "Send the cells", "ours")
        assert not told(browse, "dora", "Send the cells")
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        page = browse.sign_in("max").get("/")
        assert "Overdue promise: Send the cells" in str(page.select(".attention-urgent"))


def test_whoever_is_asked_sees_it_and_a_draft_is_its_authors_alone(browse: Browser, ids: Partnering) -> None:
    assert told(browse, "dora", "They wait for your answer: Age the cells")
    assert told(browse, "mia", "They wait for your answer: Age the cells")
    assert not told(browse, "max", "Age the cells")
    assert told(browse, "dora", f"Not sent yet: {ASKED_DRAFT}")
    for name in ("mia", "max", "olga", "carl", "ada", "boris"):
        assert not told(browse, name, ASKED_DRAFT)


def test_a_proposed_partnership_waits_for_the_other_side_alone(
    app: Flask, browse: Browser, world: World
) -> None:
    with app.app_context():
        add_partnership(db.session, world, state=PartnershipState.PROPOSED)
    assert told(browse, "dora", "Plant, Alba Cells proposes a partnership")
    assert not told(browse, "max", "proposes a partnership")
    assert not told(browse, "carl", "proposes a partnership")


def test_a_pilot_that_they_want_to_grow_waits_for_an_answer(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Partnership, ids.partnership).growth_asked_by = Side.ASKED
        db.session.commit()
    assert told(browse, "max", "asks to let the pilot grow")
    assert not told(browse, "dora", "asks to let the pilot grow")
