"""What promises leave on the pages of relationships: contacts, and whose turn it is."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.relationship import ContactKind, Direction, Relationship
from tests.browsing import Browser
from tests.dealings import Dealings, answer_what_was_written
from tests.partnered import dealt as dealt
from tests.partnered import ids as ids
from tests.partnering import Partnering
from tests.promised import LATER, TERMS, make, number_of, offer
from tests.world import World
from web.database import db


def contacts(app: Flask, world: World, unit: str) -> list[tuple[Direction, str]]:
    """What this unit's side keeps of messages, in their order, with the day of the last one on the card."""
    with app.app_context():
        ours = db.session.scalars(select(Relationship).where(Relationship.unit_id == world.units[unit])).one()
        found = [contact for contact in reversed(ours.contacts) if contact.kind is ContactKind.MESSAGE]
        assert not found or ours.last_contact_at == found[-1].at
        return [(contact.direction, contact.note) for contact in found]


def test_whoever_delivers_or_confirms_a_promise_was_in_touch(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    with time_machine.travel(utc_now() + timedelta(days=1)) as clock:
        make(browse.sign_in("max"), ids.promise, "deliver", {"text": "Sent today."})
        clock.shift(timedelta(hours=1))
        make(browse.sign_in("dora"), ids.promise, "satisfied", {})
    what = "Send the cells"
    assert contacts(app, world, "alba plant") == [
        (Direction.OURS, f"{what}: Sent today."),
        (Direction.THEIRS, what),
    ]
    assert contacts(app, world, "boreal engineering") == [
        (Direction.THEIRS, f"{what}: Sent today."),
        (Direction.OURS, what),
    ]


def test_contacts_say_what_was_done_about_a_promise_and_lead_to_it(
    browse: Browser, dealt: Dealings, ids: Partnering
) -> None:
    page = offer(browse.sign_in("max"), ids, {})
    path = page.response.request.path
    make(browse.sign_in("dora"), number_of(page), "promise", {})
    offer(browse, ids, {"what": "A talk"}, kind="request")
    links = browse.get(f"/relationships/{dealt.theirs}").select("section[aria-labelledby=contacts] li a")
    assert [link.get_text() for link in links] == ["Promise asked for", "Promise: agreed", "Promise offered"]
    assert [str(link["href"]).partition("?")[0] for link in links][1:] == [path, path]


def test_the_relationship_says_whose_turn_a_promise_makes_it(
    app: Flask, browse: Browser, dealt: Dealings, ids: Partnering
) -> None:
    make(browse.sign_in("max"), ids.request, "withdraw", {})
    with app.app_context():
        begin_write(db.session)
        answer_what_was_written(db.session)
        db.session.commit()

    def turns() -> list[str]:
        """As both sides read it."""
        pages = [
            browse.sign_in(name).get(f"/relationships/{card}")
            for name, card in (("max", dealt.ours), ("dora", dealt.theirs))
        ]
        labels = [page.find("dt", string="Whose turn is it?") for page in pages]
        return [label.find_next("dd").get_text() for label in labels if label is not None]

    assert turns() == ["Yours: you owe what you promised", "Theirs: they owe what they promised"]
    with time_machine.travel(utc_now() + timedelta(days=25)):
        assert turns() == [
            "Yours: they wait for what you promised",
            "Theirs: you wait for what they promised",
        ]
        make(browse.sign_in("max"), ids.promise, "deliver", {"text": "Sent today."})
        assert turns() == ["Theirs: you wait for their answer", "Yours: they wait for your answer"]
        make(browse.sign_in("dora"), ids.promise, "satisfied", {})
        assert turns() == ["Nobody waits", "Nobody waits"]


def test_what_the_other_side_never_read_is_no_contact(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    page = browse.sign_in("dora").get(f"/partnerships/{ids.partnership}/promises/offer")
    browse.submit(page, "Save as a draft", TERMS)
    make(browse, ids.draft, "withdraw", {})
    assert contacts(app, world, "boreal engineering") == contacts(app, world, "alba plant") == []
    with time_machine.travel(utc_now() + timedelta(days=1)):
        make(browse, ids.request, "promise", {})
    assert [direction for direction, _ in contacts(app, world, "alba plant")] == [Direction.THEIRS]


def test_card_relationship_and_partnership_agree_on_whose_turn_it_is(
    browse: Browser, world: World, dealt: Dealings, ids: Partnering
) -> None:
    path = f"/partnerships/{ids.partnership}"
    counter = {"what": "Age twenty cells", "due_on": LATER, "text": "Forty are too many."}
    make(browse.sign_in("dora"), ids.request, "counter", counter)
    assert "Their turn: nothing waits for you." in browse.get(path).words
    assert "Their turn" in browse.get("/partnerships").words
    browse.sign_in("max")
    step = "Answer what they propose: Age twenty cells"
    link = browse.get(f"/units/{world.units['alba plant']}/pipeline/").find("a", string=step)
    assert str(link["href"]).partition("?")[0] == f"/commitments/{ids.request}"
    words = browse.get(f"/relationships/{dealt.ours}").words
    assert "Whose turn is it? Yours: they wait for your answer" in words
    assert f"Next step {step} no date · they wait for us" in words
    assert "Your turn: 2 promises wait for you." in browse.get(path).words
    assert "2 promises wait for you" in browse.get("/partnerships").words
