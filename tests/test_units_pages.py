"""Units of an organisation: added, renamed, moved and closed, and by whom."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.changelog import Change
from models.database import begin_write
from models.organisation import Unit
from models.person import Membership
from models.post import Post
from models.relationship import ClosedReason, Relationship, Stage
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.test_people_pages import STRANGERS, people_page
from tests.test_people_pages import ids as ids
from tests.world import World
from web.database import db


def test_people_is_marked_on_the_pages_of_units(world: World, browse: Browser) -> None:
    page = browse.sign_in("ada").get(f"/units/{world.units['alba']}/new-unit")
    marked = {link.get_text(strip=True) for link in page.select('a[aria-current="page"]')}
    assert "People" in marked


def test_a_unit_is_added_renamed_and_moved_to_its_place(app: Flask, world: World, browse: Browser) -> None:
    page = browse.sign_in("ada").get(f"/units/{world.units['alba']}/new-unit")
    browse.submit(page, "Add the unit", {"name": "Office Leipzig", "place": "Leipzig, Germany"})
    with app.app_context():
        unit = db.session.scalars(select(Unit).where(Unit.name == "Office Leipzig")).one()
        assert unit.parent_id == world.units["alba"]
        assert unit.place
        assert unit.place.zone == "Europe/Berlin"
        changes = db.session.scalar(select(func.count(Change.seq)))
    page = browse.get(f"/units/{unit.id}/edit")
    browse.submit(page, "Save", {"name": "Office Halle"})
    with app.app_context():
        assert db.session.get_one(Unit, unit.id).name == "Office Halle"
        assert db.session.scalar(select(func.count(Change.seq))) == changes, (
            "a name moves nothing in the ranking"
        )
    page = browse.get(f"/units/{unit.id}/edit")
    browse.submit(page, "Save", {"place": "Hamburg, Germany"})
    with app.app_context():
        newest = db.session.scalars(select(Change).order_by(Change.seq.desc())).first()
        assert newest
        assert newest.organisation_id == world.organisations["alba"]


def test_crossing_edits_of_a_unit_are_told(world: World, browse: Browser) -> None:
    page = browse.sign_in("ada").get(f"/units/{world.units['alba plant']}/edit")
    browse.submit(page, "Save", {"name": "Plant One"})
    crossed = browse.submit(page, "Save", {"name": "Plant Two"}, status=409)
    assert "the name is now “Plant One”" in crossed.words
    assert crossed.select('[name="name"]')[0]["value"] == "Plant Two"


@pytest.mark.parametrize(
    ("name", "place", "field"),
    [("", "", "name"), ("x" * 200, "", "name"), ("a\x00", "", "name"), ("A", "Nowhere", "place")],
)
def test_a_unit_needs_a_name_and_a_known_place(
    world: World, browse: Browser, name: str, place: str, field: str
) -> None:
    page = browse.sign_in("ada").get(f"/units/{world.units['alba']}/new-unit")
    assert browse.submit(page, "Add the unit", {"name": name, "place": place}, status=422).error_of(field)


def test_a_unit_in_use_is_not_closed_and_says_what_to_do(
    app: Flask, world: World, ids: dict[str, int], browse: Browser
) -> None:
    path = f"/units/{world.units['alba plant']}/edit"
    answer = browse.submit(browse.sign_in("ada").get(path), "Close this unit")
    assert "still has 3 posts. Withdraw them" in browse.follow(answer).words
    with app.app_context():
        begin_write(db.session)
        for post in db.session.scalars(select(Post).where(Post.unit_id == world.units["alba plant"])):
            post.unit_id = world.units["alba"]
        db.session.commit()
    answer = browse.submit(browse.get(path), "Close this unit")
    assert "People still belong" in browse.follow(answer).words
    with app.app_context():
        begin_write(db.session)
        for name in ("max", "request"):
            db.session.get_one(Membership, ids[name]).unit_id = world.units["alba"]
        db.session.commit()
    answer = browse.submit(browse.get(path), "Close this unit")
    assert "Plant is closed." in browse.follow(answer).words
    with app.app_context():
        assert db.session.get_one(Unit, world.units["alba plant"]).closed_at is not None


def test_a_unit_with_open_partners_is_not_closed_before_its_people_leave(
    app: Flask, world: World, browse: Browser
) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world)
        begin_write(db.session)
        for post in db.session.scalars(select(Post).where(Post.unit_id == world.units["alba plant"])):
            post.unit_id = world.units["alba"]
        db.session.commit()
    path = f"/units/{world.units['alba plant']}/edit"
    answer = browse.submit(browse.sign_in("ada").get(path), "Close this unit")
    assert "Plant still has one open partner. Let whoever looks after it close" in browse.follow(answer).words
    with app.app_context():
        begin_write(db.session)
        ours = db.session.get_one(Relationship, dealt.ours)
        ours.stage, ours.closed_reason = Stage.CLOSED, ClosedReason.NO_ANSWER
        db.session.commit()
    answer = browse.submit(browse.get(path), "Close this unit")
    assert "People still belong" in browse.follow(answer).words


def test_the_root_unit_cannot_be_closed(world: World, browse: Browser) -> None:
    browse.sign_in("ada").post(f"/units/{world.units['alba']}/close", {}, 303)
    assert "cannot be closed" in browse.get(people_page(world, "alba")).words


@pytest.mark.parametrize(
    ("who", "status"),
    [*STRANGERS, ("olga", 403), ("max", 403), ("", 302)],
)
def test_units_are_changed_by_their_admins_only(world: World, browse: Browser, who: str, status: int) -> None:
    unit = world.units["alba plant"]
    browse.sign_in(who)
    for path in (f"/units/{unit}/new-unit", f"/units/{unit}/edit"):
        browse.get(path, status=status)
        browse.post(path, {"name": "Stolen", "version": "1"}, status)
    browse.post(f"/units/{unit}/close", {}, status)
