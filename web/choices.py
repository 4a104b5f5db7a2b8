"""Choices of select fields made from the words of ``web.labels``."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from wtforms.fields.choices import SelectChoice

from models.organisation import Organisation, OrganisationState, Unit
from models.place import Place
from web.database import db
from web.labels import country_name


def choices_of(labels: Mapping[Any, object]) -> list[SelectChoice]:
    """A choice for each code, in the order of the labels."""
    return [SelectChoice(str(code), str(words)) for code, words in labels.items()]


def sorted_choices_of(labels: Mapping[Any, object]) -> list[SelectChoice]:
    """The same in the order in which a reader looks for the words."""
    return sorted(choices_of(labels), key=lambda choice: choice.label)


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
