"""Many cards of the pipeline changed at once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp
from models.person import Membership, MembershipState
from models.pipeline_moves import PipelineChange
from models.relationship import Relationship, Stage, StageChange
from tests.browsing import Browser, Page
from tests.pipelining import TOMORROW, board_of, send_move, stage_of
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


def give_owner(browse: Browser, world: World, cards: dict[str, int], name: str) -> Page:
    """The board after Nord and Ost were given to this person."""
    chosen = [str(cards["Nord"]), str(cards["Ost"])]
    page = browse.get(board_of(world, "bulk?do=owner&cards=" + "&cards=".join(chosen)))
    sent: dict[str, str | list[str]] = {"owner_id": str(world.people[name]), "cards": chosen}
    return browse.submit(page, "Set the owner", sent)


def test_no_owner_is_chosen_beforehand_and_choosing_none_changes_no_card(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    give_owner(browse.sign_in("olga"), world, cards, "max")
    chosen = [str(cards["Nord"]), str(cards["Ost"])]
    page = browse.get(board_of(world, "bulk?do=owner&cards=" + "&cards=".join(chosen)))
    assert [option["value"] for option in page.select("#owner_id option[selected]")] in ([], [""])
    again = browse.submit(page, "Set the owner", {"cards": chosen}, status=422)
    assert "Choose an owner" in again.error_of("owner_id")
    max_id = world.people["max"]
    assert owners_of(app, cards) == [max_id, max_id]
    browse.submit(again, "Set the owner", {"owner_id": "0", "cards": chosen})
    assert owners_of(app, cards) == [None, None]


def owners_of(app: Flask, cards: dict[str, int]) -> list[int | None]:
    with app.app_context():
        return [db.session.get_one(Relationship, cards[name]).owner_id for name in ("Nord", "Ost")]


def test_undoing_gives_no_card_back_to_somebody_who_is_not_here_any_more(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    max_id, olga = world.people["max"], world.people["olga"]
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Relationship, cards["Nord"]).owner_id = max_id
        db.session.commit()
    given = give_owner(browse.sign_in("olga"), world, cards, "olga")
    page = browse.follow(given)
    assert "Done: 2 cards were changed." in page.words
    with app.app_context():
        begin_write(db.session)
        role = db.session.scalars(select(Membership).where(Membership.person_id == max_id)).one()
        role.state = MembershipState.ENDED
        db.session.commit()
    assert "Done: Ost." in browse.follow(given).words
    undone = browse.follow(browse.submit(page, "Undo"))
    assert "Undone." in undone.words
    assert "because whoever looked after it before is not here any more: Nord." in undone.words
    assert owners_of(app, cards) == [olga, None]
    assert "Done:" not in browse.follow(given).words


def test_undoing_leaves_a_card_that_was_given_on_even_to_the_same_person(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    max_id, olga = world.people["max"], world.people["olga"]
    browse.sign_in("olga")
    first = give_owner(browse, world, cards, "olga")
    page = browse.follow(first)
    give_owner(browse, world, cards, "max")
    last = browse.follow(give_owner(browse, world, cards, "olga"))
    assert "Done:" not in browse.follow(first).words
    undone = browse.follow(browse.submit(page, "Undo"))
    assert "Changed since, and left as it is: Nord, Ost." in undone.words
    assert owners_of(app, cards) == [olga, olga]
    browse.submit(last, "Undo")
    assert owners_of(app, cards) == [max_id, max_id]


@pytest.mark.parametrize(("days", "is_undone"), [(6, True), (8, False)])
def test_undo_ends_after_a_week(
    app: Flask, browse: Browser, world: World, cards: dict[str, int], days: int, is_undone: bool
) -> None:
    browse.sign_in("olga")
    done = [give_owner(browse, world, cards, "olga"), send_move(browse, cards["Ost"], "suggested")]
    pages = [browse.follow(each) for each in done]
    with app.app_context():
        begin_write(db.session)
        for change in (
            *db.session.scalars(select(StageChange)),
            *db.session.scalars(select(PipelineChange)),
        ):
            change.at = utc_now() - timedelta(days=days)
        db.session.commit()
    for each in done:
        assert ("Done:" in browse.follow(each).words) is is_undone
    for page in pages:
        told = browse.follow(browse.submit(page, "Undo")).words
        assert ("Undone." in told) is is_undone
        assert ("or was done more than a week ago" in told) is not is_undone
    stage = Stage.INTRODUCED if is_undone else Stage.SUGGESTED
    assert stage_of(app, cards["Ost"]) is stage
    assert (owners_of(app, cards) == [None, None]) is is_undone


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
