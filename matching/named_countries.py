"""Which countries a text names: a need that speaks of field trials in Finland is near to whoever is in Finland."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError

LETTERS_OF_A_COUNTRY = 2
OTHERWISE = "en"
# What English texts write besides the names of Unicode's CLDR; "": what holds a country's name and is none.
FURTHER_ENGLISH = {
    "Turkey": "TR",
    "Czech Republic": "CZ",
    "UK": "GB",
    "Great Britain": "GB",
    "England": "GB",
    "Scotland": "GB",
    "Wales": "GB",
    "Northern Ireland": "GB",
    "USA": "US",
    "Bosnia and Herzegovina": "BA",
    "Ivory Coast": "CI",
    "New Mexico": "US",
    "New Jersey": "US",
    "Atlanta, Georgia": "US",
    "New South Wales": "AU",
    "Gulf of Mexico": "",
    "Lake Chad": "",
}


@lru_cache(maxsize=2048)
def countries_named(text: str, language: str) -> frozenset[str]:
    """Return the ISO 3166-1 codes of the countries whose names stand in the text as whole words, as they are written
    in its language (ISO 639-1; in English where that is not known).
    """
    codes, pattern = _names(language[:2].lower())
    return frozenset(codes[found] for found in pattern.findall(text)) - {""}


@cache
def _names(language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the code of each country's name, and what finds the names: names of Unicode's CLDR, as Babel has them."""
    try:
        codes = _codes(language)
    except (UnknownLocaleError, ValueError):
        codes = {}
    if not codes or language == OTHERWISE:
        codes = _codes(OTHERWISE) | FURTHER_ENGLISH
    # The longest first, so that Guinea is not found in Equatorial Guinea, nor Ireland in Northern Ireland.
    names = "|".join(re.escape(name) for name in sorted(codes, key=len, reverse=True))
    return codes, re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")


def _codes(language: str) -> dict[str, str]:
    """Return the code of each country's name. Continents and regions have numbers for codes."""
    territories = Locale.parse(language).territories
    return {name: code for code, name in territories.items() if len(code) == LETTERS_OF_A_COUNTRY}
