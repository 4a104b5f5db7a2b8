"""The forms of alerts and saved searches, and how often in words."""

from collections.abc import Iterable

from wtforms import IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired

from models.alert import SEARCH_NAME_LIMIT, Frequency
from models.organisation import Unit
from web.choices import choices_of
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.page_form import PageForm
from web.text_fields import line_field

FREQUENCIES = {
    Frequency.OFF: _("Never"),
    Frequency.AT_ONCE: _("At once"),
    Frequency.DAILY: _("Once a day, in the morning"),
    Frequency.WEEKLY: _("Once a week, on Monday morning"),
}
FREQUENCIES_OF_SEARCHES = {
    frequency: words for frequency, words in FREQUENCIES.items() if frequency is not Frequency.AT_ONCE
}


class SavedSearchForm(PageForm):
    """Name and rhythm of a saved search; its question is what was asked on the search page."""

    name = line_field(
        _("Name of this search"),
        SEARCH_NAME_LIMIT,
        missing=_("Give the search a name by which you find it again."),
    )
    frequency = RadioField(
        _("Write to me about new posts"),
        validators=[InputRequired(_("Choose how often we may write to you."))],
    )
    version = IntegerField()


class FrequencyForm(PageForm):
    """One choice for each unit of the person; the fields are added by ``frequency_form``."""


def search_name_form(
    name: str = "", frequency: Frequency = Frequency.DAILY, version: int = 0
) -> SavedSearchForm:
    form = SavedSearchForm(data={"name": name, "frequency": frequency.value, "version": version})
    form.frequency.choices = choices_of(FREQUENCIES_OF_SEARCHES)
    return form


def field_name(unit_id: int) -> str:
    return f"unit_{unit_id}"


def frequency_form(chosen: Iterable[tuple[Unit, Frequency]]) -> FrequencyForm:
    """The form with a field for each unit, filled with what holds now."""

    class UnitsForm(FrequencyForm):
        pass

    values = {}
    for unit, frequency in chosen:
        field = SelectField(
            unit.name,
            choices=choices_of(FREQUENCIES),
            validators=[InputRequired(gettext("Choose how often we may write to you."))],
        )
        setattr(UnitsForm, field_name(unit.id), field)
        values[field_name(unit.id)] = frequency.value
    return UnitsForm(data=values)
