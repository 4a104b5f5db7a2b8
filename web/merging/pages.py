"""Choosing the organisation that lives on, reading what moves, and moving it: in one transaction."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.joining import organisations_like
from models.merging import can_be_merged, merge, others_to_merge_into, what_moves
from models.organisation import Organisation
from models.separating import MERGED
from web.access import allowed, current_person_id
from web.addresses import possible_ids
from web.choices import PlainSelect
from web.database import db
from web.joining.forms import NAME_LIMIT
from web.labels import place_words
from web.loaders import load_organisation_to_merge
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.merging import blueprint
from web.merging.both import both_for_writing, people_concerned
from web.merging.letters import tell_merged
from web.page_form import Page, PageForm
from web.text_fields import line_field


class MergeForm(PageForm):
    """The choice alone is sent by GET; the deed asks for the name, too, so that nobody merges by a slip."""

    name_to_type: str
    into = SelectField(
        _("Organisation that lives on"),
        widget=PlainSelect(),
        coerce=int,
        validators=[InputRequired(_("Choose the organisation that lives on."))],
    )
    name = line_field(
        _("Name of the organisation that moves"), NAME_LIMIT, missing=_("Type the name of what moves.")
    )

    def validate_name(self, field: StringField) -> None:
        if _letters(field.data) != _letters(self.name_to_type):
            raise ValidationError(
                gettext("Type the name as it stands here: %(name)s", name=self.name_to_type)
            )


@blueprint.get("/approvals/<int:organisation_id>/merge")
@allowed(Action.ORGANISATION_MERGE, load_organisation_to_merge, "organisation_id")
def show(organisation: Organisation) -> str | Response:
    """First the choice; with ``?into=`` what would move there."""
    if organisation.merged_into_id is not None:
        return _merged_already(organisation)
    if not can_be_merged(organisation):
        return _not_to_merge(organisation)
    others = others_to_merge_into(db.session, organisation)
    form = _form(organisation, others)
    if form.into.data is None:
        alike = [other for other in organisations_like(db.session, organisation) if other in others]
        form.into.data = alike[0].id if alike else None
    return _page(organisation, others, form, request.args.get("into", type=int))


@blueprint.post("/approvals/<int:organisation_id>/merge", endpoint="merge_now")
@allowed(Action.ORGANISATION_MERGE, load_organisation_to_merge, "organisation_id")
def merge_now(organisation: Organisation) -> Page | Response:
    others = others_to_merge_into(db.session, organisation)
    form = _form(organisation, others)
    gone = _gone_of(organisation, form.into.data)
    if gone is not None:
        return _merged_already(gone)
    if not form.validate_on_submit():
        return _page(organisation, others, form, form.into.data), 422
    organisation, target = both_for_writing(organisation.id, form.into.data)
    gone = _gone_of(organisation, target.id)
    if gone is not None:
        return _merged_already(gone)
    if not can_be_merged(organisation) or target not in others_to_merge_into(db.session, organisation):
        return _not_to_merge(organisation)
    _merge(organisation, target)
    names = {"name": organisation.name, "target": target.name}
    db.session.commit()
    flash(gettext("%(name)s is part of %(target)s now. Everybody concerned gets a mail.", **names), "success")
    return redirect(url_for("approvals.index", state="decided"), 303)


def _gone_of(organisation: Organisation, target_id: int | None) -> Organisation | None:
    """The one of the two that was merged already: by a first click, or by another operator."""
    both = (db.session.get(Organisation, one) for one in possible_ids((organisation.id, target_id or 0)))
    return next((one for one in both if one is not None and one.merged_into_id is not None), None)


def _merge(organisation: Organisation, target: Organisation) -> None:
    concerned = people_concerned(organisation, target)
    root = organisation.root_unit
    kept = merge(db.session, organisation, target, utc_now())
    changes = {"merged_into": [None, target.id], "kept": kept}
    note_action(db.session, current_person_id(), MERGED, organisation, root.id, changes)
    for person in concerned:
        tell_merged(organisation, target, person)


def _form(organisation: Organisation, others: list[Organisation]) -> MergeForm:
    form = MergeForm(request.args) if request.method == "GET" else MergeForm()
    form.into.choices = [SelectChoice(other.id, _words(other)) for other in others]
    form.name_to_type = organisation.name
    return form


def _letters(name: str) -> str:
    return "".join(name.split()).casefold()


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


def _merged_already(organisation: Organisation) -> Response:
    """Where whoever merged it came to."""
    target = db.session.get_one(Organisation, organisation.merged_into_id)
    names = {"name": organisation.name, "target": target.name}
    flash(gettext("%(name)s is part of %(target)s now. It was merged already.", **names), "info")
    return redirect(url_for("approvals.index", state="decided"), 303)


def _not_to_merge(organisation: Organisation) -> Response:
    if organisation.is_approved:
        flash(gettext("%(name)s cannot be merged there, or not any more.", name=organisation.name), "info")
    else:
        flash(gettext("Only what is approved can be merged."), "info")
    return redirect(url_for("approvals.show", organisation_id=organisation.id), 303)
