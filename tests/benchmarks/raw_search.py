"""What a ranking is measured against: FAISS alone, and txtai as its documentation sets it up."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

NEAREST = 100
NEIGHBOURS = 32
EFFORT_OF_BUILDING = 80
EFFORTS = (64, 100, 150, 200, 300, 450, 700, 1000, 1500)
# The recall that the ranking of organisations must have, too.
LEAST_RECALL = 0.99
# More posts take txtai longer to take in than everything else together.
MOST_IN_TXTAI = 100_000


class RawSearch:
    """Flat and HNSW indexes of FAISS over the two sides; `seconds` is how long HNSW took to build."""

    def __init__(self, sides: list[Vectors]) -> None:
        import faiss

        self._faiss: Any = faiss
        self._sides = [np.ascontiguousarray(side) for side in sides]
        self._flat = [self._filled(faiss.IndexFlatIP(side.shape[1]), side) for side in self._sides]
        self._hnsw: list[Any] = []
        self.seconds = 0.0

    def flat_searches(self, queries: list[list[Vectors]]) -> list[Callable[[], object]]:
        """Return one search a looker: all its posts of both sides, exactly."""
        return [partial(_search, self._flat, one, None) for one in queries]

    def tune_hnsw(self, queries: list[list[Vectors]]) -> tuple[int, float]:
        """Build HNSW; return the least effort of a search that finds enough of the nearest, and how many it finds."""
        started = time.perf_counter()
        self._faiss.omp_set_num_threads(2)
        for side in self._sides:
            index = self._faiss.IndexHNSWFlat(side.shape[1], NEIGHBOURS, self._faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = EFFORT_OF_BUILDING
            self._hnsw.append(self._filled(index, side))
        self._faiss.omp_set_num_threads(1)
        self.seconds = time.perf_counter() - started
        recall = 0.0
        for effort in EFFORTS:
            recall = self._recall(queries, effort)
            if recall >= LEAST_RECALL:
                return effort, recall
        return EFFORTS[-1], recall

    def hnsw_searches(self, queries: list[list[Vectors]], effort: int) -> list[Callable[[], object]]:
        """Return one search a looker with this effort."""
        wanted = self._faiss.SearchParametersHNSW(efSearch=effort)
        return [partial(_search, self._hnsw, one, wanted) for one in queries]

    def _recall(self, queries: list[list[Vectors]], effort: int) -> float:
        wanted = self._faiss.SearchParametersHNSW(efSearch=effort)
        shares: list[float] = []
        for one in queries:
            for flat, hnsw, own in zip(self._flat, self._hnsw, one, strict=True):
                true, found = flat.search(own, NEAREST)[1], hnsw.search(own, NEAREST, params=wanted)[1]
                shares += [len(set(a) & set(b)) / NEAREST for a, b in zip(true, found, strict=True)]
        return float(np.mean(shares))

    def _filled(self, index: Any, vectors: Vectors) -> Any:
        index.add(vectors)
        return index


def _search(indexes: list[Any], queries: list[Vectors], wanted: Any) -> list[Any]:
    return [index.search(own, NEAREST, params=wanted) for index, own in zip(indexes, queries, strict=True)]


def txtai_seconds(sides: list[Vectors], queries: list[list[Vectors]]) -> tuple[list[float], str]:
    """Return milliseconds of each looker's search in txtai over the same vectors, and what to say about it."""
    try:
        from txtai import Embeddings  # type: ignore[import-not-found]
    except ImportError:
        return [], "txtai is not installed: left out"
    if max(len(side) for side in sides) > MOST_IN_TXTAI:
        return [], f"txtai was measured up to {MOST_IN_TXTAI:,} posts of a side only"
    indexes = []
    for side in sides:
        # Vectors are given, because encoding is not what is measured; everything else is the default.
        index = Embeddings(method="external", transform=lambda given: np.asarray(given, dtype=np.float32))
        index.index((number, vector, None) for number, vector in enumerate(side))
        indexes.append(index)
    taken: list[float] = []
    for one in queries:
        started = time.perf_counter()
        for index, own in zip(indexes, one, strict=True):
            index.batchsearch(list(own), NEAREST)
        taken.append(1000 * (time.perf_counter() - started))
    return taken, "txtai: vectors given from outside, else its defaults"
