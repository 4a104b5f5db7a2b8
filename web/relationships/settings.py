"""Who looks after a relationship, when it counts as quiet or cold, and how often we ask again."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy import or_, select
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.cadence import hand_over, start_cadence
from models.follow_up import Cadence
from models.person import Person
from models.relationship import Relationship
from models.unit_people import colleagues
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.labels import partner_words
from web.loaders import load_relationship
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import Page, PageForm
from web.pipeline.forms import person_choices
from web.posts.forms import WholeNumberField
from web.relationships import blueprint

MOST_DAYS = 730
OUR_USUAL = 0


def _days() -> NumberRange:
    return NumberRange(min=1, max=MOST_DAYS, message=_("Write a number of days from %(min)d to %(max)d."))


class RelationshipForm(PageForm):
    """``version`` is the one that the person saw: whoever was faster is not overwritten."""

    owner_id = SelectField(_("Owner"), coerce=int)
    sponsor_id = SelectField(_("Sponsor"), coerce=int)
    quiet_after_days = WholeNumberField(
        _("Quiet after"), validators=[InputRequired(_("Write a number of days.")), _days()]
    )
    cold_after_days = WholeNumberField(
        _("Cold after"), validators=[InputRequired(_("Write a number of days.")), _days()]
    )
    cadence_id = SelectField(_("How often we ask again"), coerce=int)
    version = IntegerField()

    def validate_cold_after_days(self, field: Any) -> None:
        if field.data and self.quiet_after_days.data and field.data <= self.quiet_after_days.data:
            raise ValidationError(gettext("Cold comes after quiet. Write a larger number of days."))


@blueprint.route("/relationships/<int:relationship_id>/edit", methods=["GET", "POST"])
@allowed(Action.RELATIONSHIP_WRITE, load_relationship, "relationship_id")
def edit(ours: Relationship) -> Page | Response:
    form = _form(ours)
    if not form.validate_on_submit():
        page = _edit_page(form, ours)
        return (page, 422) if form.is_submitted() else page
    ours = for_writing(Action.RELATIONSHIP_WRITE, load_relationship, ours.id)
    if form.version.data != ours.version:
        form.form_errors.append(gettext("Somebody changed this meanwhile. Compare, then save again."))
        form.version.raw_data, form.version.data = None, ours.version
        return _edit_page(form, ours), 409
    changes = _assign(ours, form)
    note_action(db.session, current_person_id(), "relationship.edit", ours, ours.unit_id, changes)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("relationships.show", relationship_id=ours.id), 303)


def _assign(ours: Relationship, form: RelationshipForm) -> dict[str, list[int | None]]:
    now = utc_now()
    assert form.quiet_after_days.data is not None
    assert form.cold_after_days.data is not None
    owner_id, sponsor_id = form.owner_id.data or None, form.sponsor_id.data or None
    changes = {"owner": [ours.owner_id, owner_id], "sponsor": [ours.sponsor_id, sponsor_id]}
    ours.quiet_after_days = form.quiet_after_days.data
    ours.cold_after_days = form.cold_after_days.data
    ours.sponsor_id = sponsor_id
    if ours.owner_id != owner_id:
        hand_over(db.session, ours, owner_id, now)
    if (ours.cadence_id or OUR_USUAL) != form.cadence_id.data:
        chosen = db.session.get(Cadence, form.cadence_id.data) if form.cadence_id.data else None
        start_cadence(db.session, ours, chosen, now)
    return changes


def _form(ours: Relationship) -> RelationshipForm:
    form = RelationshipForm(obj=ours)
    if not form.is_submitted():
        form.owner_id.data = ours.owner_id or 0
        form.sponsor_id.data = ours.sponsor_id or 0
        form.cadence_id.data = ours.cadence_id or OUR_USUAL
    people = colleagues(db.session, ours.unit)
    form.owner_id.choices = person_choices(_with(people, ours.owner), str(gettext("Nobody")))
    form.sponsor_id.choices = person_choices(_with(people, ours.sponsor), str(gettext("Nobody")))
    form.cadence_id.choices = _cadence_choices(ours)
    return form


def _with(people: list[Person], present: Person | None) -> list[Person]:
    """The people, and whoever it is now, even if they left."""
    return people if present is None or present in people else [*people, present]


def _cadence_choices(ours: Relationship) -> list[SelectChoice]:
    cadences = db.session.scalars(
        select(Cadence)
        .where(
            Cadence.organisation_id == ours.organisation_id,
            or_(Cadence.retired_at.is_(None), Cadence.id == ours.cadence_id),
        )
        .order_by(Cadence.name)
    )
    usual = SelectChoice(str(OUR_USUAL), gettext("As we usually do"))
    return [usual, *(SelectChoice(str(cadence.id), cadence.name) for cadence in cadences)]


def _edit_page(form: RelationshipForm, ours: Relationship) -> str:
    return render_template(
        "relationships/edit.html",
        form=form,
        partner=partner_words(ours),
        action=url_for("relationships.edit", relationship_id=ours.id),
        back_url=url_for("relationships.show", relationship_id=ours.id),
    )
