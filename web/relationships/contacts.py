"""Writing down that the two sides were in touch, also for a day in the past, and a joint session of two departments."""

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.once import TWICE_WITHIN
from models.organisation import Unit
from models.pipeline_moves import move, new_batch
from models.policy import visible_organisations
from models.relationship import (
    MEETING_KINDS,
    Contact,
    ContactKind,
    Relationship,
    Stage,
    relationship_between,
)
from models.wall_time import wall_time_of
from web.access import allowed, current_actor, current_person_id, for_writing
from web.addresses import id_in_address
from web.database import db
from web.labels import partner_words, unit_words
from web.loaders import load_relationship, load_unit
from web.localisation import gettext
from web.moments import viewer_zone
from web.pipeline.facts import keep_contact
from web.pipeline.forms import ContactFields
from web.relationships import blueprint


class ContactForm(ContactFields):
    """A contact by itself, without moving the card."""


@blueprint.get("/relationships/<int:relationship_id>/contact")
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def contact(ours: Relationship) -> str:
    form = ContactForm(formdata=None, kind=ContactKind.CALL)
    return _contact_page(form, ours)


@blueprint.post("/relationships/<int:relationship_id>/contact", endpoint="contact_now")
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def contact_now(ours: Relationship) -> Response | tuple[str, int]:
    """Keep the contact. Whoever writes it down takes part from now on."""
    form = ContactForm()
    if not form.validate_on_submit():
        return _contact_page(form, ours), 422
    ours = for_writing(Action.RELATIONSHIP_WRITE, load_relationship, ours.id)
    if not _was_kept(ours, form):
        _keep(ours, form)
    db.session.commit()
    flash(gettext("Written down."), "success")
    return redirect(url_for("relationships.show", relationship_id=ours.id), 303)


@blueprint.get("/units/<int:unit_id>/joint-session")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def joint_session(unit: Unit) -> str:
    """Two departments that do not usually talk sat together: when was it?"""
    form = ContactForm(formdata=None, kind=ContactKind.MEETING)
    return _session_page(form, unit, _partner_unit(unit))


@blueprint.post("/units/<int:unit_id>/joint-session", endpoint="joint_session_now")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def joint_session_now(unit: Unit) -> Response | tuple[str, int]:
    """Keep it as a contact of these two departments, and move their card to where such a contact brings it."""
    form = ContactForm()
    partner_unit = _partner_unit(unit)
    if not form.validate_on_submit():
        return _session_page(form, unit, partner_unit), 422
    unit = for_writing(Action.UNIT_POST, load_unit, unit.id)
    ours = relationship_between(db.session, unit, _partner_unit(unit))
    if ours.owner_id is None:
        ours.owner_id = current_person_id()
    batch = _move_on(ours, form.kind.data)
    if not _was_kept(ours, form):
        _keep(ours, form).batch = batch
    target = url_for("relationships.show", relationship_id=ours.id, done=batch)
    db.session.commit()
    flash(gettext("Written down."), "success")
    return redirect(target, 303)


def _move_on(ours: Relationship, kind: ContactKind) -> str | None:
    """Move the card to the stage whose fact this is; return the batch that undoes it. None: it is there or further.

    Who sat together has met, as in an arranged meeting; who called or wrote is introduced.
    """
    to_stage = Stage.MEETING if kind in MEETING_KINDS else Stage.INTRODUCED
    if ours.stage is not Stage.CLOSED and to_stage.position <= ours.stage.position:
        return None
    batch, person_id, before = new_batch(), current_person_id(), ours.stage
    move(db.session, ours, to_stage, person_id, batch, utc_now())
    note_action(
        db.session, person_id, "pipeline.move", ours, ours.unit_id, {"stage": [before.value, to_stage.value]}
    )
    return batch


def _was_kept(ours: Relationship, form: ContactForm) -> bool:
    """Whether the same person wrote down the same contact of that day moments ago."""
    same = db.session.scalars(
        select(Contact).where(
            Contact.relationship_id == ours.id,
            Contact.person_id == current_person_id(),
            Contact.kind == form.kind.data,
            Contact.direction == form.direction.data,
            Contact.note == form.note.data,
            Contact.created_at > utc_now() - TWICE_WITHIN,
        )
    )
    return any(wall_time_of(each.at, viewer_zone()).date() == form.happened_on.data for each in same)


def _keep(ours: Relationship, form: ContactForm) -> Contact:
    kept = keep_contact(ours, form, utc_now())
    db.session.flush()
    note_action(db.session, current_person_id(), "relationship.contact", kept, ours.unit_id)
    return kept


def _partner_unit(unit: Unit) -> Unit:
    """The open unit of another organisation that the address names; 404 for any other."""
    unit_id = id_in_address("partner_unit")
    if unit_id is None:
        abort(404)
    seen = visible_organisations(current_actor()).subquery()
    found = db.session.scalar(
        select(Unit)
        .join(seen, seen.c.id == Unit.organisation_id)
        .where(Unit.id == unit_id, Unit.organisation_id != unit.organisation_id, Unit.closed_at.is_(None))
    )
    if found is None:
        abort(404)
    return found


def _contact_page(form: ContactForm, ours: Relationship) -> str:
    return render_template(
        "relationships/contact.html",
        form=form,
        title=gettext("In touch with %(partner)s", partner=partner_words(ours)),
        action=url_for("relationships.contact_now", relationship_id=ours.id),
        back_url=url_for("relationships.show", relationship_id=ours.id),
    )


def _session_page(form: ContactForm, unit: Unit, partner_unit: Unit) -> str:
    return render_template(
        "relationships/contact.html",
        form=form,
        title=gettext(
            "A joint session of %(ours)s and %(theirs)s", ours=unit.name, theirs=unit_words(partner_unit)
        ),
        action=url_for("relationships.joint_session_now", unit_id=unit.id, partner_unit=partner_unit.id),
        back_url=url_for("pipeline.board", unit_id=unit.id),
    )
