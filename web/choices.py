"""Choices of select fields made from the words of ``web.labels``."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import select
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import Select, html_params

from models.organisation import Organisation, OrganisationState, Unit
from models.place import Place
from web.database import db
from web.labels import country_name


class PlainSelect(Select):
    """As the library's widget, which puts together the attributes of each option; ours have none but the value.

    For pages with many options, which take most of their time with it.
    """

    def __call__(self, field: SelectField, **attributes: Any) -> Markup:
        select_attributes = html_params(id=field.id, name=field.name, **attributes)
        options = "".join(_option(choice) for choice in field.iter_choices())
        return Markup(f"<select {select_attributes}>{options}</select>")  # noqa: S704 - Escaped just here.


def choices_of(labels: Mapping[Any, object]) -> list[SelectChoice]:
    """A choice for each code, in the order of the labels. Lazy words stay so: fields are made before anybody reads."""
    return [SelectChoice(str(code), words) for code, words in labels.items()]


def sorted_choices_of(labels: Mapping[Any, object]) -> list[SelectChoice]:
    """The same in the order in which a reader looks for the words."""
    return sorted(choices_of(labels), key=lambda choice: str(choice.label))


def _option(choice: SelectChoice) -> str:
    selected = "selected " if choice.selected else ""
    return f'<option {selected}value="{escape(choice.value)}">{escape(choice.label or choice.value)}</option>'


def countries_of_organisations() -> list[SelectChoice]:
    """Countries where an approved organisation has a unit, by name: others would only give empty lists."""
    codes = db.session.scalars(
        select(Place.country)
        .join(Unit, Unit.place_id == Place.id)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .where(Organisation.state == OrganisationState.APPROVED)
        .distinct()
    )
    return sorted_choices_of({code: country_name(code) for code in codes})
