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
# After these words a country is where somebody does not want to be; then what stands before a country's name, and what
# before the last one of several. "Not only in Finland" names it as before.
RULED_OUT = {
    "en": (
        "not (?:in|from|based in|within)|outside(?: of)?|except(?: in| from)?|excluding",
        "the ",
        "or|nor|and",
    ),
    "de": ("nicht (?:in|aus)|außerhalb(?: von)?|außer(?: in| aus)?", "de[rnm] |die ", "oder|noch|und"),
    "es": ("no (?:en|de)|fuera de|excepto(?: en)?", "el |la |los |las ", "o|ni|y"),
}


@lru_cache(maxsize=2048)
def countries_named(text: str, language: str) -> frozenset[str]:
    """Return the ISO 3166-1 codes of the countries whose names stand in the text as whole words, as they are written
    in its language (ISO 639-1; in English where that is not known), but not where it says "not in" or "outside".
    """
    codes, pattern, ruled_out = _names(language[:2].lower())
    if ruled_out is not None:
        text = ruled_out.sub("", text)
    return frozenset(codes[found] for found in pattern.findall(text)) - {""}


@cache
def _names(language: str) -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str] | None]:
    """Return the code of each country's name, and what finds the names and, if we know the language's words for it,
    the ruled-out ones. Names are those of Unicode's CLDR, as Babel has them.
    """
    try:
        codes = _codes(language)
    except (UnknownLocaleError, ValueError):
        codes = {}
    if not codes or language == OTHERWISE:
        language, codes = OTHERWISE, _codes(OTHERWISE) | FURTHER_ENGLISH
    # The longest first, so that Guinea is not found in Equatorial Guinea, nor Ireland in Northern Ireland.
    names = "|".join(re.escape(name) for name in sorted(codes, key=len, reverse=True))
    ruled_out = None
    if language in RULED_OUT:
        words, articles, last = RULED_OUT[language]
        name = rf"(?i:{articles})?(?:{names})(?![\w-])"
        ruled_out = re.compile(
            rf"\b(?i:{words}) {name}(?:(?:, {name})*,? (?:{last})(?: in| from| en)? {name})?"
        )
    return codes, re.compile(rf"(?<![\w-])(?:{names})(?![\w-])"), ruled_out


def _codes(language: str) -> dict[str, str]:
    """Return the code of each country's name. Continents and regions have numbers for codes."""
    territories = Locale.parse(language).territories
    return {name: code for code, name in territories.items() if len(code) == LETTERS_OF_A_COUNTRY}
