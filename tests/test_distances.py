"""Distances are rounded, and written as the reader writes numbers."""

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.browsing import Browser
from tests.world import World
from web.distances import distance_words, rounded_km


@pytest.mark.parametrize(("km", "rounded"), [(0.3, 0), (12.4, 12), (99.4, 99), (343, 340), (1634.0, 1630)])
def test_near_ones_are_told_to_the_kilometre_and_far_ones_to_ten(km: float, rounded: int) -> None:
    assert rounded_km(km) == rounded


@pytest.mark.parametrize(("language", "words"), [("en", "11,640 km away"), ("de", "11.640 km away")])
def test_thousands_are_set_apart_as_the_reader_does(app: Flask, language: str, words: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert distance_words(11_636.0) == words


def test_a_place_is_no_distance_from_itself(app: Flask) -> None:
    with app.test_request_context():
        assert distance_words(0.4) == "in the same place"


def test_the_page_of_a_pair_writes_its_thousands(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(
        f"/units/{world.units['alba plant']}/partners/{world.organisations['corvus']}"
    )
    assert "2,010 km away" in page.words
    assert "You are about 2,010 km apart." in page.words
    choices = browse.get(f"/units/{world.units['alba plant']}/partners/").select("select[name=within] option")
    assert choices[-1].get_text() == "Within 1,000 km"
