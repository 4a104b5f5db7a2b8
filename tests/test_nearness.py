import numpy as np
import pytest

from matching.nearness import (
    HALF_DISTANCE_KM,
    SAME_COUNTRY,
    SAME_COUNTRY_OTHER_REGION,
    SAME_REGION,
    Place,
    PlaceTable,
    best_by_owner,
    distances_km,
    nearness,
)

BERLIN = Place("DE", "BE", 52.52, 13.405)
PARIS = Place("FR", "IDF", 48.8566, 2.3522)


def one(seeker: Place, place: Place) -> float:
    return float(nearness([seeker], PlaceTable([place]))[0])


def test_distances_are_great_circles() -> None:
    assert distances_km(BERLIN, PlaceTable([PARIS, BERLIN]))[:2] == pytest.approx([877.5, 0.0], abs=2)


def test_a_known_distance_halves_where_it_should_and_the_same_spot_is_one() -> None:
    half_away = Place("PL", None, 52.52 + HALF_DISTANCE_KM / 111.195, 13.405)
    assert one(BERLIN, BERLIN) == pytest.approx(1)
    assert one(BERLIN, half_away) == pytest.approx(0.5, abs=0.01)
    assert one(BERLIN, PARIS) < 0.01


def test_without_coordinates_region_then_country_decide() -> None:
    seeker = Place("DE", "BY")
    assert one(seeker, Place("DE", "BY")) == 1
    assert one(seeker, Place("DE")) == pytest.approx(SAME_COUNTRY)
    assert one(seeker, Place("DE", "BE")) == pytest.approx(SAME_COUNTRY_OTHER_REGION)
    assert one(seeker, Place("FR", "BY")) == 0


def test_what_is_unknown_is_not_a_number_and_not_far() -> None:
    assert np.isnan(one(Place(), BERLIN))
    assert np.isnan(one(BERLIN, Place()))
    assert np.isnan(nearness([], PlaceTable([BERLIN]))).all()


def test_the_nearest_of_several_places_counts() -> None:
    assert nearness([PARIS, Place(), BERLIN], PlaceTable([BERLIN]))[0] == pytest.approx(1)
    best = best_by_owner(np.array([0.2, np.nan, 0.7, np.nan], dtype=np.float32), np.array([0, 0, 0, 1]), 3)
    assert best[0] == pytest.approx(0.7)
    assert np.isnan(best[1:]).all()


def test_whatever_is_in_a_country_that_was_named_is_near() -> None:
    near = nearness([PARIS], PlaceTable([BERLIN, PARIS, Place()]), {"DE"})
    assert near[0] == SAME_REGION
    assert near[1] == pytest.approx(1)
    assert np.isnan(near[2])
    assert nearness([], PlaceTable([BERLIN]), {"DE"})[0] == SAME_REGION
