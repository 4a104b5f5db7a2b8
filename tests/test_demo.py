"""Demo mode has known passwords: its own command, its own marked database, on this machine only."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from app import create_app, main
from matching.encoder import HashEncoder
from models.database import begin_write
from models.outbox import OutboxMail, enqueue_mail
from tests.browsing import Browser
from tests.commanding import production
from tests.conftest import settings_for
from tests.world import build_world
from web import demo as demo_mode
from web.accounts.account import Account
from web.database import db
from web.database_commands import upgrade_database
from web.demo import PRODUCTION_VARIABLES, claim_for_demo, demo_settings, is_demo_database
from web.mail import send_due_mail
from web.settings import SettingsError


@pytest.fixture
def demo(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    settings = replace(settings_for(database_url, tmp_path), is_demo=True)
    app = create_app(settings, load_encoder=HashEncoder)
    with app.app_context():
        build_world(db.session)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("variable", PRODUCTION_VARIABLES)
def test_the_demo_refuses_where_a_real_installation_is_configured(tmp_path: Path, variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        demo_settings(tmp_path, 8000, {variable: "something"})


def test_no_variable_of_the_environment_switches_demo_mode_on(tmp_path: Path) -> None:
    from web.settings import settings_from

    environment = production(tmp_path) | {"COUNTERPART_DEMO": "1", "COUNTERPART_IS_DEMO": "true"}
    assert not settings_from(environment).is_demo


def test_serve_refuses_the_database_of_the_demo(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, 8000, {})
    claim_for_demo(settings)
    upgrade_database(settings.database_url)
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": settings.database_url}
    result = CliRunner().invoke(main, ["serve"], env=environment)
    assert result.exit_code == 1
    assert result.output == (
        "Error: This database was made by demo mode, with known passwords. Name another one.\n"
    )


def test_the_demo_refuses_a_database_that_it_did_not_make(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, 8000, {})
    upgrade_database(settings.database_url)
    with pytest.raises(SettingsError, match="is not a demo database"):
        claim_for_demo(settings)


def test_the_mark_outlives_migrations_and_later_starts(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, 8000, {})
    assert not is_demo_database(settings.database_url)
    claim_for_demo(settings)
    upgrade_database(settings.database_url)
    claim_for_demo(settings)
    assert is_demo_database(settings.database_url)


def test_the_demo_keeps_a_secret_key_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    first = demo_settings(tmp_path, 8000, {})
    assert len(first.secret_key) >= 32
    assert demo_settings(tmp_path, 8001, {}).secret_key == first.secret_key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_the_demo_offers_no_way_to_listen_elsewhere() -> None:
    assert CliRunner().invoke(main, ["demo", "--host", "0.0.0.0"]).exit_code == 2
    assert demo_mode.DEMO_HOST == "127.0.0.1"


def test_outside_demo_mode_its_pages_do_not_exist(app: Flask) -> None:
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/demo")]
    page = Browser(app).get("/login")
    assert "Demo" not in page.words


def test_the_sign_in_page_offers_people_by_one_click(demo: Flask) -> None:
    with demo.app_context():
        # The small world has none of the demo's people: one of them takes over Olga's account.
        begin_write(db.session)
        account = db.session.scalars(select(Account).where(Account.email == "olga@alba.example")).one()
        account.email = demo_mode.SIGN_INS[0].email
        db.session.commit()
    browser = Browser(demo)
    page = browser.get("/login")
    home = browser.follow(browser.submit(page, demo_mode.SIGN_INS[0].who))
    assert "Olga Example" in home.words
    browser.sign_in("")
    browser.submit(browser.get("/login"), demo_mode.SIGN_INS[1].who, status=404)


def test_mail_stands_on_a_page_and_is_never_sent(demo: Flask) -> None:
    with demo.app_context():
        begin_write(db.session)
        enqueue_mail(
            db.session, "test", 1, "ada@alba.example", "1", "Please <confirm>",
            "Follow http://localhost/confirm/abc to confirm.",
        )  # fmt: skip
        db.session.commit()
    browser = Browser(demo)
    assert "waits for the worker" in browser.get("/demo/mail").words
    with demo.app_context():
        # Port 1 of the settings has no server: a real attempt would fail.
        assert send_due_mail(db.session) == 1
        assert db.session.scalars(select(OutboxMail)).one().sent_at is not None
    page = browser.get("/demo/mail")
    assert "Please <confirm>" in page.words
    assert page.find("a", href="http://localhost/confirm/abc")
    assert "waits for the worker" not in page.words
    assert browser.get("/help").find("a", href="/demo/mail")
