"""Settings: a person's own, kept safe from crossing edits, and the way out on every device."""

import pytest
from flask import Flask

from models.person import ContactPermission, Person
from tests.browsing import Browser
from tests.world import World
from web.database import db


def test_settings_are_kept(app: Flask, world: World, browse: Browser) -> None:
    page = browse.sign_in("ada").get("/settings")
    values = {
        "name": "Ada Lovelace",
        "title": "Head of placements",
        "zone": "Europe/Berlin",
        "contact_permission": "feel_free",
    }
    answer = browse.submit(page, "Save", values)
    assert "Saved." in browse.follow(answer).words
    with app.app_context():
        person = db.session.get_one(Person, world.people["ada"])
        assert (person.name, person.title) == ("Ada Lovelace", "Head of placements")
        assert (person.zone, person.contact_permission) == ("Europe/Berlin", ContactPermission.FEEL_FREE)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 121), ("title", "a\x00"), ("zone", "Mars/Olympus"), ("locale", "tlh")],
)
def test_what_cannot_be_is_said_at_its_field(browse: Browser, field: str, value: str) -> None:
    page = browse.sign_in("ada").get("/settings")
    refused = browse.submit(page, "Save", {"title": "Kept", field: value}, status=422)
    assert refused.error_of(field)
    if field != "title":
        assert refused.select('[name="title"]')[0]["value"] == "Kept"


def test_crossing_edits_are_told(browse: Browser) -> None:
    page = browse.sign_in("ada").get("/settings")
    browse.submit(page, "Save", {"title": "First"})
    crossed = browse.submit(page, "Save", {"title": "Second"}, status=409)
    assert "elsewhere meanwhile" in crossed.words
    assert crossed.select('[name="title"]')[0]["value"] == "Second"
    browse.submit(crossed, "Save")


def test_signing_out_everywhere_ends_every_session(app: Flask, browse: Browser) -> None:
    elsewhere = Browser(app).sign_in("ada")
    elsewhere.get("/settings")
    answer = browse.submit(browse.sign_in("ada").get("/settings"), "Sign out everywhere")
    assert "signed out on every device" in browse.follow(answer).words
    browse.get("/settings", status=302)
    elsewhere.get("/settings", status=302)


def test_nobody_elses_sessions_end(app: Flask, browse: Browser) -> None:
    other = Browser(app).sign_in("olga")
    browse.submit(browse.sign_in("ada").get("/settings"), "Sign out everywhere")
    other.get("/settings")


def test_visitors_sign_in_first(browse: Browser) -> None:
    browse.sign_in("").get("/settings", status=302)
    browse.post("/settings/sign-out-everywhere", {}, 302)


@pytest.mark.parametrize("name", ["uma", "opal", "max", "dana"])
def test_everybody_has_settings(browse: Browser, name: str) -> None:
    assert browse.sign_in(name).get("/settings").heading == "Settings"
