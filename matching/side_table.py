"""All matched posts of one side, in memory: their columns, vectors and words, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.columns import POST, Columns
from matching.growing import Growing
from matching.vectors import CoarseVectors, VectorTable
from matching.word_table import WordTable, ranges
from matching.words import PackedWords

# The coarse copy holds meaning and words side by side, because both together say which posts fit. Words count about as
# much in it as in a fit; how much exactly, each question says.
WORDS_IN_COARSE = 0.6
# So many vectors teach the coarse copy how they lie; so many are put into it at a time.
COARSE_SAMPLE = 40_000
COARSE_PART = 20_000
# So many rows tell above which similarity the nearest lie: 20,000 of 500,000 to about a tenth of their number. They are
# those of the time when the coarse copy was made, which is near enough.
ASKED = 4_000

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Near:
    """Pairs of a text and a row near to it, one entry each, in no order: the text's number, the row, and about how
    similar they are; and `least`, for each text, below which no row was asked for.
    """

    texts: Rows
    rows: Rows
    similarities: npt.NDArray[np.float32]
    least: npt.NDArray[np.float32]


class SideTable:
    """Posts of one side; row i of the columns, the vectors and `word_rows` is the same post.

    Rows come in the order of their owners when the table is filled at once; later ones stand wherever there is room.
    """

    def __init__(self, dimensions: int) -> None:
        self.vectors = VectorTable(dimensions)
        self.words = WordTable()
        self.coarse: CoarseVectors | None = None
        self._posts = Growing(np.empty(0, dtype=POST))
        self._coarse_numbers = Growing(np.empty(0, dtype=np.int64))
        self._coarse_rows: npt.NDArray[np.int64] | None = None
        self._sample: tuple[Rows, npt.NDArray[np.float32]] = (
            np.empty(0, np.intp),
            np.empty((0, 0), np.float32),
        )
        self._word_rows: npt.NDArray[np.int64] | None = None
        self._first: npt.NDArray[np.int64] | None = None
        self._order: tuple[Rows | None] | None = None
        self._columns: dict[str, npt.NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self._posts)

    @property
    def posts(self) -> Columns:
        return self._posts.view

    @property
    def word_rows(self) -> npt.NDArray[np.int64]:
        """The row of each post in `words`."""
        if self._word_rows is None:
            self._word_rows = self.words.rows(self.posts["id"])
        return self._word_rows

    @property
    def by_owner(self) -> Rows | None:
        """Rows in the order of their owners, in which one owner's keep theirs; None if they stand so already."""
        if self._order is None:
            owners = self.column("owner")
            is_ordered = bool((owners[1:] >= owners[:-1]).all())
            self._order = (None if is_ordered else np.argsort(owners, kind="stable"),)
        return self._order[0]

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one column on its own, which is read many times faster than among the others; do not change it."""
        if name not in self._columns:
            self._columns[name] = np.ascontiguousarray(self.posts[name])
        return self._columns[name]

    def rows_of(self, wanted: Mask) -> Rows:
        """Return the wanted rows in the order of their owners."""
        order = self.by_owner
        return np.flatnonzero(wanted) if order is None else order[wanted[order]]

    def rows_of_owners(self, wanted: Mask) -> Rows:
        """Return the rows of the wanted owners in the order of their owners; `wanted` says it of each number."""
        first, numbers = self._first_of_owners(len(wanted)), np.flatnonzero(wanted)
        places = ranges(first[numbers], first[numbers + 1] - first[numbers])
        return places if self.by_owner is None else self.by_owner[places]

    def fill(
        self, posts: Columns, vectors: npt.NDArray[np.float32], texts: Sequence[tuple[int, dict[str, float]]]
    ) -> None:
        """Fill an empty table at once; `texts` are (post id, word weights). Best in the order of the owners."""
        self.vectors = VectorTable(vectors.shape[1], Growing(vectors))
        self._posts = Growing(posts)
        self.words.add_many(texts)
        self._forget_derived()

    def adopt(self, posts: Growing, vectors: VectorTable, words: WordTable) -> None:
        """Take over parts that were kept."""
        self._posts, self.vectors, self.words = posts, vectors, words
        self._forget_derived()

    def replace(
        self, gone: Sequence[int], posts: Columns, vectors: npt.NDArray[np.float32], words: PackedWords
    ) -> None:
        """Take posts out by id and append others, in one step; a post that is there already is overwritten."""
        ids = posts["id"]
        self._take_out(np.setdiff1d(np.array(gone, dtype=np.int64), ids))
        rows_there = self._rows_there(ids)
        is_there = rows_there >= 0
        for part, added in ((self._posts, posts), (self.vectors.growing, vectors)):
            part.put(rows_there[is_there], added[is_there])
            part.append(added[~is_there])
        self.words.add_packed(ids, words)
        self._forget_derived()
        self._follow_in_coarse(rows_there[is_there], int((~is_there).sum()))

    def order_by_owner(self) -> None:
        """Put the rows in the order of their owners, so that a look at some owners reads what stands together.

        Call it before there is a coarse copy.
        """
        order = self.by_owner
        if order is None:
            return
        self._posts = Growing(self.posts[order])
        self.vectors = VectorTable(self.vectors.dimensions, Growing(self.vectors.rows(order)))
        self.words.put_in_order(self.posts["id"])
        self._forget_derived()

    def make_coarse(self) -> None:
        """Make the coarse copy anew. Takes seconds for 100,000."""
        sample = np.random.default_rng(1).permutation(len(self))[:COARSE_SAMPLE]
        coarse = CoarseVectors.like(self._looked_at(np.sort(sample)), len(self))
        for start in range(0, len(self), COARSE_PART):
            coarse.add(self._looked_at(np.arange(start, min(start + COARSE_PART, len(self)))))
        self.adopt_coarse(coarse, np.arange(len(self), dtype=np.int64))

    def adopt_coarse(self, coarse: CoarseVectors, numbers: npt.NDArray[np.int64]) -> None:
        """Take over a coarse copy; `numbers` says which number in it is each row's."""
        self.coarse, self._coarse_numbers = coarse, Growing(numbers)
        self._coarse_rows = None
        rows = np.arange(0, len(self), max(1, len(self) // ASKED))
        self._sample = rows, self._looked_at(rows)

    @property
    def coarse_numbers(self) -> npt.NDArray[np.int64]:
        """The number of each row in the coarse copy."""
        return self._coarse_numbers.view

    def near(
        self,
        vectors: npt.NDArray[np.float32],
        words: Sequence[dict[str, float]],
        word_share: float,
        among: Mask,
        most: int,
    ) -> Near:
        """Return those of the rows which are about the `most` nearest to each text, as far as the coarse copy finds
        them; `among` says of each row whether it counts.

        A similarity is the product of the vectors plus `word_share` of that of the words; a text of zeros is found by
        words alone.
        """
        if self.coarse is None:
            raise RuntimeError("there is no coarse copy of these vectors")
        if self._coarse_rows is None:
            self._coarse_rows = np.full(len(self.coarse), -1, dtype=np.int64)
            self._coarse_rows[self.coarse_numbers] = np.arange(len(self))
        rows_of_numbers = self._coarse_rows
        counts = among[rows_of_numbers] & (rows_of_numbers >= 0)
        asked = np.hstack([vectors, np.float32(word_share / WORDS_IN_COARSE) * self.words.sketches_of(words)])
        least = self._least_of_nearest(asked, among, most)
        own, numbers, similarities = self.coarse.above(asked, least, counts)
        return Near(own, rows_of_numbers[numbers], similarities, least)

    def _least_of_nearest(
        self, asked: npt.NDArray[np.float32], among: Mask, most: int
    ) -> npt.NDArray[np.float32]:
        """Return above which similarity about `most` of the rows that count lie, for each text, as a sample of them
        tells; what nearly all rows have where no more count.
        """
        passing = np.count_nonzero(among)
        rows, sample = self._sample
        similarities = asked @ sample.T
        # Of posts that went since the coarse copy was made, rows may lie behind the last.
        is_asked = np.append(among, False)[np.minimum(rows, len(self))]
        if passing <= most or not is_asked.any():
            return np.asarray(similarities.min(axis=1), dtype=np.float32)
        least = np.quantile(similarities[:, is_asked], 1 - most / passing, axis=1)
        return np.asarray(least, dtype=np.float32)

    def _looked_at(self, rows: Rows) -> npt.NDArray[np.float32]:
        """Return what the coarse copy holds of these rows; of a text that the encoder does not know, words only."""
        meaning = self.vectors.rows(rows)
        meaning[~self.column("is_known_language")[rows]] = 0
        return np.hstack(
            [meaning, np.float32(WORDS_IN_COARSE) * self.words.sketches_of_rows(self.word_rows[rows])]
        )

    def _first_of_owners(self, count: int) -> npt.NDArray[np.int64]:
        """Return where each owner's rows begin in the order of the owners; the last entry is where they end."""
        if self._first is None or len(self._first) != count + 1:
            sizes = np.bincount(self.column("owner"), minlength=count)
            self._first = np.concatenate([[0], np.cumsum(sizes)])
        return self._first

    def _rows_there(self, post_ids: npt.NDArray[np.int64]) -> Rows:
        """Return the row of each post, −1 where there is none."""
        if not len(self) or not len(post_ids):
            return np.full(len(post_ids), -1, dtype=np.intp)
        ids = self.posts["id"]
        rows = np.flatnonzero(np.isin(ids, post_ids))
        row_of = {int(ids[row]): int(row) for row in rows}
        return np.array([row_of.get(int(post_id), -1) for post_id in post_ids], dtype=np.intp)

    def _take_out(self, post_ids: npt.NDArray[np.int64]) -> None:
        """Take posts out; the last rows move into their places, so that nothing else is moved."""
        rows = self._rows_there(post_ids)
        rows = np.sort(rows[rows >= 0])
        if not len(rows):
            return
        for post_id in self.posts["id"][rows].tolist():
            self.words.remove(post_id)
        left = len(self) - len(rows)
        is_leaving = np.zeros(len(rows), dtype=np.bool_)
        is_leaving[rows[rows >= left] - left] = True
        moved = left + np.flatnonzero(~is_leaving)
        holes = rows[rows < left]
        parts = [self._posts, self.vectors.growing]
        if self.coarse is not None:
            parts.append(self._coarse_numbers)
        for part in parts:
            part.put(holes, part.view[moved])
            part.shorten(left)

    def _follow_in_coarse(self, overwritten: Rows, new: int) -> None:
        """Put changed and new vectors into the coarse copy under new numbers; the old ones count no more."""
        if self.coarse is None:
            return
        added = np.arange(len(self) - new, len(self))
        first = len(self.coarse)
        self.coarse.add(self._looked_at(np.concatenate([overwritten, added])))
        self._coarse_numbers.put(overwritten, np.arange(first, first + len(overwritten)))
        self._coarse_numbers.append(np.arange(first + len(overwritten), len(self.coarse)))

    def _forget_derived(self) -> None:
        self._word_rows = self._first = self._order = self._coarse_rows = None
        self._columns = {}
