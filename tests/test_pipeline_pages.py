"""Pages of the pipeline: board, table and saved views; what nobody else may see."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.commitment import Commitment
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import IntroductionState
from models.meeting import MeetingState
from models.organisation import Unit
from models.partnership import PartnershipState
from models.pipeline_view import PipelineView
from models.relationship import Relationship, Stage
from tests.browsing import Browser
from tests.cards import add_card, add_step
from tests.dealings import ASKING_SECRET, Dealings, add_dealings, answer_what_was_written
from tests.partnering import add_partnership
from tests.pipelining import board_of, column, set_state, stage_of
from tests.pipelining import cards as cards
from tests.pipelining import dealt as dealt
from tests.statements import statements_of
from tests.world import World
from web.database import db


def test_the_board_shows_each_card_in_its_column_and_hides_closed_ones(
    browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").get(board_of(world))
    assert "Nord" in column(page, "suggested")
    assert "Ost" in column(page, "introduced")
    assert "West" not in page.words
    assert "West" in column(browse.get(board_of(world, "?stage=all")), "closed")


def test_without_an_open_card_board_and_table_say_where_closed_ones_are(
    browse: Browser, world: World
) -> None:
    browse.sign_in("max")
    for place in ("", "table"):
        words = browse.get(board_of(world, place)).words
        assert "No open card" in words
        assert "Closed ones are found by the filter of stages." in words


def test_board_and_table_show_the_same_cards(browse: Browser, world: World, cards: dict[str, int]) -> None:
    browse.sign_in("max")
    for query, shown in (
        ("?text=ord", {"Nord"}),
        ("?stage=all", {"Nord", "Ost", "West"}),
        ("?owner=me", set()),
    ):
        for place in ("", "table"):
            words = browse.get(board_of(world, place + query)).words
            assert {name for name in cards if name in words} == shown, (query, place)


def test_a_card_says_how_long_it_is_quiet_and_why(app: Flask, browse: Browser, world: World) -> None:
    with app.app_context():
        begin_write(db.session)
        unit = db.session.get_one(Unit, world.units["alba plant"])
        add_card(db.session, unit, "Nord", Stage.MEETING, None, 25)
        add_card(db.session, unit, "Ost", Stage.MEETING, None, 70)
        db.session.commit()
    words = browse.sign_in("olga").get(board_of(world)).words
    assert "Quiet 25 days without contact; quiet after 21" in words
    assert "Cold 70 days without contact; cold after 60" in words


@pytest.mark.parametrize("place", ["?stage=", "table?stage="])
def test_what_the_dealings_ask_for_is_the_next_step_and_leads_to_where_it_is_done(
    app: Flask, browse: Browser, world: World, place: str
) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world, state=IntroductionState.PROPOSED)
        begin_write(db.session)
        answer_what_was_written(db.session)
        db.session.commit()
    path = f"/units/{world.units['boreal engineering']}/pipeline/{place}"

    def leads_to(words: str) -> str:
        links = browse.sign_in("dora").get(path).find_all("a")
        return next(str(link["href"]) for link in links if link.get_text() == words).partition("?")[0]

    assert leads_to("Tell what came of the meeting") == f"/meetings/{dealt.past_meeting}/outcome/log"
    set_state(app, dealt.past_meeting, MeetingState.NOT_HELD)
    assert leads_to("Meet them") == f"/meetings/{dealt.next_meeting}"
    set_state(app, dealt.next_meeting, MeetingState.CANCELLED)
    assert leads_to("Answer their request for a meeting") == f"/introductions/{dealt.introduction}"
    page = browse.get(path)
    assert "they wait for us" in page.words
    assert "No next step" not in page.words
    assert "Answer their request" not in browse.sign_in("max").get(board_of(world, place)).words


@pytest.mark.parametrize("place", ["?stage=", "table?stage=", "table?step=overdue"])
def test_a_promise_of_ours_is_told_with_its_day_and_leads_to_it(
    app: Flask, browse: Browser, world: World, dealt: Dealings, place: str
) -> None:
    for meeting in (dealt.past_meeting, dealt.next_meeting):
        set_state(app, meeting, MeetingState.CANCELLED)
    with app.app_context():
        partnering = add_partnership(db.session, world)
        begin_write(db.session)
        moves = db.session.get_one(Commitment, partnering.promise).moves
        for move in moves:
            move.made_at = datetime(2020, 3, 1, 9, tzinfo=UTC)
        # The day as it was agreed, though elsewhere it is over at another moment.
        moves[0].due_on, moves[0].due_at = date(2020, 3, 12), datetime(2020, 3, 13, 7, tzinfo=UTC)
        db.session.commit()
    page = browse.sign_in("max").get(board_of(world, place))
    link = page.find("a", string="Keep our promise: Send the cells")
    assert link is not None
    assert str(link["href"]).partition("?")[0] == f"/commitments/{partnering.promise}"
    assert "Keep our promise: Send the cells overdue 12 Mar 2020 · we owe it" in page.words
    told = next_step_of(browse, dealt.ours)
    assert (
        " ".join(told.split()) == "Next step Keep our promise: Send the cells overdue 12 Mar 2020 · we owe it"
    )
    theirs = f"/units/{world.units['boreal engineering']}/pipeline/{place}"
    assert "Send the cells" not in browse.sign_in("dora").get(theirs).words


@pytest.mark.parametrize("place", ["?stage=", "table?stage=", "table?step=overdue"])
def test_an_overdue_task_is_not_hidden_by_an_answer_without_a_last_day(
    app: Flask, browse: Browser, world: World, dealt: Dealings, place: str
) -> None:
    for meeting in (dealt.past_meeting, dealt.next_meeting):
        set_state(app, meeting, MeetingState.CANCELLED)
    with app.app_context():
        add_partnership(db.session, world, state=PartnershipState.PROPOSED)
        begin_write(db.session)
        theirs = db.session.get_one(Relationship, dealt.theirs)
        step = add_step(db.session, theirs, "Send the plan", -1, world.people["dora"])
        db.session.commit()
        step_id = step.id
    path = f"/units/{world.units['boreal engineering']}/pipeline/"
    browse.sign_in("dora")
    page = browse.get(path + place)
    words = page.words
    assert "Send the plan overdue" in words
    link = page.find("a", string="Send the plan")
    assert link is not None
    assert browse.get(str(link["href"])).heading == "Send the plan"
    assert "Answer their proposal of a partnership" not in words
    assert "Send the plan" in next_step_of(browse, dealt.theirs)
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(FollowUp, step_id).due_at = utc_now() + timedelta(days=9)
        db.session.commit()
    words = browse.get(path + place).words
    assert ("Answer their proposal of a partnership" in words) is ("overdue" not in place)
    assert "Answer their proposal of a partnership" in next_step_of(browse, dealt.theirs)


def next_step_of(browse: Browser, card: int) -> str:
    """What the page of the relationship names as the next one."""
    label = browse.get(f"/relationships/{card}").find("dt", string="Next step")
    assert label is not None
    assert label.parent is not None
    return str(label.parent.get_text(" "))


def test_a_view_is_saved_opened_by_default_deleted_and_restored(
    app: Flask, browse: Browser, world: World, cards: dict[str, int]
) -> None:
    page = browse.sign_in("max").get(board_of(world, "?stage=closed"))
    browse.submit(page, "Save", {"name": ""}, 422)
    page = browse.follow(browse.submit(page, "Save", {"name": "Old ones", "is_default": "y"}))
    assert "Saved as “Old ones”" in page.words
    page = browse.follow(browse.get(board_of(world), 303))
    assert "West" in column(page, "closed")
    page = browse.get(board_of(world, "views"))
    page = browse.follow(browse.submit(page, "Delete : Old ones"))
    assert "“Old ones” is deleted." in page.words
    assert "West" not in browse.get(board_of(world)).words
    page = browse.follow(browse.submit(page, "Undo : Old ones"))
    # It comes back as it was: the pipeline opens with it again.
    assert browse.get(board_of(world), 303)
    browse.follow(browse.submit(page, "Open without it : Old ones"))
    assert "West" not in browse.get(board_of(world)).words
    with app.app_context():
        view_id = db.session.scalars(select(PipelineView.id)).one()
    browse.sign_in("olga").post(f"/pipeline/views/{view_id}/delete", {}, 404)
    assert "Old ones" not in browse.get(board_of(world)).words


def test_keeping_a_partner_in_view_makes_one_card(app: Flask, browse: Browser, world: World) -> None:
    path = f"/units/{world.units['alba plant']}/partners/{world.organisations['boreal']}/keep"
    unit = world.units["boreal engineering"]
    browse.sign_in("max")
    for _ in range(2):
        browse.post(path, {"partner_unit": str(unit)}, 303)
    with app.app_context():
        ours = db.session.scalars(select(Relationship)).one()
        assert (ours.stage, ours.partner_unit_id, ours.owner_id) == (
            Stage.SUGGESTED,
            unit,
            world.people["max"],
        )
    browse.sign_in("ada").post(path, {}, 403)
    browse.sign_in("dora").post(path, {}, 404)


@pytest.mark.parametrize("name", ["ada", "boris", "dora", "mia", "carl", "opal", "uma"])
def test_nobody_else_sees_or_moves_our_cards(
    app: Flask, browse: Browser, world: World, dealt: Dealings, name: str
) -> None:
    browse.sign_in(name)
    batch = f"batch-of-{ASKING_SECRET}"
    browse.get(f"/relationships/{dealt.ours}/move?to=closed", 404)
    browse.post(f"/relationships/{dealt.ours}/move", {"to": "suggested"}, 404)
    browse.post(f"/pipeline/batches/{batch}/undo", {}, 404)
    path = board_of(world) if name == "ada" else f"/units/{world.units['boreal engineering']}/pipeline/"
    for place in ("", "table", f"?done={batch}", "table?stage=all"):
        response = browse.client.get(path + place)
        assert ASKING_SECRET not in response.text.replace(batch, "")
        if name == "ada":
            assert "Boreal University" not in response.text
    assert stage_of(app, dealt.ours) is Stage.MEETING


@pytest.mark.parametrize("place", ["?stage=", "table?stage="])
def test_more_cards_cost_no_more_statements(app: Flask, browse: Browser, world: World, place: str) -> None:
    browse.sign_in("olga")

    def fill(count: int) -> None:
        with app.app_context():
            begin_write(db.session)
            unit = db.session.get_one(Unit, world.units["alba plant"])
            for number in range(count):
                stage = list(Stage)[number % 5]
                ours = add_card(db.session, unit, f"{count} Partner {number}", stage, world.people["max"])
                add_step(db.session, ours, "Write", number, world.people["max"])
            db.session.commit()

    fill(1)
    one = len(statements_of(app, lambda: browse.get(board_of(world, place))))
    fill(120)
    many = len(statements_of(app, lambda: browse.get(board_of(world, place))))
    assert many == one


def test_a_card_of_a_partner_says_where_it_stands(browse: Browser, world: World) -> None:
    path = f"/units/{world.units['alba plant']}/partners/"
    pair = f"{path}{world.organisations['boreal']}"
    browse.sign_in("max")
    for page in (browse.get(path), browse.get(pair)):
        assert "Keep in view" in page.words
    browse.submit(browse.get(path), "Keep in view : Boreal University")
    for page in (browse.get(path), browse.get(pair)):
        assert "In your pipeline: Suggested" in page.words
    assert "Keep in view" not in browse.sign_in("ada").get(path).words
