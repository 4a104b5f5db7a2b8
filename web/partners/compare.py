"""Compare: a few partners that somebody ticked in the list, side by side in the words of their pair pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matching.answers import Pair
from matching.demand import Demand, read_demand
from matching.signals import Taste
from models.actor import Action
from models.base import utc_now
from models.organisation import Organisation, Unit
from models.policy import visible_organisations
from web.access import allowed, current_actor
from web.database import db
from web.loaders import load_unit
from web.partners import blueprint
from web.partners.dismissals import carried_of_list, list_url
from web.partners.filters import carried_values, ticked_partners
from web.partners.pair_view import DirectionView, LinkView, PairView, pair_of, pair_view
from web.partners.signals_here import history_sentence, newness_sentence, reply_sentence
from web.partners.taste import taste_of

FEWEST_COMPARED = 2
MOST_COMPARED = 4
LINKS_SHOWN = 2


@dataclass(frozen=True)
class CitedLinks:
    """What a column cites of one direction; ``further`` is how many more links there are."""

    links: list[LinkView]
    further: int


@dataclass(frozen=True)
class Column:
    """One partner. ``leave_out_url`` compares the others; None where too few would remain."""

    pair: PairView
    get_cited: CitedLinks
    give_cited: CitedLinks
    pair_url: str
    history: str
    reply: str
    newness: str
    leave_out_url: str | None


@dataclass(frozen=True)
class Comparison:
    """The page; ``is_cut``: more were chosen than stand side by side. ``is_short``: somebody who was chosen is not
    there, or not for this person. Too few make no column.
    """

    unit: Unit
    columns: list[Column]
    back_url: str
    is_cut: bool
    is_short: bool


@blueprint.get("/compare")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def compare(unit: Unit) -> str | Response:
    """Two to four partners, each in a column, in the order in which they were chosen; fewer lead back to the list."""
    asked = ticked_partners()
    if len(asked) < FEWEST_COMPARED:
        return redirect(f"{list_url(unit.id, ticked=asked, has_too_few=True)}#compare", 303)
    chosen = _visible(unit, asked)
    compared = chosen[:MOST_COMPARED] if len(chosen) >= FEWEST_COMPARED else []
    taste, now = taste_of(request.args), utc_now()
    demand = read_demand(db.session, now)
    found = [pair_of(unit, organisation_id, taste, now, demand) for organisation_id in compared]
    comparison = Comparison(
        unit=unit,
        columns=[_column(unit, one, compared, demand, taste) for one in found if one is not None],
        back_url=list_url(unit.id, ticked=chosen),
        is_cut=len(chosen) > MOST_COMPARED,
        is_short=len(chosen) < len(asked),
    )
    return render_template("partners/compare.html", comparison=comparison)


def _visible(unit: Unit, asked: Sequence[int]) -> list[int]:
    """Those of the organisations that this person may see, in their order."""
    seen = set(
        db.session.scalars(
            visible_organisations(current_actor())
            .where(Organisation.id.in_(asked), Organisation.id != unit.organisation_id)
            .with_only_columns(Organisation.id)
        )
    )
    return [organisation_id for organisation_id in asked if organisation_id in seen]


def _column(unit: Unit, found: Pair, compared: list[int], demand: Demand, taste: Taste) -> Column:
    match = found.match
    carried = carried_values(taste)
    others = [one for one in compared if one != match.organisation_id]
    view = pair_view(unit, found, demand, taste, utc_now())
    return Column(
        pair=view,
        get_cited=_cited(view.get),
        give_cited=_cited(view.give),
        pair_url=url_for("partners.show", organisation_id=match.organisation_id, **carried),
        history=history_sentence(match, taste),
        reply=reply_sentence(match),
        newness=newness_sentence(match, found, demand),
        leave_out_url=url_for("partners.compare", partner=others, **carried_of_list())
        if len(others) >= FEWEST_COMPARED
        else None,
    )


def _cited(direction: DirectionView) -> CitedLinks:
    """The first links that fit; weak ones only where there is no other."""
    fitting = [link for link in direction.first_links if link.word != "weak"]
    cited = (fitting or direction.first_links)[:LINKS_SHOWN]
    return CitedLinks(cited, len(direction.first_links) + len(direction.more_links) - len(cited))
