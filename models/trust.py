"""Trust from the endings of commitments: kept promises only, shown with its certainty and never as a bare number.

Evidence r (positive) and s (negative) gives the expectation of beta reputation (Jøsang and Ismail, 2002) and the
certainty of Wang and Singh ("Evidence-Based Trust", ACM TAAS, 2010). Only promises that the other side had agreed to
count, so nobody earns trust alone; a newcomer is unknown, not bad. The ranking reads the evidence between two sides
for these two alone, bounded and only while they wish it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import exp, lgamma, log

from models.commitment import KEPT_IN_TIME, WORD_BROKEN, Ending

# Under this much evidence, or this certainty, nothing is said about reliability.
LEAST_EVIDENCE = 3.0
LEAST_CERTAINTY = 0.3
RELIABLE_FROM = 0.75
MIXED_FROM = 0.5
# Points of the numeric integral; 2,000 give five decimals for any evidence that occurs.
INTEGRAL_POINTS = 2_000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class TrustWeights:
    """What each ending adds to r and to s. A version is never changed: a new one is added, so that old figures can be
    computed again.
    """

    version: int
    in_force_from: date
    positive: dict[Ending, float]
    negative: dict[Ending, float]
    half_life_days: float
    counterpart_cap: float


WEIGHTS: dict[int, TrustWeights] = {
    1: TrustWeights(
        version=1,
        in_force_from=date(2026, 11, 21),
        positive={
            Ending.KEPT_ON_TIME: 1.0,
            Ending.KEPT_RENEGOTIATED: 0.8,
            Ending.KEPT_LATE: 0.5,
            # Agreed by the other side, delivered, and then never answered.
            Ending.KEPT_UNCONFIRMED: 0.3,
        },
        negative={
            Ending.KEPT_LATE: 0.25,
            Ending.BROKEN: 1.0,
            Ending.REVOKED_IN_TIME: 0.3,
            Ending.REVOKED_LATE: 1.0,
        },
        half_life_days=365.0,
        counterpart_cap=6.0,
    )
}
CURRENT_WEIGHTS = WEIGHTS[max(WEIGHTS)]


@dataclass(frozen=True)
class Experience:
    """One commitment that ended: ``counterpart_id`` is the organisation that it was owed to."""

    commitment_id: int
    counterpart_id: int
    ending: Ending
    importance: int
    ended_at: datetime


class Verdict(StrEnum):
    UNKNOWN = "unknown"
    RELIABLE = "reliable"
    MIXED = "mixed"
    UNRELIABLE = "unreliable"


@dataclass(frozen=True)
class Trust:
    """What is known about how somebody keeps promises. ``months`` reaches back to the first one that counts."""

    kept: int
    late: int
    unconfirmed: int
    broken: int
    revoked: int
    partners: int
    months: int
    positive: float
    negative: float
    expectation: float
    certainty: float

    @property
    def verdict(self) -> Verdict:
        if self.positive + self.negative < LEAST_EVIDENCE or self.certainty < LEAST_CERTAINTY:
            return Verdict.UNKNOWN
        if self.expectation >= RELIABLE_FROM:
            return Verdict.RELIABLE
        return Verdict.MIXED if self.expectation >= MIXED_FROM else Verdict.UNRELIABLE


def trust_of(
    experiences: Iterable[Experience],
    now: datetime,
    weights: TrustWeights = CURRENT_WEIGHTS,
    is_capped: bool = True,
) -> Trust:
    """Trust from everything that ended. ``is_capped`` keeps one counterpart from making a reputation by itself
    (collusion); switch it off for the bilateral view, where the one counterpart asks.
    """
    counted = [each for each in experiences if each.ending in weights.positive | weights.negative]
    positive, negative = evidence_of(counted, now, weights, is_capped)
    endings = [each.ending for each in counted]
    return Trust(
        kept=sum(ending in KEPT_IN_TIME for ending in endings),
        late=endings.count(Ending.KEPT_LATE),
        unconfirmed=endings.count(Ending.KEPT_UNCONFIRMED),
        broken=sum(ending in WORD_BROKEN for ending in endings),
        revoked=endings.count(Ending.REVOKED_IN_TIME),
        partners=len({each.counterpart_id for each in counted}),
        months=_months_since(min((each.ended_at for each in counted), default=now), now),
        positive=positive,
        negative=negative,
        expectation=expectation(positive, negative),
        certainty=certainty(positive, negative),
    )


def evidence_of(
    experiences: Iterable[Experience],
    now: datetime,
    weights: TrustWeights = CURRENT_WEIGHTS,
    is_capped: bool = True,
) -> tuple[float, float]:
    """(r, s): what speaks for and against, by importance and age, and of one counterpart no more than the cap."""
    evidence: dict[int, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for each in experiences:
        weight = each.importance * age_weight(each.ended_at, now, weights)
        positive, negative = evidence[each.counterpart_id]
        evidence[each.counterpart_id] = (
            positive + weight * weights.positive.get(each.ending, 0.0),
            negative + weight * weights.negative.get(each.ending, 0.0),
        )
    shares = list(evidence.values())
    if is_capped:
        shares = [_capped(share, weights.counterpart_cap) for share in shares]
    return sum(share[0] for share in shares), sum(share[1] for share in shares)


def age_weight(ended_at: datetime, now: datetime, weights: TrustWeights = CURRENT_WEIGHTS) -> float:
    """1 today, a half after one half-life, a quarter after two. Counted in whole days, so that a figure does not
    change while somebody looks at it.
    """
    days = max((now - ended_at) // DAY, 0)
    return float(0.5 ** (days / weights.half_life_days))


def expectation(positive: float, negative: float) -> float:
    """E = (r + 1) / (r + s + 2), the mean of the beta distribution (Jøsang and Ismail, 2002)."""
    return (positive + 1.0) / (positive + negative + 2.0)


@lru_cache(maxsize=4096)
def certainty(positive: float, negative: float) -> float:
    """c(r, s) = ½ ∫₀¹ |x^r (1−x)^s / B(r+1, s+1) − 1| dx (Wang and Singh, 2010), by the midpoint rule; 0 to 1.

    It rises with evidence at equal conflict and falls with conflict at equal evidence.
    """
    log_beta = lgamma(positive + 1.0) + lgamma(negative + 1.0) - lgamma(positive + negative + 2.0)
    distance = 0.0
    for step in range(INTEGRAL_POINTS):
        x = (step + 0.5) / INTEGRAL_POINTS
        density = exp(positive * log(x) + negative * log(1.0 - x) - log_beta)
        distance += abs(density - 1.0)
    return distance / (2.0 * INTEGRAL_POINTS)


def on_time_rate(endings: Iterable[Ending], overdue: int) -> tuple[int, int]:
    """(on time, due): of the promises that came due, how many were there on time or at a date agreed in time.

    Those still owed past their date are due and not on time. Released, expired, disputed and unconfirmed ones say
    nothing about time.
    """
    counted = list(endings)
    on_time = sum(ending in KEPT_IN_TIME for ending in counted)
    missed = sum(ending in WORD_BROKEN or ending is Ending.KEPT_LATE for ending in counted)
    return on_time, on_time + missed + overdue


def _capped(share: tuple[float, float], cap: float) -> tuple[float, float]:
    """The same proportion of good and bad, of at most ``cap`` evidence together."""
    total = share[0] + share[1]
    return share if total <= cap else (share[0] * cap / total, share[1] * cap / total)


def _months_since(first: datetime, now: datetime) -> int:
    """Months that have begun since ``first``, at least one."""
    return max(1, -(-((now - first) // DAY) // 30))
