"""Choose pooling and the weights of place and activity on labelled organisations: a small grid, dev queries only."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from matching.baselines import ranked_ids
from matching.labelled_data import LabelledData, LabelledPlace
from matching.metrics import ndcg
from matching.nearness import Place, PlaceTable, nearness
from matching.parameters import Pooling
from matching.scoring import Numbers, cover
from matching.signals import (
    DEFAULT_WEIGHTS,
    Signals,
    SignalWeights,
    activity_signal,
    ordering,
    unknown_signals,
)

DEPTH = 10
POOLINGS = (Pooling(3, 0.7), Pooling(5, 0.7), Pooling(8, 0.8))
WEIGHTS = (4.0, 6.0, 8.0)


@dataclass(frozen=True)
class Choice:
    """One point of the grid, and its nDCG@10 on the dev queries."""

    pooling: Pooling
    nearness: float
    activity: float
    quality: float


def choose_pooling(probabilities: Numbers, data: LabelledData) -> Choice:
    """Return the best point of the grid; `probabilities` has shape (queries, documents). Prints every point, since most
    of them lie closer together than the queries can tell apart.
    """
    owners = [one.identity for one in data.organisations]
    number_of = {owner: number for number, owner in enumerate(owners)}
    document_owners = np.array([number_of[document.owner] for document in data.documents], dtype=np.int64)
    signals = _signals(data)
    choices = []
    for pooling in POOLINGS:
        covers = cover(probabilities, document_owners, len(owners), pooling)
        for near, active in product(WEIGHTS, WEIGHTS):
            weights = replace(DEFAULT_WEIGHTS, nearness=near, activity=active)
            quality = _quality(covers, signals, weights, owners, data)
            posts = f"{pooling.best_posts} posts × {pooling.further_post}"
            sys.stdout.write(f"{posts}, place {near:g}, activity {active:g}: {quality:.4f}\n")
            choices.append(Choice(pooling, near, active, quality))
    return max(choices, key=lambda choice: choice.quality)


def _quality(
    covers: Numbers, signals: list[Signals], weights: SignalWeights, owners: list[str], data: LabelledData
) -> float:
    one_way = np.zeros(len(owners), dtype=np.bool_)
    found = []
    for row, query in enumerate(data.queries):
        order = ordering(covers[row], signals[row], one_way, weights)
        ranked = ranked_ids(order.astype(np.float64), owners, data.excluded.get(query.identity, frozenset()))[
            :DEPTH
        ]
        found.append(ndcg(ranked, data.grades[query.identity], DEPTH))
    return float(np.mean(found))


def _signals(data: LabelledData) -> list[Signals]:
    """The signals of the organisations for each query; only nearness depends on who asks."""
    table = PlaceTable([_place(one.place) for one in data.organisations])
    collaborations = [
        np.nan if one.collaborations is None else one.collaborations for one in data.organisations
    ]
    known = replace(
        unknown_signals(len(data.organisations)),
        activity=activity_signal(np.array(collaborations, dtype=np.float64)),
    )
    return [
        replace(known, nearness=nearness([_place(place) for place in query.places], table))
        for query in data.queries
    ]


def _place(place: LabelledPlace | None) -> Place:
    return Place() if place is None else Place(place.country, place.region)
