"""One card is moved more than once: at the same moment, and from two tabs one after the other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.base import utc_now
from models.database import begin_write
from models.organisation import Unit
from models.relationship import Contact, Relationship, Stage, StageChange
from tests.browsing import Browser
from tests.cards import add_card
from tests.world import World, build_world
from web.database import db

TODAY = utc_now().date().isoformat()
CALL = {"happened_on": TODAY, "kind": "call", "direction": "both", "said": "introduction", "back": "card"}


def add_suggested(app: Flask, world: World) -> int:
    with app.app_context():
        begin_write(db.session)
        unit = db.session.get_one(Unit, world.units["alba plant"])
        card = add_card(db.session, unit, "Nord", Stage.SUGGESTED).id
        db.session.commit()
    return card


def written_of(app: Flask, card: int) -> tuple[Stage, int, int, int]:
    """The stage of the card, and how many contacts, standing moves and entries of the audit log speak of moves."""
    with app.app_context():
        contacts = db.session.scalars(select(Contact).where(Contact.relationship_id == card)).all()
        moves = db.session.scalars(select(StageChange).where(StageChange.undone_at.is_(None))).all()
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "pipeline.move")).all()
        stage = db.session.get_one(Relationship, card).stage
        return stage, len(contacts), len(moves), len(entries)


def test_a_move_sent_three_times_at_once_is_made_once_and_undone_whole(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
    card = add_suggested(either_app, world)
    ready = Barrier(3)

    def send(_number: int) -> str:
        browse = Browser(either_app).sign_in("max")
        data = {**CALL, "to": "introduced", "csrf_token": browse.token()}
        ready.wait()
        answer = browse.client.post(f"/relationships/{card}/move", data=data)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    with ThreadPoolExecutor(3) as pool:
        offers = [target for target in pool.map(send, range(3)) if "done=" in target]
    assert len(offers) == 1, "Only whoever moved it is offered to undo it."
    assert written_of(either_app, card) == (Stage.INTRODUCED, 1, 1, 1)
    browse = Browser(either_app).sign_in("max")
    browse.submit(browse.get(offers[0]), "Undo")
    assert written_of(either_app, card) == (Stage.SUGGESTED, 0, 0, 1)


def test_a_second_tab_is_told_that_the_card_stands_there_and_nothing_was_written_down(
    app: Flask, browse: Browser, world: World
) -> None:
    card = add_suggested(app, world)
    tab = browse.sign_in("max").get(f"/relationships/{card}/move?to=introduced&back=card")
    browse.submit(tab, "Move", {"happened_on": TODAY, "kind": "call", "note": "First"})
    page = browse.follow(browse.submit(tab, "Move", {"happened_on": TODAY, "kind": "call", "note": "Second"}))
    assert "Nord stands in “Introduced” already, so nothing was changed or written down." in page.words
    assert "Done: Nord" not in page.words
    assert written_of(app, card) == (Stage.INTRODUCED, 1, 1, 1)


def test_what_was_typed_for_a_move_is_kept_when_another_tab_moved_the_card_elsewhere(
    app: Flask, browse: Browser, world: World
) -> None:
    card = add_suggested(app, world)
    tab = browse.sign_in("max").get(f"/relationships/{card}/move?to=introduced&back=card")
    other = browse.get(f"/relationships/{card}/move?to=meeting&back=card")
    browse.submit(other, "Move", {"happened_on": TODAY, "kind": "visit"})
    browse.submit(tab, "Move", {"happened_on": "2999-01-01", "kind": "call"}, 422)
    browse.submit(tab, "Move", {"happened_on": TODAY, "kind": "call", "note": "Second"})
    assert written_of(app, card) == (Stage.INTRODUCED, 2, 2, 2)
