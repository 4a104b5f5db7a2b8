"""The office's own cadences: listed for everybody, changed by the office, one of them for all."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.follow_up import Cadence
from tests.browsing import Browser
from tests.world import World
from web.database import db


@pytest.fixture
def address(world: World) -> str:
    return f"/units/{world.units['alba']}/cadences/"


def add(app: Flask, world: World, organisation: str, name: str, days: list[int]) -> int:
    with app.app_context():
        begin_write(db.session)
        cadence = Cadence(organisation_id=world.organisations[organisation], name=name, days=days)
        db.session.add(cadence)
        db.session.commit()
        return cadence.id


def test_the_office_defines_one_and_makes_it_the_usual(
    app: Flask, browse: Browser, world: World, address: str
) -> None:
    assert "3, 7, 14" in browse.sign_in("olga").get(address).words
    page = browse.submit(browse.get(address + "new"), "Save", {"name": "Large firms", "days": "10; 20 40"})
    assert "10, 20, 40" in browse.follow(page).words
    with app.app_context():
        cadence_id = db.session.scalars(select(Cadence.id)).one()
    other = add(app, world, "alba", "Brisk", [1])
    for one in (cadence_id, other):
        browse.post(f"{address}{one}/default", {}, 303)
    with app.app_context():
        assert db.session.scalars(select(Cadence.id).where(Cadence.is_default)).all() == [other]
    browse.post(f"{address}{other}/retire", {}, 303)
    page = browse.get(address)
    assert "Brisk" not in page.words
    browse.post(f"{address}{cadence_id}/default", {}, 303)
    browse.post(f"{address}0/default", {}, 303)
    with app.app_context():
        assert db.session.scalars(select(Cadence.id).where(Cadence.is_default)).all() == []


@pytest.mark.parametrize(
    "days", ["", "7, 3", "3, 3", "0", "366", "1 2 3 4 5 6 7", "three", "3.5", "-3", "9" * 30]
)
def test_days_that_make_no_rhythm_are_explained(browse: Browser, address: str, days: str) -> None:
    page = browse.sign_in("olga").get(address + "new")
    wrong = browse.submit(page, "Save", {"name": "X", "days": days}, 422)
    assert wrong.error_of("days")
    assert wrong.find(attrs={"name": "days"})["value"] == days


def test_crossed_edits_are_shown(app: Flask, browse: Browser, world: World, address: str) -> None:
    path = f"{address}{add(app, world, 'alba', 'Slow', [10, 30])}"
    page = browse.sign_in("olga").get(path)
    browse.submit(page, "Save", {"days": "10, 31"})
    crossed = browse.submit(page, "Save", {"days": "10, 32"}, 409)
    assert "10, 31" in crossed.words
    browse.submit(crossed, "Save")
    assert "10, 32" in browse.get(address).words


def test_members_look_and_strangers_reach_nothing(
    app: Flask, browse: Browser, world: World, address: str
) -> None:
    ours = add(app, world, "alba", "Slow", [10, 30])
    theirs = add(app, world, "boreal", "Quick", [1])
    plant = f"/units/{world.units['alba plant']}/cadences/"
    page = browse.sign_in("max").get(plant)
    assert "Slow" in page.words
    assert "Retire" not in page.words
    browse.post(f"{plant}{ours}/retire", {}, 403)
    browse.get(f"{plant}new", 403)
    browse.sign_in("olga").get(f"{address}{theirs}", 404)
    browse.post(f"{address}{theirs}/retire", {}, 404)
    browse.post(f"{address}{theirs}/default", {}, 404)
    assert "Quick" not in browse.get(address).words
    browse.sign_in("dora").get(address, 404)
