"""What a user of txtai would do to find partners, in an interpreter that has it: nothing of ours is imported here.

``PYTHON txtai_child.py FOLDER``: the folder holds, for each of the two sides, the vectors (``vectors_0.npy``), the
owner of each (``owners_0.npy``), what is asked (``asked_0.npy``: lookers, posts, dimensions) and the rows that are
nearest in truth (``nearest_0.npy``). Prints figures as JSON. Vectors are given, because encoding is not what is
measured; everything else is txtai's default. There are no filters: they would need txtai's own content database.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

NEAREST = 100
ROUNDS = 3


def main(folder: Path) -> None:
    import faiss
    import txtai  # type: ignore[import-not-found]

    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    started = time.perf_counter()
    # Only what is built beforehand may use both processors.
    faiss.omp_set_num_threads(2)
    sides = []
    for side in (0, 1):
        index = txtai.Embeddings({"method": "external", "transform": _as_given})
        index.index((number, vector, None) for number, vector in enumerate(arrays[f"vectors_{side}"]))
        sides.append(index)
    faiss.omp_set_num_threads(1)
    seconds = time.perf_counter() - started
    taken: list[float] = []
    shares: list[float] = []
    for round_number in range(ROUNDS):
        for looker in range(len(arrays["asked_0"])):
            started = time.perf_counter()
            found = [
                sides[side].batchsearch(list(arrays[f"asked_{side}"][looker]), NEAREST) for side in (0, 1)
            ]
            partners(found, [arrays["owners_0"], arrays["owners_1"]])
            taken.append(1000 * (time.perf_counter() - started))
            if not round_number:
                shares += [
                    len({row for row, _ in hits} & set(nearest.tolist())) / NEAREST
                    for side in (0, 1)
                    for hits, nearest in zip(found[side], arrays[f"nearest_{side}"][looker], strict=True)
                ]
    figures = {
        "version": version("txtai"),
        "seconds": seconds,
        "milliseconds": taken,
        "recall": float(np.mean(shares)),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def partners(found: list[list[list[tuple[int, float]]]], owners: list[npt.NDArray[np.int64]]) -> list[int]:
    """Group posts by organisation, the best one for each of ours; the first ten by the harmonic mean of both ways."""
    ways = []
    for of_side, owner in zip(found, owners, strict=True):
        totals: dict[int, float] = {}
        for hits in of_side:
            best: dict[int, float] = {}
            for row, score in hits:
                organisation = int(owner[row])
                best[organisation] = max(score, best.get(organisation, 0.0))
            for organisation, score in best.items():
                totals[organisation] = totals.get(organisation, 0.0) + score
        ways.append(totals)
    get, give = ways
    fits = {one: 2 * get[one] * give[one] / (get[one] + give[one]) for one in get.keys() & give.keys()}
    return sorted(fits, key=lambda one: -fits[one])[:10]


def _as_given(vectors: Any) -> npt.NDArray[np.float32]:
    return np.asarray(vectors, dtype=np.float32)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
