"""From probabilities of pairs of posts to ranked organisations. Pure NumPy, many organisations at once."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from matching.parameters import Pooling, load_parameters

# Breadth tells real partners (0.092 nDCG@10 on dev for the best post alone, 0.124 for the best five), but a hundred
# weak posts never add up.
POOLING = load_parameters().pooling
# The best fits of an owner of more posts are found one owner at a time, the others' all together.
LARGE_OWNER = 32

Numbers = npt.NDArray[np.float32]
Owners = npt.NDArray[np.int64]


class Grade(StrEnum):
    """How well two organisations fit, in a word; nothing weaker is shown."""

    STRONG = "strong"
    GOOD = "good"
    POSSIBLE = "possible"


# Of pairs of a need and a capability of a kind that answers it, about one in eighty is strong and one in thirty shown.
# The strongest comes first: `grade` takes the first one reached.
LEAST_FIT = {Grade.STRONG: 0.8, Grade.GOOD: 0.5, Grade.POSSIBLE: 0.2}


def cover(probabilities: Numbers, owners: Owners, owner_count: int, pooling: Pooling = POOLING) -> Numbers:
    """Return how well each owner's posts together cover each need, shape (needs, owner_count).

    `probabilities[n, p]` is the fit of need n and post p, `owners[p]` the number of that post's owner; fastest where
    the posts stand in the order of their owners. A single post keeps its own probability, further ones add to it with
    falling weight, a worse one never takes away. NaN: no post.
    """
    if (owners[1:] < owners[:-1]).any():
        order = np.argsort(owners, kind="stable")
        probabilities, owners = probabilities[:, order], owners[order]
    sizes = np.bincount(owners, minlength=owner_count)
    starts = np.cumsum(sizes) - sizes
    # The owners of most posts come first, so that those that have a further post are always the first few.
    having = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    best = _best_of_segments(probabilities, starts[having], sizes[having], pooling.best_posts)
    covers = np.full((len(probabilities), owner_count), np.nan, dtype=np.float32)
    covers[:, having] = _together(best, pooling)
    return covers


def cover_by_one(probabilities: Numbers) -> Numbers:
    """Return how well the posts (columns) of one owner together cover each need (row), as `cover` does;
    NaN: no post.
    """
    posts = probabilities.shape[1]
    if not posts:
        return np.full(len(probabilities), np.nan, dtype=np.float32)
    if posts > LARGE_OWNER:
        return _together(_best_of_one(probabilities, POOLING.best_posts).T, POOLING)
    best = np.zeros((min(posts, POOLING.best_posts), len(probabilities)), dtype=np.float32)
    for place in range(posts):
        _insert(best, probabilities[:, place], place)
    return _together(best, POOLING)


def cover_of_pairs(fits: Numbers, groups: Owners) -> tuple[Owners, Numbers]:
    """Return each group once, rising, and how well the fits of its pairs cover together, as `cover` does.

    `groups`, numbers from 0 below 2³², says which group each pair belongs to.
    """
    if not len(fits):
        return groups, fits
    # NumPy sorts numbers of 16 bits by radix, in a third of the time; equally good fits may stand in any order.
    falling, low, high = (65_535 * (1 - fits)), groups & 0xFFFF, groups >> 16
    order = np.lexsort([keys.astype(np.uint16) for keys in (falling, low, high)])
    fits, groups = fits[order], groups[order]
    first = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    places = np.arange(len(groups)) - np.repeat(first, np.diff(np.append(first, len(groups))))
    # Beyond the best ones, none adds anything.
    shares = np.append(POOLING.further_post ** np.arange(POOLING.best_posts), 0).astype(np.float32)
    missed = np.multiply.reduceat(1 - shares[np.minimum(places, POOLING.best_posts)] * fits, first)
    return groups[first], 1 - missed


def _best_of_segments(probabilities: Numbers, starts: Owners, sizes: Owners, most: int) -> Numbers:
    """Return the best fits of each segment of columns, the best first, shape (most, needs, segments); 0 where it has
    fewer. The largest segments come first.
    """
    best = np.zeros((most, len(probabilities), len(starts)), dtype=np.float32)
    large = int(np.count_nonzero(sizes > LARGE_OWNER))
    for number in range(large):
        of_one = probabilities[:, starts[number] : starts[number] + sizes[number]]
        best[:, :, number] = _best_of_one(of_one, most).T
    small = best[:, :, large:]
    for place in range(int(sizes[large:].max(initial=0))):
        having = int(np.count_nonzero(sizes[large:] > place))
        _insert(
            small[:, :, :having],
            np.take(probabilities, starts[large : large + having] + place, axis=1),
            place,
        )
    return best


def _best_of_one(probabilities: Numbers, most: int) -> Numbers:
    """Return the best fits of each row, the best first, shape (needs, most)."""
    best = np.partition(probabilities, probabilities.shape[1] - most, axis=1)[:, -most:]
    return -np.sort(-best, axis=1)


def _insert(best: Numbers, fits: Numbers, place: int) -> None:
    """Put each of these fits, the `place`-th of its owner counted from 0, into its place among the best ones so far."""
    for rank in range(min(place + 1, len(best))):
        lower = np.minimum(best[rank], fits)
        np.maximum(best[rank], fits, out=best[rank])
        fits = lower


def _together(best: Numbers, pooling: Pooling) -> Numbers:
    """Return what the best fits (first axis, the best first) cover together."""
    missed = np.ones(best.shape[1:], dtype=np.float32)
    for place, fits in enumerate(best):
        missed *= 1 - np.float32(pooling.further_post**place) * fits
    return 1 - missed


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


def known_both_ways(get: Numbers, give: Numbers) -> npt.NDArray[np.bool_]:
    """Return of which organisations both directions are known."""
    known: npt.NDArray[np.bool_] = ~np.isnan(get) & ~np.isnan(give)
    return known


def fit_of_directions(get: Numbers, give: Numbers) -> Numbers:
    """Return both directions fused, or the one that is known; NaN where neither is."""
    return np.where(np.isnan(get), give, np.where(np.isnan(give), get, fuse(get, give)))


def grade(score: float | None) -> Grade | None:
    """Return the word for a fit or direction, None if it is unknown (None, NaN) or too weak to show."""
    if score is None:
        return None
    return next((word for word, least in LEAST_FIT.items() if score >= least), None)
