"""Who is compared exactly after a coarse look: the first of each list, by any of the orders."""

from __future__ import annotations

import numpy as np

from matching.first_of_lists import GOOD, first_of_lists
from matching.scoring import Numbers

NAN = float("nan")


def numbers(*given: float) -> Numbers:
    return np.array(given, dtype=np.float32)


def chosen(get: Numbers, give: Numbers, *orders: Numbers, most: int) -> list[int]:
    found = first_of_lists(get, give, orders, margin=0.1, least=0.1, most=most)
    return np.flatnonzero(found).tolist()


def test_the_first_of_each_list_are_chosen() -> None:
    get = numbers(0.9, 0.8, 0.3, 0.2, NAN, 0.6)
    give = numbers(0.9, 0.8, 0.3, 0.2, 0.9, NAN)
    assert chosen(get, give, numbers(6, 5, 4, 3, 2, 1), most=1) == [0, 2, 4]


def test_any_order_chooses() -> None:
    both = numbers(0.9, 0.8, 0.7)
    assert chosen(both, both, numbers(3, 2, 1), numbers(1, 2, 3), most=1) == [0, 2]


def test_of_equal_ones_the_lower_numbers_are_chosen() -> None:
    both = numbers(0.9, 0.7, 0.9, 0.9, 0.9)
    assert chosen(both, both, numbers(1, 0, 1, 1, 2), most=3) == [0, 2, 4]


def test_a_fit_at_the_border_of_two_lists_may_stand_in_either() -> None:
    both = numbers(0.9, GOOD + 0.05, 0.3)
    assert chosen(both, both, numbers(3, 2, 1), most=1) == [0, 1]
    assert chosen(both, both, numbers(2, 3, 1), most=1) == [1]


def test_nobody_too_weak_or_unknown_is_chosen() -> None:
    get, give = numbers(0.05, 0.05, NAN, 0.05), numbers(0.05, NAN, NAN, 0.2)
    assert chosen(get, give, numbers(1, 1, NAN, 1), most=4) == [3]
