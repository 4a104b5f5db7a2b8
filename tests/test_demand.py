"""Places that are taken, queues that are full, and turns among equals."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from matching.answers import Ranking, Request
from matching.demand import NO_DEMAND, Demand, Places, read_demand
from matching.index import Index
from matching.ranking import rank_for_post, rank_partners
from matching.spreading import COST_OF_A_QUEUE, NEARLY_EQUAL, _in_turn
from models.base import utc_now
from models.introduction import (
    MOST_PENDING_REQUESTS,
    IntroductionState,
)
from models.post import Post
from tests.market import Market
from tests.queueing import introduce, limit

BATTERY = "battery electrolyte cell testing laboratory measurements"
WELDING = "welding steel pipeline fabrication certificate inspection"


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


def ranked(market: Market, organisation_id: int, demand: Demand) -> Ranking:
    request = Request(unit_id=market.root(organisation_id))
    return rank_partners(market.session, Index(), request, market.actor(organisation_id), utc_now(), demand)


def names(ranking: Ranking) -> list[str]:
    return [match.organisation.name for match in (*ranking.best, *ranking.others, *ranking.one_way)]


def crowd(market: Market, count: int) -> tuple[int, list[int]]:
    """A company and universities that all answer it equally well, each the other way round, too."""
    ours = market.company("Ours")
    market.need(ours, BATTERY)
    market.capability(ours, WELDING)
    theirs = [market.university(f"U{number}") for number in range(count)]
    for one in theirs:
        market.capability(one, BATTERY)
        market.need(one, WELDING)
    return ours, theirs


def test_after_its_last_place_a_post_is_not_suggested_any_more(either_session: Session) -> None:
    market = Market(either_session)
    ours, theirs = market.company("Ours"), market.university("Theirs")
    market.need(ours, BATTERY)
    post_id = market.capability(theirs, BATTERY)
    limit(market.session, post_id, 3)
    for number in range(3):
        demand = read_demand(market.session, utc_now())
        assert demand.places(post_id, 3) == Places(3 - number, 3)
        assert names(ranked(market, ours, demand)) == ["Theirs"]
        partner = market.company(f"Partner {number}")
        introduce(market.session, market.root(partner), market.root(theirs), [post_id])
    demand = read_demand(market.session, utc_now())
    assert demand.places(post_id) == Places(0, 3)
    assert demand.full_posts == {post_id}
    assert not names(ranked(market, ours, demand))
    # Nor does it look for a fourth partner itself.
    assert not names(ranked(market, theirs, demand))
    post = market.session.get_one(Post, post_id)
    actor = market.actor(theirs)
    assert rank_for_post(market.session, Index(), post, actor, utc_now(), demand=demand) == ()
    assert len(rank_for_post(market.session, Index(), post, actor, utc_now())) == 1


def test_only_requests_that_wait_are_counted_and_all_in_one_query(either_session: Session) -> None:
    market = Market(either_session)
    theirs, post_ids = market.university("Theirs"), []
    post_ids.append(market.capability(theirs, BATTERY))
    limit(market.session, post_ids[0], 2)
    asked = market.root(theirs)
    for number, state in enumerate(IntroductionState):
        introduce(market.session, market.root(market.company(f"C{number}")), asked, post_ids, state)
    late = market.root(market.company("Late"))
    over = utc_now() - timedelta(days=1)
    introduce(market.session, late, asked, post_ids, IntroductionState.PROPOSED, over)
    statements: list[str] = []
    engine = market.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    demand = read_demand(market.session, utc_now())
    assert len([one for one in statements if one.lstrip().upper().startswith("SELECT")]) == 1
    assert dict(demand.waiting_units) == {asked: 1}
    assert (dict(demand.taken), dict(demand.waiting)) == ({post_ids[0]: 1}, {post_ids[0]: 1})
    assert demand.load(asked, post_ids[0]) == 1.0
    assert demand.load(asked, 0) == 1 / MOST_PENDING_REQUESTS


def test_a_full_queue_moves_a_partner_behind_its_equals_and_says_so(market: Market) -> None:
    ours, theirs = crowd(market, 3)
    busy = market.root(theirs[0])
    for week in range(202_640, 202_650):
        demand = Demand(waiting_units={busy: MOST_PENDING_REQUESTS}, week=week)
        ranking = ranked(market, ours, demand)
        assert names(ranking)[-1] == "U0"
        assert [match.is_busy for match in ranking.best] == [False, False, True]
        assert ranking.best[2].load == 1.0
        assert ranking.best[2].waiting == MOST_PENDING_REQUESTS
        assert ranking.best[0].peers == 1


def test_a_queue_never_moves_a_partner_across_a_grade(market: Market) -> None:
    ours = market.company("Ours")
    market.need(ours, BATTERY)
    strong, weaker = market.university("Strong"), market.university("Weaker")
    market.capability(strong, BATTERY)
    market.capability(
        weaker, "battery cell and a choir that sings baroque music on sundays in the old church of our town"
    )
    plain = ranked(market, ours, NO_DEMAND).one_way
    assert [match.organisation.name for match in plain] == ["Strong", "Weaker"]
    assert plain[0].grade is not plain[1].grade
    demand = Demand(waiting_units={market.root(strong): 50}, week=202_647)
    assert names(ranked(market, ours, demand)) == ["Strong", "Weaker"]


def test_equals_take_turns_by_week_and_seeker_and_the_order_holds_for_the_week(market: Market) -> None:
    ours, _ = crowd(market, 8)
    other = market.company("Other")
    market.need(other, BATTERY)
    market.capability(other, WELDING)
    weeks = [names(ranked(market, ours, Demand(week=week))) for week in range(202_640, 202_648)]
    assert weeks[0] == names(ranked(market, ours, Demand(week=202_640)))
    assert len({tuple(order) for order in weeks}) == len(weeks)
    assert all(sorted(order) == sorted(weeks[0]) for order in weeks)
    assert names(ranked(market, other, Demand(week=202_640))) != weeks[0]
    assert len({order[0] for order in weeks}) > 3
    without = names(ranked(market, ours, NO_DEMAND))
    assert without == [f"U{number}" for number in range(8)]


def test_only_nearly_equal_values_change_places() -> None:
    random = np.random.default_rng(7)
    for _ in range(200):
        values = random.normal(size=40).astype(np.float64)
        turns = random.integers(0, 2**63, size=40).astype(np.uint64)
        order, peers = _in_turn(values, turns)
        assert sorted(order) == list(range(40))
        best_behind = np.array([values[order][place:].max() for place in range(40)])
        assert (best_behind - values[order] <= NEARLY_EQUAL + 1e-12).all()
        far = (np.arange(40) * (NEARLY_EQUAL + 0.01)).astype(np.float64)
        assert list(_in_turn(far, turns)[0]) == list(range(39, -1, -1))
        assert not _in_turn(far, turns)[1].any()
        assert peers.max() > 0


def test_requests_for_the_last_place_count_softly(market: Market) -> None:
    demand = Demand(taken={5: 2}, waiting={5: 1}, limits={5: 3}, week=202_647)
    assert demand.load(1, 5) == 1.0
    assert replace(demand, taken={5: 1}).load(1, 5) == 0.5
    assert replace(demand, limits={}).load(1, 5) == 0.0
    assert COST_OF_A_QUEUE > NEARLY_EQUAL
