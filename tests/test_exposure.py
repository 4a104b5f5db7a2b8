"""How evenly first pages show organisations, in numbers that can be worked out by hand."""

import pytest

from matching.exposure import Exposure, gini, measure_exposure


def test_pages_that_show_everybody_equally_often_are_even() -> None:
    assert measure_exposure([[1, 2], [2, 1]], [1, 2]) == Exposure(
        pages=2, gini=0.0, gini_of_first=0.0, never_shown=0.0
    )


def test_whoever_is_on_no_page_counts_as_never_shown() -> None:
    exposure = measure_exposure([[1, 2], [1, 2]], [1, 2, 3, 4])
    assert exposure.never_shown == 0.5
    # Counts 2, 2, 0, 0, and of first places 2, 0, 0, 0.
    assert exposure.gini == pytest.approx(0.5)
    assert exposure.gini_of_first == pytest.approx(0.75)


def test_an_empty_page_and_an_unknown_organisation_change_no_figure() -> None:
    assert measure_exposure([[1], [], [99]], [1, 2]).gini == measure_exposure([[1]], [1, 2]).gini


def test_the_coefficient_depends_on_shares_and_not_on_how_many_looked() -> None:
    assert gini([1, 2, 3]) == pytest.approx(gini([10, 20, 30]))
    assert gini([0, 0]) == 0.0


def test_exposure_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="no organisation"):
        measure_exposure([[1]], [])
