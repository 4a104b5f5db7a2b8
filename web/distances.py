"""How far away somebody is, in the reader's way of writing numbers."""

from babel.numbers import format_decimal
from flask import Flask

from web.localisation import gettext, reader_locale

# Below it each kilometre is said; above it nobody goes by less than ten.
NEAR_KM = 100
LEAST_KM = 1


def init_distances(app: Flask) -> None:
    """Let templates write ``km | distance_words``."""
    app.add_template_filter(distance_words)


def rounded_km(distance_km: float) -> int:
    """A distance as exact as it is good to know: places stand for whole towns."""
    return round(distance_km) if distance_km < NEAR_KM else round(distance_km / 10) * 10


def km_words(distance_km: float) -> str:
    """ "1,630", without the unit."""
    return format_decimal(rounded_km(distance_km), locale=reader_locale())


def distance_words(distance_km: float) -> str:
    """ "1,630 km away"."""
    if distance_km < LEAST_KM:
        return str(gettext("in the same place"))
    return str(gettext("%(distance)s km away", distance=km_words(distance_km)))
