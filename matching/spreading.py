"""Spread suggestions over equals: nobody's queue overflows while an equally good partner waits. Pure.

Only organisations of the same grade change places with each other, so a weaker word never comes before a stronger one
because of this. Within a grade, unanswered requests move a partner down, and those who are then nearly equal take
turns: each seeker has another order, and another one each week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.candidates import Facing, Mask
from matching.demand import Demand
from matching.directions import Scored, is_shown
from matching.scoring import LEAST_FIT, Grade

# In log-odds of the ranking's order: a fit of 0.60 and one of 0.67 are about as far apart. Smaller differences come and
# go with one sentence of a post. Measured by tests/benchmarks/bench_exposure.py: 0.4 shows a few more, and costs twice
# as much fit; 0.2 hardly lets anybody else come first.
NEARLY_EQUAL = 0.3
# What a queue costs that is nearly full, in the same unit: about the distance between two grades (ln 4). A full one
# stands behind everybody of its grade who has room.
COST_OF_A_QUEUE = 1.4
BEHIND_ALL = 1000.0

Turns = npt.NDArray[np.uint64]
Order = npt.NDArray[np.intp]
Asked = dict[int, tuple[int, int]]


@dataclass(frozen=True)
class Spread:
    """The numbers of organisations as they are listed; with each its load in [0, 1] and its peers, which are how many
    others are nearly equal to it.
    """

    order: Order
    loads: npt.NDArray[np.float64]
    peers: npt.NDArray[np.int64]

    def first(self, most: int) -> Spread:
        """Return the first of them."""
        return Spread(self.order[:most], self.loads[:most], self.peers[:most])

    def of(self, numbers: npt.NDArray[np.intp]) -> Spread:
        """Return those of these organisations alone."""
        places = np.flatnonzero(np.isin(self.order, numbers))
        return Spread(self.order[places], self.loads[places], self.peers[places])


def lists_of(scored: Scored, least_grade: Grade | None) -> tuple[Mask, Mask, Mask]:
    """Return who stands among the best fits, the other two-way fits and the one-way fits: each list is spread alone."""
    shown = is_shown(scored, least_grade)
    two_way = scored.is_two_way()
    is_best = ~scored.by_words & (np.nan_to_num(scored.fits) >= LEAST_FIT[Grade.GOOD])
    return shown & two_way & is_best, shown & two_way & ~is_best, shown & ~two_way


def spread_out(scored: Scored, wanted: Mask, demand: Demand, asked: Asked, seeker_unit_id: int) -> Spread:
    """Return the wanted organisations, best first, spread over equals; without a week in `demand` exactly by value."""
    order = scored.best_first(wanted)
    loads, peers = np.zeros(len(order)), np.zeros(len(order), dtype=np.int64)
    if demand.week is None or not len(order):
        return Spread(order, loads, peers)
    loads = np.array([demand.load(*asked[number]) if number in asked else 0.0 for number in order.tolist()])
    values = scored.values[order].astype(np.float64) - np.where(
        loads < 1, COST_OF_A_QUEUE * loads, BEHIND_ALL
    )
    turns = _turns(seeker_unit_id, demand.week, scored.organisation_ids[order])
    grades = _grades(scored)[order]
    placed = np.arange(len(order))
    for word in np.unique(grades):
        places = np.nonzero(grades == word)[0]
        by_turn, of_band = _in_turn(values[places], turns[places])
        placed[places] = places[by_turn]
        peers[places] = of_band
    return Spread(order[placed], loads[placed], peers)


def _in_turn(values: npt.NDArray[np.float64], turns: Turns) -> tuple[Order, npt.NDArray[np.int64]]:
    """Return an order by falling value in which values nearly equal to the first of them stand by their turn; and, for
    each place of that order, how many others stand in the same band.
    """
    falling = np.argsort(-values, kind="stable")
    rising = -values[falling]
    peers = np.zeros(len(values), dtype=np.int64)
    start = 0
    while start < len(falling):
        stop = int(np.searchsorted(rising, rising[start] + NEARLY_EQUAL, side="right"))
        band = falling[start:stop]
        falling[start:stop] = band[np.argsort(turns[band], kind="stable")]
        peers[start:stop] = len(band) - 1
        start = stop
    return falling, peers


def asked_posts(scored: Scored, demand: Demand) -> Asked:
    """Return, by organisation number, unit and id of its post that fits best: an introduction would go there. Only of
    organisations where requests wait for that unit or cite that post; without a week in `demand` of nobody.
    """
    if demand.week is None or not (demand.waiting or demand.waiting_units):
        return {}
    count = len(scored.organisation_ids)
    facings = (scored.getting, scored.giving)
    may_be_asked = np.zeros(count, dtype=np.bool_)
    for facing in facings:
        awaited = _is_awaited(facing.posts["unit_id"], facing.posts["id"], demand)
        may_be_asked[facing.posts["owner"][awaited]] = True
    best = np.full(count, -1, dtype=np.float32)
    units, posts = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    for facing in facings:
        columns, owners, fits = _best_of_each(facing, may_be_asked)
        better = fits > best[owners]
        columns, owners, fits = columns[better], owners[better], fits[better]
        best[owners] = fits
        units[owners], posts[owners] = facing.posts["unit_id"][columns], facing.posts["id"][columns]
    asked = np.flatnonzero(_is_awaited(units, posts, demand))
    return {number: (int(units[number]), int(posts[number])) for number in asked.tolist()}


def _is_awaited(unit_ids: npt.NDArray[np.int64], post_ids: npt.NDArray[np.int64], demand: Demand) -> Mask:
    """Which posts are of a unit, or are cited by requests, that wait for an answer."""
    awaited: Mask = np.isin(unit_ids, list(demand.waiting_units)) | np.isin(post_ids, list(demand.waiting))
    return awaited


def _best_of_each(
    facing: Facing, wanted: Mask
) -> tuple[Order, npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the column of the best post of each owner that is wanted, the owner and how well it fits."""
    columns = np.flatnonzero(wanted[facing.posts["owner"]])
    if not len(columns) or not len(facing.fits):
        nothing = np.empty(0, dtype=np.intp)
        return nothing, nothing.astype(np.int64), nothing.astype(np.float32)
    strengths = facing.fits[:, columns].max(axis=0)
    owners = facing.posts["owner"][columns]
    # The last of each owner in this order is its best one.
    order = np.lexsort((strengths, owners))
    last = order[np.append(owners[order][1:] != owners[order][:-1], True)]
    return columns[last], owners[last], strengths[last]


def _grades(scored: Scored) -> npt.NDArray[np.int64]:
    """One number a word; fits by words only have none, and change places among themselves only."""
    bounds = np.array(sorted(LEAST_FIT[word] for word in Grade))
    grades = np.digitize(np.nan_to_num(scored.fits), bounds)
    return np.where(scored.by_words, -1, grades)


def _turns(seeker_unit_id: int, week: int, organisation_ids: npt.NDArray[np.int64]) -> Turns:
    """A number for each organisation that only seeker and week decide, as evenly spread as random ones (splitmix64)."""
    mixed = organisation_ids.astype(np.uint64)
    for part in (seeker_unit_id, week):
        mixed = _mixed(mixed + np.uint64(part * 0x9E3779B97F4A7C15 % 2**64))
    return mixed


def _mixed(numbers: Turns) -> Turns:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
