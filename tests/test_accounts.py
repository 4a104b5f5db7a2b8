"""Accounts: registering, confirming, signing in and out, new addresses; what strangers may learn."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask_security import hash_password
from sqlalchemy import select

from models.audit import AuditEntry
from models.base import utc_now
from models.database import begin_write
from models.outbox import OutboxMail
from models.person import Person
from tests.browsing import Browser, Page
from tests.world import PASSWORD, World
from web.accounts.account import Account
from web.accounts.datastore import GETS_THAT_WRITE
from web.database import db

REGISTRATION = {
    "name": "Nora Newcomer",
    "email": "Nora@Alba.example",
    "password": PASSWORD,
    "password_confirm": PASSWORD,
}


@pytest.fixture
def set_password(app: Flask, world: World) -> Callable[[str], None]:
    """Gives a person of the world a real password."""

    def set_it(name: str) -> None:
        with app.app_context():
            begin_write(db.session)
            account_of(name).password = hash_password(PASSWORD)
            db.session.commit()

    return set_it


def account_of(name: str) -> Account:
    return db.session.scalars(select(Account).where(Account.fs_uniquifier == f"session-of-{name}")).one()


def mails_to(app: Flask, address: str) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).where(OutboxMail.recipient == address)))


def link_in(mail: OutboxMail) -> str:
    """The path of the link, after a look at its host: it must be the public address."""
    found = re.search(r"http\S+", mail.body)
    assert found, mail.body
    parts = urlsplit(found.group())
    assert parts.netloc == "localhost"
    return parts.path


def register(browse: Browser) -> Page:
    return browse.submit(browse.get("/register"), "Create my account", REGISTRATION)


def sign_in(browse: Browser, email: str, password: str, status: int = 303) -> Page:
    values = {"email": email, "password": password}
    return browse.submit(browse.get("/login"), "Sign in", values, status=status)


def signed_in_as(browse: Browser) -> str:
    page = browse.get("/accessibility")
    found = page.select_one(".me .menu-title")
    return found.get_text(strip=True) if found else ""


def test_registering_confirming_and_signing_in(app: Flask, browse: Browser) -> None:
    answer = register(browse)
    assert "sent a mail to nora@alba.example" in browse.follow(answer).words
    early = sign_in(browse, "nora@alba.example", PASSWORD, status=422)
    assert "Confirm your e-mail address first" in early.words
    [mail] = mails_to(app, "nora@alba.example")
    assert mail.body.startswith("Hello,\n"), "the name is not read out to an address that nobody confirmed"
    assert mail.html is None
    browse.get(link_in(mail), status=302)
    sign_in(browse, "NORA@alba.example", PASSWORD)
    assert signed_in_as(browse) == "Nora Newcomer"


def test_each_step_leaves_an_audit_row(app: Flask, browse: Browser) -> None:
    register(browse)
    browse.get(link_in(mails_to(app, "nora@alba.example")[0]), status=302)
    with app.app_context():
        actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["account.register", "account.confirm"]


def test_a_name_and_a_long_password_are_asked_for(browse: Browser) -> None:
    values = REGISTRATION | {"name": " ", "password": "short", "password_confirm": "shorts"}
    page = browse.submit(browse.get("/register"), "Create my account", values, status=422)
    assert page.error_of("name") == "Error: Enter your name."
    assert "at least 10 characters" in page.error_of("password")
    assert "differ" in page.error_of("password_confirm")
    assert page.select("[name=email]")[0]["value"] == "nora@alba.example"


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b@c.example", "x" * 400 + "@alba.example", "a\x00@alba.example"]
)
def test_an_address_that_is_none_is_refused_at_its_field(browse: Browser, email: str) -> None:
    page = browse.submit(
        browse.get("/register"), "Create my account", REGISTRATION | {"email": email}, status=422
    )
    assert page.error_of("email")


def test_a_name_with_a_nul_is_refused(browse: Browser) -> None:
    values = REGISTRATION | {"name": "Nora\x00"}
    page = browse.submit(browse.get("/register"), "Create my account", values, status=422)
    assert "control character" in page.error_of("name")


def test_registering_an_address_that_exists_looks_the_same_and_tells_its_owner(
    app: Flask, browse: Browser
) -> None:
    fresh = register(browse)
    known = browse.sign_in("").submit(
        browse.get("/register"), "Create my account", REGISTRATION | {"email": "ada@alba.example"}
    )
    assert known.response.headers["Location"] == fresh.response.headers["Location"]
    assert "sent a mail to ada@alba.example" in browse.follow(known).words
    [mail] = mails_to(app, "ada@alba.example")
    assert "already an account" in mail.body
    assert "/reset/" in link_in(mail)


def test_nobody_learns_which_addresses_have_accounts(
    browse: Browser, set_password: Callable[[str], None]
) -> None:
    set_password("ada")

    def answers(email: str) -> list[str]:
        pages = [
            sign_in(browse, email, "wrong password", status=422),
            browse.submit(browse.get("/reset"), "Send me the link", {"email": email}, status=200),
            browse.submit(browse.get("/confirm"), "Send me a new link", {"email": email}, status=200),
        ]
        return [page.words.replace(email, "@") for page in pages]

    assert answers("ada@alba.example") == answers("nobody@alba.example")


def test_a_stranger_cannot_put_words_into_a_mail_to_somebody_else(app: Flask, browse: Browser) -> None:
    for path, button in (("/register", "Create my account"), ("/register", "Create my account")):
        values = {"name": "Pay at evil.example", "email": "vic@x.example"}
        passwords = {"password": PASSWORD, "password_confirm": PASSWORD}
        browse.submit(browse.get(path), button, values | passwords)
    browse.submit(browse.get("/reset"), "Send me the link", {"email": "vic@x.example"}, status=200)
    browse.submit(browse.get("/confirm"), "Send me a new link", {"email": "vic@x.example"}, status=200)
    mails = mails_to(app, "vic@x.example")
    assert len(mails) == 3, "the page for a new link tells nobody whether it sent one"
    assert not any("evil" in mail.subject + mail.body for mail in mails)


def test_programs_get_no_answers_that_tell_accounts_apart(browse: Browser) -> None:
    token = browse.get("/register").find("input", {"name": "csrf_token"})["value"]
    values = {"name": "N", "password": PASSWORD, "password_confirm": PASSWORD, "csrf_token": token}
    answers = []
    for email in ("ada@alba.example", "nobody@alba.example"):
        answer = browse.client.post(
            "/register", data=values | {"email": email}, headers={"Accept": "application/json"}
        )
        answers.append((answer.status_code, answer.headers["Location"], answer.text))
    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    headers = {"X-CSRFToken": str(token)}
    assert (
        browse.client.post("/login", json={"email": "ada@alba.example"}, headers=headers).status_code == 415
    )


def fresh(browse: Browser, name: str) -> Browser:
    """Signed in, with the password typed a moment ago."""
    browse.sign_in(name)
    with browse.client.session_transaction() as session:
        session["fs_paa"] = utc_now().timestamp()
    return browse


def test_a_new_address_counts_once_its_mail_is_opened(app: Flask, world: World, browse: Browser) -> None:
    page = fresh(browse, "ada").get("/change-email")
    browse.submit(page, "Send the link", {"email": "Ada.New@alba.example"}, status=200)
    [mail] = mails_to(app, "ada.new@alba.example")
    with app.app_context():
        assert account_of("ada").email == "ada@alba.example"
    browse.get(link_in(mail), status=302)
    with app.app_context():
        person = db.session.get_one(Person, world.people["ada"])
        assert person.email == account_of("ada").email == "ada.new@alba.example"
    assert "ada.new@alba.example" in mails_to(app, "ada@alba.example")[0].body


def test_an_address_of_somebody_else_cannot_be_taken(app: Flask, browse: Browser) -> None:
    page = fresh(browse, "ada").get("/change-email")
    browse.submit(page, "Send the link", {"email": "mia@boreal.example"}, status=200)
    assert mails_to(app, "mia@boreal.example") == []


@pytest.mark.parametrize("field", ["active", "left_at"])
def test_whoever_is_switched_off_or_left_is_out_at_once(
    app: Flask, browse: Browser, set_password: Callable[[str], None], field: str
) -> None:
    set_password("ada")
    inside = Browser(app).sign_in("ada")
    assert signed_in_as(inside) == "Ada Example"
    with app.app_context():
        begin_write(db.session)
        if field == "active":
            account_of("ada").active = False
        else:
            account_of("ada").person.left_at = utc_now()
        db.session.commit()
    assert signed_in_as(inside) == ""
    page = sign_in(browse, "ada@alba.example", PASSWORD, status=422)
    assert "switched off" in page.words


def test_signing_out_ends_this_session(browse: Browser) -> None:
    page = browse.sign_in("ada").get("/accessibility")
    browse.submit(page, "Sign out")
    assert signed_in_as(browse) == ""


def test_only_links_in_mails_may_write_on_get(app: Flask, browse: Browser) -> None:
    assert {"security.confirm_email", "security.change_email_confirm"} == GETS_THAT_WRITE
    register(browse)
    path = link_in(mails_to(app, "nora@alba.example")[0])
    assert browse.client.head(path).status_code == 405
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.email == "nora@alba.example")).one()
        assert account.confirmed_at is None


def test_the_same_registration_sent_many_times_at_once_makes_one_account(app: Flask, world: World) -> None:
    def send(_number: int) -> int:
        browse = Browser(app)
        return register(browse).response.status_code

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(send, range(12))) == {303}
    with app.app_context():
        accounts = db.session.scalars(select(Account).where(Account.email == "nora@alba.example")).all()
        assert len(accounts) == 1
        assert len(db.session.scalars(select(Person).where(Person.email == "nora@alba.example")).all()) == 1
