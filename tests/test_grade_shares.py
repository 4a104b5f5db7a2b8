"""Grades are held against labels, pair by pair."""

import pytest

from matching.grade_shares import NOT_SHOWN, grade_shares
from matching.scoring import Grade

STRONG, GOOD, POSSIBLE = Grade.STRONG, Grade.GOOD, Grade.POSSIBLE


def test_shares_are_those_of_each_word_and_of_all() -> None:
    first = ([("a", STRONG), ("b", STRONG), ("c", GOOD), ("d", None)], {"a", "c"})
    second = ([("a", STRONG), ("b", STRONG), ("c", POSSIBLE), ("d", None)], {"a", "b", "not compared"})
    shares = grade_shares([first, second])
    counted = {one.word: (one.pairs, one.labelled) for one in shares.words}
    assert counted == {"strong": (4, 3), "good": (1, 1), "possible": (1, 0), NOT_SHOWN: (2, 0)}
    assert (shares.base.pairs, shares.base.labelled) == (8, 4)
    strong = shares.words[0].share
    assert strong is not None
    assert strong.value == 0.75
    # Wilson's interval of 3 in 4, from a table.
    assert [strong.low, strong.high] == pytest.approx([0.3006, 0.9544], abs=1e-4)


def test_better_words_for_worse_fits_are_not_monotone() -> None:
    right = [([("a", STRONG), ("b", GOOD), ("c", POSSIBLE), ("d", None)], {"a"})]
    swapped = [([("a", POSSIBLE), ("b", GOOD), ("c", STRONG), ("d", None)], {"a"})]
    assert grade_shares(right).is_monotone
    assert not grade_shares(swapped).is_monotone


def test_a_word_that_nobody_got_has_no_share_and_breaks_nothing() -> None:
    shares = grade_shares([([("a", STRONG), ("b", None)], {"a"})])
    assert [one.share is None for one in shares.words] == [False, True, True, False]
    assert shares.is_monotone
