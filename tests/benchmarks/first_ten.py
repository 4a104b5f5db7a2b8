"""The first ten organisations of each list of Partners, and how many of the exact answer's are found among them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from matching.answers import Filters
from matching.candidates import Acting, OwnPosts, Question
from matching.demand import Demand
from matching.directions import score
from matching.market import Market
from matching.scoring import Grade
from matching.spreading import lists_of, spread_out
from models.base import utc_now
from models.organisation import OrganisationKind

BEST = 10
# Figures are given for each of these; the filters let about a third of all posts through.
FILTERS = {
    "no filters": Filters(),
    "filters": Filters(
        countries=frozenset({"DE", "FR", "PT", "ES", "IT"}),
        kinds=frozenset({OrganisationKind.COMPANY, OrganisationKind.OTHER}),
    ),
}
Lists = list[list[int]]


def first_ten(
    market: Market, needs: OwnPosts, capabilities: OwnPosts, acting: Acting, filters: Filters, unit_id: int
) -> Lists:
    """Rank for this unit, and return the ids of the first organisations of each list. Call it inside the market's
    lock.
    """
    scored = score(market, needs, capabilities, Question(acting, utc_now(), filters))
    spreads = [
        spread_out(scored, wanted, Demand(), {}, unit_id) for wanted in lists_of(scored, Grade.POSSIBLE)
    ]
    return [scored.organisation_ids[spread.order[:BEST]].tolist() for spread in spreads]


def share_found(found: Sequence[Lists], exact: Sequence[Lists]) -> float:
    """Return the mean share of an exact list that is found, over all lists that are not empty; NaN if all are."""
    shares = [
        len(set(some) & set(wanted)) / len(wanted)
        for lists, wanted_lists in zip(found, exact, strict=True)
        for some, wanted in zip(lists, wanted_lists, strict=True)
        if wanted
    ]
    return statistics.fmean(shares) if shares else math.nan
