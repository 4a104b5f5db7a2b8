"""Whose posts are worth an exact comparison, in a market too large to compare with everybody: a first, coarse look.

The coarse copy of the vectors names the posts nearest to each of ours among those that pass every hard filter, the
words those that share our rarest words. What is unknown of an organisation's other posts is taken to lie a little below
the weakest that was named. From that follows about how every organisation would be ordered, with all that moves the
order besides the texts; the first of each list are compared exactly, with all their posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from matching.answers import Filters
from matching.candidates import Acting, Facing, Mask, Numbers, OwnPosts, eligible
from matching.columns import Columns
from matching.demand import Demand
from matching.kinds import WORTH
from matching.market import Market
from matching.measuring import measure
from matching.nearness import nearness
from matching.recorded import Recorded
from matching.scoring import LEAST_OF_GRADE, Grade, cover, fuse
from matching.side_table import SideTable
from matching.signals import SignalWeights, ordering

# Up to so many posts of others, everything is compared exactly.
EXACT_POSTS = 120_000
# How many posts the coarse copy names for each of ours, and how many are looked at for its rarest words.
NEAREST = 3_000
BY_WORDS = 300
# Of the weakest fit that was named, this share is taken for posts that were not named.
UNNAMED = 0.5
# How many organisations of each list are compared exactly.
ORGANISATIONS = 1_000
GOOD = next(least for least, word in LEAST_OF_GRADE if word is Grade.GOOD)
POSSIBLE = next(least for least, word in LEAST_OF_GRADE if word is Grade.POSSIBLE)
# Coarse fits are off by about this much at the border of two lists.
MARGIN = 0.1

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Named:
    """Pairs of one of our posts and a row of the other side, with about how well they fit; `floor` is the fit, for each
    of our posts, that is taken for rows that were not named.
    """

    own: Rows
    rows: Rows
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
    get = _get(tables[0], needs, named[0], passing[0], count)
    give = _give(tables[1], capabilities, named[1], passing[1], count)
    fits = np.where(np.isnan(get), give, np.where(np.isnan(give), get, fuse(get, give)))
    facings = [_facing(posts, table, one.rows) for posts, table, one in zip(own, tables, named, strict=True)]
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
    if not len(own.posts) or not passes.any():
        nothing = np.zeros(0, dtype=np.intp)
        return _Named(nothing, nothing, nothing.astype(np.float32), np.zeros(len(own.posts), np.float32))
    similarities, rows = table.nearest(own.vectors, passes, NEAREST)
    fits = index.calibration.probability(similarities, np.zeros_like(similarities))
    # Vectors of posts in other languages say nothing; such pairs are found by their words.
    says_something = (rows >= 0) & table.column("is_known_language")[rows] & own.is_comparable[:, None]
    weakest = np.where(says_something, fits, np.inf).min(axis=1)
    is_full = rows.shape[1] == NEAREST
    floor = np.where(np.isfinite(weakest) & is_full, UNNAMED * weakest, 0).astype(np.float32)
    by_words, fits_by_words = _by_words(index, table, own, passes)
    is_by_words = np.zeros(len(table), dtype=np.bool_)
    is_by_words[by_words] = True
    own_near, places = np.nonzero(says_something & ~is_by_words[rows])
    own_words = np.repeat(np.arange(len(own.posts)), len(by_words))
    named_rows = np.concatenate([rows[own_near, places], np.tile(by_words, len(own.posts))])
    named_own = np.concatenate([own_near, own_words])
    named_fits = np.concatenate([fits[own_near, places], fits_by_words.ravel()])
    worth = WORTH[own.posts["kind"][named_own], table.column("kind")[named_rows]]
    return _Named(named_own, named_rows, named_fits * worth, floor)


def _by_words(index: Market, table: SideTable, own: OwnPosts, passes: Mask) -> tuple[Rows, Numbers]:
    """Return rows that share rare words with our posts, and how well each of ours (rows) fits them, exactly."""
    rows = _once(np.concatenate([table.posts_with(words, BY_WORDS) for words in own.words]), len(table))
    rows = rows[passes[rows]]
    cosines = table.vectors.products(own.vectors, rows)
    cosines *= own.is_comparable[:, None] & table.column("is_known_language")[rows]
    words = table.words.similarities_of_rows(own.words, table.word_rows[rows])
    return rows, index.calibration.probability(cosines, words)


def _get(table: SideTable, needs: OwnPosts, named: _Named, passes: Mask, count: int) -> Numbers:
    """About how well each organisation's named posts cover our needs; NaN where it has none."""
    weights = needs.posts["weight"]
    owners = table.column("owner")
    posts = np.bincount(owners[passes], minlength=count)
    if not len(weights) or not weights.sum():
        return np.full(count, np.nan, dtype=np.float32)
    keys, covers = _cover(named.own * np.int64(count) + owners[named.rows], named.fits)
    need, owner = np.divmod(keys, count)
    gained = weights[need] * np.maximum(covers - named.floor[need], 0)
    total = float(weights @ named.floor) + np.bincount(owner, weights=gained, minlength=count)
    return np.where(posts > 0, total / weights.sum(), np.nan).astype(np.float32)


def _give(table: SideTable, capabilities: OwnPosts, named: _Named, passes: Mask, count: int) -> Numbers:
    """About how well our capabilities cover each organisation's needs; NaN where it has none."""
    owners, weights = table.column("owner"), table.column("weight")
    asked = np.bincount(owners[passes], weights=weights[passes], minlength=count)
    if not len(capabilities.posts):
        return np.full(count, np.nan, dtype=np.float32)
    floor = named.floor.max(initial=0)
    rows, covers = _cover(named.rows.astype(np.int64), named.fits)
    gained = weights[rows] * np.maximum(covers - floor, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        give = floor + np.bincount(owners[rows], weights=gained, minlength=count) / asked
    return np.where(asked > 0, give, np.nan).astype(np.float32)


def _cover(keys: npt.NDArray[np.int64], fits: Numbers) -> tuple[npt.NDArray[np.int64], Numbers]:
    """Return each different key once, rising, and what the best fits of that key cover together, as `cover` does."""
    if not len(keys):
        return keys, fits
    order = np.argsort(keys, kind="stable")
    keys, fits = keys[order], fits[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    numbers = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(keys))))
    return keys[starts], cover(fits[None, :], numbers, len(starts))[0]


def _facing(own: OwnPosts, table: SideTable, rows: Rows) -> Facing:
    """The posts of these rows, as far as measuring asks for them."""
    posts: Columns = table.posts[_once(rows, len(table))]
    nothing = np.zeros((0, len(posts)), dtype=np.float32)
    return Facing(own, posts, nothing, nothing > 0)


def _once(rows: Rows, count: int) -> Rows:
    """Return each row once, rising; many times faster than a sort."""
    is_there = np.zeros(count, dtype=np.bool_)
    is_there[rows] = True
    return np.flatnonzero(is_there)


def _first(values: Numbers, wanted: Mask, most: int) -> Rows:
    """Return the numbers of the greatest of the wanted values, in any order."""
    numbers = np.flatnonzero(wanted)
    if len(numbers) <= most:
        return numbers
    return numbers[np.argpartition(-values[numbers], most)[:most]]
