"""Words of templates: kept for a request in its language, and safe whatever stands in them."""

from flask import Flask, render_template_string
from flask_babel import force_locale, get_translations


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
