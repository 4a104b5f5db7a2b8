"""Which links a card and a pair page show, and in which order."""

import pytest
from sqlalchemy.orm import Session

from matching.answers import Pair, Request
from matching.index import Index
from matching.ranking import pair
from models.base import utc_now
from models.post import PostSide
from tests.market import Market
from tests.test_ranking import BATTERY, ranking_of


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


def pair_of(market: Market, ours: int, theirs: int) -> Pair:
    request = Request(market.root(ours))
    found = pair(market.session, Index(), request, theirs, market.actor(ours), utc_now())
    assert found is not None
    return found


def test_a_pair_begins_with_the_reasons_of_its_card(market: Market) -> None:
    ours, theirs = market.company("Ours"), market.university("Theirs")
    heavy = "battery electrolyte patient ward hospital medication"
    market.post(ours, PostSide.NEED, BATTERY, weight=1)
    market.post(ours, PostSide.NEED, heavy, weight=3)
    market.capability(theirs, BATTERY)
    card = ranking_of(market, ours, least_grade=None).one_way[0]
    found = pair_of(market, ours, theirs)
    assert [reason.need.text for reason in card.reasons_get] == [heavy, BATTERY]
    assert found.links_get == card.reasons_get


def test_what_weighs_more_and_fits_nothing_stands_behind_what_fits(market: Market) -> None:
    ours, theirs = market.company("Ours"), market.university("Theirs")
    market.post(ours, PostSide.NEED, "battery patient", weight=1)
    for urgent in ("battery nursing patient", "battery ward hospital"):
        market.post(ours, PostSide.NEED, urgent, weight=3)
    market.capability(theirs, BATTERY)
    card = ranking_of(market, ours, least_grade=None).one_way[0]
    found = pair_of(market, ours, theirs)
    assert [reason.need.text for reason in card.reasons_get] == ["battery patient"]
    cited = [(reason.need.text, reason.is_weak) for reason in found.links_get]
    assert cited == [("battery patient", False), ("battery nursing patient", True)]


def test_where_nothing_fits_the_nearest_is_shown(market: Market) -> None:
    ours, theirs = market.company("Ours"), market.university("Theirs")
    market.post(ours, PostSide.NEED, "battery nursing patient", weight=3)
    market.capability(theirs, BATTERY)
    card = ranking_of(market, ours, least_grade=None).one_way[0]
    assert [(reason.need.text, reason.is_weak) for reason in card.reasons_get] == [
        ("battery nursing patient", True)
    ]
