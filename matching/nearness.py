"""How near places are to each other, as a signal between 0 and 1 that a person can weigh. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.0088
# Coordinates count half at this distance: about what a person travels and is back the same day without a
# thought.
HALF_DISTANCE_KM = 80.0
SAME_REGION = 1.0
# In one country, with one of the two regions unknown, they may or may not be neighbours.
SAME_COUNTRY = 0.4
SAME_COUNTRY_OTHER_REGION = 0.25
OTHER_COUNTRY = 0.0

Signals = npt.NDArray[np.float32]
Words = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Place:
    """Where someone is: ISO 3166-1 country, region of that country, degrees north and east. Each may be
    unknown.
    """

    country: str | None = None
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class PlaceTable:
    """Places as columns, so that thousands are compared at once. Immutable; row i is the i-th place given."""

    def __init__(self, places: Iterable[Place]) -> None:
        rows = list(places)
        self._fill(
            np.array([place.country or "" for place in rows], dtype=np.str_),
            np.array([place.region or "" for place in rows], dtype=np.str_),
            np.array([_coordinates(place) for place in rows], dtype=np.float64).reshape(len(rows), 2),
        )

    @classmethod
    def of_columns(cls, countries: Words, regions: Words, degrees: npt.NDArray[np.float64]) -> PlaceTable:
        """Make a table of columns; "" and NaN stand for what is unknown, `degrees` has the shape (places, 2)."""
        table = cls([])
        table._fill(countries, regions, degrees)
        return table

    def _fill(self, countries: Words, regions: Words, degrees: npt.NDArray[np.float64]) -> None:
        self.countries = countries
        self.regions = regions
        self.radians = np.radians(degrees)

    def __len__(self) -> int:
        return len(self.countries)


def nearness(seekers: Sequence[Place], places: PlaceTable, named: Collection[str] = ()) -> Signals:
    """Return, for each place, its nearness to the nearest of the seeker's places; NaN where nothing is known. Whatever
    is in one of the `named` countries is as near as the same region.

    1 is the same spot or region, 0 another country far away. Coordinates count half at HALF_DISTANCE_KM, and
    at least as much as the shared country; where either side has none, the region and the country decide.
    """
    nearest = np.full(len(places), np.nan, dtype=np.float32)
    for seeker in seekers:
        np.fmax(nearest, _nearness_to_one(seeker, places), out=nearest)
    nearest[is_in(places, named)] = SAME_REGION
    return nearest


def is_in(places: PlaceTable, countries: Collection[str]) -> npt.NDArray[np.bool_]:
    """Return which of the places are in one of the countries."""
    return np.isin(places.countries, sorted(countries))


def best_by_owner(signals: Signals, owners: npt.NDArray[np.int64], owner_count: int) -> Signals:
    """Return each owner's nearest place: `owners[i]` is the number of the owner of signal i; NaN if none
    is known.
    """
    best = np.full(owner_count, np.nan, dtype=np.float32)
    np.fmax.at(best, owners, signals)
    return best


def distances_km(seeker: Place, places: PlaceTable) -> npt.NDArray[np.float64]:
    """Return great-circle distances (haversine), NaN where either side has no coordinates."""
    north, east = np.radians(_coordinates(seeker))
    other_north, other_east = places.radians[:, 0], places.radians[:, 1]
    haversine = (
        np.sin((other_north - north) / 2) ** 2
        + np.cos(north) * np.cos(other_north) * np.sin((other_east - east) / 2) ** 2
    )
    distances: npt.NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(1.0, haversine)))
    return distances


def _nearness_to_one(seeker: Place, places: PlaceTable) -> Signals:
    distances = distances_km(seeker, places)
    by_distance = np.exp2(-distances / HALF_DISTANCE_KM)
    if seeker.country is None:
        return by_distance.astype(np.float32)
    same_country = places.countries == seeker.country
    both_regions = (places.regions != "") & bool(seeker.region)
    same_region = same_country & both_regions & (places.regions == (seeker.region or ""))
    by_name = np.select(
        [places.countries == "", ~same_country, same_region, both_regions],
        [np.nan, OTHER_COUNTRY, SAME_REGION, SAME_COUNTRY_OTHER_REGION],
        SAME_COUNTRY,
    )
    # Regions differ a hundredfold in size, so a known distance says more than a shared region does.
    by_country = np.where(same_country, SAME_COUNTRY_OTHER_REGION, OTHER_COUNTRY)
    return np.where(np.isnan(distances), by_name, np.maximum(by_distance, by_country)).astype(np.float32)


def _coordinates(place: Place) -> tuple[float, float]:
    if place.latitude is None or place.longitude is None:
        return float("nan"), float("nan")
    return place.latitude, place.longitude
