"""Telling that a text is in another language than was chosen for it, and saying nothing in doubt."""

import pytest

from models.text_language import other_language
from tests.browsing import Browser
from tests.posting import GOOD, GOOD_TEXT, new_form
from tests.world import World

GERMAN = (
    "Wir suchen vier Prüftechniker für Alterungstests an Lithiumzellen ab März, mit Kenntnissen in "
    "Impedanzspektroskopie. Wir bieten eine moderne Prüfhalle."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN, "de"),
        (
            "Nous cherchons six ingénieurs qui connaissent le vieillissement des cellules et la spectroscopie.",
            "fr",
        ),
        ("Buscamos cuatro técnicos desde marzo para los ensayos de las celdas de litio.", "es"),
        ("Szukamy sześciu inżynierów oraz techników dla naszych laboratoriów.", "pl"),
    ],
)
def test_a_text_in_another_language_is_noticed_and_left_alone_in_its_own(text: str, language: str) -> None:
    assert other_language(text, "en") == language
    assert other_language(text, language) is None


@pytest.mark.parametrize(
    "text",
    [
        GOOD_TEXT,
        "",
        "Batterieprüfer",
        "🔋 12 × 4",
        "We are looking for four engineers from the Fachhochschule für Technik und Wirtschaft who can test cells.",
        "Ingénieurs, techniciens",
    ],
)
def test_in_doubt_nothing_is_said(text: str) -> None:
    assert other_language(text, "en") is None


def test_a_post_in_another_language_than_chosen_is_held_once(browse: Browser, world: World) -> None:
    held = browse.submit(new_form(browse, world), "Publish", dict(GOOD, text=GERMAN), 422)
    assert "seems to be in another language" in held.words
    assert held.find("a", string="Improve")["href"] == "#language"
    assert held.find("select", id="language")
    shown = browse.follow(browse.submit(held, "Publish anyway"))
    assert "Others can find it now" in shown.words
    right = browse.submit(
        new_form(browse, world), "Check my text", dict(GOOD, text=GERMAN, language="de"), 200
    )
    assert "seems to be in another language" not in right.words
