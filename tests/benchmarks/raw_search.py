"""What a ranking is measured against: FAISS alone, which only says which posts are nearest to each of ours."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.first_ten import Lists

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

NEAREST = 100
NEIGHBOURS = 32
EFFORT_OF_BUILDING = 80
EFFORTS = (64, 100, 150, 200, 300, 450, 700, 1000, 1500, 2200)
# So many posts near to each of ours are asked for, until they are those of the organisations that are wanted.
NAMED = (100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600)


class RawSearch:
    """Flat and HNSW indexes of FAISS over the two sides; `seconds` is how long HNSW took to build, 0 if it was kept."""

    def __init__(self, sides: Sequence[Vectors]) -> None:
        import faiss

        self._faiss: Any = faiss
        self._sides = [np.ascontiguousarray(side) for side in sides]
        self._flat = [self._filled(faiss.IndexFlatIP(side.shape[1]), side) for side in self._sides]
        self._hnsw: list[Any] = []
        self.seconds = 0.0

    def flat_searches(self, queries: list[list[Vectors]]) -> list[Callable[[], object]]:
        """Return one search a looker: all its posts of both sides, exactly."""
        return [partial(_search, self._flat, one, None, NEAREST) for one in queries]

    def make_hnsw(self, folder: Path) -> None:
        """Read HNSW of these very vectors if the folder keeps it; else build it, which takes minutes, and keep it."""
        self._hnsw = [self._kept_or_built(side, folder) for side in self._sides]

    def tune_hnsw(self, queries: list[list[Vectors]], least: float) -> tuple[int, float]:
        """Return the least effort of a search that finds this share of the nearest, and how many it finds."""
        truth = [
            [flat.search(own, NEAREST)[1] for flat, own in zip(self._flat, one, strict=True)]
            for one in queries
        ]
        recall = 0.0
        for effort in EFFORTS:
            recall = self._recall(queries, truth, effort)
            if recall >= least:
                return effort, recall
        return EFFORTS[-1], recall

    def tune_hnsw_to_lists(
        self, queries: list[list[Vectors]], owners: Sequence[Numbers], lists: Sequence[Lists], least: float
    ) -> tuple[int, float]:
        """Return how many posts HNSW must name for each of ours until this share of the organisations in the lists is
        among their owners, and the share. Whoever names them still has to put them in order.
        """
        share = 0.0
        for most in NAMED:
            shares: list[float] = []
            for one, lists_of_one in zip(queries, lists, strict=True):
                rows = [answer[1] for answer in _search(self._hnsw, one, self._effort(most), most)]
                named = {
                    owner
                    for found, of_side in zip(rows, owners, strict=True)
                    for owner in of_side[found].ravel().tolist()
                }
                shares += [
                    len(named & set(one_list)) / len(one_list) for one_list in lists_of_one if one_list
                ]
            share = float(np.mean(shares))
            if share >= least:
                return most, share
        return NAMED[-1], share

    def hnsw_searches(
        self, queries: list[list[Vectors]], effort: int, most: int = NEAREST
    ) -> list[Callable[[], object]]:
        """Return one search a looker with this effort for so many posts near to each of its own."""
        return [partial(_search, self._hnsw, one, self._effort(effort), most) for one in queries]

    def _effort(self, effort: int) -> Any:
        return self._faiss.SearchParametersHNSW(efSearch=effort)

    def _recall(
        self, queries: list[list[Vectors]], truth: list[list[npt.NDArray[np.int64]]], effort: int
    ) -> float:
        shares: list[float] = []
        for one, true_of_one in zip(queries, truth, strict=True):
            for hnsw, own, true in zip(self._hnsw, one, true_of_one, strict=True):
                found = hnsw.search(own, NEAREST, params=self._effort(effort))[1]
                shares += [share_found(a, b) for a, b in zip(true, found, strict=True)]
        return float(np.mean(shares))

    def _kept_or_built(self, side: Vectors, folder: Path) -> Any:
        path = (
            folder / f"hnsw-{NEIGHBOURS}-{EFFORT_OF_BUILDING}-{len(side)}-{zlib.crc32(side.data):08x}.faiss"
        )
        if path.is_file():
            return self._faiss.read_index(str(path))
        started = time.perf_counter()
        index = self._faiss.IndexHNSWFlat(side.shape[1], NEIGHBOURS, self._faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = EFFORT_OF_BUILDING
        # Only what is built beforehand may use both processors.
        self._faiss.omp_set_num_threads(2)
        self._filled(index, side)
        self._faiss.omp_set_num_threads(1)
        self.seconds += time.perf_counter() - started
        unfinished = path.with_suffix(".unfinished")
        self._faiss.write_index(index, str(unfinished))
        unfinished.rename(path)
        return index

    def _filled(self, index: Any, vectors: Vectors) -> Any:
        index.add(vectors)
        return index


def share_found(true: npt.NDArray[np.int64], found: npt.NDArray[np.int64]) -> float:
    """Return how many of the true numbers were found."""
    return len(set(true.tolist()) & set(found.tolist())) / len(true)


def _search(indexes: list[Any], queries: list[Vectors], wanted: Any, most: int) -> list[Any]:
    return [index.search(own, most, params=wanted) for index, own in zip(indexes, queries, strict=True)]
