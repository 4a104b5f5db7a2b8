"""A database that cannot be used: a page in words all the same, and what was typed is not lost."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy import event, text
from sqlalchemy.exc import InterfaceError, OperationalError

from models.database import begin_write
from models.person import Person
from tests.browsing import Browser
from tests.posting import GOOD, new_form
from tests.world import World
from web.access import public
from web.acting import acting_unit
from web.database import db
from web.matcher import EncoderIsWarmingError
from web.navigation import _addresses

PART = {"HX-Request": "true"}


@contextmanager
def refusing(app: Flask, words: str, only: str = "", since: str = "") -> Iterator[None]:
    """The database refuses each statement that begins with ``only``, from the first that begins with ``since`` on."""
    is_away = not since

    def refuse(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal is_away
        is_away = is_away or statement.startswith(since)
        if is_away and statement.startswith(only):
            raise OperationalError(statement, {}, Exception(words))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


def test_a_database_that_is_away_is_a_page_in_words(
    app: Flask, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    browse = Browser(app).sign_in("max")
    with refusing(app, "server closed the connection unexpectedly"):
        page = browse.get("/settings", status=503)
    assert "resting for a moment" in page.heading
    assert int(page.response.headers["Retry-After"]) > 0
    assert "Register" not in page.words, "whoever is signed in is not told to sign in"
    assert "server closed the connection" in caplog.text
    browse.get("/settings")


def test_a_full_disk_loses_nothing_that_was_typed_and_writes_none_of_it_into_the_log(
    app: Flask, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    browse = Browser(app)
    form = new_form(browse, world)
    with refusing(app, "database or disk is full", only="INSERT"):
        page = browse.submit(form, "Publish", GOOD, 503)
    assert GOOD["title"] in str(page.select("textarea"))
    assert "database or disk is full" in caplog.text
    assert GOOD["title"] not in caplog.text


def test_a_database_that_goes_away_in_the_middle_loses_nothing_that_was_typed(
    app: Flask, world: World
) -> None:
    browse = Browser(app)
    form = new_form(browse, world)
    # What another test asked for would hide whether this page asks.
    _addresses.cache_clear()
    with refusing(app, "disk I/O error", since="BEGIN IMMEDIATE"):
        page = browse.submit(form, "Publish", GOOD, 503)
    assert GOOD["title"] in str(page.select("textarea"))
    # What was read before is kept for nobody else: a visitor's page names no unit.
    assert f"unit={world.units['alba plant']}" not in str(page)


def test_a_unit_that_was_read_before_is_not_read_again(app: Flask, world: World) -> None:
    @public
    def show(unit_id: int) -> str:
        unit = acting_unit()
        assert unit is not None
        assert unit.id == unit_id
        begin_write(db.session)
        return unit.name

    app.add_url_rule("/units/<int:unit_id>/read", view_func=show)
    _addresses.cache_clear()
    browse = Browser(app).sign_in("max")
    with refusing(app, "disk I/O error", since="BEGIN IMMEDIATE"):
        page = browse.get(f"/units/{world.units['alba plant']}/read", 503)
    assert "resting for a moment" in page.heading


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_part_of_a_page_is_not_replaced_by_the_page_of_a_database_that_is_away(
    app: Flask, world: World, method: str
) -> None:
    browse = Browser(app).sign_in("olga")
    unit = world.units["alba"]
    paths = {"GET": f"/units/{unit}/partners/?place=far", "POST": f"/units/{unit}/posts/coach?side=need"}
    data = {"csrf_token": browse.token()} if method == "POST" else None
    with refusing(app, "server closed the connection unexpectedly"):
        answer = browse.client.open(paths[method], method=method, headers=PART, data=data)
    assert answer.status_code == 503
    assert answer.headers["HX-Retarget"] == "#trouble"
    assert "What you see stays as it was" in answer.text
    assert "<html" not in answer.text
    assert "signed out" not in answer.text


def test_the_page_of_the_encoder_that_starts_is_shown_to_a_part_too(app: Flask) -> None:
    @public
    def show() -> str:
        raise EncoderIsWarmingError

    app.add_url_rule("/warming", view_func=show)
    answer = app.test_client().get("/warming", headers=PART)
    assert answer.status_code == 503
    assert "HX-Retarget" not in answer.headers
    assert "The matching engine is starting" in answer.text


@pytest.mark.parametrize("statement", ["UPDATE person SET name = 'x'", "SELECT unheard_of FROM person"])
def test_a_mistake_of_ours_is_not_told_as_a_database_that_is_away(app: Flask, statement: str) -> None:
    @public
    def show() -> str:
        db.session.execute(text(statement))
        return ""

    app.add_url_rule("/mistake", view_func=show)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/mistake")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text


def test_a_row_that_the_database_does_not_take_is_a_page_in_words_too(app: Flask, world: World) -> None:
    @public
    def show() -> str:
        begin_write(db.session)
        db.session.add(Person())
        db.session.flush()
        return ""

    app.add_url_rule("/mistake", view_func=show)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = Browser(app).sign_in("max").get("/mistake", 500)
    assert "Something went wrong on our side" in page.heading


@pytest.mark.parametrize("name", ["", "max"])
@pytest.mark.parametrize(("status", "words"), [(404, "We cannot find this page"), (500, "on our side")])
def test_an_error_page_needs_no_database(
    app: Flask, world: World, name: str, status: int, words: str
) -> None:
    @public
    def show() -> str:
        with suppress(OperationalError):
            db.session.execute(text("SELECT 'gone'"))
        abort(status)

    app.add_url_rule("/gone", view_func=show)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    browse = Browser(app).sign_in(name)
    with refusing(app, "server closed the connection unexpectedly", since="SELECT 'gone'"):
        page = browse.get("/gone", status)
    with refusing(app, "server closed the connection unexpectedly", since="SELECT 'gone'"):
        part = browse.client.get("/gone", headers=PART)
    assert words in page.heading
    assert ("Register" in page.words) is not bool(name)
    assert (part.status_code, part.headers["HX-Retarget"]) == (status, "#trouble")


def test_an_old_form_loses_nothing_while_the_database_is_away(app: Flask, world: World) -> None:
    browse = Browser(app).sign_in("max")
    path = f"/units/{world.units['alba plant']}/posts/new?side=need"
    with refusing(app, "server closed the connection unexpectedly"):
        answer = browse.client.post(path, data={"title": "Written in vain", "csrf_token": "old"})
    assert answer.status_code in {400, 503}
    assert "Written in vain" in answer.text


def test_a_connection_that_is_closed_under_us_is_a_page_in_words(app: Flask, world: World) -> None:
    @public
    def show() -> str:
        raise InterfaceError("SELECT 1", {}, Exception("the connection is closed"))

    app.add_url_rule("/closed", view_func=show)
    page = Browser(app).sign_in("max").get("/closed", 503)
    assert "resting for a moment" in page.heading


def test_being_alive_asks_for_nothing_and_being_ready_asks_the_database(either_app: Flask) -> None:
    client = either_app.test_client()
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    with refusing(either_app, "server closed the connection unexpectedly"):
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.mimetype == "text/plain"
    assert "database" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/readyz").status_code == 200
