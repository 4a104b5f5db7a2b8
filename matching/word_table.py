"""Word weights of many texts, kept so that a few texts are compared with all of them at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# A stem that stands in at least this share of the texts (1/32) is added to all rows at once, which is faster than
# picking its rows.
COMMON = 32


class WordTable:
    """Word weights of many texts by integer id, to compare one text with all of them at once.

    An inverted table: for each stem the rows it stands in and its weight there. Not thread-safe: the owner
    locks.
    """

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        self._ids: list[int] = []
        self._stems: list[tuple[str, ...]] = []
        self._postings: dict[str, _Posting] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, identity: int, weights: dict[str, float]) -> None:
        """Add a text by what `word_weights` says of it; an id that is there is replaced."""
        self.add_many([(identity, weights)])

    def add_many(self, texts: Sequence[tuple[int, dict[str, float]]]) -> None:
        """Add texts of different ids, as `add` does, many times faster than one by one."""
        for identity, _ in texts:
            self.remove(identity)
        found: dict[str, tuple[list[int], list[float]]] = {}
        for identity, weights in texts:
            row = len(self._ids)
            self._rows[identity] = row
            self._ids.append(identity)
            self._stems.append(tuple(weights))
            for stem, weight in weights.items():
                rows_and_weights = found.get(stem)
                if rows_and_weights is None:
                    rows_and_weights = found[stem] = ([], [])
                rows_and_weights[0].append(row)
                rows_and_weights[1].append(weight)
        for stem, (rows, weights_there) in found.items():
            self._postings.setdefault(stem, _Posting()).extend(rows, weights_there)

    def remove(self, identity: int) -> None:
        """Take a text out; the last row moves into its place. An id that is not there changes nothing."""
        row = self._rows.pop(identity, None)
        if row is None:
            return
        for stem in self._stems[row]:
            self._postings[stem].discard(row)
            if not self._postings[stem].size:
                del self._postings[stem]
        last = len(self._ids) - 1
        moved_id, moved_stems = self._ids.pop(), self._stems.pop()
        if row != last:
            for stem in moved_stems:
                self._postings[stem].move(last, row)
            self._rows[moved_id], self._ids[row], self._stems[row] = row, moved_id, moved_stems

    def similarities_of_all(self, weights: dict[str, float]) -> npt.NDArray[np.float32]:
        """Return the similarity with every row, and a last 0 that the row −1 of unknown ids falls on."""
        return np.asarray(self.similarities_of_each([weights])[0], dtype=np.float32)

    def similarities_of_each(self, texts: Sequence[dict[str, float]]) -> npt.NDArray[np.float32]:
        """Return the same for several texts at once, shape (texts, rows + 1)."""
        length = len(self._ids) + 1
        known = {stem for weights in texts for stem in weights if stem in self._postings}
        common = sorted(stem for stem in known if self._postings[stem].size * COMMON >= length)
        shares = np.array(
            [[weights.get(stem, 0.0) for stem in common] for weights in texts], dtype=np.float32
        )
        spread = [self._postings[stem].spread(length) for stem in common]
        block = np.stack(spread) if spread else np.zeros((0, length), dtype=np.float32)
        similarities = np.asarray(shares.reshape(len(texts), len(common)) @ block, dtype=np.float32)
        rare = known.difference(common)
        for number, weights in enumerate(texts):
            for stem in weights:
                if stem not in rare:
                    continue
                posting = self._postings[stem]
                # A stem names a row at most once, so nothing is lost by adding in place.
                rows = posting.rows[: posting.size]
                similarities[number, rows] += posting.weights[: posting.size] * np.float32(weights[stem])
        return similarities

    def rows(self, identities: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the row of each id, −1 where there is none; good until the next add or remove."""
        return np.fromiter((self._rows.get(int(one), -1) for one in identities), np.int64, len(identities))


class _Posting:
    """Rows and weights of one stem, in arrays that double when they are full."""

    __slots__ = ("_spread", "rows", "size", "weights")

    def __init__(self) -> None:
        self.size = 0
        self._spread: npt.NDArray[np.float32] | None = None
        self.rows = np.empty(4, dtype=np.int32)
        self.weights = np.empty(4, dtype=np.float32)

    def extend(self, rows: Sequence[int], weights: Sequence[float]) -> None:
        self._spread = None
        size = self.size + len(rows)
        if size > len(self.rows):
            more = max(len(self.rows), size - len(self.rows))
            self.rows = np.concatenate([self.rows, np.empty(more, dtype=np.int32)])
            self.weights = np.concatenate([self.weights, np.empty(more, dtype=np.float32)])
        self.rows[self.size : size] = rows
        self.weights[self.size : size] = weights
        self.size = size

    def spread(self, length: int) -> npt.NDArray[np.float32]:
        """Return the weights as one number a row, kept until the posting or the table changes."""
        if self._spread is None or len(self._spread) != length:
            self._spread = np.zeros(length, dtype=np.float32)
            self._spread[self.rows[: self.size]] = self.weights[: self.size]
        return self._spread

    def discard(self, row: int) -> None:
        self._spread = None
        place = self._place_of(row)
        self.size -= 1
        self.rows[place] = self.rows[self.size]
        self.weights[place] = self.weights[self.size]

    def move(self, old_row: int, new_row: int) -> None:
        self._spread = None
        self.rows[self._place_of(old_row)] = new_row

    def _place_of(self, row: int) -> int:
        return int(np.nonzero(self.rows[: self.size] == row)[0][0])
