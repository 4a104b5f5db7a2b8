"""Which words posts of a side use on the whole: the mean of their weights, over posts spread over the whole market."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

# About so many of all posts, evenly spread over their ids, tell it. A tenth of them does as well.
USUAL_POSTS = 1_000


def spread_ids(largest: int) -> range:
    """Return ids of about USUAL_POSTS posts up to the largest id there is: the same wherever the posts are kept. They
    lie an odd number apart, because needs and capabilities may alternate.
    """
    step = 1 + 2 * (largest // (2 * USUAL_POSTS))
    return range(step, largest + 1, step)


def mean_weights(texts: Collection[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean weight of each stem of several texts."""
    total: defaultdict[str, float] = defaultdict(float)
    for weights in texts:
        for stem, weight in weights.items():
            total[stem] += weight
    return {stem: weight / len(texts) for stem, weight in total.items()}
