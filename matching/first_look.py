"""A first look at many posts on PostgreSQL: which organisations may be among the first of a list.

The database compares meanings, exactly, and sends numbers only: no texts, no vectors, no row a post. Words are not
compared yet, so more organisations are named than a list shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Double, Select, cast, func, literal, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from matching.calibration import Calibration
from matching.candidates import OwnPosts
from matching.columns import POST_KINDS
from matching.first_of_lists import first_of_lists
from matching.kinds import WORTH
from matching.nearest_posts import Conditions, Stored, is_compared, of_side
from matching.nearness import best_by_owner
from matching.packed_columns import (
    code_in_sql,
    integers,
    need_weight_in_sql,
    packed_integers,
    packed_pairs,
    packed_row,
    packed_vectors,
    pairs,
    vectors,
)
from matching.scoring import (
    cover,
    cover_by_one,
    direction,
    direction_by_owner,
    fit_of_directions,
    known_both_ways,
)
from matching.signals import Signals, SignalWeights, activity_signal, ordering, unknown_signals
from models.organisation import Organisation, Unit
from models.post import Post, PostSide
from models.post_vector import PostVector

# Of each list of Partners so many organisations are compared exactly, words and all. What the look does not know of
# moves a two-way order a fifth as much as a one-way one: of 20 who looked among 100,000 posts, all of the first ten of
# a two-way list stood among the first 100, and all of the first ten of the one-way list among the first 300.
MOST_TWO_WAY = 150
MOST_ONE_WAY = 300
# The words may lift a fit, or let another one fall behind, by about this much around the border of two grades.
MARGIN = 0.2
# What words alone can lift to the least that is shown.
LEAST = 0.05
# PostgreSQL answers with a gigabyte at most: so many of our posts are compared at once, which with as many posts as are
# ever looked at is a tenth of that.
MOST_AT_ONCE = 100
UNKNOWN = -1

Numbers = npt.NDArray[np.float32]
# Ids of units, rising, and the id of a place of each.
PlacesOfUnits = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Looked:
    """Posts that face ours, one entry each, by rising id: whose they are, where (id of a place, −1: unknown), their
    organisation's activity (−1: unknown), number of their kind, weight as a need, and cosines with ours, shape (ours,
    posts).
    """

    ours: Numbers
    post_ids: npt.NDArray[np.int64]
    organisation_ids: npt.NDArray[np.int64]
    place_ids: npt.NDArray[np.int64]
    activity: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int64]
    cosines: Numbers

    def places_of(self, post_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        """Return the entry of each of these posts, −1 where there is none."""
        return _rows_of(self.post_ids, post_ids)


def look(
    session: Session, stored: Stored, own: OwnPosts, conditions: Conditions, units: PlacesOfUnits
) -> Looked:
    """Compare our posts with those of the other side that meet the conditions and have a meaning that can be compared;
    nothing where we have no posts.
    """
    if not len(own.posts):
        nothing = np.zeros(0, dtype=np.int64)
        of_ours = np.zeros((0, 0), dtype=np.float32)
        return Looked(own.vectors, nothing, nothing, nothing, nothing, nothing, nothing, of_ours)
    parts = [
        _look(session, stored, own.side, own.vectors[start : start + MOST_AT_ONCE], conditions, units)
        for start in range(0, len(own.posts), MOST_AT_ONCE)
    ]
    return parts[0] if len(parts) == 1 else joined(parts)


def _look(
    session: Session,
    stored: Stored,
    side: PostSide,
    ours: Numbers,
    conditions: Conditions,
    units: PlacesOfUnits,
) -> Looked:
    theirs = _compared(stored, side.opposite, conditions).subquery().c
    numbers = (
        packed_pairs(theirs.activity, theirs.post_id),
        packed_pairs(theirs.place_id, theirs.unit_id),
        packed_pairs(theirs.organisation_id, theirs.kind),
        packed_integers(theirs.weight),
    )
    # All of a post as one vector: to collect each by itself takes longer than to compute it.
    products = [func.inner_product(theirs.vector, literal(vector, VECTOR(len(vector)))) for vector in ours]
    cosines = packed_vectors(cast(array(products, type_=Double), VECTOR(len(ours))))
    row = packed_row(session, select(*numbers, cosines))
    (activity, ids), (place_ids, unit_ids), (organisation_ids, kinds) = map(pairs, row[:3])
    # The database reads them in this order mostly, which only this kind of sorting makes use of.
    order = np.argsort(ids, kind="stable")
    of_units = np.append(units[1], UNKNOWN)[_rows_of(units[0], unit_ids)]
    place_ids = np.where(place_ids == UNKNOWN, of_units, place_ids)
    return Looked(
        ours=ours,
        post_ids=ids[order],
        organisation_ids=organisation_ids[order],
        place_ids=place_ids[order],
        activity=activity[order],
        kinds=kinds[order],
        weights=integers(row[3])[order],
        cosines=np.ascontiguousarray(vectors(row[4], len(ours))[order].T),
    )


def joined(parts: Sequence[Looked]) -> Looked:
    """Return what was looked at for one portion of ours after the other, as one."""
    # Whoever came or went between two of the statements is left out.
    ids = parts[0].post_ids
    for part in parts[1:]:
        ids = np.intersect1d(ids, part.post_ids, assume_unique=True)
    first, rows = parts[0], parts[0].places_of(ids)
    return Looked(
        ours=np.concatenate([part.ours for part in parts]),
        post_ids=ids,
        organisation_ids=first.organisation_ids[rows],
        place_ids=first.place_ids[rows],
        activity=first.activity[rows],
        kinds=first.kinds[rows],
        weights=first.weights[rows],
        cosines=np.concatenate([part.cosines[:, part.places_of(ids)] for part in parts]),
    )


def places_of_units(session: Session) -> PlacesOfUnits:
    """Return the ids of all units, rising, and the place of each: its own or its organisation's.

    A place of a unit between it and the root is not asked for: this decides who is looked at again only.
    """
    root = aliased(Unit)
    place = packed_integers(func.coalesce(Unit.place_id, root.place_id, UNKNOWN))
    above = (root.organisation_id == Unit.organisation_id) & root.parent_id.is_(None)
    ids, places = packed_row(session, select(packed_integers(Unit.id), place).outerjoin(root, above))
    order = np.argsort(integers(ids), kind="stable")
    return integers(ids)[order], integers(places)[order]


def _compared(stored: Stored, side: PostSide, conditions: Conditions) -> Select[Any]:
    """The posts of a side whose meaning is compared, with all that the look asks of them."""
    columns = (
        PostVector.post_id,
        Organisation.id.label("organisation_id"),
        func.coalesce(Post.place_id, UNKNOWN).label("place_id"),
        Post.unit_id,
        func.coalesce(Organisation.activity, UNKNOWN).label("activity"),
        code_in_sql(POST_KINDS, Post.kind).label("kind"),
        need_weight_in_sql().label("weight"),
    )
    # The cast fetches a vector that is kept besides its row, which each product would do again; without the offset it
    # would be done within each of them.
    vector = cast(PostVector.vector, VECTOR(stored.dimensions))
    query = of_side(stored, side, [is_compared(stored), *conditions])
    return query.with_only_columns(*columns, vector.label("vector")).offset(0)


def best_organisations(
    calibration: Calibration,
    own: Sequence[OwnPosts],
    looked: Sequence[Looked],
    nearness: tuple[npt.NDArray[np.int64], Numbers],
    weights: SignalWeights,
) -> set[int]:
    """Return the organisations that may be among the first of a list.

    `own` are our needs and our capabilities, `looked` what faces them. `nearness` are ids of places, rising, and how
    near each is; `weights` say how much that counts.
    """
    ids, owners = np.unique(np.concatenate([one.organisation_ids for one in looked]), return_inverse=True)
    if len(ids) <= MOST_TWO_WAY:
        return set(ids.tolist())
    needs, capabilities = looked
    of_needs, of_capabilities = owners[: len(needs.weights)], owners[len(needs.weights) :]
    get = direction(
        cover(_fits(calibration, own[0], needs), of_needs, len(ids))
        if len(of_needs)
        else _nothing(0, len(ids)),
        own[0].posts["weight"],
    )
    give = _nothing(len(ids))
    if len(of_capabilities):
        covered = cover_by_one(_fits(calibration, own[1], capabilities).T)
        give = direction_by_owner(covered, capabilities.weights.astype(np.float32), of_capabilities, len(ids))
    signals = _signals(looked, owners, len(ids), nearness)
    fits, is_two_way = fit_of_directions(get, give), known_both_ways(get, give)
    order = ordering(fits, signals, is_two_way, weights)
    chosen = first_of_lists(get, give, [order], MARGIN, LEAST, MOST_TWO_WAY)
    chosen |= ~is_two_way & first_of_lists(get, give, [order], MARGIN, LEAST, MOST_ONE_WAY)
    return set(ids[chosen].tolist())


def _nothing(*shape: int) -> Numbers:
    return np.full(shape, np.nan, dtype=np.float32)


def _fits(calibration: Calibration, own: OwnPosts, looked: Looked) -> Numbers:
    fits = calibration.probability(looked.cosines, np.zeros_like(looked.cosines))
    fits *= WORTH[own.posts["kind"].astype(np.intp)][:, looked.kinds]
    fits[~own.is_comparable] = 0
    return fits


def _signals(
    looked: Sequence[Looked],
    owners: npt.NDArray[np.int64],
    count: int,
    nearness: tuple[npt.NDArray[np.int64], Numbers],
) -> Signals:
    """Return what is known here of organisations besides their texts."""
    places, near = nearness
    place_ids = np.concatenate([one.place_ids for one in looked])
    of_posts = np.append(near, np.float32(np.nan))[_rows_of(places, place_ids)]
    activity = np.full(count, np.nan)
    activity[owners] = np.concatenate([one.activity for one in looked])
    activity[activity < 0] = np.nan
    return replace(
        unknown_signals(count),
        nearness=best_by_owner(of_posts, owners, count),
        activity=activity_signal(activity),
    )


def _rows_of(rising: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return where each wanted number stands among the rising ones, −1 where it does not."""
    if not len(rising):
        return np.full(len(wanted), -1, dtype=np.intp)
    rows = np.minimum(np.searchsorted(rising, wanted), len(rising) - 1)
    return np.where(rising[rows] == wanted, rows, -1)
