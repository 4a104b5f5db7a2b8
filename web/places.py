"""Places: chosen from a gazetteer, never typed twice. The form field, the suggestions, and the record."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import get_locale
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import StringField, ValidationError

from models.place import Place
from web.access import public
from web.gazetteer import (
    LONGEST_QUERY,
    PlaceChoice,
    find_places,
    place_choice,
    resolve_place,
    territory,
)
from web.localisation import gettext

__all__ = [
    "PlaceChoice",
    "PlaceField",
    "blueprint",
    "find_places",
    "place_choice",
    "place_for",
    "place_label",
    "resolve_place",
]

blueprint = Blueprint("places", __name__)


@blueprint.get("/places/suggest")
@public
def suggest() -> str:
    """The <option>s of a datalist for the field named by ``field``, whose text stands under its own name."""
    typed = request.args.get(request.args.get("field", "place"), "").strip()
    choices = find_places(typed, _locale()) if len(typed) >= 2 else []
    return render_template("places/suggest.html", choices=choices)


class PlaceField(StringField):
    """A place as text with suggestions. After validation ``choice`` is the town, or None for an empty field.

    Unknown and ambiguous names are errors of the field; for an ambiguous one ``candidates`` are the towns to
    choose from, which ``macros/places.html`` shows as radio buttons named like the field with ``_id``.
    Set ``unchanged`` to the label of the place that the record has: if it stands there still, ``choice``
    stays None and ``is_unchanged`` is true: a recorded place may be smaller than the gazetteer's towns.
    """

    data: str | None
    unchanged: str | None = None
    choice: PlaceChoice | None = None
    candidates: tuple[PlaceChoice, ...] = ()

    @property
    def is_unchanged(self) -> bool:
        return self.unchanged is not None and self.data == self.unchanged

    def process_data(self, value: Any) -> None:
        # A form that is filled from a record finds the place itself there; filters and pages expect its words.
        self.data = place_label(value) if isinstance(value, Place) else value

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0].strip() if valuelist else None

    def pre_validate(self, form: Any) -> None:
        self.choice, self.candidates = None, ()
        typed = self.data or ""
        if not typed or self.is_unchanged:
            return
        found = resolve_place(typed, _locale()) if len(typed) <= LONGEST_QUERY else []
        chosen = [choice for choice in found if str(choice.geoname_id) == request.form.get(f"{self.name}_id")]
        if chosen or len(found) == 1:
            self.choice = (chosen or found)[0]
            return
        if not found:
            raise ValidationError(
                gettext(
                    "We do not know this place. Type the nearest town of 15,000 people or more, "
                    "for example “Kiel, Germany”."
                )
            )
        self.candidates = tuple(found)
        raise ValidationError(gettext("There are several places of this name. Choose the one you mean."))


def place_for(session: Session, geoname_id: int) -> Place:
    """The record of this town, added if it is new. Call it inside the write transaction; it flushes nothing.

    Raises LookupError for an id that the gazetteer does not know.
    """
    place = session.scalar(select(Place).where(Place.geoname_id == geoname_id))
    if place is not None:
        return place
    choice = place_choice(geoname_id)
    if choice is None:
        raise LookupError(f"no town has the GeoNames id {geoname_id}")
    place = Place(
        geoname_id=choice.geoname_id,
        name=choice.name,
        region=choice.region or None,
        country=choice.country,
        latitude=choice.latitude,
        longitude=choice.longitude,
        zone=choice.zone,
    )
    session.add(place)
    return place


def place_label(place: Place) -> str:
    """The place in words that ``PlaceField`` understands again; without a known town "name, country"."""
    choice = place_choice(place.geoname_id, _locale()) if place.geoname_id is not None else None
    return choice.label if choice else f"{place.name}, {territory(place.country, _locale())}"


def _locale() -> str:
    return str(get_locale() or "en")
