"""The tree of units: add one below another, rename it, say where it is, close it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms import IntegerField

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.changelog import note_organisation_change
from models.joining import count_unwithdrawn_posts
from models.organisation import Unit
from models.person import Membership, MembershipState
from models.place import Place
from models.tending import count_open_partners
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.joining.forms import NAME_LIMIT
from web.loaders import load_unit
from web.localisation import gettext, ngettext
from web.localisation import lazy_gettext as _
from web.page_form import Page, PageForm
from web.places import PlaceField, place_for, place_label
from web.text_fields import line_field

blueprint = Blueprint("units", __name__)


class UnitForm(PageForm):
    name = line_field(_("Name of the unit"), NAME_LIMIT, missing=_("Enter the name of the unit."))
    place = PlaceField(_("Place"))
    version = IntegerField()


@blueprint.route("/units/<int:unit_id>/new-unit", methods=["GET", "POST"])
@allowed(Action.UNIT_MANAGE, load_unit, "unit_id")
def new(parent: Unit) -> Page | Response:
    form = UnitForm()
    if not form.validate_on_submit():
        page = render_template("people/new_unit.html", form=form, parent=parent)
        return (page, 422) if form.is_submitted() else page
    parent = for_writing(Action.UNIT_MANAGE, load_unit, parent.id)
    if parent.closed_at is not None:
        flash(gettext("%(unit)s is closed: nothing can be added below it.", unit=parent.name), "error")
        return redirect(url_for("people.index", unit_id=parent.id), 303)
    unit = Unit(
        organisation_id=parent.organisation_id, parent_id=parent.id, name=form.name.data, place=_place(form)
    )
    db.session.add(unit)
    db.session.flush()
    note_action(db.session, current_person_id(), "unit.add", unit, parent.id)
    db.session.commit()
    flash(gettext("%(unit)s is added.", unit=unit.name), "success")
    return redirect(url_for("people.index", unit_id=parent.id), 303)


@blueprint.route("/units/<int:unit_id>/edit", methods=["GET", "POST"])
@allowed(Action.UNIT_MANAGE, load_unit, "unit_id")
def edit(unit: Unit) -> Page | Response:
    form = UnitForm(name=unit.name, place=place_label(unit.place) if unit.place else "", version=unit.version)
    if not form.validate_on_submit():
        page = render_template("people/edit_unit.html", form=form, unit=unit)
        return (page, 422) if form.is_submitted() else page
    unit = for_writing(Action.UNIT_MANAGE, load_unit, unit.id)
    if form.version.data != unit.version:
        form.form_errors.append(_changed_meanwhile(unit))
        form.version.raw_data = None
        form.version.data = unit.version
        return render_template("people/edit_unit.html", form=form, unit=unit), 409
    _change(unit, form.name.data, _place(form))
    db.session.commit()
    flash(gettext("Saved."), "success")
    return redirect(url_for("people.index", unit_id=unit.id), 303)


@blueprint.post("/units/<int:unit_id>/close")
@allowed(Action.UNIT_MANAGE, load_unit, "unit_id")
def close(unit: Unit) -> Response:
    unit = for_writing(Action.UNIT_MANAGE, load_unit, unit.id)
    obstacle = _obstacle_to_closing(unit)
    if obstacle:
        flash(obstacle, "error")
        return redirect(url_for("units.edit", unit_id=unit.id), 303)
    if unit.closed_at is None:
        unit.closed_at = utc_now()
        note_action(db.session, current_person_id(), "unit.close", unit, unit.id)
        db.session.commit()
    flash(gettext("%(unit)s is closed.", unit=unit.name), "success")
    return redirect(url_for("people.index", unit_id=unit.parent_id), 303)


def _place(form: UnitForm) -> Place | None:
    return place_for(db.session, form.place.choice.geoname_id) if form.place.choice else None


def _change(unit: Unit, name: str, place: Place | None) -> None:
    changes: dict[str, object] = {}
    if unit.name != name:
        changes["name"] = [unit.name, name]
        unit.name = name
    if unit.place is not place:
        changes["place"] = [unit.place.name if unit.place else None, place.name if place else None]
        unit.place = place
        # Every post of the unit and below that names no place of its own moves with it.
        note_organisation_change(db.session, unit.organisation_id)
    note_action(db.session, current_person_id(), "unit.edit", unit, unit.id, changes)


def _obstacle_to_closing(unit: Unit) -> str | None:
    """What must happen before the unit can be closed, in words; None if nothing stands in the way."""
    if unit.is_root:
        return str(gettext("This unit stands for the whole organisation and cannot be closed."))
    posts = count_unwithdrawn_posts(db.session, unit.id)
    if posts:
        words: str = ngettext(
            "%(unit)s still has one post. Withdraw it or move it to another unit first.",
            "%(unit)s still has %(num)d posts. Withdraw them or move them to another unit first.",
            posts,
            unit=unit.name,
        )
        return words
    partners = count_open_partners(db.session, unit.id)
    if partners:
        return _partners_words(unit, partners)
    below = select(func.count()).select_from(Unit)
    if db.session.scalar(below.where(Unit.parent_id == unit.id, Unit.closed_at.is_(None))):
        return str(gettext("There are units below %(unit)s. Close them first.", unit=unit.name))
    people = select(func.count()).select_from(Membership).where(
        Membership.unit_id == unit.id,
        Membership.state.in_((MembershipState.ACTIVE, MembershipState.REQUESTED)),
    )  # fmt: skip
    if db.session.scalar(people):
        return str(
            gettext("People still belong to %(unit)s. Move them to another unit first.", unit=unit.name)
        )
    return None


def _partners_words(unit: Unit, partners: int) -> str:
    """Asked before the people: once they are gone, nobody is left who could close the cards."""
    words: str = ngettext(
        "%(unit)s still has one open partner. Let whoever looks after it close its card with a reason first.",
        "%(unit)s still has %(num)d open partners. Let whoever looks after them close their cards with a reason "
        "first.",
        partners,
        unit=unit.name,
    )
    return words


def _changed_meanwhile(unit: Unit) -> str:
    words: str = gettext(
        "Meanwhile somebody else changed this: the name is now “%(name)s”, the place “%(place)s”. "
        "What you typed is still below; save again to use it.",
        name=unit.name,
        place=unit.place.name if unit.place else gettext("that of the unit above"),
    )
    return words
