"""Measure the signals of every organisation: from the columns of its compared posts and from what is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from matching.candidates import Acting, Facing, kilometres_to
from matching.columns import KINDS
from matching.freshness import days_since, freshness
from matching.market import Market
from matching.nearness import best_by_owner, nearness
from matching.recorded import Recorded
from matching.signals import Numbers, Signals, activity_signal


@dataclass(frozen=True)
class Measured:
    """The signals, and the facts behind two of them that pages show: kilometres to the nearest compared post, and days
    since the newest post that we see. NaN is unknown.
    """

    signals: Signals
    distances_km: npt.NDArray[np.float64]
    days_since_post: npt.NDArray[np.float64]


def measure(
    index: Market, acting: Acting, facings: Sequence[Facing], recorded: Recorded, now: datetime
) -> Measured:
    """Measure every organisation; nearness and places left are those of its compared posts."""
    owners = np.concatenate([facing.posts["owner"] for facing in facings])
    places = np.concatenate([facing.posts["place"] for facing in facings])
    organisation_ids = index.organisations["id"]
    count = len(organisation_ids)
    is_placed = places >= 0
    near = nearness(acting.places, index.places)[places[is_placed]]
    kilometres = np.full(count, np.nan)
    np.fmin.at(kilometres, owners[is_placed], kilometres_to(index, acting.places)[places[is_placed]])
    newest = recorded.newest.seen_by(
        organisation_ids, index.organisations["kind"] == KINDS.index(acting.kind)
    )
    room = _room(facings, owners, recorded, count)
    return Measured(
        signals=Signals(
            nearness=best_by_owner(near, owners[is_placed], count),
            activity=activity_signal(index.organisations["activity"]),
            freshness=freshness(newest, room, np.bincount(owners, minlength=count) > 0, now).astype(
                np.float32
            ),
            history=_by_id(organisation_ids, {one: it.signal for one, it in recorded.between.items()}),
            reply=_by_id(organisation_ids, recorded.replies.signals),
        ),
        distances_km=kilometres,
        days_since_post=days_since(newest, now),
    )


def _room(
    facings: Sequence[Facing], owners: npt.NDArray[np.int64], recorded: Recorded, count: int
) -> npt.NDArray[np.float64]:
    """The mean share of places left over each organisation's limited posts; NaN where none is limited."""
    if not recorded.room:
        return np.full(count, np.nan)
    post_ids = np.concatenate([facing.posts["id"] for facing in facings])
    limited = np.nonzero(np.isin(post_ids, list(recorded.room)))[0]
    shares = np.array([recorded.room[post_id] for post_id in post_ids[limited].tolist()])
    total = np.bincount(owners[limited], weights=shares, minlength=count)
    posts = np.bincount(owners[limited], minlength=count)
    with np.errstate(invalid="ignore"):
        return np.where(posts > 0, total / posts, np.nan)


def _by_id(organisation_ids: npt.NDArray[np.int64], values: Mapping[int, float]) -> Numbers:
    """The values in the order of the organisations, NaN where there is none."""
    found = np.full(len(organisation_ids), np.nan, dtype=np.float32)
    if values:
        numbers = np.nonzero(np.isin(organisation_ids, list(values)))[0]
        found[numbers] = [values[one] for one in organisation_ids[numbers].tolist()]
    return found
