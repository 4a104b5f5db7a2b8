"""What is promised to partners, below the follow-ups: who is said to see to it, and what asking for it takes."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.commitment import Commitment, Move
from models.commitment_rules import add_move
from models.commitment_standing import Terms
from models.database import begin_write
from models.follow_up import FollowUp
from models.partnership import Counterpart
from models.person import Person
from models.side import Side
from tests.browsing import Browser, Page
from tests.dealings import ASKING_SECRET, add_dealings
from tests.partnering import Partnering, add_partnership, move_of
from tests.promised import agreed_offer
from tests.statements import statements_of
from tests.test_promises_attention import promised
from tests.world import World, build_world
from web.database import db


@pytest.fixture
def ids(app: Flask, world: World) -> Partnering:
    with app.app_context():
        return add_partnership(db.session, world)


def test_an_office_asks_as_often_for_many_promises_of_a_unit_below_as_for_one(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    def statements() -> int:
        path = f"/units/{world.units['alba plant']}/follow-ups/?whose=ours"
        browse.sign_in("olga").get(path)
        return len(statements_of(app, lambda: browse.get(path)))

    before = statements()
    agreed_offer(browse, ids)
    agreed_offer(browse, ids)
    words = promised(browse, world, "olga", "alba plant", "ours")
    assert words.count("Open : The data of forty cells") == 2
    assert statements() == before


def overdue_on_home(browse: Browser, name: str) -> tuple[int, str]:
    """The number of the office, and where it leads."""
    [item] = [
        item
        for item in browse.sign_in(name).get("/?whose=ours").select(".home-counters li")
        if item.get_text(" ", strip=True).endswith("overdue")
    ]
    return int(item.get_text(" ", strip=True).split()[0]), str(item.a["href"])


def chips_of(page: Page) -> dict[str, int]:
    """How many stand behind each period."""
    chips = [chip.get_text(" ", strip=True).rpartition(" ") for chip in page.select(".follow-up-whens a")]
    return {label: int(number) for label, _space, number in chips}


def test_number_and_list_of_what_is_overdue_agree_on_promises_of_ours(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        dealt = add_dealings(db.session, world)
        ids = add_partnership(db.session, world)
        begin_write(db.session)
        follow_up = db.session.get_one(FollowUp, dealt.follow_up)
        follow_up.due_at = utc_now() - timedelta(days=1)
        # The partner has promised, too; that is late, and not ours.
        add_move(db.session.get_one(Commitment, ids.request), move_of(world, Move.PROMISE, Side.ASKED))
        db.session.commit()
    browse = Browser(either_app)

    def told(name: str, unit: str) -> tuple[int, list[str]]:
        number, url = overdue_on_home(browse, name)
        page = browse.get(url)
        rows = [row.get_text(" ", strip=True) for row in page.select(".follow-up-what")]
        assert chips_of(page)["Overdue"] == number == len(rows)
        for whose in ("mine", "ours"):
            everything = browse.get(f"/units/{world.units[unit]}/follow-ups/?whose={whose}")
            counts = chips_of(everything)
            assert (
                counts["All"] == len(everything.select(".follow-up")) == sum(counts.values()) - counts["All"]
            )
        return number, rows

    plan = f"Send the test plan. {ASKING_SECRET}"
    assert told("olga", "alba") == (1, [plan])
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        assert told("olga", "alba") == (2, [plan, "Send the cells"])
        assert told("dora", "boreal engineering") == (1, ["Age the cells"])
    with either_app.app_context():
        begin_write(db.session)
        promise = db.session.get_one(Commitment, ids.promise)
        due_at = utc_now() + timedelta(days=60)
        later = Terms("Send ten", due_at.date(), due_at, "", 2)
        add_move(promise, replace(move_of(world, Move.ASK_CHANGE, Side.ASKING), terms=later))
        db.session.commit()
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        # The old day holds until they agree to another one.
        assert told("olga", "alba") == (2, [plan, "Send the cells"])
    with either_app.app_context():
        begin_write(db.session)
        promise = db.session.get_one(Commitment, ids.promise)
        add_move(promise, move_of(world, Move.AGREE_CHANGE, Side.ASKED))
        db.session.commit()
    with time_machine.travel(utc_now() + timedelta(days=25), tick=False):
        assert told("olga", "alba") == (1, [plan])


def test_nobody_is_named_who_may_not_work_on_it_any_more(
    app: Flask, browse: Browser, world: World, ids: Partnering
) -> None:
    assert "Max Example" in promised(browse, world, "olga", "alba", "ours")
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Counterpart, ids.asking_person).ended_at = utc_now()
        [membership] = db.session.get_one(Person, world.people["max"]).memberships
        membership.unit_id = world.units["alba"]
        db.session.commit()
    words = promised(browse, world, "olga", "alba", "ours")
    assert "Send the cells" in words
    assert "Max Example" not in words
    assert "nobody looks after it" in words
