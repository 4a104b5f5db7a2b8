"""The filters of the pipeline: read from the address, the same for the board and for the table."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for
from sqlalchemy import bindparam, select
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from models.database import rows_of
from models.organisation import OrganisationKind, Unit, reach_of
from models.pipeline import owners_of
from models.pipeline_filters import OPEN_STAGES, PipelineFilters, Scope, Sort, StepFilter
from models.relationship import Quietness, Stage
from web.access import current_actor
from web.choices import PlainSelect, sorted_choices_of
from web.database import db
from web.form_text import stripped
from web.labels import ORGANISATION_KINDS
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.pipeline.words import QUIETNESS, STAGES

NAMES = ("text", "stage", "owner", "department", "quietness", "step", "kind")
TEXT_LIMIT = 100
# Not one of the three by itself: whoever nobody was in touch with for too long, however long.
QUIET_OR_COLD = "quiet_or_cold"
QUIETNESS_OF = {
    QUIET_OR_COLD: frozenset({Quietness.QUIET, Quietness.COLD}),
    **{quietness.value: frozenset({quietness}) for quietness in Quietness},
}
_UNITS = (
    select(Unit.id, Unit.parent_id, Unit.name)
    .where(Unit.organisation_id == bindparam("organisation_id"))
    .order_by(Unit.name)
)


class PipelineFilterForm(PageForm):
    """One line of choices, sent by GET. An unknown value in a hand-made address counts as not chosen."""

    class Meta:
        csrf = False

    text = StringField(_("Name"), filters=[stripped], validators=[Optional()])
    stage = SelectField(_("Stage"), widget=PlainSelect(), validators=[Optional()])
    owner = SelectField(_("Owner"), widget=PlainSelect(), validators=[Optional()])
    department = SelectField(_("Our unit"), widget=PlainSelect(), validators=[Optional()])
    quietness = SelectField(_("Contact"), widget=PlainSelect(), validators=[Optional()])
    step = SelectField(_("Next step"), widget=PlainSelect(), validators=[Optional()])
    kind = SelectField(_("Kind of partner"), widget=PlainSelect(), validators=[Optional()])


@dataclass(frozen=True)
class ChosenFilters:
    """The chosen filters; ``chosen`` holds each as (words, address without it), ``values`` as the address has them."""

    form: PipelineFilterForm
    scope: Scope
    has_units: bool
    filters: PipelineFilters
    sort: Sort
    chosen: tuple[tuple[str, str], ...]
    values: dict[str, Any]

    @property
    def query(self) -> str:
        return urlencode(self.values)


def chosen_filters(unit: Unit, endpoint: str) -> ChosenFilters:
    """Read the filters of the current request; ``endpoint`` is the page that they belong to."""
    units = _units_below(unit)
    scope = Scope(current_actor(), unit.organisation_id, frozenset(units))
    form = PipelineFilterForm(request.args)
    _fill_choices(form, scope, units)
    values = _known_values(form)
    sort = request.args.get("sort", "")
    if sort in set(Sort):
        values["sort"] = sort
    return ChosenFilters(
        form=form,
        scope=scope,
        has_units=len(units) > 1,
        filters=_filters(values, scope),
        sort=Sort(values.get("sort", Sort.NEXT)),
        chosen=_chosen(endpoint, form, values),
        values=values,
    )


def known_query(query: str) -> dict[str, Any]:
    """The filters of a query that a form or a saved view carries; anything else in it is left out."""
    return {
        name: value[:TEXT_LIMIT]
        for name, value in parse_qsl(query, max_num_fields=20)
        if name in (*NAMES, "sort")
    }


def _units_below(unit: Unit) -> dict[int, str]:
    units = rows_of(db.session, _UNITS, {"organisation_id": unit.organisation_id})
    reach = reach_of(unit.id, {row.id: row.parent_id for row in units})
    return {row.id: row.name for row in units if row.id in reach}


def _fill_choices(form: PipelineFilterForm, scope: Scope, units: dict[int, str]) -> None:
    form.stage.choices = [
        SelectChoice("", gettext("All but closed")),
        *(SelectChoice(stage.value, words) for stage, words in STAGES.items()),
        SelectChoice("all", gettext("All, and closed ones")),
    ]
    form.owner.choices = [
        SelectChoice("", gettext("Anybody")),
        SelectChoice("me", gettext("Me")),
        SelectChoice("none", gettext("Nobody")),
        *(SelectChoice(str(person_id), name) for person_id, name in owners_of(db.session, scope)),
    ]
    form.department.choices = [
        SelectChoice("", gettext("All")),
        *(SelectChoice(str(unit_id), name) for unit_id, name in units.items()),
    ]
    form.quietness.choices = [
        SelectChoice("", gettext("Any")),
        SelectChoice(QUIET_OR_COLD, gettext("Quiet or cold")),
        *(SelectChoice(quietness.value, words) for quietness, words in QUIETNESS.items()),
    ]
    form.step.choices = [
        SelectChoice("", gettext("Any")),
        SelectChoice(StepFilter.OVERDUE.value, gettext("Overdue")),
        SelectChoice(StepFilter.AWAITED.value, gettext("Theirs: we wait")),
        SelectChoice(StepFilter.NONE.value, gettext("None, and nothing waits")),
    ]
    form.kind.choices = [SelectChoice("", gettext("Any kind")), *sorted_choices_of(ORGANISATION_KINDS)]


def _known_values(form: PipelineFilterForm) -> dict[str, Any]:
    text = (form.text.data or "").replace("\0", "")[:TEXT_LIMIT]
    form.text.data = text
    known: dict[str, Any] = {"text": text} if text else {}
    for name in NAMES[1:]:
        value = form[name].data or ""
        if value and value in {choice.value for choice in form[name].choices}:
            known[name] = value
        else:
            form[name].data = ""
    return known


def _filters(values: dict[str, Any], scope: Scope) -> PipelineFilters:
    owners = {"me": scope.actor.person_id, "none": 0}
    owner = values.get("owner")
    return PipelineFilters(
        text=values.get("text", ""),
        stages=_stages(values.get("stage", "")),
        unit_id=int(values["department"]) if "department" in values else None,
        owner_id=None if owner is None else owners[owner] if owner in owners else int(owner),
        quietness=QUIETNESS_OF.get(values.get("quietness", ""), frozenset(Quietness)),
        step=StepFilter(values["step"]) if "step" in values else None,
        partner_kind=OrganisationKind(values["kind"]) if "kind" in values else None,
    )


def _stages(value: str) -> tuple[Stage, ...]:
    if not value:
        return OPEN_STAGES
    return tuple(Stage) if value == "all" else (Stage(value),)


def _chosen(endpoint: str, form: PipelineFilterForm, values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    chosen = []
    for name, value in values.items():
        if name == "sort":
            continue
        words = value
        if name != "text":
            label = next(choice.label for choice in form[name].choices if choice.value == value)
            words = f"{form[name].label.text}: {label}"
        others: dict[str, Any] = {other: kept for other, kept in values.items() if other != name}
        # Without any filter the address would mean the default view.
        chosen.append((words, url_for(endpoint, **(others or {"stage": ""}))))
    return tuple(chosen)
