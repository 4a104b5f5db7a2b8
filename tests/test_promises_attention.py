"""Promises and partnerships in the list of what needs attention: the right person's, the overdue ones first."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.commitment import Commitment, Ending, Move
from models.commitment_rules import add_move, step_of
from models.commitment_standing import Step
from models.database import begin_write
from models.partnership import ClosingReason, Counterpart, Partnership, PartnershipState
from models.person import MembershipState, Person
from models.side import Side
from tests.browsing import Browser, Page
from tests.partnering import ASKED_DRAFT, Partnering, add_partnership, move_of
from tests.world import World
from web.database import db


@pytest.fixture
def ids(app: Flask, world: World) -> Partnering:
    with app.app_context():
        return add_partnership(db.session, world)


def lines(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.select(".attention-row")]


def told(browse: Browser, name: str, words: str, whose: str = "mine") -> list[str]:
    return [line for line in lines(browse.sign_in(name).get(f"/?whose={whose}")) if words in line]


def test_what_one_owes_is_told_when_it_is_near_and_is_urgent_when_it_is_over(
    browse: Browser, ids: Partnering
) -> None:
    assert not told(browse, "max", "Send the cells")
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        assert told(browse, "max", "Promise due soon: Send the cells")
        assert not told(browse, "olga", "Send the cells")
        assert told(browse, "olga", "Send the cells", "ours")
        assert not told(browse, "dora", "Send the cells")
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        page = browse.sign_in("max").get("/")
        assert "Overdue promise: Send the cells" in str(page.select(".attention-urgent"))


def test_whoever_is_asked_sees_it_and_a_draft_is_its_authors_alone(browse: Browser, ids: Partnering) -> None:
    assert told(browse, "dora", "They wait for your answer: Age the cells")
    assert told(browse, "mia", "They wait for your answer: Age the cells")
    assert not told(browse, "max", "Age the cells")
    assert told(browse, "dora", f"Not sent yet: {ASKED_DRAFT}")
    for name in ("mia", "max", "olga", "carl", "ada", "boris"):
        assert not told(browse, name, ASKED_DRAFT)


def record(app: Flask, commitment_id: int, step: Step) -> None:
    with app.app_context():
        begin_write(db.session)
        add_move(db.session.get_one(Commitment, commitment_id), step)
        db.session.commit()


def test_a_change_that_they_do_not_answer_is_told_before_the_day_of_the_promise(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    with app.app_context():
        held = step_of(db.session.get_one(Commitment, ids.promise).moves[0]).terms
    record(app, ids.promise, replace(move_of(world, Move.ASK_CHANGE, Side.ASKING), terms=held))
    assert told(browse, "dora", "They ask for a change: Send the cells")
    assert not told(browse, "max", "Send the cells")
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        news = "They have not answered the change you asked for: Send the cells"
        assert told(browse, "max", news)
        assert told(browse, "olga", news, "ours")
        assert not told(browse, "olga", news)
        assert news in str(browse.sign_in("max").get("/").select(".attention-urgent"))


def test_an_answer_that_was_put_off_is_told_on_its_day(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    until = utc_now() + timedelta(days=5)
    record(app, ids.request, replace(move_of(world, Move.DEFER, Side.ASKED), until=until))
    assert not told(browse, "dora", "Age the cells")
    with time_machine.travel(utc_now() + timedelta(days=6), tick=False):
        assert told(browse, "dora", "They wait for your answer: Age the cells")


def test_a_dispute_waits_for_both_until_one_proposes_how_it_ends(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    record(app, ids.promise, move_of(world, Move.DISPUTE, Side.ASKED))
    assert told(browse, "max", "In dispute: Send the cells")
    assert told(browse, "dora", "In dispute: Send the cells")
    settlement = move_of(world, Move.PROPOSE_SETTLEMENT, Side.ASKED)
    record(app, ids.promise, replace(settlement, settles_as=Ending.RELEASED))
    assert told(browse, "max", "They wait for your answer: Send the cells")
    assert not told(browse, "dora", "Send the cells")


def test_a_proposed_partnership_waits_for_the_other_side_alone(
    app: Flask, browse: Browser, world: World
) -> None:
    with app.app_context():
        add_partnership(db.session, world, state=PartnershipState.PROPOSED)
    assert told(browse, "dora", "Alba Cells, Plant proposes a partnership")
    assert not told(browse, "max", "proposes a partnership")
    assert not told(browse, "carl", "proposes a partnership")


def test_a_pilot_that_they_want_to_grow_waits_for_an_answer(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Partnership, ids.partnership).growth_asked_by = Side.ASKED
        db.session.commit()
    assert told(browse, "max", "asks to let the pilot grow")
    assert not told(browse, "dora", "asks to let the pilot grow")


def test_a_pilot_that_ends_is_told_to_both_sides_until_it_grows_or_is_closed(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    """It ends in eighty days."""
    with time_machine.travel(utc_now() + timedelta(days=60), tick=False):
        assert not told(browse, "max", "The pilot with")
    with time_machine.travel(utc_now() + timedelta(days=70), tick=False):
        assert told(browse, "max", "The pilot with Boreal University, Engineering ends")
        assert told(browse, "dora", "The pilot with Alba Cells, Plant ends", "ours")
        assert not told(browse, "carl", "The pilot with")
        assert "The pilot with" not in str(browse.sign_in("max").get("/").select(".attention-urgent"))
    with time_machine.travel(utc_now() + timedelta(days=82), tick=False):
        assert "The pilot with" in str(browse.sign_in("max").get("/").select(".attention-urgent"))
        with app.app_context():
            begin_write(db.session)
            db.session.get_one(Partnership, ids.partnership).growth_asked_by = Side.ASKED
            db.session.commit()
        assert not told(browse, "max", "The pilot with")
        assert told(browse, "max", "asks to let the pilot grow")


def test_what_somebody_owes_or_drafted_who_left_is_told_to_those_who_are_here(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    for name, words, other in (
        ("max", "Send the cells", "olga"),
        ("dora", f"Not sent yet: {ASKED_DRAFT}", "mia"),
    ):
        with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
            assert not told(browse, other, words)
        with app.app_context():
            begin_write(db.session)
            for membership in db.session.get_one(Person, world.people[name]).memberships:
                membership.state = MembershipState.ENDED
            db.session.commit()
        with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
            assert told(browse, other, words)
            [row] = [row for row in browse.get("/").select(".attention-row") if words in row.get_text(" ")]
            browse.get(str(row.a["href"]))


def test_what_somebody_owes_who_may_not_work_on_it_any_more_is_told_to_those_who_may(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    """Max is with Alba as before, and neither named nor in the plant: nothing that he could open."""
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Counterpart, ids.asking_person).ended_at = utc_now()
        [membership] = db.session.get_one(Person, world.people["max"]).memberships
        membership.unit_id = world.units["alba"]
        db.session.commit()
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        assert not told(browse, "max", "Send the cells")
        assert told(browse, "olga", "Promise due soon: Send the cells")


def test_what_they_promised_us_is_told_once_its_day_is_over(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    late = "They are late with their promise: Send the cells"
    for days, who in ((15, set()), (25, {"dora"})):
        with time_machine.travel(utc_now() + timedelta(days=days), tick=False):
            assert {name for name in ("max", "dora", "mia", "carl") if told(browse, name, late)} == who
            assert bool(told(browse, "dora", late, "ours")) is bool(who)
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Counterpart, ids.asked_person).ended_at = utc_now()
        db.session.commit()
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        assert told(browse, "dora", late), "the office is told, named or not"
        assert told(browse, "mia", late), "where nobody is named, members are"
    record(app, ids.promise, move_of(world, Move.DELIVER, Side.ASKING))
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        assert not told(browse, "dora", late)


def test_what_is_owed_stays_in_sight_when_its_partnership_is_closed(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    with app.app_context():
        begin_write(db.session)
        partnership = db.session.get_one(Partnership, ids.partnership)
        partnership.state, partnership.closed_at = PartnershipState.CLOSED, utc_now()
        partnership.closing_reason = ClosingReason.REACHED
        db.session.commit()
    assert told(browse, "dora", "They wait for your answer: Age the cells")
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        assert told(browse, "max", "Promise due soon: Send the cells")
        page = browse.get("/partnerships").words
        assert "One promise waits for you" in page
        page = browse.get(f"/partnerships/{ids.partnership}").words
        assert "Your turn: one promise waits for you." in page
    record(app, ids.promise, move_of(world, Move.RELEASE, Side.ASKED))
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        assert not told(browse, "max", "Send the cells")


def promised(browse: Browser, world: World, name: str, unit: str, whose: str = "mine") -> str:
    page = browse.sign_in(name).get(f"/units/{world.units[unit]}/follow-ups/?whose={whose}")
    section = page.find("section", {"aria-labelledby": "promised"})
    return " ".join(section.get_text(" ").split()) if section else ""


def test_what_is_promised_stands_below_the_follow_ups_however_far_its_day_is(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    words = promised(browse, world, "max", "alba plant")
    assert words.startswith("Promised to partners Send the cells Boreal University, Engineering due ")
    assert promised(browse, world, "olga", "alba") == ""
    assert "Max Example" in promised(browse, world, "olga", "alba", "ours")
    for name, unit in (("dora", "boreal engineering"), ("carl", "corvus")):
        for whose in ("mine", "ours"):
            assert promised(browse, world, name, unit, whose) == "", name
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        assert "overdue since" in promised(browse, world, "max", "alba plant")
    record(app, ids.promise, move_of(world, Move.DELIVER, Side.ASKING))
    assert promised(browse, world, "max", "alba plant") == ""
