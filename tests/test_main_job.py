"""The main job with nothing replaced: real encoder, FAISS, mail server and browser, and no JavaScript."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_security import hash_password
from playwright.sync_api import Page
from sqlalchemy import select

from app import create_app
from matching.encoder import load_encoder
from models.database import begin_write
from tests.conftest import settings_for
from tests.letter_box import LetterBox
from tests.real_browser import chromium, served
from tests.world import PASSWORD, build_world
from web.accounts.account import Account
from web.database import db
from web.mail import send_due_mail
from web.settings import MailSettings

pytestmark = [pytest.mark.browser, pytest.mark.encoder]

GAP = (
    "We are opening a second hall and have nobody who can say how fast our lithium cells grow old. "
    "Looking for two people who are at home with electrochemical measurements and can write their own scripts. "
    "Whoever comes may publish what they find."
)


@pytest.fixture
def real_app(database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]) -> Iterator[Flask]:
    """The application with the real encoder and the mail server of the test; everybody has a password."""
    mail = MailSettings(
        "127.0.0.1", letter_box[1], None, None, False, "Counterpart <post@counterpart.example>"
    )
    app = create_app(replace(settings_for(database_url, tmp_path), mail=mail), load_encoder=load_encoder)
    encoder = app.extensions["matcher"].encoder_after_waiting()
    with app.app_context():
        build_world(db.session, encoder)
        begin_write(db.session)
        for account in db.session.scalars(select(Account)):
            account.password = hash_password(PASSWORD)
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def test_hr_posts_a_gap_and_both_sides_see_why_they_should_talk(
    real_app: Flask, letter_box: tuple[LetterBox, int]
) -> None:
    with served(real_app) as address, chromium() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        _sign_in(page, address, "max@alba.example")
        _post_gap(page)
        page.get_by_role("link", name="Partners", exact=True).first.click()
        best = page.get_by_role("listitem").filter(has_text="Boreal University").first
        assert "Graduates in electrochemistry" in best.inner_text()
        assert "Corvus Motors" not in page.locator("main").inner_text(), (
            "a rival with the same need is no partner"
        )
        best.get_by_role("link", name="Why").first.click()
        ours = page.locator("main").inner_text()
        quoted = [" ".join(text.split()) for text in page.locator("blockquote p").all_text_contents()]
        assert any("lithium" in sentence and sentence in GAP for sentence in quoted), quoted
        assert any("Forty graduates a year" in sentence for sentence in quoted), quoted
        assert "What you get" in ours
        assert "What they get" in ours

        page = browser.new_context(java_script_enabled=False).new_page()
        _sign_in(page, address, "dora@boreal.example")
        page.get_by_role("link", name="Partners", exact=True).first.click()
        best = page.get_by_role("listitem").filter(has_text="Alba Cells").first
        assert "Placements in our test hall" in best.inner_text()
        best.get_by_role("link", name="Why").first.click()
        assert "Somebody who knows why cells grow old" in page.locator("main").inner_text()

        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{address}/reset")
        page.get_by_label("E-mail").fill("dora@boreal.example")
        page.locator("main form button[type=submit]").click()
    box, _port = letter_box
    with real_app.app_context():
        send_due_mail(db.session)
    assert [mail["To"] for mail in box.mails] == ["dora@boreal.example"]


def _sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    assert page.get_by_role("heading", level=1).inner_text() == "What needs you today?"


def _post_gap(page: Page) -> None:
    """Post as somebody in a hurry does, and publish in spite of the hints."""
    page.get_by_role("link", name="Post", exact=True).click()
    page.get_by_role("link", name="People and skills").first.click()
    page.get_by_label("Title").fill("Somebody who knows why cells grow old")
    page.locator("textarea[name=text]").fill(GAP)
    page.get_by_label("Within months").check()
    page.get_by_label("How many", exact=False).first.fill("2")
    page.get_by_role("button", name="Publish").click()
    again = page.get_by_role("button", name="Publish anyway")
    if again.count():
        again.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Somebody who knows why cells grow old"
