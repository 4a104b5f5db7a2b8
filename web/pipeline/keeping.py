""" "Keep in view": a partner that somebody wants to remember becomes a card in the stage *suggested*."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import Optional

from models.actor import Action
from models.audit import note_action
from models.dealings_policy import visible_relationships
from models.organisation import Organisation, Unit
from models.relationship import Relationship, relationship_between
from web.access import allowed, current_actor, current_person_id, for_writing
from web.acting import acting_unit
from web.database import db
from web.loaders import load_organisation, load_unit
from web.page_form import PageForm
from web.pipeline import blueprint
from web.pipeline.words import STAGES


class KeepForm(PageForm):
    """Which unit of the partner: the one of its strongest post. Without one, the whole organisation."""

    partner_unit = IntegerField(validators=[Optional()])


@blueprint.post("/units/<int:unit_id>/partners/<int:organisation_id>/keep")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def keep(unit: Unit, organisation_id: int) -> Response:
    """Add the card, or find the one that is there; sent twice, it changes nothing the second time."""
    form = KeepForm()
    unit = for_writing(Action.UNIT_POST, load_unit, unit.id)
    organisation = load_organisation(current_actor(), organisation_id)
    if organisation.id == unit.organisation_id:
        abort(404)
    ours = relationship_between(db.session, unit, _unit_of(organisation, form.partner_unit.data))
    if ours.owner_id is None:
        ours.owner_id = current_person_id()
        note_action(db.session, current_person_id(), "pipeline.keep", ours, unit.id)
    target = url_for("relationships.show", relationship_id=ours.id)
    db.session.commit()
    return redirect(target, 303)


@dataclass(frozen=True)
class KeepOffer:
    """``stage`` says how far a partner is that is kept already; then ``url`` leads to its page, else it keeps it."""

    url: str
    stage: str | None
    partner_unit: int | None


def keep_offers(partner_units: Mapping[int, int | None]) -> dict[int, KeepOffer]:
    """The offer beside each of these partners, by id, in one query; ``partner_units`` names the unit to keep.

    Empty for somebody who does not write for the acting unit.
    """
    unit = acting_unit()
    if unit is None or unit.closed_at is not None or unit.id not in current_actor().units_written:
        return {}
    cards = db.session.scalars(
        visible_relationships(current_actor())
        .where(Relationship.unit_id == unit.id, Relationship.partner_id.in_(list(partner_units)))
        .order_by(Relationship.id)
    )
    kept = {
        ours.partner_id: KeepOffer(
            url=url_for("relationships.show", relationship_id=ours.id),
            stage=str(STAGES[ours.stage]),
            partner_unit=None,
        )
        for ours in cards
    }
    new = {
        partner_id: KeepOffer(
            url=url_for("pipeline.keep", unit_id=unit.id, organisation_id=partner_id),
            stage=None,
            partner_unit=partner_unit,
        )
        for partner_id, partner_unit in partner_units.items()
    }
    return {**new, **kept}


def _unit_of(organisation: Organisation, unit_id: int | None) -> Unit:
    """The named open unit of the partner, else its root."""
    named = (unit for unit in organisation.units if unit.id == unit_id and unit.closed_at is None)
    return next(named, organisation.root_unit)
