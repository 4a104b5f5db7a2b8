"""Departments that do not talk yet, and the joint session that brings them together."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.relationship import Relationship, Stage
from tests.asked_meeting import clock as clock
from tests.browsing import Browser, Page
from tests.dealings import add_dealings
from tests.world import World
from web.database import db


def test_departments_that_do_not_talk_yet_are_brought_together(
    app: Flask, browse: Browser, world: World
) -> None:
    """Alba as a whole knows Boreal as a whole; the plant and the faculty have posts that answer each other."""
    with app.app_context():
        dealings = add_dealings(db.session, world, "alba", "boreal", "olga", "boris")
    page = browse.sign_in("olga").get(f"/relationships/{dealings.ours}")
    assert "Departments that do not talk yet" in page.words
    assert "Plant ↔ Engineering" in page.words
    assert (
        "They need “Placements for electrochemistry students”; you offer “Placements in our test hall”."
        in page.words
    )
    link = next(link for link in page.find_all("a") if "Log a joint session" in link.get_text())
    session_page = browse.get(str(link["href"]))
    browse.submit(session_page, "Write it down", {"happened_on": "2027-03-01"})
    assert "Plant ↔ Engineering" not in browse.get(f"/relationships/{dealings.ours}").words
    with app.app_context():
        made = db.session.scalars(
            select(Relationship).where(Relationship.unit_id == world.units["alba plant"])
        ).one()
        assert made.partner_unit_id == world.units["boreal engineering"]
        assert made.last_contact_at is not None


def log_joint_session(browse: Browser, world: World, kind: str) -> Page:
    """Max writes down that the plant and the faculty were in touch."""
    theirs = world.units["boreal engineering"]
    path = f"/units/{world.units['alba plant']}/joint-session?partner_unit={theirs}"
    page = browse.sign_in("max").get(path)
    answer = browse.submit(page, "Write it down", {"happened_on": "2026-03-01", "kind": kind})
    return browse.follow(answer)


@pytest.mark.parametrize(
    ("kind", "stage"), [("meeting", "Meeting"), ("visit", "Meeting"), ("call", "Introduced")]
)
def test_a_joint_session_moves_the_card_and_undoing_takes_both_back(
    app: Flask, browse: Browser, world: World, kind: str, stage: str
) -> None:
    page = log_joint_session(browse, world, kind)
    with app.app_context():
        ours = db.session.scalars(select(Relationship)).one()
        assert ours.stage is Stage(stage.lower())
    browse.submit(page, "Undo")
    with app.app_context():
        ours = db.session.scalars(select(Relationship)).one()
        assert (ours.stage, ours.last_contact_at) == (Stage.SUGGESTED, None)


def test_a_joint_session_of_two_who_are_further_moves_nothing_back(
    app: Flask, browse: Browser, world: World
) -> None:
    with app.app_context():
        dealings = add_dealings(db.session, world)
        begin_write(db.session)
        db.session.get_one(Relationship, dealings.ours).stage = Stage.PARTNERSHIP
        db.session.commit()
    page = log_joint_session(browse, world, "meeting")
    assert "Undo" not in page.words
    with app.app_context():
        assert db.session.get_one(Relationship, dealings.ours).stage is Stage.PARTNERSHIP


def test_a_joint_session_is_written_down_by_writers_only(browse: Browser, world: World) -> None:
    path = f"/units/{world.units['alba plant']}/joint-session?partner_unit="
    browse.sign_in("ada").get(path + str(world.units["boreal engineering"]), 403)
    browse.sign_in("dora").get(path + str(world.units["boreal engineering"]), 404)
    browse.sign_in("max").get(path + str(world.units["alba"]), 404)
    browse.get(path + "99999999999999999999", 404)
    browse.get(path + str(world.units["delta"]), 404)


@pytest.mark.parametrize(
    ("theirs", "name"),
    [("boreal", "Boreal University"), ("boreal engineering", "Boreal University, Engineering")],
)
def test_the_page_names_the_partner_once(browse: Browser, world: World, theirs: str, name: str) -> None:
    path = f"/units/{world.units['alba plant']}/joint-session?partner_unit={world.units[theirs]}"
    assert browse.sign_in("max").get(path).heading == f"A joint session of Plant and {name}"
