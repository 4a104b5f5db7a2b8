"""Whose posts are worth an exact comparison, in a market too large to compare with everybody: a first, coarse look.

The coarse copy of the vectors names the posts nearest to each of ours among those that pass every hard filter, the
words those that share our rarest words; these are compared exactly with all of ours. What is unknown of an
organisation's other posts is taken to lie a little below the weakest that was named. From that follows about how every
organisation would be ordered, with all that moves the order besides the texts; the first of each list are compared
exactly, with all their posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from matching.answers import Filters
from matching.candidates import Acting, Facing, Mask, Numbers, OwnPosts, eligible, fits_between
from matching.columns import Columns
from matching.demand import Demand
from matching.market import Market
from matching.measuring import measure
from matching.nearness import nearness
from matching.recorded import Recorded
from matching.scoring import LEAST_OF_GRADE, Grade, cover, cover_by_one, direction, fuse
from matching.side_table import SideTable
from matching.signals import SignalWeights, ordering

# Up to so many posts of others, everything is compared exactly.
EXACT_POSTS = 120_000
# How many posts the coarse copy names for each of ours, and how many are looked at for its rarest words. Of the first
# ten of a list among 500,000 posts, 2,000 find 0.94, 3,000 find 0.988 and 5,000 all; a thousand costs a tenth more.
NEAREST = 5_000
BY_WORDS = 300
# Of the weakest fit that was named, this share is taken for posts that were not named: less, and organisations drop out
# whose posts are all a little weaker (at 0.5, 0.98 of 60,000 posts were found, at 0.8 all).
UNNAMED = 0.9
# How many organisations of each list are compared exactly.
ORGANISATIONS = 1_000
GOOD = next(least for least, word in LEAST_OF_GRADE if word is Grade.GOOD)
POSSIBLE = next(least for least, word in LEAST_OF_GRADE if word is Grade.POSSIBLE)
# The fits of organisations are off by about this much, which matters at the border of two lists.
MARGIN = 0.1

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Named:
    """Rows of the other side, in the order of their owners, that were named for any of our posts; how well each of ours
    (rows) fits them; and `floor`, for each of ours, the fit that is taken for posts that were not named.
    """

    rows: Rows
    posts: Columns
    fits: Numbers
    floor: Numbers


def shortlist(
    index: Market,
    tables: Sequence[SideTable],
    own: Sequence[OwnPosts],
    acting: Acting,
    filters: Filters,
    weights: SignalWeights,
    now: datetime,
    demand: Demand,
    recorded: Recorded,
) -> Mask | None:
    """Return which organisations may be among the first of a list; None where it costs less to compare with everybody.

    `tables` are those that our needs and our capabilities are compared with, in this order, as `own` is.
    """
    if any(table.coarse is None for table in tables):
        return None
    passing = [eligible(index, posts.side.opposite, acting, filters, now, demand) for posts in own]
    if sum(int(passes.sum()) for passes in passing) <= EXACT_POSTS:
        return None
    needs, capabilities = own
    count = len(index.organisations)
    named = [_named(index, *one) for one in zip(tables, own, passing, strict=True)]
    get = _get(needs, named[0], _posts_of_each(tables[0], passing[0], count))
    give = _give(capabilities, named[1], _weights_of_each(tables[1], passing[1], count))
    fits = np.where(np.isnan(get), give, np.where(np.isnan(give), get, fuse(get, give)))
    facings = [
        Facing(posts, one.posts, one.fits, one.fits < 0) for posts, one in zip(own, named, strict=True)
    ]
    signals = measure(index, acting, facings, recorded, now).signals
    # Of organisations none of whose posts was named, at least the place of their root is known.
    near = np.append(nearness(acting.places, index.places), np.float32(np.nan))[index.organisations["place"]]
    signals = replace(signals, nearness=np.fmax(signals.nearness, near))
    is_two_way = ~np.isnan(get) & ~np.isnan(give)
    values = ordering(fits, signals, is_two_way, weights)
    strength = np.fmax(get, give)
    chosen = np.isin(index.organisations["id"], sorted({*acting.always, *recorded.between}))
    for wanted in (
        is_two_way & (fits >= GOOD - MARGIN),
        is_two_way & (fits < GOOD + MARGIN) & (strength >= POSSIBLE - MARGIN),
        ~is_two_way & (strength >= POSSIBLE - MARGIN),
    ):
        chosen[_first(values, wanted, ORGANISATIONS)] = True
    return chosen


def _named(index: Market, table: SideTable, own: OwnPosts, passes: Mask) -> _Named:
    is_named = np.zeros(len(table), dtype=np.bool_)
    floor = np.zeros(len(own.posts), dtype=np.float32)
    if len(own.posts) and passes.any():
        similarities, rows = table.nearest(own.vectors, passes, NEAREST)
        is_named[rows[rows >= 0]] = True
        if rows.shape[1] == NEAREST:
            weakest = np.where(rows >= 0, similarities, 1).min(axis=1)
            floor = UNNAMED * index.calibration.probability(weakest, np.zeros_like(weakest))
            floor *= own.is_comparable
        for words in own.words:
            is_named[table.posts_with(words, BY_WORDS)] = True
    rows_named = table.rows_of(is_named & passes)
    posts = table.posts[rows_named]
    if not len(rows_named):
        return _Named(rows_named, posts, np.zeros((len(own.posts), 0), dtype=np.float32), floor)
    return _Named(rows_named, posts, fits_between(index, own, rows_named)[0], floor)


def _posts_of_each(table: SideTable, passes: Mask, count: int) -> Numbers:
    return np.bincount(table.column("owner")[passes], minlength=count).astype(np.float32)


def _weights_of_each(table: SideTable, passes: Mask, count: int) -> Numbers:
    weights = table.column("weight")[passes]
    return np.bincount(table.column("owner")[passes], weights=weights, minlength=count).astype(np.float32)


def _get(needs: OwnPosts, named: _Named, posts: Numbers) -> Numbers:
    """About how well each organisation covers our needs; NaN where it has no post. `posts` counts those of each."""
    if not len(needs.posts):
        return np.full(len(posts), np.nan, dtype=np.float32)
    covers = np.broadcast_to(named.floor[:, None], (len(needs.posts), len(posts)))
    if len(named.rows):
        covers = np.fmax(cover(named.fits, named.posts["owner"], len(posts)), covers)
    return np.where(posts > 0, direction(covers, needs.posts["weight"]), np.nan).astype(np.float32)


def _give(capabilities: OwnPosts, named: _Named, weights: Numbers) -> Numbers:
    """About how well we cover each organisation's needs; NaN where it has none. `weights` sums up those of each."""
    if not len(capabilities.posts):
        return np.full(len(weights), np.nan, dtype=np.float32)
    floor = named.floor.max()
    total = floor * weights
    if len(named.rows):
        gained = named.posts["weight"] * np.maximum(cover_by_one(named.fits.T) - floor, 0)
        total = total + np.bincount(named.posts["owner"], weights=gained, minlength=len(weights))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weights > 0, total / weights, np.nan).astype(np.float32)


def _first(values: Numbers, wanted: Mask, most: int) -> Rows:
    """Return the numbers of the greatest of the wanted values, in any order."""
    numbers = np.flatnonzero(wanted)
    if len(numbers) <= most:
        return numbers
    return numbers[np.argpartition(-values[numbers], most)[:most]]
