"""What is known of organisations besides their texts, and how much it moves their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.candidates import Acting, Facing, kilometres_to
from matching.index import Index
from matching.nearness import best_by_owner, nearness

# In log-odds, for nearness 1 against 0 and for 50 collaborations against none. The likeliest weights on dev
# pairs are about 8 and 10, but they stem from publicly funded consortia: two thirds leave the text its say.
NEARNESS_WEIGHT = 6.0
ACTIVITY_WEIGHT = 6.0
# Of a two-way fit, place and history keep a quarter of that: each then moves a partner by about one grade at
# the most (ln 4 lies between two grades). The labelled pairs tell of one direction only; where both sides'
# own words already agree, a far partner who fits better must not sink below a near one who hardly fits.
TWO_WAY_SHARE = 0.25
# What an unknown place or history counts as: that of a middling organisation.
NEARNESS_NEUTRAL = 0.1
ACTIVITY_NEUTRAL = 0.35
MOST_COLLABORATIONS = 50

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Signals:
    """What is known of each organisation besides its texts, one row an organisation of the index; NaN is unknown."""

    nearness: Numbers
    distances_km: npt.NDArray[np.float64]
    activity: npt.NDArray[np.float64]


def signals_of(index: Index, acting: Acting, facings: Sequence[Facing]) -> Signals:
    """Return nearness, distance and activity of each organisation, over the places of its compared posts."""
    owners = np.concatenate([facing.posts["owner"] for facing in facings])
    places = np.concatenate([facing.posts["place"] for facing in facings])
    owners, places = owners[places >= 0], places[places >= 0]
    count = len(index.organisations)
    kilometres = np.full(count, np.nan)
    np.fmin.at(kilometres, owners, kilometres_to(index, acting.places)[places])
    return Signals(
        nearness=best_by_owner(nearness(acting.places, index.places)[places], owners, count),
        distances_km=kilometres,
        activity=index.organisations["activity"].copy(),
    )


def ordering(
    fits: Numbers,
    nearness: Numbers,
    activity: Numbers,
    is_two_way: npt.NDArray[np.bool_],
    nearby_matters: bool = True,
) -> Numbers:
    """Return what organisations are ordered by, in log-odds: the fit, shifted by place and by earlier
    collaborations.

    `nearness` (of `nearness.nearness`) and `activity` (of `activity_signal`) lie in [0, 1] and may be NaN:
    unknown, which neither helps nor hurts. `fits` is the fused fit, or the one known direction; NaN stays
    NaN. `is_two_way` tells whether both directions are known. Grades are told from the fit alone, never from this.
    """
    bounded = np.clip(fits.astype(np.float64), 1e-6, 1 - 1e-6)
    order = np.log(bounded / (1 - bounded))
    share = np.where(is_two_way, TWO_WAY_SHARE, 1.0)
    order += share * ACTIVITY_WEIGHT * _above(ACTIVITY_NEUTRAL, activity)
    if nearby_matters:
        order += share * NEARNESS_WEIGHT * _above(NEARNESS_NEUTRAL, nearness)
    return order.astype(np.float32)


def _above(neutral: float, signal: Numbers) -> Numbers:
    """How far a signal lies above what counts as neutral; nothing where it is unknown."""
    return np.where(np.isnan(signal), np.float32(0), signal - np.float32(neutral))


def activity_signal(collaborations: npt.NDArray[np.float64]) -> Numbers:
    """Return earlier collaborations as a signal in [0, 1], each further one counting less; NaN stays
    unknown.
    """
    signal = np.minimum(1.0, np.log1p(collaborations) / np.log1p(MOST_COLLABORATIONS))
    return np.asarray(signal, dtype=np.float32)
