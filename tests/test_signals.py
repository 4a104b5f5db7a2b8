import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.signals import (
    DEFAULT_WEIGHTS,
    MOST_OF_HISTORY,
    TWO_WAY_SHARE,
    PlaceTaste,
    Signals,
    SignalWeights,
    Taste,
    activity_signal,
    history_weight,
    movements,
    ordering,
    unknown_signals,
)

NOTHING_MOVES = SignalWeights(nearness=0, activity=0, freshness=0, history=0, reply=0, breadth=0)
NAMES = ("nearness", "activity", "freshness", "history", "reply", "breadth")
WEIGHT = st.floats(0, 20)
WEIGHTS = st.builds(
    SignalWeights,
    nearness=st.floats(-20, 20),
    activity=WEIGHT,
    freshness=WEIGHT,
    history=WEIGHT,
    reply=WEIGHT,
    breadth=WEIGHT,
)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def known(count: int, name: str, values: np.ndarray) -> Signals:
    signals = {one: getattr(unknown_signals(count), one) for one in NAMES} | {name: values}
    return Signals(
        nearness=signals["nearness"],
        activity=signals["activity"],
        freshness=signals["freshness"],
        history=signals["history"],
        reply=signals["reply"],
        breadth=signals["breadth"],
    )


ONE_WAY = np.zeros(3, dtype=np.bool_)


@pytest.mark.parametrize("name", NAMES)
def test_every_signal_moves_the_order_up_and_down_and_unknown_is_neutral(name: str) -> None:
    order = ordering(numbers(0.4, 0.4, 0.4), known(3, name, numbers(1.0, np.nan, 0.0)), ONE_WAY)
    assert order[0] > order[1] > order[2]
    unmoved = ordering(numbers(0.4), unknown_signals(1), ONE_WAY[:1])
    assert order[1] == pytest.approx(unmoved[0])
    assert unmoved[0] == pytest.approx(np.log(0.4 / 0.6), abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_weights_of_zero_change_nothing(name: str) -> None:
    fits = numbers(0.7, 0.4, 0.2)
    order = ordering(fits, known(3, name, numbers(0.0, 0.5, 1.0)), ONE_WAY, NOTHING_MOVES)
    assert order == pytest.approx(ordering(fits, unknown_signals(3), ONE_WAY))


def test_place_is_a_matter_of_taste() -> None:
    near_and_far = known(3, "nearness", numbers(1.0, 0.5, 0.0))
    fits = numbers(0.4, 0.4, 0.4)

    def order(place: PlaceTaste) -> np.ndarray:
        return ordering(fits, near_and_far, ONE_WAY, Taste(place).weigh(DEFAULT_WEIGHTS))

    assert np.diff(order(PlaceTaste.NEAR)).max() < 0
    assert np.ptp(order(PlaceTaste.ANY)) == 0
    assert np.diff(order(PlaceTaste.FAR)).min() > 0


def test_history_can_be_switched_off() -> None:
    history = known(3, "history", numbers(1.0, np.nan, 0.0))
    weights = Taste(history_counts=False).weigh(DEFAULT_WEIGHTS)
    assert np.ptp(ordering(numbers(0.4, 0.4, 0.4), history, ONE_WAY, weights)) == 0
    assert weights.reply == DEFAULT_WEIGHTS.reply


@given(WEIGHTS)
def test_history_is_at_most_a_fifth_of_all_that_moves_whatever_the_weights(weights: SignalWeights) -> None:
    best = known(1, "history", numbers(1.0))
    worst = known(1, "history", numbers(0.0))
    span = float(movements(best, weights).history[0] - movements(worst, weights).history[0])
    others = abs(weights.nearness) + weights.activity + weights.freshness + weights.reply
    assert span <= MOST_OF_HISTORY * (others + span) + 1e-4
    assert history_weight(weights) <= weights.history


def test_the_bound_leaves_the_default_weight_of_history_as_it_is() -> None:
    assert history_weight(DEFAULT_WEIGHTS) == DEFAULT_WEIGHTS.history


def test_of_a_two_way_fit_place_moves_about_one_grade_and_no_more() -> None:
    far_and_near = known(2, "nearness", numbers(0.0, 1.0))
    order = ordering(numbers(0.81, 0.49), far_and_near, ~ONE_WAY[:2])
    assert order[1] - order[0] < 0.1, "a near possible fit stands at most level with a far strong one"
    order = ordering(numbers(0.81, 0.21), far_and_near, ~ONE_WAY[:2])
    assert order[0] > order[1]


def test_all_that_people_did_here_moves_a_two_way_fit_by_about_one_grade_at_most() -> None:
    together = DEFAULT_WEIGHTS.freshness + DEFAULT_WEIGHTS.history + DEFAULT_WEIGHTS.reply
    assert TWO_WAY_SHARE * together / 2 < np.log(4)


def test_more_collaborations_count_more_each_further_one_less() -> None:
    signal = activity_signal(np.array([0.0, 5.0, 50.0, 500.0, np.nan]))
    assert signal == pytest.approx([0, 0.456, 1, 1, np.nan], abs=0.01, nan_ok=True)


def test_the_order_is_finite_for_certain_fits_and_unknown_for_unknown_ones() -> None:
    order = ordering(numbers(0.0, 1.0, np.nan), unknown_signals(3), ONE_WAY)
    assert np.isfinite(order[:2]).all()
    assert np.isnan(order[2])
