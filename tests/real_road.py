"""What the tests with nothing replaced share: the application with the real encoder, and what people do in it."""

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
from tests.world import PASSWORD, build_world
from web.accounts.account import Account
from web.database import db
from web.settings import MailSettings

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


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    assert page.get_by_role("heading", level=1).inner_text() == "What needs you today?"


def post_gap(page: Page) -> None:
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
