"""Words of templates: kept for a request in its language, and safe whatever stands in them."""

from collections.abc import Callable
from typing import Any

import flask_babel
import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale, get_translations

from web import localisation


def test_the_translations_of_a_request_are_looked_for_again_in_another_language(app: Flask) -> None:
    with app.test_request_context():
        english = get_translations()
        assert get_translations() is english
        with force_locale("de"):
            assert get_translations() is not english
        assert get_translations() is english


def test_values_in_a_sentence_are_escaped_and_its_percent_signs_are_not_formatted_twice(app: Flask) -> None:
    with app.test_request_context():
        assert render_template_string("{{ _('Menu of %(name)s', name='<b>') }}") == "Menu of &lt;b&gt;"
        assert render_template_string("{{ _('20 %% of all') }}") == "20 % of all"
        assert render_template_string("{{ _('<b>ours</b>') }}") == "<b>ours</b>"


@pytest.mark.parametrize(
    ("ours", "library"),
    [
        (localisation.gettext, flask_babel.gettext),
        (localisation.lazy_gettext, flask_babel.lazy_gettext),
    ],
)
def test_our_words_are_those_of_the_library(
    app: Flask, ours: Callable[..., Any], library: Callable[..., Any]
) -> None:
    said = ["since %(day)s", "20 %"]
    for language in ("en", "de"):
        with app.test_request_context(), force_locale(language):
            assert str(ours(said[0], day="3 March")) == str(library(said[0], day="3 March"))
            assert str(ours(said[1])) == str(library(said[1])) == "20 %"


def test_our_numbers_of_things_are_those_of_the_library(app: Flask) -> None:
    for number in (0, 1, 2):
        words = "%(num)d day of %(name)s", "%(num)d days of %(name)s", number
        expected = flask_babel.ngettext(*words, name="Boreal")
        assert localisation.ngettext(*words, name="Boreal") == expected
        with app.test_request_context():
            assert localisation.ngettext(*words, name="Boreal") == expected


def test_the_language_of_the_reader_is_the_forced_one(app: Flask) -> None:
    with app.test_request_context():
        assert str(localisation.reader_locale()) == "en"
        with force_locale("de"):
            assert str(localisation.reader_locale()) == "de"
        assert str(localisation.reader_locale()) == "en"
