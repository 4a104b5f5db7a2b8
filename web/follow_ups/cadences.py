"""The office's own cadences: after how many days of silence we ask again."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import select, update
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, ValidationError
from wtforms.validators import DataRequired

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.cadence import LONGEST_STEP, MOST_STEPS, are_sound_days
from models.database import is_writing
from models.follow_up import DEFAULT_CADENCE_DAYS, Cadence
from models.organisation import Unit
from web.access import allowed, current_actor, current_person_id, for_writing
from web.database import db
from web.form_text import stripped
from web.loaders import load_unit
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import Page, PageForm
from web.text_fields import line_field

blueprint = Blueprint("cadences", __name__)

NAME_LIMIT = 60


class CadenceForm(PageForm):
    name = line_field(_("Name"), NAME_LIMIT, missing=_("Give it a name."))
    days = StringField(
        _("Days of silence after which we ask again"),
        filters=[stripped],
        validators=[DataRequired(_("Write the days, for example 3, 7, 14."))],
    )
    version = HiddenField()

    def validate_days(self, field: Any) -> None:
        if not are_sound_days(self.typed_days):
            raise ValidationError(
                gettext(
                    "Write one to %(steps)d whole numbers, each larger than the one before, up to %(days)d: "
                    "for example 3, 7, 14.",
                    steps=MOST_STEPS,
                    days=LONGEST_STEP,
                )
            )

    @property
    def typed_days(self) -> list[int]:
        """The numbers as typed; an empty list if anything else stands between them."""
        parts = [part for part in re.split(r"[\s,;]+", self.days.data or "") if part]
        # More digits than any day has: int() would go on for ever over a pasted book.
        is_number = all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts)
        return [int(part) for part in parts] if is_number else []


@blueprint.get("/units/<int:unit_id>/cadences/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    """The cadences of the organisation; its offices change them."""
    cadences = db.session.scalars(
        select(Cadence)
        .where(Cadence.organisation_id == unit.organisation_id, Cadence.retired_at.is_(None))
        .order_by(Cadence.name, Cadence.id)
    ).all()
    return render_template(
        "cadences/index.html",
        unit=unit,
        cadences=[(cadence, days_words(cadence.days)) for cadence in cadences],
        usual_days=days_words(DEFAULT_CADENCE_DAYS),
        is_usual_default=not any(cadence.is_default for cadence in cadences),
        may_change=_is_office(unit),
    )


@blueprint.route("/units/<int:unit_id>/cadences/new", methods=["GET", "POST"])
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def new(unit: Unit) -> Page | Response:
    _only_for_the_office(unit)
    form = CadenceForm()
    if not form.validate_on_submit():
        return _form_page(form, unit, None)
    unit = _unit_for_writing(unit)
    cadence = Cadence(
        organisation_id=unit.organisation_id, name=form.name.data, days=form.typed_days, created_at=utc_now()
    )
    db.session.add(cadence)
    db.session.flush()
    return _saved("cadence.new", cadence, unit)


@blueprint.route("/units/<int:unit_id>/cadences/<int:cadence_id>", methods=["GET", "POST"])
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def edit(unit: Unit, cadence_id: int) -> Page | Response:
    _only_for_the_office(unit)
    cadence = _cadence(unit, cadence_id)
    form = CadenceForm(
        data={"name": cadence.name, "days": days_words(cadence.days), "version": str(cadence.version)}
    )
    if not form.validate_on_submit():
        return _form_page(form, unit, cadence)
    unit = _unit_for_writing(unit)
    cadence = _cadence(unit, cadence_id)
    if form.version.data != str(cadence.version):
        return _crossed(form, unit, cadence)
    cadence.name = form.name.data
    cadence.days = form.typed_days
    return _saved("cadence.edit", cadence, unit)


@blueprint.post("/units/<int:unit_id>/cadences/<int:cadence_id>/default")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def default(unit: Unit, cadence_id: int) -> Response:
    """Make it the usual one; 0 goes back to the one that everybody has."""
    _only_for_the_office(unit)
    if cadence_id:
        _cadence(unit, cadence_id)
    unit = _unit_for_writing(unit)
    _nothing_is_default(unit)
    if cadence_id == 0:
        db.session.commit()
        return redirect(url_for("cadences.index", unit_id=unit.id), 303)
    cadence = _cadence(unit, cadence_id)
    cadence.is_default = True
    return _saved("cadence.default", cadence, unit)


@blueprint.post("/units/<int:unit_id>/cadences/<int:cadence_id>/retire")
@allowed(Action.UNIT_POST, load_unit, "unit_id")
def retire(unit: Unit, cadence_id: int) -> Response:
    """Choose it no more; where it runs, it runs to its end."""
    _only_for_the_office(unit)
    _cadence(unit, cadence_id)
    unit = _unit_for_writing(unit)
    cadence = _cadence(unit, cadence_id)
    cadence.is_default = False
    cadence.retired_at = utc_now()
    return _saved("cadence.retire", cadence, unit)


def days_words(days: Sequence[int]) -> str:
    return ", ".join(str(day) for day in days)


def _is_office(unit: Unit) -> bool:
    return unit.id in current_actor().units_overseen


def _only_for_the_office(unit: Unit) -> None:
    if not _is_office(unit):
        abort(403)


def _unit_for_writing(unit: Unit) -> Unit:
    unit = for_writing(Action.UNIT_POST, load_unit, unit.id)
    _only_for_the_office(unit)
    return unit


def _cadence(unit: Unit, cadence_id: int) -> Cadence:
    statement = select(Cadence).where(
        Cadence.id == cadence_id,
        Cadence.organisation_id == unit.organisation_id,
        Cadence.retired_at.is_(None),
    )
    if is_writing(db.session):
        statement = statement.with_for_update()
    cadence = db.session.scalar(statement)
    if cadence is None:
        abort(404)
    return cadence


def _nothing_is_default(unit: Unit) -> None:
    # Before the new one is set: the database refuses two at any moment. The version stays, as nobody edits this.
    of_ours = (Cadence.organisation_id == unit.organisation_id, Cadence.is_default)
    db.session.execute(update(Cadence).where(*of_ours).values(is_default=False))


def _form_page(form: CadenceForm, unit: Unit, cadence: Cadence | None) -> Page:
    page = render_template("cadences/form.html", form=form, unit=unit, cadence=cadence)
    return (page, 422) if form.is_submitted() else page


def _crossed(form: CadenceForm, unit: Unit, cadence: Cadence) -> tuple[str, int]:
    form.version.raw_data = None
    form.version.data = str(cadence.version)
    form.form_errors.append(
        gettext(
            "Somebody changed it meanwhile to “%(name)s”: %(days)s. Check yours below and save again.",
            name=cadence.name,
            days=days_words(cadence.days),
        )
    )
    return render_template("cadences/form.html", form=form, unit=unit, cadence=cadence), 409


def _saved(action: str, cadence: Cadence, unit: Unit) -> Response:
    note_action(db.session, current_person_id(), action, cadence, unit.id)
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("cadences.index", unit_id=unit.id), 303)
