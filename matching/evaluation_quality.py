"""The quality of rankings on labelled data: ours beside the plain systems, and how sure the differences are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from matching import baselines
from matching.encoder import Encoder, Progress
from matching.evaluation_answers import Answer, Portal
from matching.labelled_data import LabelledData
from matching.metrics import Measures, mean_measures, measure, paired_bootstrap

DEPTH = 100

# For each system, one ranking a query: ids, best first.
Rankings = dict[str, list[list[str]]]


def quality(data: LabelledData, answers: Sequence[Answer], theirs: Rankings) -> dict[str, Any]:
    """Measure our answers and the baselines' rankings: figures by system, and ours minus each baseline."""
    ranked = {"ours": [answer.identities[:DEPTH] for answer in answers], **theirs}
    measured = {
        name: [
            measure(ranking, data.grades[query.identity])
            for query, ranking in zip(data.queries, rankings, strict=True)
        ]
        for name, rankings in ranked.items()
    }
    return {
        "systems": {name: mean_measures(some).as_dict() for name, some in measured.items()},
        "bootstrap": {
            name: _differences(measured["ours"], some) for name, some in measured.items() if name != "ours"
        },
    }


def baselines_of(portal: Portal, encoder: Encoder, on_progress: Progress) -> Rankings:
    """Rank the same texts by each plain system, without what is excluded, to `DEPTH`; cosines by this encoder."""
    data = portal.data
    asked, offered = [query.text for query in data.queries], [document.text for document in data.documents]
    vectors = encoder.encode([*asked, *offered], on_progress)
    queries, owners = data.queries, [one.identity for one in data.organisations]
    number_of = {owner: number for number, owner in enumerate(owners)}
    documents = np.array([number_of[document.owner] for document in data.documents], dtype=np.int64)
    scores = {
        "cosine": baselines.cosine_scores(vectors[: len(asked)], vectors[len(asked) :]),
        "bm25": baselines.bm25_scores(asked, offered),
    }
    pooled = {
        name: baselines.organisation_scores(some, documents, len(owners)) for name, some in scores.items()
    }
    if data.has_organisations:
        counts = [one.collaborations or 0 for one in data.organisations]
        pooled["popularity"] = baselines.popularity_scores(len(queries), counts)
    pooled["random"] = baselines.random_scores(len(queries), len(owners))
    return {
        name: [
            baselines.ranked_ids(row, owners, data.excluded.get(query.identity, frozenset()))[:DEPTH]
            for query, row in zip(queries, some, strict=True)
        ]
        for name, some in pooled.items()
    }


def _differences(ours: list[Measures], theirs: list[Measures]) -> dict[str, dict[str, float]]:
    differences: dict[str, dict[str, float]] = {}
    for name in ours[0].as_dict():
        interval = paired_bootstrap(
            [one.as_dict()[name] for one in ours], [one.as_dict()[name] for one in theirs]
        )
        differences[name] = {
            "difference": interval.difference,
            "low": interval.low,
            "high": interval.high,
        }
    return differences
