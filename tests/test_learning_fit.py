"""How far comparisons move the weights of the signals, and what keeps them near those of the program."""

from dataclasses import astuple

import numpy as np
import pytest

from matching.learning_fit import Comparisons, fit_weights, right_order
from matching.signals import DEFAULT_WEIGHTS, history_weight


def comparisons(count: int, nearness_tells: float) -> Comparisons:
    """Two-way pairs in which being near speaks for (1), against (-1) or by half and half (0) for being wanted."""
    random = np.random.default_rng(3)
    signals = np.zeros((count, 5))
    turns = np.where(random.random(count) < (1 + nearness_tells) / 2, 1.0, -1.0)
    signals[:, 0] = turns * 0.25 * 0.4
    return Comparisons(
        fits=random.normal(size=count),
        signals=signals,
        worths=np.ones(count),
        seekers=np.arange(count) % 7,
        moments=np.arange(count, dtype=np.float64),
        tells_order=np.ones(count, dtype=np.bool_),
    )


def test_ten_episodes_hardly_move_a_weight_and_hundreds_do() -> None:
    few = fit_weights(comparisons(10, -1.0)).nearness / DEFAULT_WEIGHTS.nearness
    many = fit_weights(comparisons(1_000, -1.0)).nearness / DEFAULT_WEIGHTS.nearness
    assert 0.9 < few < 1.0
    assert many < 0.3


def test_no_weight_falls_below_zero_or_rises_above_twice_the_programs_own() -> None:
    assert fit_weights(comparisons(20_000, -1.0)).nearness == 0.0
    assert fit_weights(comparisons(20_000, 1.0)).nearness == pytest.approx(2 * DEFAULT_WEIGHTS.nearness)


def test_history_never_weighs_more_than_a_fifth_of_all() -> None:
    of_history = comparisons(20_000, 1.0)
    of_history.signals[:, 3] = of_history.signals[:, 0]
    of_history.signals[:, 0] = 0.0
    learned = fit_weights(of_history)
    assert learned.history == pytest.approx(history_weight(learned))
    assert learned.history <= 0.2 * (sum(astuple(learned)) - learned.breadth) + 1e-9


def test_the_right_order_is_one_figure_a_seeker_and_half_for_a_tie() -> None:
    made = comparisons(3, 1.0)
    tied = Comparisons(
        fits=np.array([1.0, -1.0, 0.0]),
        signals=np.zeros((3, 5)),
        worths=np.array([1.0, 1.0, 1.0]),
        seekers=np.array([1, 1, 2]),
        moments=made.moments,
        tells_order=made.tells_order,
    )
    assert right_order(tied, DEFAULT_WEIGHTS) == {1: 0.5, 2: 0.5}
