"""Whose coarse figures put them among the first of a list of Partners, and so are worth an exact comparison. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matching.scoring import LEAST_FIT, Grade, Numbers, fit_of_directions, known_both_ways

GOOD = LEAST_FIT[Grade.GOOD]
Mask = npt.NDArray[np.bool_]


def first_of_lists(
    get: Numbers, give: Numbers, orders: Sequence[Numbers], margin: float, least: float, most: int
) -> Mask:
    """Return which organisations are among the first `most` of a list in any of the orders.

    `get` and `give` are about what each organisation's directions are, NaN where unknown, and `orders` what it may be
    ordered by. A two-way fit within `margin` of a good one may stand in either two-way list. Nobody whose stronger
    direction is below `least` stands in one of the last two lists.
    """
    fits, is_two_way = fit_of_directions(get, give), known_both_ways(get, give)
    is_shown = np.fmax(get, give) >= least
    lists = (
        is_two_way & (fits >= GOOD - margin),
        is_two_way & (fits < GOOD + margin) & is_shown,
        ~is_two_way & is_shown,
    )
    chosen = np.zeros(len(fits), dtype=np.bool_)
    for values in orders:
        for wanted in lists:
            chosen[_first(values, wanted, most)] = True
    return chosen


def _first(values: Numbers, wanted: Mask, most: int) -> npt.NDArray[np.intp]:
    """Return the numbers of the greatest of the wanted values, in any order; of equal ones the lower numbers."""
    numbers = np.flatnonzero(wanted)
    if len(numbers) <= most:
        return numbers
    of_wanted = values[numbers]
    last = np.partition(of_wanted, -most)[-most]
    above, equal = numbers[of_wanted > last], numbers[of_wanted == last]
    return np.concatenate([above, equal[: most - len(above)]])
