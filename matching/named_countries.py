"""Which countries a text names: a need that speaks of field trials in Finland is near to whoever is in Finland."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError

LETTERS_OF_A_COUNTRY = 2
OTHERWISE = "en"


@lru_cache(maxsize=2048)
def countries_named(text: str, language: str) -> frozenset[str]:
    """Return the ISO 3166-1 codes of the countries whose names stand in the text as whole words, as they are written
    in its language (ISO 639-1; in English where that is not known).
    """
    codes, pattern = _names(language[:2].lower())
    return frozenset(codes[found] for found in pattern.findall(text))


@cache
def _names(language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the code of each country's name, and what finds the names: names of Unicode's CLDR, as Babel has them."""
    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        territories = Locale.parse(OTHERWISE).territories
    # Continents and regions have numbers for codes.
    codes = {name: code for code, name in territories.items() if len(code) == LETTERS_OF_A_COUNTRY}
    # The longest first, so that Guinea is not found in Equatorial Guinea.
    names = "|".join(re.escape(name) for name in sorted(codes, key=len, reverse=True))
    return codes, re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")
