"""Measure the signals of every organisation: from the columns of its compared posts and from what is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from matching.candidates import Facing, Question, Rows, kilometres_to
from matching.columns import KINDS
from matching.freshness import days_since, freshness
from matching.market import Market
from matching.nearness import best_by_owner, is_in, nearness
from matching.recorded import Recorded
from matching.signals import Numbers, Signals, activity_signal

Number = TypeVar("Number", np.float32, np.float64)


@dataclass(frozen=True)
class Measured:
    """The signals, and the facts behind two of them that pages show: whether a compared post is in a country that our
    needs name, kilometres to the nearest compared post, and days since the newest post that we see. NaN is unknown.
    Of organisations that were not measured nothing is known.
    """

    signals: Signals
    is_where_named: npt.NDArray[np.bool_]
    distances_km: npt.NDArray[np.float64]
    days_since_post: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """The posts whose place and room count for their organisations, one entry each: ids, and numbers of owners and of
    places (−1: unknown).
    """

    post_ids: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    places: npt.NDArray[np.int32]


def compared_in(facings: Sequence[Facing]) -> Compared:
    """Return all posts that our needs and our capabilities were compared with."""
    posts = [facing.posts for facing in facings]
    return Compared(*(np.concatenate([some[name] for some in posts]) for name in ("id", "owner", "place")))


def measure(
    index: Market, question: Question, compared: Compared, breadth: Numbers, among: Rows | None = None
) -> Measured:
    """Measure every organisation, or those `among` them; nearness and places left are those of its compared posts.
    `breadth` is measured where their words are.
    """
    acting, recorded = question.acting, question.recorded
    owners, places = compared.owners, compared.places
    count = len(index.organisations)
    measured = np.arange(count) if among is None else among
    organisations = np.take(index.organisations, measured)
    ids = organisations["id"]
    is_placed = places >= 0
    near = nearness(acting.places, index.places, acting.named)[places[is_placed]]
    in_named = is_in(index.places, acting.named)[places[is_placed]]
    kilometres = np.full(count, np.nan)
    np.fmin.at(kilometres, owners[is_placed], kilometres_to(index, acting.places)[places[is_placed]])
    days = days_since(
        recorded.newest.seen_by(ids, organisations["kind"] == KINDS.index(acting.kind)), question.now
    )
    is_compared = np.bincount(owners, minlength=count) > 0
    between = {one: it.signal for one, it in recorded.between.items()}
    fresh = freshness(days, _room(compared, recorded, count)[measured], is_compared[measured])
    return Measured(
        signals=Signals(
            nearness=best_by_owner(near, owners[is_placed], count),
            activity=_at(measured, activity_signal(organisations["activity"]), count),
            freshness=_at(measured, fresh.astype(np.float32), count),
            history=_at(measured, _by_id(ids, between), count),
            reply=_at(measured, _by_id(ids, recorded.replies.signals), count),
            breadth=breadth,
        ),
        is_where_named=np.bincount(owners[is_placed], weights=in_named, minlength=count) > 0,
        distances_km=kilometres,
        days_since_post=_at(measured, days, count),
    )


def _at(numbers: Rows, values: npt.NDArray[Number], count: int) -> npt.NDArray[Number]:
    """The values at these numbers of `count` organisations, NaN at the others."""
    found = np.full(count, np.nan, dtype=values.dtype)
    found[numbers] = values
    return found


def _room(compared: Compared, recorded: Recorded, count: int) -> npt.NDArray[np.float64]:
    """The mean share of places left over each organisation's limited posts; NaN where none is limited."""
    if not recorded.room:
        return np.full(count, np.nan)
    limited = np.nonzero(np.isin(compared.post_ids, list(recorded.room)))[0]
    shares = np.array([recorded.room[post_id] for post_id in compared.post_ids[limited].tolist()])
    total = np.bincount(compared.owners[limited], weights=shares, minlength=count)
    posts = np.bincount(compared.owners[limited], minlength=count)
    with np.errstate(invalid="ignore"):
        return np.where(posts > 0, total / posts, np.nan)


def _by_id(organisation_ids: npt.NDArray[np.int64], values: Mapping[int, float]) -> Numbers:
    """The values in the order of the organisations, NaN where there is none."""
    found = np.full(len(organisation_ids), np.nan, dtype=np.float32)
    if values:
        numbers = np.nonzero(np.isin(organisation_ids, list(values)))[0]
        found[numbers] = [values[one] for one in organisation_ids[numbers].tolist()]
    return found
