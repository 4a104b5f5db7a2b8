import math
from dataclasses import astuple

import numpy as np
import pytest

from matching.metrics import (
    Estimate,
    Measures,
    jackknife_estimate,
    mean_estimate,
    mean_measures,
    measure,
    ndcg,
    paired_bootstrap,
    share_estimate,
)


def test_a_perfect_ranking_measures_one() -> None:
    measures = measure(["a", "b", "c"], {"a": 1, "b": 1})
    assert measures == Measures(ndcg_at_10=1.0, recall_at_10=1.0, recall_at_100=1.0, mrr=1.0)


def test_gain_is_linear_in_the_grade() -> None:
    # Worked by hand: 1/log2(2) + 2/log2(3), against 2/log2(2) + 1/log2(3).
    expected = (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))
    assert ndcg(["weak", "strong"], {"weak": 1, "strong": 2}, 10) == pytest.approx(expected)


def test_what_stands_below_the_depth_counts_only_for_the_deeper_figures() -> None:
    ranked = [f"other{place}" for place in range(10)] + ["wanted"]
    measures = measure(ranked, {"wanted": 1})
    assert measures.ndcg_at_10 == 0.0
    assert measures.recall_at_10 == 0.0
    assert measures.recall_at_100 == 1.0
    assert measures.mrr == pytest.approx(1 / 11)


def test_nothing_relevant_found_measures_zero() -> None:
    assert measure(["a"], {"b": 1}) == Measures(0.0, 0.0, 0.0, 0.0)


def test_a_query_without_relevant_documents_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be measured"):
        measure(["a"], {"a": 0})


def test_the_mean_is_taken_over_queries() -> None:
    assert mean_measures([Measures(1, 1, 1, 1), Measures(0, 0.5, 1, 0)]) == Measures(0.5, 0.75, 1.0, 0.5)


def test_the_bootstrap_interval_covers_the_difference_and_is_repeatable() -> None:
    random = np.random.default_rng(3)
    theirs = random.random(200)
    ours = theirs + random.normal(0.1, 0.05, 200)
    interval = paired_bootstrap(ours.tolist(), theirs.tolist())
    assert interval.low < interval.difference < interval.high
    assert interval.difference == pytest.approx((ours - theirs).mean())
    # The standard error is 0.05 / √200, so the interval's half width is about 1.96 of it.
    assert (interval.high - interval.low) / 2 == pytest.approx(1.96 * 0.05 / math.sqrt(200), rel=0.2)
    assert interval == paired_bootstrap(ours.tolist(), theirs.tolist())


def test_the_bootstrap_needs_the_same_queries_on_both_sides() -> None:
    with pytest.raises(ValueError, match="same queries"):
        paired_bootstrap([0.1, 0.2], [0.1])


def test_wilsons_interval_holds_at_the_ends() -> None:
    nothing = share_estimate(0, 10)
    # Worked by hand: 1.96² / (10 + 1.96²).
    assert nothing is not None
    assert astuple(nothing) == pytest.approx((0.0, 0.0, 0.2775), abs=1e-4)
    everything = share_estimate(10, 10)
    assert everything is not None
    assert astuple(everything) == pytest.approx((1.0, 0.7225, 1.0), abs=1e-4)
    assert share_estimate(0, 0) is None


def test_equal_values_have_a_mean_without_doubt() -> None:
    assert mean_estimate([0.5, 0.5, 0.5]) == Estimate(0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="nothing"):
        mean_estimate([])


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(4).random(50)
    without = [float(np.delete(values, place).mean()) for place in range(50)]
    found = jackknife_estimate(float(values.mean()), without)
    expected = 1.96 * values.std(ddof=1) / math.sqrt(50)
    assert (found.high - found.low) / 2 == pytest.approx(expected, rel=1e-3)
    with pytest.raises(ValueError, match="One query"):
        jackknife_estimate(0.5, [0.5])
