"""Vectors by integer id, in FAISS: the only file that imports it, and only when a table is made.

Exact. Nothing here is thread-safe: adding while another thread searches crashes FAISS, so the owner holds a lock.
FAISS that was used before a fork hangs in the child: make tables after the fork.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FEW_ROWS = 0.4


class VectorTable:
    """Unit vectors of one width, each under its own id, in rows that keep their order when others are removed."""

    def __init__(self, dimensions: int) -> None:
        # The import costs a third of a second, which commands without vectors should not pay.
        import faiss

        self._faiss: Any = faiss
        self._flat: Any = faiss.IndexFlatIP(dimensions)
        self._table: Any = faiss.IndexIDMap2(self._flat)
        self.dimensions = dimensions
        self.ids: Ids = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        return int(self._table.ntotal)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Append rows, shape (len(ids), dimensions). Raises ValueError for an id that is there already."""
        if len(np.unique(ids)) != len(ids) or np.isin(ids, self.ids).any():
            raise ValueError("an id may stand in the table only once")
        self._table.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
        self.ids = self._faiss.vector_to_array(self._table.id_map).copy()

    def remove(self, ids: Ids) -> None:
        """Take rows out; ids that are not there change nothing."""
        if len(ids):
            self._table.remove_ids(ids)
            self.ids = self._faiss.vector_to_array(self._table.id_map).copy()

    def rows(self, numbers: npt.NDArray[np.intp]) -> Vectors:
        """Return a copy of the vectors in these rows."""
        return self._stored()[numbers].copy()

    def products(self, vectors: Vectors, rows: npt.NDArray[np.intp] | None = None) -> Vectors:
        """Return the inner product of each vector with each of these rows, shape (vectors, rows); None: all rows."""
        if rows is None:
            return vectors @ self._stored().T
        # Copying the wanted rows costs about as much as multiplying them, so it pays only for few of them.
        if len(rows) < FEW_ROWS * len(self):
            return vectors @ self._stored()[rows].T
        return (vectors @ self._stored().T)[:, rows]

    def nearest(self, vector: Vectors, among: Mask, most: int) -> tuple[Ids, Vectors]:
        """Return ids and inner products of the rows nearest to a vector, best first; `among` says which count."""
        if not among.any():
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        bits = np.zeros(int(self.ids.max()) + 1, dtype=np.bool_)
        bits[self.ids[among]] = True
        selector = self._faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
        wanted = min(most, int(among.sum()))
        products, ids = self._table.search(
            vector.reshape(1, -1), wanted, params=self._faiss.SearchParameters(sel=selector)
        )
        # FAISS fills up with −1 where fewer rows than asked for passed the selector.
        found = ids[0] >= 0
        return ids[0][found], products[0][found]

    def _stored(self) -> Vectors:
        # A view of FAISS's own memory, so that every vector is kept once. It must not outlive the next add or remove.
        if not len(self):
            return np.empty((0, self.dimensions), dtype=np.float32)
        numbers = self._faiss.rev_swig_ptr(self._flat.get_xb(), len(self) * self.dimensions)
        stored: Vectors = numbers.reshape(len(self), self.dimensions)
        return stored
