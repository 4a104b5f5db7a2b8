"""Who takes part on our side: they may read what we keep about the partner."""

from flask import flash, redirect, url_for
from sqlalchemy import delete
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.relationship import Relationship, RelationshipPerson, take_part
from models.unit_people import colleagues
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.loaders import load_relationship
from web.localisation import gettext
from web.pipeline.forms import person_choices
from web.relationships import blueprint
from web.relationships.forms import PersonForm


@blueprint.post("/relationships/<int:relationship_id>/people")
@allowed(Action.RELATIONSHIP_READ, load_relationship, "relationship_id")
def add_person(ours: Relationship) -> Response:
    """Let somebody of our unit, above or below read along. Only those who may read themselves may do so."""
    form = PersonForm()
    form.person_id.choices = person_choices(colleagues(db.session, ours.unit))
    if not form.validate_on_submit():
        flash(gettext("Choose somebody of your organisation from the list."), "error")
        return redirect(url_for("relationships.show", relationship_id=ours.id), 303)
    ours = for_writing(Action.RELATIONSHIP_READ, load_relationship, ours.id)
    take_part(db.session, ours, form.person_id.data)
    changes = {"person": [None, form.person_id.data]}
    note_action(db.session, current_person_id(), "relationship.add_person", ours, ours.unit_id, changes)
    db.session.commit()
    return redirect(url_for("relationships.show", relationship_id=ours.id) + "#people", 303)


@blueprint.post("/relationships/<int:relationship_id>/people/<int:person_id>/remove")
@allowed(Action.RELATIONSHIP_READ, load_relationship, "relationship_id")
def remove_person(ours: Relationship, person_id: int) -> Response:
    """Somebody takes part no more. The owner and the sponsor go on reading as long as they are that."""
    ours = for_writing(Action.RELATIONSHIP_READ, load_relationship, ours.id)
    db.session.execute(
        delete(RelationshipPerson).where(
            RelationshipPerson.relationship_id == ours.id, RelationshipPerson.person_id == person_id
        )
    )
    changes = {"person": [person_id, None]}
    note_action(db.session, current_person_id(), "relationship.remove_person", ours, ours.unit_id, changes)
    target = url_for("relationships.show", relationship_id=ours.id)
    if person_id == current_person_id():
        # Whoever takes themselves out may not see the page any more.
        target = url_for("home.show")
    db.session.commit()
    return redirect(target, 303)
