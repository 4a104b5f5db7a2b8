"""Lists of ranked partners: how long, in which order, and how many are counted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from matching.answers import Match, Ranking, Request, Way
from matching.index import Index
from matching.ranking import rank_partners
from models.base import utc_now
from tests.market import Market

BATTERY = "battery electrolyte cell testing laboratory measurements"
WELDING = "welding steel pipeline fabrication certificate inspection"
FAINT = "welding steel and a choir that sings baroque music on sundays in the old church of our town"


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


def ranking_of(market: Market, organisation_id: int, limit: int = 50, only: Way | None = None) -> Ranking:
    request = Request(unit_id=market.root(organisation_id), limit=limit, only=only)
    return rank_partners(market.session, Index(), request, market.actor(organisation_id), utc_now())


def names(*lists: Sequence[Match]) -> list[str]:
    return [match.organisation.name for some in lists for match in some]


def test_equal_organisations_keep_the_order_of_their_ids(market: Market) -> None:
    ours = market.company("Ours")
    market.need(ours, BATTERY)
    added = [market.university(f"U{number}") for number in range(6)]
    for organisation_id in reversed(added):
        market.capability(organisation_id, BATTERY)
    ranked = [match.organisation_id for match in ranking_of(market, ours).one_way]
    assert ranked == added


@pytest.mark.parametrize("only", [None, *Way])
def test_what_is_not_listed_is_counted(market: Market, only: Way | None) -> None:
    ours = market.company("Ours")
    market.need(ours, BATTERY)
    market.capability(ours, WELDING)
    for number in range(5):
        theirs = market.university(f"U{number}")
        market.capability(theirs, BATTERY)
        if number < 3:
            # Two are among the best fits, and one among the others.
            market.need(theirs, WELDING if number < 2 else FAINT)
    for limit, two_way, one_way in (
        (1, ["U0"], ["U3"]),
        (2, ["U0", "U1"], ["U3", "U4"]),
        (9, ["U0", "U1", "U2"], ["U3", "U4"]),
    ):
        ranking = ranking_of(market, ours, limit, only)
        assert (ranking.two_way_count, ranking.one_way_count) == (3, 2)
        assert names(ranking.best, ranking.others) == ([] if only is Way.ONE_WAY else two_way)
        assert names(ranking.one_way) == ([] if only is Way.BOTH_WAYS else one_way)
    assert names(ranking.others) == ([] if only is Way.ONE_WAY else ["U2"])
