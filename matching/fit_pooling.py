"""Choose pooling and the weights of place, activity and breadth on labelled organisations: a grid, dev queries only.

What counts is the likelihood of the labelled organisations where each query draws them from all, with chances that grow
with their order (a conditional logit: McFadden, 1974). Every organisation has a say in it; between neighbours on
the grid, nDCG@10, in which few have, goes up and down by chance.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from matching.breadth import above_usual, breadth_of
from matching.labelled_data import LabelledData, LabelledPlace, Query
from matching.named_countries import countries_named
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
from matching.word_table import WordTable
from matching.words import word_weights

# What the projects are written in.
LANGUAGE = "en"
POOLINGS = (Pooling(3, 0.7), Pooling(5, 0.7), Pooling(8, 0.8))
# Of a two-way fit, place moves one grade at most: a near possible fit stays below a far strong one.
PLACE_WEIGHTS = (4.0, 6.0, 8.0)
ACTIVITY_WEIGHTS = (6.0, 8.0, 10.0)
BREADTH_WEIGHTS = (0.0, 2.0, 3.0, 4.0, 5.0, 6.0)
# By how much the order, in log-odds, may overstate what it knows.
SCALES = np.geomspace(0.05, 1, 60)


@dataclass(frozen=True)
class Choice:
    """One point of the grid, and the mean log-likelihood of a labelled organisation of a dev query."""

    pooling: Pooling
    nearness: float
    activity: float
    breadth: float
    likelihood: float


def choose_pooling(probabilities: Numbers, data: LabelledData) -> Choice:
    """Return the best point of the grid; `probabilities` has shape (queries, documents). Prints every point, since most
    of them lie closer together than the queries can tell apart.
    """
    owners = [one.identity for one in data.organisations]
    number_of = {owner: number for number, owner in enumerate(owners)}
    document_owners = np.array([number_of[document.owner] for document in data.documents], dtype=np.int64)
    signals = _signals(data, document_owners)
    is_labelled = np.array(
        [[data.grades[query.identity].get(owner, 0) > 0 for owner in owners] for query in data.queries]
    )
    choices = []
    for pooling in POOLINGS:
        covers = cover(probabilities, document_owners, len(owners), pooling)
        for near, active, broad in product(PLACE_WEIGHTS, ACTIVITY_WEIGHTS, BREADTH_WEIGHTS):
            weights = replace(DEFAULT_WEIGHTS, nearness=near, activity=active, breadth=broad)
            likelihood = _likelihood(_orders(covers, signals, weights), is_labelled)
            posts = f"{pooling.best_posts} posts × {pooling.further_post}"
            moved = f"place {near:g}, activity {active:g}, breadth {broad:g}"
            sys.stdout.write(f"{posts}, {moved}: {likelihood:.4f}\n")
            choices.append(Choice(pooling, near, active, broad, likelihood))
    return max(choices, key=lambda choice: choice.likelihood)


def _orders(covers: Numbers, signals: list[Signals], weights: SignalWeights) -> Numbers:
    one_way = np.zeros(covers.shape[1], dtype=np.bool_)
    return np.stack(
        [ordering(row, known, one_way, weights) for row, known in zip(covers, signals, strict=True)]
    )


def _likelihood(orders: Numbers, is_labelled: npt.NDArray[np.bool_]) -> float:
    """Return the mean log-likelihood of a query's labelled organisations, at the scale that makes it greatest."""
    found = []
    for scale in SCALES:
        scaled = scale * orders.astype(np.float64)
        chances = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        found.append(
            float(np.mean([row[wanted].mean() for row, wanted in zip(chances, is_labelled, strict=True)]))
        )
    return max(found)


def _signals(data: LabelledData, owners: npt.NDArray[np.int64]) -> list[Signals]:
    """The signals of the organisations for each query; nearness and breadth depend on what is asked."""
    table = PlaceTable([_place(one.place) for one in data.organisations])
    collaborations = [
        np.nan if one.collaborations is None else one.collaborations for one in data.organisations
    ]
    known = replace(
        unknown_signals(len(data.organisations)),
        activity=activity_signal(np.array(collaborations, dtype=np.float64)),
    )
    above = _above_usual(data)
    return [
        replace(
            known,
            nearness=nearness([_place(place) for place in query.places], table, _named(query)),
            breadth=breadth_of(of_query, owners, len(data.organisations)),
        )
        for query, of_query in zip(data.queries, above, strict=True)
    ]


def _named(query: Query) -> frozenset[str]:
    """The countries that a query names besides those that it comes from."""
    return countries_named(query.text, LANGUAGE) - {place.country for place in query.places}


def _above_usual(data: LabelledData) -> Numbers:
    """Return how much each document (columns) speaks of what each query does (rows), above what is usual."""
    words = WordTable()
    words.add_many([(number, word_weights(document.text)) for number, document in enumerate(data.documents)])
    rows = words.rows(np.arange(len(data.documents)))
    queries = [word_weights(query.text) for query in data.queries]
    usual, whole = words.mean_of(rows), np.ones(1, dtype=np.float32)
    return np.stack(
        [
            above_usual([query], whole, words.similarities_of_rows([query], rows), words, rows, usual)
            for query in queries
        ]
    )


def _place(place: LabelledPlace | None) -> Place:
    return Place() if place is None else Place(place.country, place.region)
