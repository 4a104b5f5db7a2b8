"""What stands beside the ranking at each size: raw products, FAISS, pgvector and txtai over the same vectors."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matching.candidates import OwnPosts
from models.post import PostSide
from tests.benchmarks import txtai_child
from tests.benchmarks.first_ten import Lists
from tests.benchmarks.raw_pgvector import pgvector_figures
from tests.benchmarks.raw_search import NEAREST, RawSearch, Vectors
from tests.benchmarks.scale_figures import Figures, quantiles, times
from tests.benchmarks.world_index import WorldIndex
from tests.benchmarks.worlds import CACHE

PARTS = ("faiss", "hnsw", "pgvector", "database")
# Copying more posts into PostgreSQL and building its index takes longer than all the rest together.
MOST_IN_PGVECTOR = 110_000
# What HNSW and pgvector must find of the nearest posts, if our ranking was not compared with the exact one.
LEAST_RECALL = 0.99
SLOW_ROUNDS = 2

Truth = list[list[npt.NDArray[np.int64]]]


@dataclass(frozen=True)
class Parts:
    """What is measured; `txtai` is an interpreter that has it, None: without."""

    names: frozenset[str]
    txtai: Path | None
    writes_large_database: bool

    def has(self, name: str) -> bool:
        return name in self.names


def measure_beside(
    made: WorldIndex,
    own: list[dict[PostSide, OwnPosts]],
    exact: list[Lists],
    figures: Figures,
    parts: Parts,
) -> None:
    """Measure what only finds the posts nearest to each of ours; our needs look among capabilities first.

    `exact` are the first ten of the exact lists of each looker, ids of organisations.
    """
    sides = [made.index.sides[side.opposite].vectors.stored for side in PostSide]
    queries = [[one[side].vectors for side in PostSide] for one in own]
    figures.milliseconds["raw NumPy product"] = times(
        [partial(_products, sides, one) for one in queries], SLOW_ROUNDS
    )
    # As much of the nearest as our ranking finds of the organisations that the exact one lists.
    least = min(figures.recall.values(), default=LEAST_RECALL)
    owners = [made.index.sides[side.opposite].posts["owner"] for side in PostSide]
    if parts.has("faiss") or parts.has("hnsw"):
        raw = RawSearch(sides)
        figures.milliseconds["raw FAISS flat, 100 nearest"] = times(raw.flat_searches(queries), SLOW_ROUNDS)
        if parts.has("hnsw"):
            ids = [made.index.organisations["id"][of_side] for of_side in owners]
            _measure_hnsw(raw, queries, ids, exact, figures, least)
    truth = [[_nearest(stored, asked) for stored, asked in zip(sides, one, strict=True)] for one in queries]
    if parts.has("pgvector"):
        _measure_pgvector(sides, queries, truth, figures, least)
    if parts.txtai is None:
        figures.notes.append("txtai: no interpreter that has it was named (--txtai)")
    else:
        _measure_txtai(parts.txtai, sides, owners, queries, truth, figures)


def _measure_hnsw(
    raw: RawSearch,
    queries: list[list[Vectors]],
    owners: list[npt.NDArray[np.int64]],
    exact: list[Lists],
    figures: Figures,
    least: float,
) -> None:
    raw.make_hnsw(CACHE)
    effort, recall = raw.tune_hnsw(queries, least)
    figures.milliseconds["raw FAISS HNSW, 100 nearest"] = times(raw.hnsw_searches(queries, effort))
    figures.recall["recall@100 of posts, raw FAISS HNSW"] = recall
    most, held = raw.tune_hnsw_to_lists(queries, owners, exact, least)
    name = f"raw FAISS HNSW, {most:,} nearest"
    figures.milliseconds[name] = times(raw.hnsw_searches(queries, most, most), SLOW_ROUNDS)
    figures.recall[f"first ten organisations are among the owners, {name}"] = held
    if raw.seconds:
        figures.seconds["build raw FAISS HNSW, two threads"] = raw.seconds
    figures.notes.append(f"raw FAISS HNSW: M = 32, efSearch = {effort}, or as many as are asked for")


def _measure_pgvector(
    sides: list[Vectors], queries: list[list[Vectors]], truth: Truth, figures: Figures, least: float
) -> None:
    if sum(map(len, sides)) > MOST_IN_PGVECTOR:
        figures.notes.append(f"pgvector: left out above {MOST_IN_PGVECTOR:,} posts, loading takes too long")
        return
    found = pgvector_figures(sides, queries, truth, least)
    figures.milliseconds["pgvector HNSW, 100 nearest"] = quantiles(found.milliseconds)
    figures.recall["recall@100 of posts, pgvector"] = found.recall
    figures.seconds["load and build pgvector"] = found.seconds
    figures.notes.append(f"pgvector: its defaults, hnsw.ef_search = {found.effort}")


def _measure_txtai(
    interpreter: Path,
    sides: list[Vectors],
    owners: list[npt.NDArray[np.int64]],
    queries: list[list[Vectors]],
    truth: Truth,
    figures: Figures,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side in (0, 1):
            np.save(folder / f"vectors_{side}.npy", sides[side])
            np.save(folder / f"owners_{side}.npy", owners[side])
            np.save(folder / f"asked_{side}.npy", np.stack([one[side] for one in queries]))
            np.save(folder / f"nearest_{side}.npy", np.stack([one[side] for one in truth]))
        command = [str(interpreter), txtai_child.__file__, str(folder)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    found = json.loads(answer.stdout.splitlines()[-1])
    figures.milliseconds["txtai, grouped by organisation"] = quantiles(found["milliseconds"])
    figures.recall["recall@100 of posts, txtai"] = found["recall"]
    figures.seconds["index in txtai"] = found["seconds"]
    figures.notes.append(
        f"txtai {found['version']}: vectors given from outside, else its defaults; no filters"
    )


def _products(sides: list[Vectors], queries: list[Vectors]) -> list[Vectors]:
    return [asked @ stored.T for stored, asked in zip(sides, queries, strict=True)]


def _nearest(stored: Vectors, asked: Vectors) -> npt.NDArray[np.int64]:
    """Return the rows nearest to each of these, in any order."""
    return np.argpartition(-(asked @ stored.T), NEAREST, axis=1)[:, :NEAREST]
