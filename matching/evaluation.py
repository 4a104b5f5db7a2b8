"""How well the ranking finds labelled partners: the pages' own function, run over a temporary database.

Texts become posts, without titles, of approved organisations; each query is the post of a new organisation with default
preferences. The plain systems of `matching/baselines.py` rank the same texts for comparison.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from matching import baselines
from matching.answers import Filters, Request
from matching.encoder import Encoder
from matching.evaluation_market import LoadedMarket, load_market
from matching.index import Index
from matching.labelled_data import LabelledData, read_labelled_data
from matching.metrics import Measures, mean_measures, measure, paired_bootstrap
from matching.ranking import rank_partners
from models.base import Base, utc_now
from models.database import prepare_engine
from models.post import PostSide

DEPTH = 100

# What is being done, how much is done, out of how much.
OnProgress = Callable[[str, int, int], None]


def evaluate(
    folder: Path,
    split: str,
    encoder: Encoder,
    on_progress: OnProgress,
    query_side: PostSide | None = None,
) -> dict[str, Any]:
    """Measure our ranking and the baselines on one folder and split; raises LabelledDataError.

    Returns ``{"systems": {name: {"ndcg@10": …, "recall@10": …, "recall@100": …, "mrr": …}}, "queries": n, "query_side":
    "need" or "capability", "bootstrap": {name: {measure: {"difference", "low", "high"}}}}``, ours minus each baseline.
    """
    data = read_labelled_data(folder, split, query_side)
    with _temporary_session() as session:
        market = load_market(session, data, encoder, on_progress)
        ranked = {"ours": _ours(session, data, market, encoder, on_progress)}
    ranked |= _baselines(data, market, on_progress)
    measured = {
        name: [
            measure(ranking, data.grades[query.identity])
            for query, ranking in zip(data.queries, rankings, strict=True)
        ]
        for name, rankings in ranked.items()
    }
    return {
        "systems": {name: mean_measures(some).as_dict() for name, some in measured.items()},
        "queries": len(data.queries),
        "query_side": data.query_side.value,
        "bootstrap": {
            name: _differences(measured["ours"], some) for name, some in measured.items() if name != "ours"
        },
    }


def table_of(result: dict[str, Any]) -> str:
    """Return the result as a table to print."""
    names = ("ndcg@10", "recall@10", "recall@100", "mrr")
    lines = [f"{result['queries']} queries, each a {result['query_side']}", ""]
    lines.append(
        "system      " + "".join(f"{name:>12}" for name in names) + "   ours minus it, nDCG@10 (95 %)"
    )
    for system, figures in result["systems"].items():
        line = f"{system:<12}" + "".join(f"{figures[name]:>12.3f}" for name in names)
        if system in result["bootstrap"]:
            interval = result["bootstrap"][system]["ndcg@10"]
            line += f"   {interval['difference']:+.3f} ({interval['low']:+.3f} to {interval['high']:+.3f})"
        lines.append(line)
    return "\n".join(lines)


@contextmanager
def _temporary_session() -> Iterator[Session]:
    with tempfile.TemporaryDirectory(prefix="counterpart-evaluation-") as folder:
        engine = create_engine(f"sqlite:///{folder}/evaluation.sqlite3")
        Base.metadata.create_all(engine)
        prepare_engine(engine)
        try:
            with Session(engine) as session:
                yield session
        finally:
            engine.dispose()


def _ours(
    session: Session, data: LabelledData, market: LoadedMarket, encoder: Encoder, on_progress: OnProgress
) -> list[list[str]]:
    """Rank by the function of the Partners page, the fits too weak for a page included."""
    index = Index(encoder.languages)
    now = utc_now()
    rankings: list[list[str]] = []
    for number, query in enumerate(data.queries):
        excluded = data.excluded.get(query.identity, frozenset())
        request = Request(
            unit_id=market.seekers[query.identity].unit_id,
            filters=Filters(least_grade=None),
            limit=DEPTH + len(excluded),
            explained=0,
        )
        ranking = rank_partners(session, index, request, market.seekers[query.identity].actor, now)
        matches = [*ranking.best, *ranking.others, *ranking.one_way]
        identities = [market.labels[match.organisation_id] for match in matches]
        rankings.append([identity for identity in identities if identity not in excluded][:DEPTH])
        on_progress("ranking", number + 1, len(data.queries))
    return rankings


def _baselines(
    data: LabelledData, market: LoadedMarket, on_progress: OnProgress
) -> dict[str, list[list[str]]]:
    queries, owners = data.queries, [one.identity for one in data.organisations]
    number_of = {owner: number for number, owner in enumerate(owners)}
    documents = np.array([number_of[document.owner] for document in data.documents], dtype=np.int64)
    on_progress("baselines", 0, 1)
    scores = {
        "cosine": baselines.cosine_scores(market.query_vectors, market.document_vectors),
        "bm25": baselines.bm25_scores(
            [query.text for query in queries], [document.text for document in data.documents]
        ),
    }
    pooled = {
        name: baselines.organisation_scores(some, documents, len(owners)) for name, some in scores.items()
    }
    if data.has_organisations:
        counts = [one.collaborations or 0 for one in data.organisations]
        pooled["popularity"] = baselines.popularity_scores(len(queries), counts)
    pooled["random"] = baselines.random_scores(len(queries), len(owners))
    on_progress("baselines", 1, 1)
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
