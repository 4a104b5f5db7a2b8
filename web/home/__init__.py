"""Home: what needs me today? For visitors a landing page, for people the attention list and what is new."""

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from models.actor import Action
from models.organisation import Unit
from web.access import allowed, current_actor, public
from web.acting import acting_unit
from web.home.attention import MINE, OURS, attention_lines, has_office, office_counters, scope_of
from web.home.onboarding import onboarding_steps
from web.home.suggestions import suggestions_for
from web.loaders import load_unit
from web.localisation import gettext

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def show() -> str:
    """The landing page, or the home of the signed-in person for the acting unit."""
    if not current_user.is_authenticated:
        return render_template("home/landing.html")
    actor, unit = current_actor(), acting_unit()
    scope = scope_of(actor, unit, request.args.get("whose", MINE))
    return render_template(
        "home/show.html",
        unit=unit,
        belongs_nowhere=unit is None and not actor.is_operator,
        attention=attention_lines(scope),
        is_office=scope.is_office,
        tabs=_tabs(scope.is_office) if has_office(actor, unit) else [],
        counters=office_counters(scope),
        steps=onboarding_steps(actor, unit) if unit is not None else [],
    )


def _tabs(is_office: bool) -> list[tuple[str, str, bool]]:
    return [
        (gettext("Mine"), url_for("home.show"), not is_office),
        (gettext("Our office"), url_for("home.show", whose=OURS), is_office),
    ]


@blueprint.get("/units/<int:unit_id>/suggestions")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def suggestions(unit: Unit) -> str:
    """The few best partners of a unit. Home asks for them afterwards, so it never waits for the ranking."""
    return render_template(
        "home/suggestions.html",
        unit=unit,
        suggestions=suggestions_for(unit),
        may_write=unit.id in current_actor().units_written,
    )
