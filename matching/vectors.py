"""The vectors of one side in rows, multiplied exactly by NumPy, and a coarse copy of them in FAISS for a first look.

The only file that imports FAISS, and only when a coarse copy is made: exact products need none. Nothing here is
thread-safe: adding while another thread searches crashes FAISS, so the owner holds a lock. FAISS that was used before a
fork hangs in the child: make tables after the fork.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.growing import Growing

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

# So many rows are copied and multiplied at a time: they stay in the processor's cache, so that each vector is read from
# memory once (a third of 50,000 rows takes a third of the time; copied as a whole first, it took half).
ROWS_OF_A_BLOCK = 1024

# Two numbers of a vector share one of 16 codes: 96 bytes for 384 numbers. Of the 200 nearest of 200,000, 98 % are then
# among the first 1,000 of the coarse copy; with one code for four numbers it is 86 % in half the time.
NUMBERS_OF_A_CODE = 2
BITS_OF_A_CODE = 4
# Vectors in lists around their centres. Of the best organisations, a fifth of the lists finds as many as half of them
# do; a few lists are looked at whole.
LISTS = 256
SHARE_OF_LISTS = 0.2
LEAST_LISTS = 16


class VectorTable:
    """Vectors of one width in rows."""

    def __init__(self, dimensions: int, rows: Growing | None = None) -> None:
        """`rows` may hold vectors already; without them the table is empty."""
        self.dimensions = dimensions
        self.growing = rows or Growing(np.empty((0, dimensions), dtype=np.float32))

    def __len__(self) -> int:
        return len(self.growing)

    @property
    def stored(self) -> Vectors:
        """All rows, not copied; good until the next change."""
        return self.growing.view

    def rows(self, numbers: Rows) -> Vectors:
        """Return a copy of the vectors in these rows."""
        return self.stored[numbers]

    def products(self, vectors: Vectors, rows: Rows | None = None) -> Vectors:
        """Return the inner product of each vector with each of these rows, shape (vectors, rows); None: all rows."""
        stored = self.stored
        count = len(stored) if rows is None else len(rows)
        answer = np.empty((len(vectors), count), dtype=np.float32)
        copied = np.empty((min(count, ROWS_OF_A_BLOCK), self.dimensions), dtype=np.float32)
        across = np.ascontiguousarray(vectors.T, dtype=np.float32)
        for start in range(0, count, ROWS_OF_A_BLOCK):
            stop = min(start + ROWS_OF_A_BLOCK, count)
            if rows is None:
                block = stored[start:stop]
            else:
                # Clipping spares NumPy a copy that it makes to be able to refuse a wrong row.
                block = np.take(stored, rows[start:stop], axis=0, out=copied[: stop - start], mode="clip")
            answer[:, start:stop] = (block @ across).T
        return answer


class CoarseVectors:
    """A coarse copy of vectors, for a first look: product quantisation, its codes in cells that are searched together.

    Vectors are numbered in the order in which they were added; nothing is ever taken out, so whoever asks says which
    count. Similarities are only about right.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def like(cls, sample: Vectors, count: int, seed: int = 1) -> CoarseVectors:
        """Make an empty copy for about `count` vectors like these. Takes seconds."""
        faiss = _faiss()
        dimensions = sample.shape[1]
        cells = faiss.IndexFlatIP(dimensions)
        index = faiss.IndexIVFPQFastScan(
            cells,
            dimensions,
            max(1, min(LISTS, count // 200)),
            dimensions // NUMBERS_OF_A_CODE,
            BITS_OF_A_CODE,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.cp.niter = 6
        index.cp.seed = seed
        index.train(np.ascontiguousarray(sample))
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, vectors: Vectors) -> None:
        """Add vectors under the next numbers."""
        self._index.add(np.ascontiguousarray(vectors))

    def above(
        self, vectors: Vectors, least: Vectors, among: Mask
    ) -> tuple[Rows, npt.NDArray[np.int64], Vectors]:
        """Return pairs whose similarity is above `least`, that of each vector its own: which vector, which number, and
        their similarity.

        `among` says of each number whether it counts. The pairs stand in no order: to find the first 29,000 FAISS takes
        five times as long as the first ten. `least` has to lie among the similarities that there are, because FAISS
        counts them in 16 bits and finds nothing above what is less than it can count.
        """
        faiss = _faiss()
        selector = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
        cells = min(max(LEAST_LISTS, int(SHARE_OF_LISTS * self._index.nlist)), self._index.nlist)
        wanted = faiss.SearchParametersIVF(sel=selector, nprobe=cells)
        # Vectors that are looked for together take two thirds of the time, but have one bound: divided by the size of
        # its own, each has the bound 1, 0 or −1.
        scales = np.where(least == 0, np.float32(1), np.abs(least))
        scaled = vectors / scales[:, None]
        found: list[tuple[Rows, npt.NDArray[np.int64], Vectors]] = []
        for bound in np.unique(np.sign(least)).tolist():
            asked = np.flatnonzero(np.sign(least) == bound)
            ends, products, numbers = self._index.range_search(scaled[asked], bound, params=wanted)
            own = np.repeat(asked, np.diff(ends.astype(np.int64)))
            found.append((own, numbers, products * scales[own]))
        own, numbers, products = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return own, numbers, products

    def write(self, path: Path) -> None:
        _faiss().write_index(self._index, str(path))

    @classmethod
    def read(cls, path: Path) -> CoarseVectors:
        """Read what `write` wrote. Raises RuntimeError for a file that FAISS cannot read."""
        return cls(_faiss().read_index(str(path)))


def _faiss() -> Any:
    # The import costs a third of a second, which processes with few posts should not pay.
    import faiss

    return faiss
