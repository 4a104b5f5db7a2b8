"""A card is moved on its page: what each stage asks for, undo, and what stays."""

from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp
from models.relationship import ClosedReason, Contact, ContactKind, PrivateNote, Relationship, Stage
from tests.browsing import Browser
from tests.cards import add_step
from tests.dealings import Dealings
from tests.pipelining import TODAY, TOMORROW, column, last_contact_of, send_move, stage_of
from tests.pipelining import cards as cards
from tests.pipelining import dealt as dealt
from tests.world import World
from web.database import db


def test_a_move_that_needs_nothing_is_done_and_undone(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").follow(send_move(browse, cards["Ost"], "suggested"))
    assert stage_of(app, cards["Ost"]) is Stage.SUGGESTED
    assert "Done: Ost." in page.words
    assert "West" in page.words, "the filters are kept"
    undone = browse.follow(browse.submit(page, "Undo"))
    assert "Undone." in undone.words
    assert stage_of(app, cards["Ost"]) is Stage.INTRODUCED
    # The button of the old page, pressed once more.
    assert "This is undone already" in browse.follow(browse.submit(page, "Undo")).words
    assert stage_of(app, cards["Ost"]) is Stage.INTRODUCED


def test_a_meeting_that_nobody_knows_of_is_asked_for(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").follow(send_move(browse, cards["Nord"], "meeting"))
    assert stage_of(app, cards["Nord"]) is Stage.SUGGESTED
    assert "Ask for a meeting" in page.words
    page = browse.submit(page, "Move", status=422)
    assert "Say on which day" in page.error_of("happened_on")
    page = browse.submit(page, "Move", {"happened_on": "2999-01-01", "note": "Kept"}, 422)
    assert "still to come" in page.error_of("happened_on")
    assert "Kept" in page.words
    # A call is no meeting.
    assert [radio["value"] for radio in page.select("input[name=kind]")] == ["visit", "meeting"]
    browse.submit(page, "Move", {"happened_on": TODAY, "kind": "visit"})
    assert stage_of(app, cards["Nord"]) is Stage.MEETING
    with app.app_context():
        contact = db.session.scalars(select(Contact)).one()
        assert (contact.kind, contact.note) == (ContactKind.VISIT, "Kept")


def test_undoing_a_move_takes_back_the_contact_that_it_was_made_with(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    before = last_contact_of(app, cards["Nord"])
    page = browse.sign_in("max").follow(send_move(browse, cards["Nord"], "meeting"))
    page = browse.follow(browse.submit(page, "Move", {"happened_on": TODAY, "kind": "visit"}))
    assert last_contact_of(app, cards["Nord"]) != before
    browse.submit(page, "Undo")
    assert stage_of(app, cards["Nord"]) is Stage.SUGGESTED
    assert last_contact_of(app, cards["Nord"]) is None, "Nothing that is written down says otherwise."
    with app.app_context():
        assert db.session.scalars(select(Contact)).all() == []
        assert db.session.scalars(select(FollowUp).where(FollowUp.dropped_at.is_(None))).all() == []


def undos_noted(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "pipeline.undo")).all())


def test_a_move_that_is_not_the_last_one_keeps_its_contact_and_says_so(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").follow(send_move(browse, cards["Nord"], "meeting"))
    moved = browse.submit(page, "Move", {"happened_on": TODAY, "kind": "visit"})
    page = browse.follow(moved)
    browse.submit(browse.get(f"/relationships/{cards['Nord']}/move?to=suggested"), "Move")
    undone = browse.follow(browse.submit(page, "Undo"))
    assert "Changed since, and left as it is: Nord." in undone.words
    assert "Undone." not in undone.words
    assert undos_noted(app) == 0
    assert "Done: Nord." not in browse.follow(moved).words, "There is nothing that could be undone."
    with app.app_context():
        assert len(db.session.scalars(select(Contact)).all()) == 1


def test_a_step_that_is_done_stays_when_its_move_is_undone_and_ends_the_offer(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").follow(send_move(browse, cards["Ost"], "follow_up"))
    moved = browse.submit(page, "Move", {"step": "Send the plan", "due_on": TOMORROW})
    with app.app_context():
        begin_write(db.session)
        db.session.scalars(select(FollowUp)).one().done_at = utc_now()
        db.session.commit()
    page = browse.follow(moved)
    undone = browse.follow(browse.submit(page, "Undo"))
    assert stage_of(app, cards["Ost"]) is Stage.INTRODUCED
    assert "Of this the next step is done or dropped, and left as it is: Ost." in undone.words
    assert "Changed since" not in undone.words
    assert "Done: Ost." not in browse.follow(moved).words
    again = browse.follow(browse.submit(page, "Undo"))
    assert "Undone." not in again.words
    assert undos_noted(app) == 1


def test_a_follow_up_needs_a_step_with_owner_and_day(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").follow(send_move(browse, cards["Ost"], "follow_up"))
    page = browse.submit(page, "Move", {"step": "Send the plan", "due_on": "2020-01-01"}, 422)
    assert "in the past" in page.error_of("due_on")
    page = browse.follow(browse.submit(page, "Move", {"due_on": TOMORROW}))
    assert "Send the plan" in column(page, "follow_up")
    with app.app_context():
        step = db.session.scalars(select(FollowUp)).one()
        assert step.owner_id == world.people["max"]
    browse.submit(page, "Undo")
    with app.app_context():
        assert not db.session.scalars(select(FollowUp)).one().is_open


def test_closing_asks_for_a_reason_and_keeps_a_private_note(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").follow(send_move(browse, cards["Ost"], "closed"))
    page = browse.submit(page, "Close", {"note": "They were rude."}, 422)
    assert "Choose the reason" in page.error_of("reason")
    browse.submit(page, "Close", {"reason": "no_answer"})
    with app.app_context():
        ours = db.session.get_one(Relationship, cards["Ost"])
        assert (ours.stage, ours.closed_reason) == (Stage.CLOSED, ClosedReason.NO_ANSWER)
        assert db.session.scalars(select(PrivateNote.text)).all() == ["They were rude."]


def test_closing_says_what_it_drops(app: Flask, browse: Browser, world: World, cards: dict[str, int]) -> None:
    with app.app_context():
        begin_write(db.session)
        ours = db.session.get_one(Relationship, cards["Ost"])
        add_step(db.session, ours, "Send the plan", 3, world.people["max"])
        db.session.commit()
    page = browse.sign_in("max").follow(send_move(browse, cards["Ost"], "closed"))
    assert "Send the plan · Max Example" in page.words
    bulk = browse.get(f"/units/{world.units['alba plant']}/pipeline/bulk?do=close&cards={cards['Ost']}")
    assert "Ost: Send the plan · Max Example" in bulk.words


def test_a_partnership_leads_to_proposing_one(
    browse: Browser, world: World, cards: dict[str, int], dealt: Dealings
) -> None:
    page = browse.sign_in("max").follow(send_move(browse, cards["Ost"], "partnership"))
    assert "So ask for a meeting first" in page.words
    page = browse.follow(send_move(browse, dealt.ours, "partnership"))
    assert page.find("a", href=lambda address: address and f"introduction={dealt.introduction}" in address)


def test_an_unknown_stage_is_a_bad_request(browse: Browser, world: World, cards: dict[str, int]) -> None:
    browse.sign_in("max")
    send_move(browse, cards["Ost"], "heaven", 400)
    browse.get(f"/relationships/{cards['Ost']}/move?to=", 400)
