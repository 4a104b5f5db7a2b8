"""Vectors of one side on PostgreSQL, read only when they are asked for: how near posts are to ours was told already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.columns import Columns
from matching.first_look import Looked
from matching.growing import Growing
from matching.side_table import SideTable
from matching.vectors import Mask, Rows, Vectors, VectorTable
from matching.word_table import WordTable
from matching.words import PackedWords

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ReadPosts:
    """Posts of one side that were read together, and the vectors of those whose vector was (`is_read`). `made` are the
    words of those whose stored ones must not be believed, by the post's id.
    """

    posts: Columns
    vectors: Vectors
    is_read: Mask
    words: PackedWords
    made: list[tuple[int, dict[str, float]]]


class LookedVectors(VectorTable):
    """A table of which some rows were not read; their inner products with ours are those that the first look found."""

    def __init__(
        self,
        vectors: Vectors,
        is_read: Mask,
        ids: Ids,
        looked: Looked | None,
        read: Callable[[Ids], Vectors],
    ) -> None:
        """Row i is that of the post `ids[i]`; `read` reads the vectors of posts by their ids."""
        super().__init__(vectors.shape[1], Growing(vectors))
        self._is_read = is_read
        self._ids = ids
        self._looked = looked
        self._read = read

    def rows(self, numbers: Rows) -> Vectors:
        self._have(numbers)
        return super().rows(numbers)

    def products(self, vectors: Vectors, rows: Rows | None = None) -> Vectors:
        rows = np.arange(len(self), dtype=np.intp) if rows is None else rows
        looked = self._looked
        if looked is None or not np.array_equal(vectors, looked.ours):
            self._have(rows)
            return super().products(vectors, rows)
        answer = np.empty((len(vectors), len(rows)), dtype=np.float32)
        places = looked.places_of(self._ids[rows])
        is_looked_at = (places >= 0) & ~self._is_read[rows]
        answer[:, is_looked_at] = looked.cosines[:, places[is_looked_at]]
        others = rows[~is_looked_at]
        self._have(others)
        answer[:, ~is_looked_at] = super().products(vectors, others)
        return answer

    def _have(self, rows: Rows) -> None:
        unread = rows[~self._is_read[rows]]
        if len(unread):
            self.growing.put(unread, self._read(self._ids[unread]))
            self._is_read[unread] = True


class ReadWords(WordTable):
    """Words that are compared once or twice: to invert them first would take several times as long."""

    def similarities_of_each(self, texts: Sequence[dict[str, float]]) -> Vectors:
        # The last row is the one that no text stands in.
        return self.similarities_of_rows(texts, np.append(np.arange(len(self._first) - 1), -1))


def side_table(
    parts: Sequence[ReadPosts], dimensions: int, looked: Looked | None, read: Callable[[Ids], Vectors]
) -> SideTable:
    """Return all posts of a side that were read, `looked` and `read` as `LookedVectors` has them."""
    posts = np.concatenate([part.posts for part in parts])
    ids = posts["id"].astype(np.int64)
    is_read = np.concatenate([part.is_read for part in parts])
    vectors = np.zeros((len(posts), dimensions), dtype=np.float32)
    vectors[is_read] = np.concatenate([part.vectors for part in parts])
    table = SideTable(dimensions)
    table.fill(posts, vectors, [])
    table.vectors = LookedVectors(vectors, is_read, ids, looked, read)
    table.words = ReadWords()
    for part in parts:
        table.words.add_packed(part.posts["id"].astype(np.int64), part.words)
        table.words.add_many(part.made)
    return table
