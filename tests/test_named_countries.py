"""Which countries a need names, in its own language."""

import pytest

from matching.named_countries import countries_named


@pytest.mark.parametrize(
    ("text", "language", "codes"),
    [
        ("Field trials in Finland and Poland.", "en", {"FI", "PL"}),
        ("Feldversuche in Finnland und Polen.", "de", {"FI", "PL"}),
        # Of a longer name, the shorter one is not found.
        ("A partner in Equatorial Guinea", "en", {"GQ"}),
        ("Trials in Northern Ireland and Turkey", "en", {"GB", "TR"}),
        ("Platforms in the Gulf of Mexico", "en", set()),
        # Whole words as they are written only.
        ("Finlandia, poland and jordan", "en", set()),
        ("Finnish engineers", "en", set()),
        ("", "en", set()),
        # Where somebody does not want to be is no place to look for partners.
        ("Universities in Finland, but not in the Netherlands", "en", {"FI"}),
        ("Not in Germany, Austria or Switzerland. A farm in Spain.", "en", {"ES"}),
        ("Doctors trained outside the United States", "en", set()),
        ("Not in Germany, Finland would do", "en", {"FI"}),
        ("Not only in Finland", "en", {"FI"}),
        ("Such a plant was not found in Finland", "en", {"FI"}),
        ("Partner in Polen, nicht in der Schweiz oder Finnland", "de", {"PL"}),
        ("Socios en Portugal, no en España ni en Francia", "es", {"PT"}),
        # In a language without names, the English ones.
        ("Partners in Portugal", "xx", {"PT"}),
        ("Partner in Finnland", "de-AT", {"FI"}),
    ],
)
def test_countries_are_found_by_their_names(text: str, language: str, codes: set[str]) -> None:
    assert countries_named(text, language) == codes
