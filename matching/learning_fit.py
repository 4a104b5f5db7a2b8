"""Fit the weights of the signals to comparisons of two organisations, held close to the weights of the program. Pure.

P(first before second) = σ(s·(Δ log-odds of the fit + w·Δ signals)), by maximum a posteriori. The order is the ratio of
the signals to the fit; the scale s says how firmly people choose, so that use at random moves s and leaves w alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matching.signals import DEFAULT_WEIGHTS, SignalWeights, history_weight

# Standard deviation of the prior around the program's own weight, as a share of it. A quarter lets ten episodes move a
# weight by a few hundredths, and hundreds by most of what they say (tests/test_learning_fit.py measures it).
PRIOR_DEVIATION = 1 / 4
MOST_OF_A_WEIGHT = 2.0
STEPS = 400
# A longer step of the logarithm of s may lie where nothing is told apart any more, or where no number can be held.
LONGEST_SCALE_STEP = 1.0

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparisons:
    """Rows in which use preferred one organisation to another, by a seeker (organisation id) at a moment (seconds).

    `fits`, shape (n,), and `signals`, shape (n, 5), are differences, the preferred minus the other: of the fit in
    log-odds, and of what a weight of 1 moves. `worths` is how much a row counts. `tells_order` is False for rows that
    tell of one signal only and not of the order as a whole.
    """

    fits: Numbers
    signals: Numbers
    worths: Numbers
    seekers: npt.NDArray[np.int64]
    moments: Numbers
    tells_order: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.fits)

    def among(self, wanted: npt.NDArray[np.bool_]) -> Comparisons:
        """Return the wanted rows."""
        return Comparisons(
            fits=self.fits[wanted],
            signals=self.signals[wanted],
            worths=self.worths[wanted],
            seekers=self.seekers[wanted],
            moments=self.moments[wanted],
            tells_order=self.tells_order[wanted],
        )


def fit_weights(comparisons: Comparisons, around: SignalWeights = DEFAULT_WEIGHTS) -> SignalWeights:
    """Return the likeliest weights, each in [0, 2] times the one `around` which the prior lies; that of breadth, which
    is read from texts, is not learned.

    A weight of 0 stays 0. History is bounded as in the ranking. Projected gradient descent on the shares w / around
    and the logarithm of s, which has a normal prior of its own.
    """
    defaults = _learned(around)
    signals = comparisons.signals * defaults
    shares, log_scale = np.ones(len(defaults)), 0.0
    loss, step = _loss(comparisons, signals, shares, log_scale), 1.0
    for _ in range(STEPS):
        of_shares, of_scale = _gradient(comparisons, signals, shares, log_scale)
        while step > 1e-9:
            tried = np.clip(shares - step * of_shares, 0.0, MOST_OF_A_WEIGHT)
            tried_scale = log_scale - max(-LONGEST_SCALE_STEP, min(step * of_scale, LONGEST_SCALE_STEP))
            tried_loss = _loss(comparisons, signals, tried, tried_scale)
            if tried_loss < loss:
                break
            step /= 2
        else:
            break
        shares, log_scale, loss, step = tried, tried_scale, tried_loss, 2 * step
    nearness, activity, freshness, history, reply = (defaults * shares).tolist()
    weights = replace(
        around, nearness=nearness, activity=activity, freshness=freshness, history=history, reply=reply
    )
    return replace(weights, history=history_weight(weights))


def _learned(weights: SignalWeights) -> Numbers:
    """The weights that use can teach, in the order of the signals of `Comparisons`."""
    return np.array([weights.nearness, weights.activity, weights.freshness, weights.history, weights.reply])


def _margins(comparisons: Comparisons, signals: Numbers, shares: Numbers) -> Numbers:
    margins: Numbers = comparisons.fits + signals @ shares
    return margins


def _loss(comparisons: Comparisons, signals: Numbers, shares: Numbers, log_scale: float) -> float:
    margins = np.exp(log_scale) * _margins(comparisons, signals, shares)
    doubted = comparisons.worths @ np.logaddexp(0.0, -margins)
    return float(doubted + ((shares - 1) ** 2).sum() / (2 * PRIOR_DEVIATION**2) + log_scale**2 / 2)


def _gradient(
    comparisons: Comparisons, signals: Numbers, shares: Numbers, log_scale: float
) -> tuple[Numbers, float]:
    scale = np.exp(log_scale)
    margins = _margins(comparisons, signals, shares)
    pull = -comparisons.worths * _sigmoid(-scale * margins) * scale
    of_shares = pull @ signals + (shares - 1) / PRIOR_DEVIATION**2
    return of_shares, float(pull @ margins + log_scale)


def _sigmoid(numbers: Numbers) -> Numbers:
    result: Numbers = 0.5 * (1 + np.tanh(numbers / 2))
    return result


def right_order(comparisons: Comparisons, weights: SignalWeights) -> dict[int, float]:
    """Return, by seeker, the share of comparisons that the ranking puts in the order of use, in [0, 1]; ties are half.

    One figure a seeker, because what one organisation does at different times is not independent.
    """
    told = comparisons.among(comparisons.tells_order)
    margins = told.fits + told.signals @ _learned(replace(weights, history=history_weight(weights)))
    right = np.where(np.abs(margins) < 1e-9, 0.5, margins > 0)
    gained: dict[int, float] = defaultdict(float)
    total: dict[int, float] = defaultdict(float)
    for seeker, worth, is_right in zip(
        told.seekers.tolist(), told.worths.tolist(), right.tolist(), strict=True
    ):
        gained[seeker] += worth * is_right
        total[seeker] += worth
    return {seeker: gained[seeker] / total[seeker] for seeker in sorted(total)}
