"""What can be written down and changed on the page of a relationship."""

from flask import Flask
from sqlalchemy import select

from models.relationship import (
    Contact,
    ContactKind,
    Direction,
    PrivateNote,
    Relationship,
)
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.dealings import dealt as dealt
from tests.march import in_march as in_march
from tests.march import path_of
from tests.world import World
from web.database import db


def test_a_call_of_last_week_is_written_down(app: Flask, browse: Browser, dealt: Dealings) -> None:
    page = browse.sign_in("olga").get(path_of(dealt, "/contact"))
    sent = {"happened_on": "2027-03-09", "kind": "call", "direction": "theirs", "note": "They like it."}
    page = browse.follow(browse.submit(page, "Write it down", sent))
    assert "They like it." in page.words
    with app.app_context():
        kept = db.session.scalars(select(Contact).order_by(Contact.id.desc())).first()
        assert kept is not None
        assert (kept.kind, kept.direction) == (ContactKind.CALL, Direction.THEIRS)
        assert db.session.get_one(Relationship, dealt.ours).last_contact_at == kept.at
        assert kept.at.date().isoformat() == "2027-03-09"


def test_a_note_is_kept_and_an_empty_one_is_asked_for(app: Flask, browse: Browser, dealt: Dealings) -> None:
    page = browse.sign_in("olga").get(path_of(dealt))
    page = browse.submit(page, "Keep the note", {"text": " "}, 422)
    assert "Write the note first." in page.error_of("text")
    page = browse.follow(browse.submit(page, "Keep the note", {"text": "Ask for the dean."}))
    assert "Ask for the dean." in page.words
    with app.app_context():
        assert db.session.scalars(select(PrivateNote).where(PrivateNote.text == "Ask for the dean.")).one()


def test_owner_sponsor_thresholds_and_cadence_are_changed(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    page = browse.sign_in("olga").get(path_of(dealt, "/edit"))
    page = browse.submit(page, "Save", {"quiet_after_days": "50", "cold_after_days": "40"}, 422)
    assert "larger number" in page.error_of("cold_after_days")
    sent = {
        "owner_id": str(world.people["olga"]),
        "sponsor_id": str(world.people["ada"]),
        "cold_after_days": "90",
        "cadence_id": str(dealt.cadence),
    }
    browse.submit(page, "Save", sent)
    with app.app_context():
        ours = db.session.get_one(Relationship, dealt.ours)
        assert (ours.quiet_after_days, ours.cold_after_days) == (50, 90)
        assert (ours.owner_id, ours.sponsor_id) == (world.people["olga"], world.people["ada"])
        assert ours.cadence_id == dealt.cadence
        assert ours.cadence_from is not None
    page = browse.submit(page, "Save", sent, 409)
    assert "Somebody changed this meanwhile" in page.words


def test_the_owner_must_be_one_of_us(browse: Browser, world: World, dealt: Dealings) -> None:
    page = browse.sign_in("olga").get(path_of(dealt, "/edit"))
    browse.submit(page, "Save", {"owner_id": str(world.people["dora"])}, 422)
    browse.post(path_of(dealt, "/people"), {"person_id": str(world.people["dora"])}, 303)
    assert "Dora" not in browse.get(path_of(dealt)).words


def test_somebody_takes_part_and_takes_part_no_more(browse: Browser, world: World, dealt: Dealings) -> None:
    page = browse.sign_in("olga").get(path_of(dealt))
    browse.submit(page, "Add", {"person_id": str(world.people["ada"])})
    assert "Their budget is small." in browse.sign_in("ada").get(path_of(dealt)).words
    page = browse.sign_in("olga").get(path_of(dealt))
    browse.submit(page, "Take out : Ada Example")
    browse.sign_in("ada").get(path_of(dealt), 404)
