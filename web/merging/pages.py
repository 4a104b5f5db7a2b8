"""Choosing the organisation that lives on, reading what moves, and moving it: in one transaction."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.closing import partners_to_tell
from models.merging import can_be_merged, merge, others_to_merge_into, what_moves
from models.organisation import Organisation
from models.person import Person
from models.unit_people import people_of_organisation
from web.access import allowed, authorised, current_person_id, for_writing
from web.choices import PlainSelect
from web.database import db
from web.labels import place_words
from web.loaders import load_organisation
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.merging import blueprint
from web.merging.letters import tell_merged
from web.page_form import Page, PageForm


class MergeForm(PageForm):
    into = SelectField(
        _("Organisation that lives on"),
        widget=PlainSelect(),
        coerce=int,
        validators=[InputRequired(_("Choose the organisation that lives on."))],
    )


@blueprint.get("/approvals/<int:organisation_id>/merge")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def show(organisation: Organisation) -> str | Response:
    """First the choice; with ``?into=`` what would move there."""
    if not can_be_merged(organisation):
        return _not_to_merge(organisation)
    others = others_to_merge_into(db.session, organisation)
    return _page(organisation, others, _form(others), request.args.get("into", type=int))


@blueprint.post("/approvals/<int:organisation_id>/merge", endpoint="merge_now")
@allowed(Action.ORGANISATION_DECIDE, load_organisation, "organisation_id")
def merge_now(organisation: Organisation) -> Page | Response:
    others = others_to_merge_into(db.session, organisation)
    form = _form(others)
    if not form.validate_on_submit():
        return _page(organisation, others, form, None), 422
    organisation = for_writing(Action.ORGANISATION_DECIDE, load_organisation, organisation.id)
    target = authorised(Action.ORGANISATION_DECIDE, load_organisation, form.into.data)
    if not can_be_merged(organisation) or target not in others_to_merge_into(db.session, organisation):
        return _not_to_merge(organisation)
    _merge(organisation, target)
    names = {"name": organisation.name, "target": target.name}
    db.session.commit()
    flash(gettext("%(name)s is part of %(target)s now. Everybody concerned gets a mail.", **names), "success")
    return redirect(url_for("approvals.index", state="decided"), 303)


def _merge(organisation: Organisation, target: Organisation) -> None:
    concerned: dict[int, Person] = {}
    for person in (
        *people_of_organisation(db.session, organisation.id),
        *people_of_organisation(db.session, target.id),
        *partners_to_tell(db.session, organisation.id),
    ):
        concerned[person.id] = person
    root = organisation.root_unit
    merge(db.session, organisation, target, utc_now())
    changes = {"merged_into": [None, target.id]}
    note_action(db.session, current_person_id(), "organisation.merge", organisation, root.id, changes)
    for person in concerned.values():
        tell_merged(organisation, target, person)


def _form(others: list[Organisation]) -> MergeForm:
    form = MergeForm(request.args) if request.method == "GET" else MergeForm()
    form.into.choices = [SelectChoice(other.id, _words(other)) for other in others]
    return form


def _words(organisation: Organisation) -> str:
    place = place_words(organisation.root_unit.place)
    return f"{organisation.name}, {place}" if place else organisation.name


def _page(
    organisation: Organisation, others: list[Organisation], form: MergeForm, into_id: int | None
) -> str:
    target = next((other for other in others if other.id == into_id), None)
    return render_template(
        "merging/show.html",
        form=form,
        organisation=organisation,
        others=others,
        target=target,
        moving=what_moves(db.session, organisation, target) if target is not None else None,
    )


def _not_to_merge(organisation: Organisation) -> Response:
    flash(gettext("%(name)s cannot be merged there, or not any more.", name=organisation.name), "info")
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)
