"""The board in a real browser: a card is moved by dragging, by keyboard, and without any JavaScript."""

from collections.abc import Iterator

import pytest
from flask import Flask

from models.database import begin_write
from models.organisation import Unit
from models.relationship import Relationship, Stage
from tests.browsing import session_cookie
from tests.cards import add_card
from tests.real_browser import chromium, served
from tests.world import World
from web.database import db

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture
def card(app: Flask, world: World) -> int:
    with app.app_context():
        begin_write(db.session)
        ours = add_card(db.session, db.session.get_one(Unit, world.units["alba plant"]), "Ostsee University")
        card_id = ours.id
        db.session.commit()
    return card_id


@pytest.mark.parametrize("way", ["dragging", "keyboard", "no script"])
def test_a_card_is_moved(app: Flask, world: World, address: str, card: int, way: str) -> None:
    cookie = session_cookie(app, "max")
    with chromium() as browser:
        context = browser.new_context(java_script_enabled=way != "no script")
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/units/{world.units['alba plant']}/pipeline/")
        if way == "dragging":
            page.drag_and_drop("[data-card]", '[data-stage="suggested"]')
        elif way == "keyboard":
            page.locator(".pipeline-move summary").focus()
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
        else:
            page.locator(".pipeline-move summary").click()
            page.get_by_role("button", name="Suggested").click()
        page.get_by_text("Done: Ostsee University.").wait_for()
        assert page.locator('[data-stage="suggested"] [data-card]').count() == 1
    with app.app_context():
        assert db.session.get_one(Relationship, card).stage is Stage.SUGGESTED
