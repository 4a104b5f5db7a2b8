import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.columns import need_weight
from matching.scoring import (
    BEST_POSTS,
    FURTHER_POST,
    Grade,
    cover,
    cover_by_one,
    direction,
    direction_by_owner,
    fuse,
    grade,
)
from matching.signals import activity_signal, ordering

PROBABILITIES = st.floats(0, 1, width=32)
UNKNOWN = np.array([np.nan], dtype=np.float32)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


@given(st.lists(st.tuples(st.integers(0, 4), PROBABILITIES), max_size=30))
def test_cover_equals_the_plain_sum_over_each_owner(posts: list[tuple[int, float]]) -> None:
    owners = np.array([owner for owner, _ in posts], dtype=np.int64)
    probabilities = numbers(*(probability for _, probability in posts)).reshape(1, -1)
    covers = cover(probabilities, owners, 6)[0]
    for owner in range(6):
        own = sorted((probability for whose, probability in posts if whose == owner), reverse=True)[
            :BEST_POSTS
        ]
        if not own:
            assert np.isnan(covers[owner])
            continue
        missed = np.prod([1 - FURTHER_POST**place * probability for place, probability in enumerate(own)])
        assert covers[owner] == pytest.approx(1 - missed, abs=1e-5)


@given(st.lists(PROBABILITIES, max_size=9))
def test_one_owner_alone_is_covered_the_same(values: list[float]) -> None:
    row = numbers(*values).reshape(1, -1)
    grouped = cover(row, np.zeros(len(values), dtype=np.int64), 1)[0, 0]
    assert cover_by_one(row)[0] == pytest.approx(grouped, abs=1e-5, nan_ok=True)


ONE_WAY = np.zeros(3, dtype=np.bool_)


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


def test_place_and_history_shift_the_order_and_unknown_is_neutral() -> None:
    fits = numbers(0.4, 0.4, 0.4)
    order = ordering(fits, numbers(1.0, np.nan, 0.0), np.repeat(UNKNOWN, 3), ONE_WAY)
    assert order[0] > order[1] > order[2]
    ignored = ordering(fits, numbers(1.0, np.nan, 0.0), np.repeat(UNKNOWN, 3), ONE_WAY, nearby_matters=False)
    assert np.ptp(ignored) == 0
    history = ordering(fits, np.repeat(UNKNOWN, 3), activity_signal(np.array([50.0, np.nan, 0.0])), ONE_WAY)
    assert history[0] > history[1] > history[2]
    assert ordering(numbers(0.5), UNKNOWN, UNKNOWN, ~ONE_WAY[:1])[0] == pytest.approx(0)


def test_of_a_two_way_fit_place_moves_about_one_grade_and_no_more() -> None:
    far_and_near = numbers(0.0, 1.0)
    unknown = np.repeat(UNKNOWN, 2)
    order = ordering(numbers(0.81, 0.49), far_and_near, unknown, ~ONE_WAY[:2])
    assert order[1] - order[0] < 0.1, "a near possible fit stands at most level with a far strong one"
    order = ordering(numbers(0.81, 0.21), far_and_near, unknown, ~ONE_WAY[:2])
    assert order[0] > order[1]


def test_the_order_is_finite_for_certain_fits_and_unknown_for_unknown_ones() -> None:
    order = ordering(numbers(0.0, 1.0, np.nan), np.repeat(UNKNOWN, 3), np.repeat(UNKNOWN, 3), ONE_WAY)
    assert np.isfinite(order[:2]).all()
    assert np.isnan(order[2])


def test_grades_are_words_and_the_weak_and_unknown_have_none() -> None:
    assert [grade(score) for score in (0.9, 0.5, 0.2, 0.01)] == [
        Grade.STRONG,
        Grade.GOOD,
        Grade.POSSIBLE,
        None,
    ]
    assert grade(None) is None
    assert grade(float("nan")) is None
