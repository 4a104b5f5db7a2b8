"""Try to learn from use: fit on the older part of it, measure on the newer part, and say whether it may be applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from sqlalchemy.orm import Session

from matching.exposure import Exposure
from matching.learning import current_weights
from matching.learning_comparisons import comparisons_of
from matching.learning_episodes import read_episodes
from matching.learning_exposure import exposure_under
from matching.learning_fit import Comparisons, fit_weights, right_order
from matching.learning_pages import PastPages
from matching.market import Home
from matching.metrics import Interval, paired_bootstrap
from matching.signals import DEFAULT_WEIGHTS, SignalWeights

SHARE_LEARNED_FROM = 0.7
# With fewer, what is held out tells nothing: of twenty episodes by a handful of seekers a tenth is chance.
LEAST_EPISODES = 60
LEAST_HELD_OUT_SEEKERS = 8
MOST_EPISODES = 2_000
# First pages may become so much less even than those of the program's own weights, and no more, however often somebody
# learns: the bound is not against the weights in force, or small steps would add up.
MOST_MORE_GINI = 0.05
MOST_MORE_NEVER_SHOWN = 0.02


class Refusal(StrEnum):
    """Why learned weights may not be applied."""

    TOO_FEW = "too_few"
    NOT_BETTER = "not_better"
    LESS_EVEN = "less_even"


@dataclass(frozen=True)
class HeldOut:
    """The share of held-out comparisons in the right order, mean over `seekers`, and the gain with its interval."""

    seekers: int
    before: float
    after: float
    gain: Interval


@dataclass(frozen=True)
class Exposures:
    """First pages under the weights in force, the learned ones, and the program's own."""

    before: Exposure
    after: Exposure
    of_program: Exposure


@dataclass(frozen=True)
class Trial:
    """What was learned. `episodes` are those that tell something, of which `learned_from` are the older ones; without
    enough of them everything from `held_out` on is None, and `after` equals `before`.
    """

    episodes: int
    learned_from: int
    before: SignalWeights
    after: SignalWeights
    held_out: HeldOut | None
    exposures: Exposures | None
    refusals: tuple[Refusal, ...]


def try_to_learn(session: Session, home: Home, now: datetime) -> Trial:
    """Learn from use until now and measure what it would change. Reads only."""
    before = current_weights(session)
    comparisons = comparisons_of(
        read_episodes(session, now)[-MOST_EPISODES:], PastPages(session, home, before)
    )
    moments = _episodes(comparisons)
    border = moments[int(SHARE_LEARNED_FROM * len(moments))] if len(moments) else 0.0
    older, newer = (
        comparisons.among(comparisons.moments < border),
        comparisons.among(comparisons.moments >= border),
    )
    learned_from = int((moments < border).sum())
    seekers = len(np.unique(newer.seekers[newer.tells_order]))
    if len(moments) < LEAST_EPISODES or seekers < LEAST_HELD_OUT_SEEKERS:
        return Trial(len(moments), learned_from, before, before, None, None, (Refusal.TOO_FEW,))
    after = fit_weights(older)
    held_out = _held_out(newer, before, after)
    exposures = _exposures(session, home, before, after, now)
    return Trial(
        len(moments), learned_from, before, after, held_out, exposures, _refusals(held_out, exposures)
    )


def _episodes(comparisons: Comparisons) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The moments of the episodes behind the comparisons that tell of the order, in time."""
    told = comparisons.tells_order
    pairs = np.stack([comparisons.moments[told], comparisons.seekers[told]])
    moments: np.ndarray[tuple[int], np.dtype[np.float64]] = np.unique(pairs, axis=1)[0]
    return moments


def _held_out(newer: Comparisons, before: SignalWeights, after: SignalWeights) -> HeldOut:
    old, new = (list(right_order(newer, weights).values()) for weights in (before, after))
    return HeldOut(
        seekers=len(old),
        before=float(np.mean(old)),
        after=float(np.mean(new)),
        gain=paired_bootstrap(new, old),
    )


def _exposures(
    session: Session, home: Home, before: SignalWeights, after: SignalWeights, now: datetime
) -> Exposures | None:
    old = exposure_under(session, home, before, now)
    new = exposure_under(session, home, after, now)
    of_program = old if before == DEFAULT_WEIGHTS else exposure_under(session, home, DEFAULT_WEIGHTS, now)
    if old is None or new is None or of_program is None:
        return None
    return Exposures(old, new, of_program)


def _refusals(held_out: HeldOut, exposures: Exposures | None) -> tuple[Refusal, ...]:
    refusals = []
    # Better than chance would make it: the whole interval lies above zero.
    if held_out.gain.low <= 0:
        refusals.append(Refusal.NOT_BETTER)
    if exposures is not None and is_less_even(exposures.after, exposures.of_program):
        refusals.append(Refusal.LESS_EVEN)
    return tuple(refusals)


def is_less_even(after: Exposure, bound: Exposure) -> bool:
    """Whether first pages are less even than they may become."""
    return (
        after.gini > bound.gini + MOST_MORE_GINI
        or after.never_shown > bound.never_shown + MOST_MORE_NEVER_SHOWN
    )
