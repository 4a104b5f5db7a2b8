import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.columns import need_weight
from matching.scoring import (
    POOLING,
    Grade,
    cover,
    cover_by_one,
    cover_of_pairs,
    direction,
    direction_by_owner,
    fuse,
    grade,
)

PROBABILITIES = st.floats(0, 1, width=32)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


@given(st.lists(st.tuples(st.integers(0, 4), PROBABILITIES), max_size=30))
def test_cover_equals_the_plain_sum_over_each_owner(posts: list[tuple[int, float]]) -> None:
    owners = np.array([owner for owner, _ in posts], dtype=np.int64)
    probabilities = numbers(*(probability for _, probability in posts)).reshape(1, -1)
    covers = cover(probabilities, owners, 6)[0]
    for owner in range(6):
        own = sorted((probability for whose, probability in posts if whose == owner), reverse=True)[
            : POOLING.best_posts
        ]
        if not own:
            assert np.isnan(covers[owner])
            continue
        missed = np.prod(
            [1 - POOLING.further_post**place * probability for place, probability in enumerate(own)]
        )
        assert covers[owner] == pytest.approx(1 - missed, abs=1e-5)


@given(st.lists(PROBABILITIES, max_size=9))
def test_one_owner_alone_is_covered_the_same(values: list[float]) -> None:
    row = numbers(*values).reshape(1, -1)
    grouped = cover(row, np.zeros(len(values), dtype=np.int64), 1)[0, 0]
    assert cover_by_one(row)[0] == pytest.approx(grouped, abs=1e-5, nan_ok=True)


@given(st.lists(st.tuples(st.sampled_from([0, 7, 65_535, 65_536, 2**32 - 1]), PROBABILITIES), max_size=30))
def test_pairs_in_any_order_are_covered_the_same(pairs: list[tuple[int, float]]) -> None:
    groups = np.array([group for group, _ in pairs], dtype=np.int64)
    fits = numbers(*(fit for _, fit in pairs))
    there, owners = np.unique(groups, return_inverse=True)
    found, covers = cover_of_pairs(fits, groups)
    assert found.tolist() == there.tolist()
    assert covers == pytest.approx(cover(fits.reshape(1, -1), owners, len(there))[0], abs=1e-4)


def test_a_single_post_keeps_its_probability_and_a_worse_one_never_takes_away() -> None:
    assert cover_by_one(numbers(0.8).reshape(1, 1))[0] == pytest.approx(0.8)
    assert cover_by_one(numbers(0.8, 0.01).reshape(1, 2))[0] >= 0.8


def test_a_hundred_weak_posts_do_not_beat_one_good_post() -> None:
    assert cover_by_one(np.full((1, 100), 0.05, dtype=np.float32))[0] < 0.2


def test_urgent_and_important_needs_weigh_more() -> None:
    weights = numbers(need_weight(3, 3), need_weight(1, 1))
    assert weights.tolist() == [9, 1]
    covers = np.array([[1.0, 0.0, np.nan], [0.0, 1.0, np.nan]], dtype=np.float32)
    assert direction(covers, weights) == pytest.approx([0.9, 0.1, np.nan], nan_ok=True)


def test_without_needs_a_direction_is_unknown_not_zero() -> None:
    assert np.isnan(direction(np.zeros((0, 2), dtype=np.float32), numbers())).all()
    by_owner = direction_by_owner(numbers(0.5, 1.0), numbers(1, 3), np.array([0, 0]), 2)
    assert by_owner == pytest.approx([0.875, np.nan], nan_ok=True)
    assert np.isnan(direction_by_owner(numbers(np.nan), numbers(1), np.array([0]), 1)).all()


def test_a_one_sided_pair_cannot_win() -> None:
    fused = fuse(numbers(0.9, 0.5, 0.0, 0.7), numbers(0.1, 0.5, 0.0, np.nan))
    assert fused == pytest.approx([0.18, 0.5, 0.0, np.nan], nan_ok=True)


def test_grades_are_words_and_the_weak_and_unknown_have_none() -> None:
    assert [grade(score) for score in (0.9, 0.5, 0.2, 0.01)] == [
        Grade.STRONG,
        Grade.GOOD,
        Grade.POSSIBLE,
        None,
    ]
    assert grade(None) is None
    assert grade(float("nan")) is None
