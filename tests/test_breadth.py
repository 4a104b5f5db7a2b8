"""Whether all posts of an organisation together speak of our needs more than posts usually do."""

from __future__ import annotations

import numpy as np
import pytest

from matching.breadth import MOST_UNUSUAL, above_usual, breadth_of
from matching.usual_words import USUAL_POSTS, mean_weights, spread_ids
from matching.word_table import WordTable

TEXTS = ({"beam": 0.8, "steel": 0.6}, {"steel": 1.0}, {"milk": 0.6, "steel": 0.8}, {"milk": 1.0})
STEMS = ("beam", "steel", "milk")


def as_vector(weights: dict[str, float]) -> np.ndarray:
    return np.array([weights.get(stem, 0.0) for stem in STEMS])


def test_what_is_usual_is_taken_out_of_both_sides() -> None:
    table = WordTable()
    table.add_many(list(enumerate(TEXTS)))
    asked, shares = [{"beam": 1.0}, {"milk": 0.8, "unheard": 0.6}], np.array([0.25, 0.75], dtype=np.float32)
    rows, all_rows = np.array([2, 0, -1]), np.array([0, 1, 2, 3, -1])
    similarities = table.similarities_of_rows(asked, rows)
    found = above_usual(asked, shares, similarities, table, rows, table.mean_of(all_rows))
    assert table.mean_of(all_rows) == pytest.approx(mean_weights(TEXTS))
    usual = np.mean([as_vector(text) for text in TEXTS], axis=0)
    others = [as_vector(TEXTS[2]), as_vector(TEXTS[0]), np.zeros(len(STEMS))]
    expected = [[(as_vector(one) - usual) @ (other - usual) for other in others] for one in asked]
    assert found == pytest.approx(shares @ np.array(expected), abs=1e-6)


def test_without_texts_nothing_is_usual() -> None:
    assert WordTable().mean_of(np.array([-1])) == mean_weights([]) == {}


@pytest.mark.parametrize("largest", [0, 1, 7, 999, 1_000, 1_001, 250_000])
def test_posts_are_spread_over_all_ids(largest: int) -> None:
    ids = spread_ids(largest)
    assert all(0 < one <= largest for one in ids)
    assert min(largest, USUAL_POSTS // 2) <= len(ids) <= 2 * USUAL_POSTS


def test_more_posts_that_speak_of_it_are_more_and_one_alone_is_nothing() -> None:
    above = np.array([0.02, 0.02, 0.02, 0.02, 0.02, 0.02, -0.02, -0.02], dtype=np.float32)
    two, four, one_only, less = breadth_of(above[[0, 1, 2, 3, 4, 5, 0, 6, 7]], owners(2, 4, 1, 2), 4)
    assert 0.5 < two < four < 1
    assert np.isnan(one_only)
    assert less == pytest.approx(1 - two)
    assert two == pytest.approx(0.5 + 0.04 * np.sqrt(1) / 2 / MOST_UNUSUAL / 2)


def test_it_is_bounded_and_unknown_where_nothing_was_compared() -> None:
    bounded, unknown = breadth_of(np.full(9, 3.0, dtype=np.float32), owners(9), 2)
    assert bounded == 1
    assert np.isnan(unknown)


def owners(*counts: int) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)
