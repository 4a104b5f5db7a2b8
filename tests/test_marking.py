"""Shared words of a sentence are marked, and everything else is escaped."""

import pytest

from web.marking import marked


@pytest.mark.parametrize(
    ("sentence", "words", "expected"),
    [
        ("Cells, CELLS & cellses", ["cells"], "<mark>Cells</mark>, <mark>CELLS</mark> &amp; cellses"),
        ("a battery test", ["battery", "battery test"], "a <mark>battery test</mark>"),
        ("a battery test", ["battery", "Battery test"], "a <mark>battery test</mark>"),
        ("E-learning for nurses", ["learning"], "E-<mark>learning</mark> for nurses"),
        ("Prüfung der Zellen", ["prüfung"], "<mark>Prüfung</mark> der Zellen"),
        ("a <b> c", ["<b>"], "a <mark>&lt;b&gt;</mark> c"),
        ("1 < 2", [], "1 &lt; 2"),
        ("", ["x"], ""),
    ],
)
def test_whole_words_are_marked(sentence: str, words: list[str], expected: str) -> None:
    assert marked(sentence, words) == expected
