"""The pair page: why should we talk? The links that carry both directions, and what moved the rank."""

from flask import abort, render_template, request

from matching.demand import read_demand
from models.actor import Action
from models.base import utc_now
from models.organisation import Unit
from web.access import allowed, current_actor
from web.database import db
from web.loaders import load_organisation, load_unit
from web.partners import blueprint
from web.partners.pair_view import pair_of, pair_view
from web.partners.taste import taste_of


@blueprint.get("/<int:organisation_id>")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def show(unit: Unit, organisation_id: int) -> str:
    """Both directions of one pair, with the sentences that carry them."""
    organisation = load_organisation(current_actor(), organisation_id)
    taste, now = taste_of(request.args), utc_now()
    demand = read_demand(db.session, now)
    found = pair_of(unit, organisation.id, taste, now, demand)
    if found is None:
        abort(404)
    return render_template("partners/show.html", view=pair_view(unit, found, demand, taste, now))
