""" "Keep in view": a partner that somebody wants to remember becomes a card in the stage *suggested*."""

from collections.abc import Iterable

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import Optional

from models.actor import Action
from models.audit import note_action
from models.dealings_policy import visible_relationships
from models.organisation import Organisation, Unit
from models.relationship import Relationship, relationship_between
from web.access import allowed, current_actor, for_writing
from web.database import db
from web.loaders import load_organisation, load_unit
from web.page_form import PageForm
from web.pipeline import blueprint


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
        ours.owner_id = current_actor().person_id
        note_action(db.session, current_actor().person_id, "pipeline.keep", ours, unit.id)
    target = url_for("relationships.show", relationship_id=ours.id)
    db.session.commit()
    return redirect(target, 303)


def kept_with(unit: Unit, partner_ids: Iterable[int]) -> dict[int, Relationship]:
    """The unit's newest card of each of these partners, as far as the actor may see it, in one query."""
    cards = db.session.scalars(
        visible_relationships(current_actor())
        .where(Relationship.unit_id == unit.id, Relationship.partner_id.in_(list(partner_ids)))
        .order_by(Relationship.id)
    )
    return {ours.partner_id: ours for ours in cards}


def _unit_of(organisation: Organisation, unit_id: int | None) -> Unit:
    """The named open unit of the partner, else its root."""
    named = (unit for unit in organisation.units if unit.id == unit_id and unit.closed_at is None)
    return next(named, organisation.root_unit)
