"""Whose posts are worth an exact comparison, in a market too large to compare with everybody: a first, coarse look.

The coarse copy of vectors and words names the posts nearest to each of ours among those that pass every hard filter,
and says about how near they are. What was not named is taken to lie a little below the weakest that was. From that
follows about how every organisation would be ordered, with all that moves the order besides the texts; the first of
each list are compared exactly, with all their posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.candidates import (
    Mask,
    Numbers,
    OwnPosts,
    Question,
    Rows,
    eligible,
    heed_kinds_and_dates_of_pairs,
)
from matching.first_of_lists import first_of_lists
from matching.market import Market
from matching.measuring import Compared, measure
from matching.nearness import nearness
from matching.scoring import (
    LEAST_FIT,
    Grade,
    cover_of_pairs,
    fit_of_directions,
    known_both_ways,
)
from matching.side_table import SideTable
from matching.signals import ordering

# Up to so many posts of others, everything is compared exactly.
EXACT_POSTS = 120_000
# How many posts the coarse copy names for each of ours: this share of those that pass, between these bounds.
NAMED_SHARE = 0.04
LEAST_NAMED, MOST_NAMED = 8_000, 30_000
# How many organisations of each list are then compared exactly. Of the first ten of each list among a million posts
# (all, or a third let through by filters) these numbers find 0.993 and 0.993; 1,000 organisations 0.989 and 0.993, a
# share of 0.03 0.980 and 0.988, and 1,500 of 0.06 0.996 and 0.993 in a fifth more time.
ORGANISATIONS = 1_200
# What is taken for the similarity of posts that were not named: so much less than that above which they were.
BELOW_NAMED = 0.12
# The fits of organisations are off by about this much, which matters at the border of two lists.
MARGIN = 0.1
LEAST = LEAST_FIT[Grade.POSSIBLE] - MARGIN


@dataclass(frozen=True)
class Shortlist:
    """Numbers of the organisations that are worth an exact comparison, rising; and the rows of all their posts that we
    may see: `for_needs` answer our needs, `for_capabilities` are answered by what we can do.
    """

    organisations: Rows
    for_needs: Rows
    for_capabilities: Rows


@dataclass(frozen=True)
class _Named:
    """Pairs of one of our posts and a post of the other side that was named for it, one entry each: their number and
    row, and about how well they fit; and `floor`, for each of ours, the fit that is taken for all others.
    """

    own: Rows
    rows: Rows
    fits: Numbers
    floor: Numbers


def shortlist(
    index: Market,
    tables: Sequence[SideTable],
    own: Sequence[OwnPosts],
    question: Question,
) -> Shortlist | None:
    """Return the organisations that may be among the first of a list; None where it costs less to compare with
    everybody.

    `tables` are those that our needs and our capabilities are compared with, in this order, as `own` is.
    """
    if any(table.coarse is None for table in tables):
        return None
    passing = [eligible(index, posts.side.opposite, question) for posts in own]
    if sum(int(passes.sum()) for passes in passing) <= EXACT_POSTS:
        return None
    named = [_named(index, *one) for one in zip(tables, own, passing, strict=True)]
    get = _get(own[0], named[0], tables[0], passing[0], len(index.organisations))
    give = _give(named[1], tables[1], passing[1], len(index.organisations))
    # Words are compared exactly only, so nothing is known of the breadth of a market.
    unknown = np.full(len(index.organisations), np.nan, dtype=np.float32)
    signals = measure(index, question, _compared(named, tables), unknown).signals
    # Of organisations none of whose posts was named, at least the place of their root is known.
    acting = question.acting
    near_places = nearness(acting.places, index.places, acting.named)
    near = np.append(near_places, np.float32(np.nan))[index.organisations["place"]]
    signals = replace(signals, nearness=np.fmax(signals.nearness, near))
    values = ordering(fit_of_directions(get, give), signals, known_both_ways(get, give), question.weights)
    chosen = first_of_lists(get, give, [values], MARGIN, LEAST, ORGANISATIONS)
    chosen |= np.isin(index.organisations["id"], sorted({*acting.always, *question.recorded.between}))
    for_needs, for_capabilities = (table.rows_of_owners(chosen) for table in tables)
    return Shortlist(
        organisations=np.flatnonzero(chosen),
        for_needs=for_needs[passing[0][for_needs]],
        for_capabilities=for_capabilities[passing[1][for_capabilities]],
    )


def _named(index: Market, table: SideTable, own: OwnPosts, passes: Mask) -> _Named:
    count = len(own.posts)
    if not count or not passes.any():
        nothing = np.zeros(0, dtype=np.intp)
        return _Named(nothing, nothing, np.zeros(0, dtype=np.float32), np.zeros(count, dtype=np.float32))
    calibration = index.calibration
    vectors = own.vectors * own.is_comparable[:, None]
    most = int(np.clip(NAMED_SHARE * np.count_nonzero(passes), LEAST_NAMED, MOST_NAMED))
    near = table.near(vectors, own.words, calibration.word_share, passes, most)
    unnamed = near.least - np.float32(BELOW_NAMED)
    floor = calibration.probability(unnamed, np.zeros_like(unnamed))
    fits = calibration.probability(near.similarities, np.zeros_like(near.similarities))
    heed_kinds_and_dates_of_pairs(fits, own.posts, near.texts, table, near.rows)
    return _Named(near.texts, near.rows, fits, floor)


def _get(needs: OwnPosts, named: _Named, table: SideTable, passes: Mask, count: int) -> Numbers:
    """About how well each of `count` organisations covers our needs; NaN where it has no post."""
    weights = needs.posts["weight"]
    if not weights.sum():
        return np.full(count, np.nan, dtype=np.float32)
    groups, covers = cover_of_pairs(named.fits, named.own * count + table.column("owner")[named.rows])
    numbers, owners = np.divmod(groups, count)
    gained = weights[numbers] * np.maximum(covers - named.floor[numbers], 0)
    total = weights @ named.floor + np.bincount(owners, weights=gained, minlength=count)
    has_posts = np.bincount(table.column("owner")[passes], minlength=count) > 0
    return np.where(has_posts, total / weights.sum(), np.nan).astype(np.float32)


def _give(named: _Named, table: SideTable, passes: Mask, count: int) -> Numbers:
    """About how well we cover the needs of each of `count` organisations; NaN where it has none."""
    if not len(named.floor):
        return np.full(count, np.nan, dtype=np.float32)
    weights, floor = table.column("weight"), named.floor.max()
    rows, covers = cover_of_pairs(named.fits, named.rows)
    gained = weights[rows] * np.maximum(covers - floor, 0)
    owners, passing = table.column("owner"), np.flatnonzero(passes)
    share = np.bincount(owners[passing], weights=weights[passing], minlength=count)
    total = floor * share + np.bincount(owners[rows], weights=gained, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(share > 0, total / share, np.nan).astype(np.float32)


def _compared(named: Sequence[_Named], tables: Sequence[SideTable]) -> Compared:
    """Return all named posts, each once."""
    found: list[Rows] = []
    for one, table in zip(named, tables, strict=True):
        is_named = np.zeros(len(table), dtype=np.bool_)
        is_named[one.rows] = True
        found.append(np.flatnonzero(is_named))
    parts = [
        np.concatenate([table.column(name)[rows] for table, rows in zip(tables, found, strict=True)])
        for name in ("id", "owner", "place")
    ]
    return Compared(*parts)
