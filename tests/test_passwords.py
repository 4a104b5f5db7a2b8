"""Passwords: wrong, forgotten, changed, asked for once more, and how they are hashed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask_security import hash_password, verify_password
from sqlalchemy import event, select

from tests.browsing import Browser
from tests.test_accounts import REGISTRATION, link_in, mails_to, sign_in, signed_in_as
from tests.test_accounts import set_password as set_password
from tests.world import PASSWORD
from web.accounts.account import Account
from web.database import db

NEW_PASSWORD = "five violet tractors hum"


def test_a_wrong_password_says_so_and_keeps_the_address(
    browse: Browser, set_password: Callable[[str], None]
) -> None:
    set_password("ada")
    page = sign_in(browse, "ada@alba.example", "wrong password", status=422)
    assert "The e-mail address or the password is wrong" in page.words
    assert page.select("[name=email]")[0]["value"] == "ada@alba.example"


def test_a_forgotten_password_is_replaced_by_mail_and_the_link_works_once(
    app: Flask, browse: Browser, set_password: Callable[[str], None]
) -> None:
    set_password("ada")
    elsewhere = Browser(app).sign_in("ada")
    assert signed_in_as(elsewhere) == "Ada Example"
    browse.submit(browse.get("/reset"), "Send me the link", {"email": "ada@alba.example"}, status=200)
    path = link_in(mails_to(app, "ada@alba.example")[0])
    values = {"password": NEW_PASSWORD, "password_confirm": NEW_PASSWORD}
    browse.submit(browse.get(path), "Set the password", values)
    assert signed_in_as(elsewhere) == ""
    sign_in(browse, "ada@alba.example", NEW_PASSWORD)
    assert signed_in_as(browse) == "Ada Example"
    browse.sign_in("").get(path, status=302)
    assert [mail.kind for mail in mails_to(app, "ada@alba.example")][1:] == ["account.reset_notice"]


def test_changing_the_password_ends_the_other_sessions(
    app: Flask, browse: Browser, set_password: Callable[[str], None]
) -> None:
    set_password("ada")
    elsewhere = Browser(app).sign_in("ada")
    page = browse.sign_in("ada").get("/change")
    values = {"password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
    browse.submit(page, "Change the password", values)
    assert signed_in_as(browse) == "Ada Example"
    assert signed_in_as(elsewhere) == ""


def test_changing_the_address_asks_for_the_password_once_more(
    app: Flask, browse: Browser, set_password: Callable[[str], None]
) -> None:
    set_password("ada")
    away = browse.sign_in("ada").get("/change-email", status=302)
    page = browse.follow(away)
    assert page.heading == "Is it you?"
    browse.submit(page, "Go on", {"password": PASSWORD})
    assert browse.get("/change-email").heading == "Change your e-mail address"


def test_passwords_set_at_once_through_one_link_leave_exactly_one(
    app: Flask, browse: Browser, set_password: Callable[[str], None]
) -> None:
    set_password("ada")
    browse.submit(browse.get("/reset"), "Send me the link", {"email": "ada@alba.example"}, status=200)
    path = link_in(mails_to(app, "ada@alba.example")[0])
    passwords = [f"{NEW_PASSWORD} {number}" for number in range(6)]
    pages = []
    for _ in passwords:
        other = Browser(app)
        pages.append((other, other.get(path)))

    def send(number: int) -> int:
        other, page = pages[number]
        values = {"password": passwords[number], "password_confirm": passwords[number]}
        return other.submit(page, "Set the password", values).response.status_code

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(send, range(6))) == {303}
    notices = [mail for mail in mails_to(app, "ada@alba.example") if mail.kind == "account.reset_notice"]
    assert len(notices) == 1
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.email == "ada@alba.example")).one()
        assert sum(verify_password(password, account.password or "") for password in passwords) == 1


def test_no_writer_waits_while_a_password_is_hashed(
    app: Flask, browse: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order of events of a registration: the hash comes before the write transaction begins."""
    events: list[str] = []
    page = browse.get("/register")
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute",
            lambda *arguments: events.append("write") if "IMMEDIATE" in arguments[2] else None,
        )  # fmt: skip
    real = hash_password

    def noting_hash(password: str) -> str:
        events.append("hash")
        return str(real(password))

    monkeypatch.setattr("flask_security.registerable.hash_password", noting_hash)
    browse.submit(page, "Create my account", REGISTRATION)
    assert events[0] == "hash"
    assert events.count("write") == 1


def test_passwords_are_hashed_with_argon2id(app: Flask) -> None:
    from web.accounts.security import ARGON2

    with app.app_context():
        assert hash_password(PASSWORD).startswith("$argon2id$")
    assert 19_456 <= ARGON2["argon2__memory_cost"] <= 48_128
