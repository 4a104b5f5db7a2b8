"""From probabilities of pairs of posts to ranked organisations. Pure NumPy, many organisations at once."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

# The best posts of an organisation that count, and by how much each further one counts less than the one
# before: breadth tells real partners (0.092 nDCG@10 on dev for the best post alone, 0.124 so), but a hundred
# weak posts never add up.
BEST_POSTS = 5
FURTHER_POST = 0.7

Numbers = npt.NDArray[np.float32]
Owners = npt.NDArray[np.int64]


class Grade(StrEnum):
    """How well two organisations fit, in a word; nothing weaker is shown."""

    STRONG = "strong"
    GOOD = "good"
    POSSIBLE = "possible"


# Between short posts of the two kinds about one pair in seventy is strong, and one in eight shown at all.
LEAST_OF_GRADE = ((0.8, Grade.STRONG), (0.5, Grade.GOOD), (0.2, Grade.POSSIBLE))


def cover(probabilities: Numbers, owners: Owners, owner_count: int) -> Numbers:
    """Return how well each owner's posts together cover each need, shape (needs, owner_count).

    `probabilities[n, p]` is the fit of need n and post p, `owners[p]` the number of that post's owner. A
    single post keeps its own probability, further ones add to it with falling weight, a worse one never takes
    away. NaN: no post.
    """
    counts = np.bincount(owners, minlength=owner_count)
    starts = np.cumsum(counts) - counts
    # One sort groups by owner and orders within: each owner's keys fill its own band of width 2.
    keys = np.sort(2.0 * owners - probabilities, axis=1)
    missed = np.ones((len(probabilities), owner_count), dtype=np.float32)
    for place in range(min(BEST_POSTS, int(counts.max(initial=0)))):
        having = np.flatnonzero(counts > place)
        best = 2.0 * having - keys[:, starts[having] + place]
        missed[:, having] *= 1 - FURTHER_POST**place * best.astype(np.float32)
    return np.asarray(np.where(counts > 0, 1 - missed, np.nan), dtype=np.float32)


def cover_by_one(probabilities: Numbers) -> Numbers:
    """Return how well the posts (columns) of one owner together cover each need (row), as `cover` does;
    NaN: no post.
    """
    if not probabilities.shape[1]:
        return np.full(len(probabilities), np.nan, dtype=np.float32)
    best = -np.sort(-probabilities, axis=1)[:, :BEST_POSTS]
    weights = np.float32(FURTHER_POST) ** np.arange(best.shape[1], dtype=np.float32)
    covers: Numbers = 1 - np.prod(1 - weights * best, axis=1)
    return covers


def direction(covers: Numbers, weights: Numbers) -> Numbers:
    """Return Σ w·cover / Σ w over our needs (rows), one number an owner; NaN where unknown or we have no
    need.
    """
    if not len(covers) or not weights.sum():
        return np.full(covers.shape[1], np.nan, dtype=np.float32)
    return np.asarray(weights @ covers / weights.sum(), dtype=np.float32)


def direction_by_owner(covers: Numbers, weights: Numbers, owners: Owners, owner_count: int) -> Numbers:
    """Return the same for the needs of many owners; NaN for an owner without needs or where `covers` is
    unknown.

    `covers[p]` is how well we cover need p (`cover_by_one`), `weights[p]` its weight, `owners[p]` its owner's
    number.
    """
    total = np.bincount(owners, weights=weights * covers, minlength=owner_count)
    share = np.bincount(owners, weights=weights, minlength=owner_count)
    with np.errstate(invalid="ignore"):
        return np.where(share > 0, total / share, np.nan).astype(np.float32)


def fuse(get: Numbers, give: Numbers) -> Numbers:
    """Return the harmonic mean of the two directions: NaN where either is unknown, 0 where either is 0."""
    total = get + give
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total == 0, 0, 2 * get * give / total).astype(np.float32)


def grade(score: float | None) -> Grade | None:
    """Return the word for a fit or direction, None if it is unknown (None, NaN) or too weak to show."""
    if score is None:
        return None
    return next((word for least, word in LEAST_OF_GRADE if score >= least), None)
