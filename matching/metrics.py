"""How good a ranking is: nDCG, recall, reciprocal rank, and how sure a difference is. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
# Of a normal distribution, 95 % lie within so many standard deviations.
NORMAL_95 = 1.959964
SEED = 20_261_121


@dataclass(frozen=True)
class Measures:
    """Figures of one query, or their mean over queries; each in [0, 1]."""

    ndcg_at_10: float
    recall_at_10: float
    recall_at_100: float
    mrr: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures under their usual names, as the evaluation prints them."""
        return {
            "ndcg@10": self.ndcg_at_10,
            "recall@10": self.recall_at_10,
            "recall@100": self.recall_at_100,
            "mrr": self.mrr,
        }


@dataclass(frozen=True)
class Interval:
    """A mean difference and the 95 % interval that a paired bootstrap gives it."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A share or a mean, with its 95 % interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return the three figures under their names, for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def measure(ranked: Sequence[str], grades: Mapping[str, float]) -> Measures:
    """Measure one query: `ranked` ids, best first, against the grades of the relevant ones (above 0;
    others count 0).
    """
    relevant = {identity for identity, grade in grades.items() if grade > 0}
    if not relevant:
        raise ValueError("A query without a relevant document cannot be measured.")
    first = next((rank for rank, identity in enumerate(ranked, start=1) if identity in relevant), None)
    return Measures(
        ndcg_at_10=ndcg(ranked, grades, 10),
        recall_at_10=len(relevant.intersection(ranked[:10])) / len(relevant),
        recall_at_100=len(relevant.intersection(ranked[:100])) / len(relevant),
        mrr=1 / first if first is not None else 0.0,
    )


def ndcg(ranked: Sequence[str], grades: Mapping[str, float], depth: int) -> float:
    """Return the normalised discounted cumulative gain at `depth`; the gain is the grade itself (linear)."""
    gained = math.fsum(
        grades.get(identity, 0) / math.log2(place + 2) for place, identity in enumerate(ranked[:depth])
    )
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth]
    possible = math.fsum(grade / math.log2(place + 2) for place, grade in enumerate(best))
    return gained / possible if possible else 0.0


def mean_measures(per_query: Sequence[Measures]) -> Measures:
    """Return the mean of each figure over the queries. Raises ValueError if there is none."""
    if not per_query:
        raise ValueError("There is no query to measure.")
    count = len(per_query)
    return Measures(
        ndcg_at_10=math.fsum(one.ndcg_at_10 for one in per_query) / count,
        recall_at_10=math.fsum(one.recall_at_10 for one in per_query) / count,
        recall_at_100=math.fsum(one.recall_at_100 for one in per_query) / count,
        mrr=math.fsum(one.mrr for one in per_query) / count,
    )


def paired_bootstrap(
    ours: Sequence[float], theirs: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """Return mean(ours − theirs) over the same queries, with the 2.5th and 97.5th percentile over
    resampled queries.
    """
    if len(ours) != len(theirs) or not ours:
        raise ValueError("A paired comparison needs the same queries, at least one, on both sides.")
    differences = np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64)
    estimate = mean_estimate(differences.tolist(), resamples, seed)
    return Interval(estimate.value, estimate.low, estimate.high)


def mean_estimate(values: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED) -> Estimate:
    """Return the mean with the 2.5th and 97.5th percentile over resampled values. Raises ValueError without any."""
    if not values:
        raise ValueError("There is nothing to take a mean of.")
    numbers = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(seed)
    means = np.empty(resamples)
    # In slices, so that a thousand queries do not need a table of ten million numbers at once.
    for start in range(0, resamples, 500):
        stop = min(start + 500, resamples)
        drawn = random.integers(0, len(numbers), size=(stop - start, len(numbers)))
        means[start:stop] = numbers[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(numbers.mean()), float(low), float(high))


def share_estimate(hits: int, count: int) -> Estimate | None:
    """Return the share of hits with Wilson's 95 % interval, which also holds for few and for rare; None of nothing."""
    if not count:
        return None
    share, squared = hits / count, NORMAL_95**2
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    half = (NORMAL_95 / (1 + squared / count)) * math.sqrt(
        share * (1 - share) / count + squared / (4 * count**2)
    )
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def jackknife_estimate(value: float, without_each: Sequence[float]) -> Estimate:
    """Return a figure in [0, 1] of many queries with its 95 % interval, from that figure without each query in turn.

    For figures that are no means, like a Gini coefficient: drawing queries anew, as a bootstrap does, draws some twice
    and thereby makes the figure itself more unequal. Raises ValueError for fewer than two queries.
    """
    count = len(without_each)
    if count < 2:
        raise ValueError("One query tells nothing of how much queries differ.")
    others = np.asarray(without_each, dtype=np.float64)
    half = NORMAL_95 * math.sqrt((count - 1) / count * float(((others - others.mean()) ** 2).sum()))
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))
