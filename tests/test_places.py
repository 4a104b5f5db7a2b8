"""Places are chosen, not typed twice: found by any name, told apart, stored once."""

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.database import begin_write
from models.place import Place
from tests.browsing import Browser
from web.database import db
from web.gazetteer import find_places, gazetteer, resolve_place
from web.places import place_for


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Kiel", "Kiel, Germany"),
        ("kiel, germany", "Kiel, Germany"),
        ("Kiel, DE", "Kiel, Germany"),
        ("  KIEL ", "Kiel, Germany"),
        ("München", "Munich, Germany"),
        ("Springfield, IL", "Springfield, Illinois, United States"),
        ("Springfield, Illinois, United States", "Springfield, Illinois, United States"),
        ("London, UK", "London, United Kingdom"),
        ("Gdansk", "Gdańsk, Poland"),
        ("Aarhus", "Århus, Denmark"),
    ],
)
def test_a_clear_name_means_one_town(typed: str, label: str) -> None:
    assert [choice.label for choice in resolve_place(typed)] == [label]


def test_an_ambiguous_name_means_all_of_them_with_words_that_tell_them_apart() -> None:
    labels = [choice.label for choice in resolve_place("Springfield")]
    assert len(labels) > 3
    assert len(set(labels)) == len(labels)
    assert "Springfield, Illinois, United States" in labels


@pytest.mark.parametrize(
    "typed", ["", "   ", ",", "Xanadu", "Kiel, France", "\x00", "x" * 5000, "(", "a\tb", "12"]
)
def test_what_is_no_town_means_none(typed: str) -> None:
    assert resolve_place(typed) == []


def test_countries_are_understood_and_said_in_the_readers_language() -> None:
    assert [choice.label for choice in resolve_place("Kiel, Deutschland", "de")] == ["Kiel, Deutschland"]


def test_suggestions_put_the_own_name_before_nicknames() -> None:
    assert find_places("Paris")[0].label == "Paris, France"


def test_nearly_every_label_means_its_own_town() -> None:
    towns = gazetteer().towns[::97]
    misread = [
        town
        for town in towns
        if [choice.geoname_id for choice in resolve_place(gazetteer().label(town, "en"))] != [town.geoname_id]
    ]
    assert len(misread) <= len(towns) // 100, misread


# The first search loads the gazetteer, which takes seconds on a busy machine.
@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_search(text: str) -> None:
    assert len(find_places(text)) <= 8
    assert len(resolve_place(text)) <= 12


def test_a_town_is_recorded_once(app: Flask) -> None:
    kiel = resolve_place("Kiel, Germany")[0]
    with app.app_context():
        begin_write(db.session)
        first = place_for(db.session, kiel.geoname_id)
        db.session.flush()
        second = place_for(db.session, kiel.geoname_id)
        db.session.commit()
        assert first is second
        place = db.session.scalars(select(Place)).one()
        assert (place.country, place.zone) == ("DE", "Europe/Berlin")
        with pytest.raises(LookupError):
            place_for(db.session, -1)


def test_suggestions_are_options_of_the_field_that_asks(browse: Browser) -> None:
    response = browse.client.get("/places/suggest?field=town&town=Spring")
    assert response.status_code == 200
    assert 'value="Springfield, Illinois, United States"' in response.text
    assert browse.client.get("/places/suggest?place=x").text.strip() == ""
    assert browse.client.get("/places/suggest?place=%00%3Cscript%3E").status_code == 200
