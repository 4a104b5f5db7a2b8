"""Who, what kind and when: the filters of the trail, read from the address."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request
from sqlalchemy import Select, select
from wtforms import DateField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from models.audit import AuditEntry
from models.person import Person
from models.wall_time import moment_of_or_next
from web.choices import choices_of
from web.form_text import no_control_characters, stripped
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.moments import viewer_zone
from web.page_form import PageForm
from web.trail.words import KINDS

DAY = timedelta(days=1)
# Days beyond have no moment in every zone.
YEARS = range(2000, 2200)
NAMES = ("name", "kind", "from_day", "until_day")


class TrailFilterForm(PageForm):
    """One line of choices, sent by GET. A kind that does not exist counts as not chosen."""

    class Meta:
        csrf = False

    name = StringField(_("Name"), filters=[stripped], validators=[Optional(), no_control_characters])
    kind = SelectField(_("Kind of action"), validators=[Optional()], validate_choice=False)
    from_day = DateField(_("From"), validators=[Optional()])
    until_day = DateField(_("Until"), validators=[Optional()])

    def validate_from_day(self, field: DateField) -> None:
        _check_year(field.data)

    def validate_until_day(self, field: DateField) -> None:
        _check_year(field.data)


def filter_form() -> TrailFilterForm:
    """The form as the address fills it, checked; what is wrong stands at its field and filters nothing."""
    form = TrailFilterForm(request.args)
    everything = SelectChoice("", gettext("Everything"))
    form.kind.choices = [everything, *choices_of({code: kind.label for code, kind in KINDS.items()})]
    form.validate()
    return form


def filtered(statement: Select[AuditEntry], form: TrailFilterForm) -> Select[AuditEntry]:
    """The entries of the statement that the form asks for."""
    if form.name.data and not form.name.errors:
        named = Person.name.icontains(form.name.data, autoescape=True)
        statement = statement.where(AuditEntry.person_id.in_(select(Person.id).where(named)))
    if form.kind.data in KINDS:
        statement = statement.where(AuditEntry.action.in_(KINDS[form.kind.data].words))
    if form.from_day.data and not form.from_day.errors:
        statement = statement.where(AuditEntry.at >= _begin_of(form.from_day.data))
    if form.until_day.data and not form.until_day.errors:
        statement = statement.where(AuditEntry.at < _begin_of(form.until_day.data + DAY))
    return statement


def chosen_values(form: TrailFilterForm) -> dict[str, Any]:
    """What the address says of the filters, for the addresses of other pages of the list."""
    return {name: request.args[name] for name in NAMES if form[name].data}


def _begin_of(day: date) -> datetime:
    return moment_of_or_next(datetime.combine(day, time.min), viewer_zone())


def _check_year(day: date | None) -> None:
    if day is not None and day.year not in YEARS:
        raise ValidationError(gettext("Write a year between 2000 and 2199."))
