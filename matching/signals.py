"""How much what is known of organisations besides their texts moves their order. Pure NumPy, all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from matching.parameters import load_parameters

# Of a two-way fit, the signals keep less than a fifth of their weight: place and activity each then move a partner by
# about one grade at the most (ln 4 lies between two grades). The labelled pairs tell of one direction only; where both
# sides' own words already agree, a far partner who fits better must not sink below a near one who hardly fits.
TWO_WAY_SHARE = 0.1875
# What two sides know of each other may make up this share of all that the signals move, and no more: who fits
# better must not stay unseen because somebody else is already known.
MOST_OF_HISTORY = 0.2
# What an unknown signal counts as: that of a middling organisation, and for the others the middle.
NEARNESS_NEUTRAL = 0.1
ACTIVITY_NEUTRAL = 0.35
NEUTRAL = 0.5
MOST_COLLABORATIONS = 50

Numbers = npt.NDArray[np.float32]


class PlaceTaste(StrEnum):
    """What being near means to whoever looks for partners: a matter of taste, which nobody else can know."""

    NEAR = "near"
    ANY = "any"
    FAR = "far"


@dataclass(frozen=True)
class SignalWeights:
    """In log-odds of the fit, what each signal moves for 1 against 0. 0 switches a signal off."""

    nearness: float
    activity: float
    freshness: float
    history: float
    reply: float
    breadth: float


# Labelled pairs tell of place, activity and breadth only. The other three are set so low that together they weigh about
# as much as one of the first two.
DEFAULT_WEIGHTS = SignalWeights(
    nearness=load_parameters().nearness,
    activity=load_parameters().activity,
    freshness=2.0,
    history=3.0,
    reply=2.0,
    breadth=load_parameters().breadth,
)


@dataclass(frozen=True)
class Taste:
    """What a person may weigh themselves: place, and whether what the two sides know of each other counts."""

    place: PlaceTaste = PlaceTaste.NEAR
    history_counts: bool = True

    def weigh(self, weights: SignalWeights) -> SignalWeights:
        """Return the weights as this person wants them."""
        turns = {PlaceTaste.NEAR: 1.0, PlaceTaste.ANY: 0.0, PlaceTaste.FAR: -1.0}
        return replace(
            weights,
            nearness=turns[self.place] * weights.nearness,
            history=weights.history if self.history_counts else 0.0,
        )


@dataclass(frozen=True)
class Signals:
    """What is known of each organisation besides its texts, one entry each, in [0, 1]; NaN is unknown and neutral.

    `activity` are collaborations before this portal, `freshness` how new and how free the compared posts are,
    `history` what we and they did here together, `reply` how likely an introduction is answered in time, `breadth`
    whether all their posts together speak of our needs.
    """

    nearness: Numbers
    activity: Numbers
    freshness: Numbers
    history: Numbers
    reply: Numbers
    breadth: Numbers


def unknown_signals(count: int) -> Signals:
    """Return the signals of organisations of which nothing is known."""
    unknown = np.full(count, np.nan, dtype=np.float32)
    return Signals(
        nearness=unknown,
        activity=unknown,
        freshness=unknown,
        history=unknown,
        reply=unknown,
        breadth=unknown,
    )


def ordering(
    fits: Numbers,
    signals: Signals,
    is_two_way: npt.NDArray[np.bool_],
    weights: SignalWeights = DEFAULT_WEIGHTS,
) -> Numbers:
    """Return what organisations are ordered by, in log-odds: the fit, shifted by the signals.

    `fits` is the fused fit, or the one known direction; NaN stays NaN. `is_two_way` tells whether both directions are
    known. Grades are told from the fit alone, never from this.
    """
    bounded = np.clip(fits.astype(np.float64), 1e-6, 1 - 1e-6)
    moves = movements(signals, weights)
    moved = moves.nearness + moves.activity + moves.freshness + moves.history + moves.reply + moves.breadth
    order: npt.NDArray[np.float64] = np.log(bounded / (1 - bounded))
    order += np.where(is_two_way, TWO_WAY_SHARE, 1.0) * moved
    return order.astype(np.float32)


def movements(signals: Signals, weights: SignalWeights) -> Signals:
    """Return what each signal moves each organisation, in log-odds of a one-way fit; 0 where it is unknown."""
    return Signals(
        nearness=weights.nearness * _above(NEARNESS_NEUTRAL, signals.nearness),
        activity=weights.activity * _above(ACTIVITY_NEUTRAL, signals.activity),
        freshness=weights.freshness * _above(NEUTRAL, signals.freshness),
        history=history_weight(weights) * _above(NEUTRAL, signals.history),
        reply=weights.reply * _above(NEUTRAL, signals.reply),
        breadth=weights.breadth * _above(NEUTRAL, signals.breadth),
    )


def history_weight(weights: SignalWeights) -> float:
    """Return the weight of history, so bounded that it is at most MOST_OF_HISTORY of all weights together."""
    others = abs(weights.nearness) + abs(weights.activity) + abs(weights.freshness) + abs(weights.reply)
    most = others * MOST_OF_HISTORY / (1 - MOST_OF_HISTORY)
    return min(max(weights.history, 0.0), most)


def activity_signal(collaborations: npt.NDArray[np.float64]) -> Numbers:
    """Return earlier collaborations as a signal in [0, 1], each further one counting less; NaN stays
    unknown.
    """
    signal = np.minimum(1.0, np.log1p(collaborations) / np.log1p(MOST_COLLABORATIONS))
    return np.asarray(signal, dtype=np.float32)


def _above(neutral: float, signal: Numbers) -> Numbers:
    """How far a signal lies above what counts as neutral; nothing where it is unknown."""
    above: Numbers = np.where(np.isnan(signal), np.float32(0), signal - np.float32(neutral))
    return above
