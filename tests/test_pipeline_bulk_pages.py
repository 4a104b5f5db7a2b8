"""Many cards of the pipeline changed at once."""

from flask import Flask
from sqlalchemy import select

from models.follow_up import FollowUp
from models.relationship import Relationship, Stage
from tests.browsing import Browser
from tests.pipelining import TOMORROW, board_of, stage_of
from tests.pipelining import cards as cards
from tests.world import World
from web.database import db


def test_many_cards_are_moved_at_once_and_the_rest_is_told(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    chosen = [str(card) for card in cards.values()]
    browse.sign_in("max").get(board_of(world, "bulk?do=move"), 303)
    page = browse.get(board_of(world, "bulk?do=move&cards=" + "&cards=".join(chosen)))
    sent: dict[str, str | list[str]] = {"stage": "introduced", "cards": [*chosen, "999"]}
    page = browse.follow(browse.submit(page, "Move to another stage", sent))
    assert "0 changed, 4 could not be" in page.words
    assert "Nord (nobody asked for a meeting yet)" in page.words
    page = browse.get(board_of(world, "bulk?do=close&cards=" + "&cards=".join(chosen)))
    sent = {"reason": "wrong_time", "cards": chosen}
    page = browse.follow(browse.submit(page, "Close with a reason", sent))
    assert "2 changed, 1 could not be: West (it is closed)" in page.words
    assert stage_of(app, cards["Nord"]) is Stage.CLOSED
    browse.submit(page, "Undo")
    assert stage_of(app, cards["Nord"]) is Stage.SUGGESTED
    assert stage_of(app, cards["Ost"]) is Stage.INTRODUCED


def test_many_cards_get_an_owner_and_a_next_step_at_once(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    chosen = [str(cards["Nord"]), str(cards["Ost"])]
    browse.sign_in("olga")
    for deed, button, values in (
        ("owner", "Set the owner", {"owner_id": str(world.people["olga"])}),
        ("follow_up", "Add a next step", {"step": "Call", "due_on": TOMORROW}),
    ):
        page = browse.get(board_of(world, f"bulk?do={deed}&cards=" + "&cards=".join(chosen)))
        page = browse.follow(browse.submit(page, button, {**values, "cards": chosen}))
        with app.app_context():
            owners = set(db.session.scalars(select(Relationship.owner_id)))
            steps = [step.is_open for step in db.session.scalars(select(FollowUp))]
        assert owners == ({world.people["olga"], None} if deed == "owner" else {None})
        assert steps == ([True, True] if deed == "follow_up" else [])
        if deed == "owner":
            again = browse.get(board_of(world, f"bulk?do={deed}&cards=" + "&cards=".join(chosen)))
            again = browse.follow(browse.submit(again, button, {**values, "cards": chosen}))
            assert (
                "0 changed, 2 could not be: Nord (that is so already); Ost (that is so already)"
                in again.words
            )
        browse.submit(page, "Undo")
    with app.app_context():
        assert not any(step.is_open for step in db.session.scalars(select(FollowUp)))


def test_nobody_changes_other_peoples_cards_in_bulk(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    """Dora acts for her own faculty and names Alba's cards."""
    path = f"/units/{world.units['boreal engineering']}/pipeline/bulk"
    sent: dict[str, str | list[str]] = {
        "do": "close",
        "reason": "other",
        "cards": [str(cards["Ost"])],
        "back": "table",
    }
    page = browse.sign_in("dora").follow(browse.post(path, sent, 303))
    assert "1 could not be: 1 that you may not see" in page.words
    assert stage_of(app, cards["Ost"]) is Stage.INTRODUCED
