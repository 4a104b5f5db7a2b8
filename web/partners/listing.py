"""Partners: who completes us? The ranked list of a unit; one-way fits stand in a list of their own."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from matching.answers import MOST_COUNTED, Ranking, Request, Way
from matching.demand import Demand, read_demand
from matching.ranking import rank_partners
from models.actor import Action
from models.base import utc_now
from models.organisation import Unit
from web.access import allowed, current_actor
from web.database import db
from web.loaders import load_unit
from web.matcher import matcher
from web.partners import blueprint
from web.partners.cards import PartnerCard, partner_cards
from web.partners.compare import FEWEST_COMPARED
from web.partners.dismissals import ONE_WAY, UndoOffer, undo_offer
from web.partners.filters import SHOWN, PartnerFilters, partner_filters, ticked_partners

FIRST_SHOWN = 10
MORE_SHOWN = 10
MOST_SHOWN = MOST_COUNTED


@dataclass(frozen=True)
class PartnerLists:
    """The page: for whom and from what, the cards that are shown, and how many there are.

    ``shown`` is for how many somebody asked who wanted more than the first ones, ``more`` how many the next look shows,
    None where none are left. ``cut_at`` is how many are shown where more fit, but none of them can be asked for.
    ``ticked`` are chosen for a comparison already; ``has_too_few``: somebody asked for one of too few. ``carried`` is
    what the addresses of what is done here keep, so that the way leads back to this list.
    """

    endpoint: str
    unit: Unit
    needs: int
    capabilities: int
    best: list[PartnerCard]
    others: list[PartnerCard]
    one_way: list[PartnerCard]
    two_way_count: int
    one_way_count: int
    shown: int | None
    more: int | None
    filters: PartnerFilters
    undo: UndoOffer | None
    two_way_url: str
    one_way_url: str
    may_write: bool
    cut_at: int | None
    download_url: str
    ticked: frozenset[int]
    has_too_few: bool
    carried: dict[str, Any]

    @property
    def two_way_words(self) -> str:
        return _counted(self.two_way_count)

    @property
    def one_way_words(self) -> str:
        return _counted(self.one_way_count)

    @property
    def can_compare(self) -> bool:
        return len(self.best) + len(self.others) + len(self.one_way) >= FEWEST_COMPARED

    @property
    def is_short(self) -> bool:
        """Whether these few are all, and no filter is the reason."""
        count = len(self.best) + len(self.others) + len(self.one_way)
        return 0 < count < FIRST_SHOWN and not self.filters.leave_somebody_out

    @property
    def last_shown_id(self) -> int:
        """Where somebody who asks for more was looking."""
        return [*self.best, *self.others, *self.one_way][-1].organisation_id

    @property
    def has_posts(self) -> bool:
        return bool(self.needs or self.capabilities)


@blueprint.get("/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    """Two-way fits: each side gets something."""
    lists = _found(unit, Way.BOTH_WAYS, "partners.index")
    return render_template("partners/index.html", lists=lists, form=lists.filters.form)


@blueprint.get("/one-way")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def one_way(unit: Unit) -> str:
    """Fits of which one direction is unknown, because a side posted only needs or only capabilities."""
    lists = _found(unit, Way.ONE_WAY, "partners.one_way")
    return render_template("partners/one_way.html", lists=lists, form=lists.filters.form)


def ranked(unit: Unit, filters: PartnerFilters, shown: int, demand: Demand, way: Way) -> Ranking:
    """The first ``shown`` of this unit's partners of one way, with their reasons."""
    wanted = Request(
        unit_id=unit.id,
        filters=filters.filters,
        taste=filters.taste,
        limit=shown,
        explained=shown,
        only=way,
    )
    return rank_partners(db.session, matcher().index, wanted, current_actor(), utc_now(), demand)


def _found(unit: Unit, way: Way, endpoint: str) -> PartnerLists:
    filters = partner_filters(endpoint)
    shown = _shown()
    demand = read_demand(db.session, utc_now())
    ranking = ranked(unit, filters, shown, demand, way)
    return _lists(unit, filters, ranking, demand, shown, endpoint)


def _lists(
    unit: Unit, filters: PartnerFilters, ranking: Ranking, demand: Demand, shown: int, endpoint: str
) -> PartnerLists:
    # At once, because each call reads places, contacts and cards of all whom it is given.
    kept = filters.values | {SHOWN: shown} if shown > FIRST_SHOWN else filters.values
    cards = partner_cards([*ranking.best, *ranking.others, *ranking.one_way], kept, demand)
    best, two_way = len(ranking.best), len(ranking.best) + len(ranking.others)
    is_two_way = endpoint == "partners.index"
    total = ranking.two_way_count if is_two_way else ranking.one_way_count
    return PartnerLists(
        endpoint=endpoint,
        unit=unit,
        needs=ranking.needs,
        capabilities=ranking.capabilities,
        best=cards[:best],
        others=cards[best:two_way],
        one_way=cards[two_way:],
        two_way_count=ranking.two_way_count,
        one_way_count=ranking.one_way_count,
        shown=shown if shown > FIRST_SHOWN else None,
        more=shown + MORE_SHOWN if cards and total > shown and shown < MOST_SHOWN else None,
        filters=filters,
        undo=undo_offer(unit),
        two_way_url=url_for("partners.index", **filters.values),
        one_way_url=url_for("partners.one_way", **filters.values),
        may_write=unit.id in current_actor().units_written and unit.closed_at is None,
        download_url=url_for("partners.download", **filters.values, list=None if is_two_way else ONE_WAY),
        ticked=frozenset(ticked_partners()),
        has_too_few="few" in request.args,
        carried=filters.values if is_two_way else filters.values | {"list": ONE_WAY},
        cut_at=MOST_SHOWN if total >= MOST_SHOWN == shown else None,
    )


def _counted(count: int) -> str:
    """A count in words that are still true where the ranking was asked for no more."""
    return f"{MOST_SHOWN}+" if count >= MOST_SHOWN else str(count)


def _shown() -> int:
    return min(max(request.args.get(SHOWN, FIRST_SHOWN, type=int), FIRST_SHOWN), MOST_SHOWN)
