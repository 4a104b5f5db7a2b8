"""Whose posts are worth an exact comparison, in a market too large to compare with everybody: a first, coarse look.

The coarse copy of vectors and words names the posts nearest to each of ours among those that pass every hard filter,
and says about how near they are. What was not named is taken to lie a little below the weakest that was. From that
follows about how every organisation would be ordered, with all that moves the order besides the texts; the first of
each list are compared exactly, with all their posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from matching.answers import Filters
from matching.candidates import (
    Acting,
    Facing,
    Mask,
    Numbers,
    OwnPosts,
    Rows,
    eligible,
    heed_kinds_and_dates,
)
from matching.columns import Columns
from matching.demand import Demand
from matching.first_of_lists import first_of_lists
from matching.market import Market
from matching.measuring import measure
from matching.nearness import nearness
from matching.recorded import Recorded
from matching.scoring import (
    LEAST_FIT,
    Grade,
    cover,
    cover_by_one,
    direction,
    fit_of_directions,
    known_both_ways,
)
from matching.side_table import SideTable
from matching.signals import SignalWeights, ordering

# Up to so many posts of others, everything is compared exactly.
EXACT_POSTS = 120_000
# How many posts the coarse copy names for each of ours, and how many organisations of each list are then compared
# exactly. Of the first ten of each list among a million posts (without and with filters), 12,000 and 400 find 0.940 and
# 0.993, 24,000 and 800 find 0.982 and 0.995, 24,000 and 1,200 find 0.993 and 0.998, in half as much time again.
NEAREST = 24_000
ORGANISATIONS = 1_200
# What is taken for the similarity of posts that were not named: so much less than that of the weakest that was.
BELOW_NAMED = 0.05
# The fits of organisations are off by about this much, which matters at the border of two lists.
MARGIN = 0.1
LEAST = LEAST_FIT[Grade.POSSIBLE] - MARGIN


@dataclass(frozen=True)
class _Named:
    """Posts of the other side, in the order of their owners, that were named for any of our posts; about how well each
    of ours (rows) fits them; and `floor`, for each of ours, the fit that is taken for posts that were not named.
    """

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
) -> tuple[Rows, Rows] | None:
    """Return the rows, for our needs and our capabilities, of all posts that we may see of organisations that may be
    among the first of a list; None where it costs less to compare with everybody.

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
    get = _get(needs, named[0], tables[0].sums_by_owner(passing[0], count))
    weights_of_passing = np.where(passing[1], tables[1].column("weight"), np.float32(0))
    give = _give(capabilities, named[1], tables[1].sums_by_owner(weights_of_passing, count))
    facings = [
        Facing(posts, one.posts, one.fits, one.fits < 0) for posts, one in zip(own, named, strict=True)
    ]
    signals = measure(index, acting, facings, recorded, now).signals
    # Of organisations none of whose posts was named, at least the place of their root is known.
    near = np.append(nearness(acting.places, index.places), np.float32(np.nan))[index.organisations["place"]]
    signals = replace(signals, nearness=np.fmax(signals.nearness, near))
    values = ordering(fit_of_directions(get, give), signals, known_both_ways(get, give), weights)
    chosen = first_of_lists(get, give, [values], MARGIN, LEAST, ORGANISATIONS)
    chosen |= np.isin(index.organisations["id"], sorted({*acting.always, *recorded.between}))
    theirs, ours = (table.rows_of_owners(chosen) for table in tables)
    return theirs[passing[0][theirs]], ours[passing[1][ours]]


def _named(index: Market, table: SideTable, own: OwnPosts, passes: Mask) -> _Named:
    if not len(own.posts) or not passes.any():
        nothing = np.zeros((len(own.posts), 0), dtype=np.float32)
        return _Named(table.posts[:0], nothing, np.zeros(len(own.posts), dtype=np.float32))
    calibration = index.calibration
    vectors = own.vectors * own.is_comparable[:, None]
    similarities, near = table.nearest(vectors, own.words, calibration.word_share, passes, NEAREST)
    is_named = np.zeros(len(table), dtype=np.bool_)
    is_named[near[near >= 0]] = True
    rows = table.rows_of(is_named)
    # One place more than there are, for the row −1, which fills up.
    places = np.empty(len(table) + 1, dtype=np.int32)
    places[rows], places[-1] = np.arange(len(rows)), len(rows)
    unnamed = _unnamed(similarities, near)
    floor = calibration.probability(unnamed, np.zeros_like(unnamed))
    padded = np.repeat(floor[:, None], len(rows) + 1, axis=1)
    found = calibration.probability(similarities, np.zeros_like(similarities))
    for of_one, fits_of_one, numbers in zip(padded, found, near, strict=True):
        of_one[places[numbers]] = fits_of_one
    fits = padded[:, :-1]
    posts = table.posts[rows]
    heed_kinds_and_dates(fits, own.posts, posts)
    return _Named(posts, fits, floor)


def _unnamed(similarities: Numbers, near: Rows) -> Numbers:
    """What is taken for the similarity of each of ours with posts that were not named; nothing if all were."""
    if near.shape[1] < NEAREST:
        return np.full(len(near), -1, dtype=np.float32)
    weakest: Numbers = np.where(near >= 0, similarities, 1).min(axis=1) - np.float32(BELOW_NAMED)
    return weakest


def _get(needs: OwnPosts, named: _Named, posts: Numbers) -> Numbers:
    """About how well each organisation covers our needs; NaN where it has no post. `posts` counts those of each."""
    if not len(needs.posts):
        return np.full(len(posts), np.nan, dtype=np.float32)
    covers = np.broadcast_to(named.floor[:, None], (len(needs.posts), len(posts)))
    if len(named.posts):
        covers = np.fmax(cover(named.fits, named.posts["owner"], len(posts)), covers)
    return np.where(posts > 0, direction(covers, needs.posts["weight"]), np.nan).astype(np.float32)


def _give(capabilities: OwnPosts, named: _Named, weights: Numbers) -> Numbers:
    """About how well we cover each organisation's needs; NaN where it has none. `weights` sums up those of each."""
    if not len(capabilities.posts):
        return np.full(len(weights), np.nan, dtype=np.float32)
    floor = named.floor.max()
    total = floor * weights
    if len(named.posts):
        gained = named.posts["weight"] * np.maximum(cover_by_one(named.fits.T) - floor, 0)
        total = total + np.bincount(named.posts["owner"], weights=gained, minlength=len(weights))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weights > 0, total / weights, np.nan).astype(np.float32)
