"""Whom first pages show: how evenly suggestions are spread over organisations, whatever way they were ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

FIRST_PAGE = 10


@dataclass(frozen=True)
class Exposure:
    """How evenly first pages show organisations.

    `gini` is 0 where all are shown equally often and nearly 1 where one alone is; `gini_of_first` the same of first
    places. `never_shown` is the share of organisations, in [0, 1], that none of the `pages` pages shows.
    """

    pages: int
    gini: float
    gini_of_first: float
    never_shown: float


def measure_exposure(pages: Iterable[Sequence[int]], organisation_ids: Collection[int]) -> Exposure:
    """Measure first pages, each the ids of the organisations on it, best first, over all that might be shown.

    An id that is not among `organisation_ids` does not count. Raises ValueError if nobody might be shown.
    """
    if not organisation_ids:
        raise ValueError("There is no organisation that a page might show.")
    shown: Counter[int] = Counter()
    first: Counter[int] = Counter()
    count = 0
    for page in pages:
        count += 1
        shown.update(page)
        first.update(page[:1])
    times = [shown[one] for one in organisation_ids]
    return Exposure(
        pages=count,
        gini=gini(times),
        gini_of_first=gini([first[one] for one in organisation_ids]),
        never_shown=times.count(0) / len(times),
    )


def gini(counts: Sequence[float]) -> float:
    """Return the Gini coefficient of counts that are not negative: 0 for equal ones and where all are 0."""
    values = np.sort(np.asarray(counts, dtype=np.float64))
    total = values.sum()
    if not total:
        return 0.0
    ranks = np.arange(1, len(values) + 1)
    return float((2 * ranks - len(values) - 1) @ values / (len(values) * total))
