"""What would open more partners: which capability, or which need said more clearly, and to whom."""

from flask import Blueprint, render_template

from matching.demand import read_demand
from matching.opening import find_openings
from models.actor import Action
from models.base import utc_now
from models.organisation import Unit
from web.access import allowed, current_actor
from web.better.cards import better_page
from web.database import db
from web.loaders import load_unit
from web.matcher import matcher

blueprint = Blueprint("better", __name__)


@blueprint.get("/units/<int:unit_id>/better")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def show(unit: Unit) -> str:
    """Proposals, each tried by a whole ranking. Nothing of it is kept."""
    now = utc_now()
    demand = read_demand(db.session, now)
    openings = find_openings(db.session, matcher().index, unit.id, current_actor(), now, demand)
    return render_template("better/show.html", unit=unit, better=better_page(unit, openings, now))
