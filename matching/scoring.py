"""From probabilities of pairs of posts to ranked organisations. Pure NumPy, many organisations at once."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

# The best posts of an organisation that count, and by how much each further one counts less than the one before.
BEST_POSTS = 5
FURTHER_POST = 0.5
NEARNESS_WEIGHT = 2.5
NEARNESS_NEUTRAL = 0.15
ACTIVITY_WEIGHT = 1.0
ACTIVITY_NEUTRAL = 0.3
MOST_ACTIVITY = 50

Numbers = npt.NDArray[np.float32]
Owners = npt.NDArray[np.int64]


class Grade(StrEnum):
    """How well two organisations fit, in a word; nothing weaker is shown."""

    STRONG = "strong"
    GOOD = "good"
    POSSIBLE = "possible"


GRADES = ((0.6, Grade.STRONG), (0.35, Grade.GOOD), (0.15, Grade.POSSIBLE))


def cover(probabilities: Numbers, owners: Owners, owner_count: int) -> Numbers:
    """Return how well each owner's posts together cover each need, shape (needs, owner_count).

    `probabilities[n, p]` is the fit of need n and post p, `owners[p]` the number of that post's owner. A single post
    keeps its own probability, further ones add to it with falling weight, a worse one never takes away. NaN: no post.
    """
    best = _best_of_each(probabilities, owners, owner_count)
    weights = FURTHER_POST ** np.arange(BEST_POSTS, dtype=np.float32)
    missed = np.prod(1 - weights * np.nan_to_num(best), axis=2)
    return np.where(np.isnan(best[:, :, 0]), np.nan, 1 - missed).astype(np.float32)


def direction(covers: Numbers, weights: Numbers) -> Numbers:
    """Return Σ w·cover / Σ w over the needs (rows), one number an owner; NaN where unknown or there is no need."""
    if not len(covers) or not weights.sum():
        return np.full(covers.shape[1], np.nan, dtype=np.float32)
    return (weights @ covers / weights.sum()).astype(np.float32)


def direction_by_owner(covers: Numbers, weights: Numbers, owners: Owners, owner_count: int) -> Numbers:
    """Return the same for needs of many owners: `covers[p]` is how well we cover need p of owner `owners[p]`."""
    total = np.bincount(owners, weights=weights * covers, minlength=owner_count)
    share = np.bincount(owners, weights=weights, minlength=owner_count)
    with np.errstate(invalid="ignore"):
        return np.where(share > 0, total / share, np.nan).astype(np.float32)


def need_weights(urgency: npt.NDArray[np.int64], importance: npt.NDArray[np.int64]) -> Numbers:
    """Return the weights of needs, urgency × importance."""
    return (urgency * importance).astype(np.float32)


def fuse(get: Numbers, give: Numbers) -> Numbers:
    """Return the harmonic mean of the two directions; NaN where either is unknown, 0 where either is 0."""
    total = get + give
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total == 0, 0, 2 * get * give / total).astype(np.float32)


def ordering(fits: Numbers, nearness: Numbers, activity: Numbers, nearby_matters: bool = True) -> Numbers:
    """Return what organisations are ordered by, in [0, 1]: the fit, shifted by place and by earlier collaborations.

    `nearness` in [0, 1] and `activity` (see `activity_signal`) may be NaN: unknown, which neither helps nor hurts.
    """
    shift = ACTIVITY_WEIGHT * (np.where(np.isnan(activity), ACTIVITY_NEUTRAL, activity) - ACTIVITY_NEUTRAL)
    if nearby_matters:
        known = np.where(np.isnan(nearness), NEARNESS_NEUTRAL, nearness)
        shift = shift + NEARNESS_WEIGHT * (known - NEARNESS_NEUTRAL)
    bounded = np.clip(fits, 1e-6, 1 - 1e-6)
    odds = bounded / (1 - bounded) * np.exp(shift)
    return (odds / (1 + odds)).astype(np.float32)


def activity_signal(collaborations: npt.NDArray[np.float64]) -> Numbers:
    """Return earlier collaborations as a signal in [0, 1], each further one counting less; NaN stays unknown."""
    return np.minimum(1, np.log1p(collaborations) / np.log1p(MOST_ACTIVITY)).astype(np.float32)


def grade(score: float) -> Grade | None:
    """Return the word for a fit, None if it is too weak to show."""
    for least, word in GRADES:
        if score >= least:
            return word
    return None


def _best_of_each(probabilities: Numbers, owners: Owners, owner_count: int) -> Numbers:
    """Return each owner's best probabilities, falling, shape (needs, owner_count, BEST_POSTS), NaN where it has fewer."""
    counts = np.bincount(owners, minlength=owner_count)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    # One sort groups by owner and orders within: each owner's keys fill its own band of width 2.
    keys = np.sort(2.0 * owners - probabilities.astype(np.float64), axis=1)
    places = starts[:, None] + np.arange(BEST_POSTS)
    is_there = np.arange(BEST_POSTS) < counts[:, None]
    taken = keys[:, np.where(is_there, places, 0)]
    best = 2.0 * np.arange(owner_count)[:, None] - taken
    return np.where(is_there, best, np.nan).astype(np.float32)
