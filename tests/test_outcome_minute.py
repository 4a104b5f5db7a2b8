"""How much an outcome asks of a person: every click and every field counted in a real browser."""

from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from models.outcome import Outcome, SharedSummary, Topic
from models.relationship import PrivateNote
from tests.browsing import session_cookie
from tests.dealings import Dealings
from tests.met import met as met
from tests.met import outcome_path
from tests.real_browser import chromium, served
from web.database import db

pytestmark = pytest.mark.browser
MOST_OF_THE_SHORT_WAY = 8


@dataclass
class Hand:
    """Works the page as a person does and counts what it takes."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def choose(self, group: str, label: str) -> None:
        self.page.get_by_role("radiogroup", name=group).get_by_text(label, exact=False).click()
        self.clicks += 1

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)
        self.fields += 1

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()
        self.clicks += 1

    @property
    def interactions(self) -> int:
        return self.clicks + self.fields


def _short_way(hand: Hand) -> None:
    hand.choose("Did you meet?", "Yes, we met")
    hand.choose("Our interest", "High")
    hand.choose("Their interest", "Some")
    hand.choose("What was decided?", "Start a small pilot")
    hand.write("What happens next?", "Draft the pilot")
    hand.choose("By when?", "In 7 days")


def test_the_short_way_takes_at_most_eight_interactions_and_the_long_way_is_counted(
    app: Flask, met: Dealings, capsys: pytest.CaptureFixture[str]
) -> None:
    cookie = session_cookie(app, "max")
    other_cookie = session_cookie(app, "dora")
    with served(app) as address, chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        short = Hand(context.new_page())
        short.page.goto(address + outcome_path(met, "/log"))
        assert short.page.get_by_label("Which day?").is_hidden(), (
            "the field of another day waits for its choice"
        )
        _short_way(short)
        short.press("Save")
        short.page.get_by_text("The next step is due on").wait_for()

        # Another person has another browser: the first one may still be loading, and would send the new cookie.
        other_context = browser.new_context(viewport={"width": 1280, "height": 900})
        other_context.add_cookies([{"name": "session", "value": other_cookie, "url": address}])
        long = Hand(other_context.new_page())
        long.page.goto(address + outcome_path(met, "/log"))
        _short_way(long)
        long.page.get_by_label("Who does it?").select_option(label="Alba Cells does it, and I ask for it")
        long.fields += 1
        for label in (
            "The decision in one line",
            "Also came up",
            "Private note",
            "Shared summary",
            "Feedback",
        ):
            long.write(label, f"Words of {label}")
        long.press("Save everything")
        long.page.get_by_text("The next step is due on").wait_for()
    with capsys.disabled():
        for name, hand in (("short", short), ("long", long)):
            print(f"\n{name} way: {hand.clicks} clicks, {hand.fields} fields", end="")  # noqa: T201 A measurement.
    assert short.interactions <= MOST_OF_THE_SHORT_WAY
    with app.app_context():
        assert len(db.session.scalars(select(Outcome)).all()) == 2
        assert db.session.scalars(select(Topic.text)).all() == ["Words of Also came up"]
        assert db.session.scalars(select(SharedSummary.text)).all() == ["Words of Shared summary"]
        assert "Words of Private note" in db.session.scalars(select(PrivateNote.text)).all()


def test_a_meeting_that_was_not_held_takes_two_clicks_and_asks_nothing_about_interest(
    app: Flask, met: Dealings
) -> None:
    cookie = session_cookie(app, "max")
    with served(app) as address, chromium() as browser:
        context = browser.new_context(viewport={"width": 390, "height": 800})
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        hand = Hand(context.new_page())
        hand.page.goto(address + outcome_path(met, "/log"))
        hand.choose("Did you meet?", "No, it was not held")
        assert hand.page.get_by_role("radiogroup", name="Our interest").is_hidden()
        assert hand.page.get_by_label("Shared summary").is_hidden()
        hand.press("Save")
        hand.page.get_by_text("nothing was counted as a contact").wait_for()
    assert hand.interactions == 2
