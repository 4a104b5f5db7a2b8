"""Word weights of many texts, kept so that a few texts are compared with all or with some of them at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from matching.growing import Growing
from matching.words import PackedWords

# Texts added since the inverted table was made are looked through one by one, until they are so many, or this share.
MOST_NEW_ROWS = 500
MOST_NEW_SHARE = 0.1
# A sketch has so many numbers, and each stem stands in so many of them: inner products of two sketches are off from the
# similarity by about 1 / sqrt(SKETCH).
SKETCH = 128
PLACES_OF_A_STEM = 4

Numbers = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]


class WordTable:
    """Word weights of many texts by integer id. Not thread-safe: the owner locks.

    Each text is a row of stem numbers and weights. For a look at all of them there is an inverted table besides: for
    each stem the rows it stands in. A text that is taken out leaves its row behind until the table is packed.
    """

    def __init__(self) -> None:
        self._row_of: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._vocabulary: dict[str, int] = {}
        self._firsts = Growing(np.zeros(1, dtype=np.int64))
        self._stems = Growing(np.empty(0, dtype=np.int32))
        self._weights = Growing(np.empty(0, dtype=np.float32))
        self._inverted = self._invert()
        self._rows_of_stems: Any = None
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, identity: int, weights: dict[str, float]) -> None:
        """Add a text by what `word_weights` says of it; an id that is there is replaced."""
        self.add_many([(identity, weights)])

    def add_many(self, texts: Sequence[tuple[int, dict[str, float]]]) -> None:
        """Add texts of different ids, as `add` does, many times faster than one by one."""
        numbers: dict[str, int] = {}
        stems = [numbers.setdefault(stem, len(numbers)) for _, weights in texts for stem in weights]
        shares = [weight for _, weights in texts for weight in weights.values()]
        sizes = [0, *(len(weights) for _, weights in texts)]
        packed = PackedWords(list(numbers), np.array(stems, np.int64), np.array(shares), np.cumsum(sizes))
        self.add_packed(np.array([identity for identity, _ in texts], dtype=np.int64), packed)

    def add_packed(self, identities: npt.NDArray[np.int64], words: PackedWords) -> None:
        """Add texts of different ids, text i under `identities[i]`; those that are there are replaced."""
        if not len(identities):
            return
        for identity in identities.tolist():
            self.remove(identity)
        vocabulary = self._vocabulary
        stems = [vocabulary.setdefault(stem, len(vocabulary)) for stem in words.stems]
        first_row = len(self._first) - 1
        self._name(identities, np.arange(first_row, first_row + len(identities)))
        self._stems.append(np.array(stems, dtype=np.int32)[words.numbers])
        self._weights.append(words.weights)
        self._firsts.append(self._first[-1] + words.first[1:])
        self._count += len(identities)
        self._rows_of_stems = None

    def remove(self, identity: int) -> None:
        """Take a text out. An id that is not there changes nothing."""
        if identity < len(self._row_of) and self._row_of[identity] >= 0:
            self._row_of[identity] = -1
            self._count -= 1
            if len(self._first) - 1 > 2 * self._count + MOST_NEW_ROWS:
                self._pack()

    def rows(self, identities: npt.NDArray[np.int64]) -> Rows:
        """Return the row of each id, −1 where there is none; good until the next add or remove."""
        known = (identities >= 0) & (identities < len(self._row_of))
        found = np.full(len(identities), -1, dtype=np.int64)
        found[known] = self._row_of[identities[known]]
        return found

    def similarities_of_all(self, weights: dict[str, float]) -> Numbers:
        """Return the similarity with every row, and a last 0 that the row −1 of unknown ids falls on."""
        return np.asarray(self.similarities_of_each([weights])[0], dtype=np.float32)

    def similarities_of_each(self, texts: Sequence[dict[str, float]]) -> Numbers:
        """Return the same for several texts at once, shape (texts, rows + 1)."""
        inverted, count = self._fresh_inverted(), len(self._first) - 1
        answer = np.zeros((len(texts), count + 1), dtype=np.float32)
        for number, weights in enumerate(texts):
            rows, products = inverted.entries(*self._known(weights))
            answer[number, : inverted.rows_covered] = np.bincount(
                rows, weights=products, minlength=inverted.rows_covered
            )
        new = np.arange(inverted.rows_covered, count)
        if len(new):
            answer[:, new] = self.similarities_of_rows(texts, new)
        return answer

    def similarities_of_rows(self, texts: Sequence[dict[str, float]], rows: Rows) -> Numbers:
        """Return the similarity of each text with each of these rows (−1: none), shape (texts, rows)."""
        shares = np.zeros((len(self._vocabulary), len(texts)), dtype=np.float32)
        for number, weights in enumerate(texts):
            stems, own = self._known(weights)
            shares[stems, number] = own
        present = np.flatnonzero(rows >= 0)
        answer = np.zeros((len(texts), len(rows)), dtype=np.float32)
        answer[:, present] = (self._matrix[rows[present]] @ shares).T
        return answer

    def mean_of(self, rows: Rows) -> dict[str, float]:
        """Return the mean weight of each stem in these rows; the row −1 does not count."""
        rows = rows[rows >= 0]
        if not len(rows):
            return {}
        means = np.asarray(self._matrix[rows].mean(axis=0))
        stems = list(self._vocabulary)
        return {stems[number]: float(means[number]) for number in np.flatnonzero(means)}

    def sketches_of_rows(self, rows: Rows) -> Numbers:
        """Return a few numbers for each row (−1: none), shape (rows, SKETCH): their inner products are about the
        similarities of the words.
        """
        first, present = self._first, np.flatnonzero(rows >= 0)
        starts = first[rows[present]]
        sizes = first[rows[present] + 1] - starts
        places = ranges(starts, sizes)
        of_row = np.repeat(present, sizes)
        return _sketched(self._stems.view[places], self._weights.view[places], of_row, len(rows))

    def sketches_of(self, texts: Sequence[dict[str, float]]) -> Numbers:
        """Return the same for texts that stand in no row, shape (texts, SKETCH)."""
        known = [self._known(weights) for weights in texts]
        of_row = np.repeat(np.arange(len(texts)), [len(stems) for stems, _ in known])
        stems = np.concatenate([np.empty(0, dtype=np.int64), *(stems for stems, _ in known)])
        weights = np.concatenate([np.empty(0, dtype=np.float32), *(weights for _, weights in known)])
        return _sketched(stems, weights, of_row, len(texts))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that `from_arrays` needs to make the same table again."""
        self._pack()
        if self._inverted.rows_covered < len(self._first) - 1:
            self._inverted = self._invert()
        vocabulary = np.frombuffer("\n".join(self._vocabulary).encode(), dtype=np.uint8)
        return {
            "row_of": self._row_of,
            "first": self._first,
            "stems": self._stems.view,
            "weights": self._weights.view,
            "vocabulary": vocabulary,
            **{f"inverted_{name}": array for name, array in self._inverted.arrays().items()},
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> WordTable:
        """Make a table of what `arrays` returned; the arrays are not changed."""
        table = cls()
        words = arrays["vocabulary"].tobytes().decode()
        table._vocabulary = {stem: number for number, stem in enumerate(words.split("\n") if words else [])}
        table._row_of = np.array(arrays["row_of"], dtype=np.int32)
        table._firsts = Growing(np.asarray(arrays["first"], dtype=np.int64))
        table._stems = Growing(np.asarray(arrays["stems"], dtype=np.int32))
        table._weights = Growing(np.asarray(arrays["weights"], dtype=np.float32))
        table._count = len(table._first) - 1
        # Plain, as in `Growing`.
        rows, shares, first = (
            np.asarray(arrays[f"inverted_{name}"]) for name in ("rows", "weights", "first")
        )
        table._inverted = _Inverted(rows, shares, first, table._count)
        return table

    def _known(self, weights: dict[str, float]) -> tuple[Places, Numbers]:
        """Numbers and weights of those stems that stand in any row."""
        known = [
            (self._vocabulary[stem], share) for stem, share in weights.items() if stem in self._vocabulary
        ]
        stems = np.array([stem for stem, _ in known], dtype=np.int64)
        return stems, np.array([share for _, share in known], dtype=np.float32)

    def _name(self, identities: npt.NDArray[np.int64], rows: Rows) -> None:
        most = int(identities.max(initial=-1))
        if most >= len(self._row_of):
            grown = np.full(most + 1 + most // 8, -1, dtype=np.int32)
            grown[: len(self._row_of)] = self._row_of
            self._row_of = grown
        self._row_of[identities] = rows

    def _fresh_inverted(self) -> _Inverted:
        count = len(self._first) - 1
        if count - self._inverted.rows_covered > max(MOST_NEW_ROWS, MOST_NEW_SHARE * count):
            self._inverted = self._invert()
        return self._inverted

    def _invert(self) -> _Inverted:
        return _Inverted.of(self._stems.view, self._weights.view, self._first, len(self._vocabulary))

    @property
    def _matrix(self) -> Any:
        """All rows as a sparse matrix, shape (rows, stems), over the same memory."""
        if self._rows_of_stems is None:
            # With wider numbers for either, SciPy copies all stems to make them as wide.
            narrow = np.int32 if self._first[-1] <= np.iinfo(np.int32).max else np.int64
            parts = (self._weights.view, self._stems.view, self._first.astype(narrow))
            self._rows_of_stems = csr_array(parts, shape=(len(self._first) - 1, len(self._vocabulary)))
        return self._rows_of_stems

    @property
    def _first(self) -> npt.NDArray[np.int64]:
        """Where each row begins; the last is where the next would."""
        return self._firsts.view

    def _pack(self) -> None:
        """Forget the rows of texts that were taken out; the others keep their order."""
        identities = np.flatnonzero(self._row_of >= 0)
        if len(identities) < len(self._first) - 1:
            self.put_in_order(identities[np.argsort(self._row_of[identities], kind="stable")])

    def put_in_order(self, identities: npt.NDArray[np.int64]) -> None:
        """Have the rows in this order, without those of texts that were taken out; all others must be named."""
        rows = self._row_of[identities].astype(np.int64)
        sizes = self._first[rows + 1] - self._first[rows]
        places = ranges(self._first[rows], sizes)
        self._stems, self._weights = Growing(self._stems.view[places]), Growing(self._weights.view[places])
        self._firsts = Growing(np.concatenate([[0], np.cumsum(sizes)]))
        self._row_of[identities] = np.arange(len(identities))
        self._rows_of_stems = None
        self._inverted = self._invert()


class _Inverted:
    """For each stem the rows it stands in and its weight there, for all rows there were when it was made."""

    def __init__(self, rows: Any, weights: Any, first: Any, rows_covered: int) -> None:
        self._rows: npt.NDArray[np.int32] = rows
        self._weights: Numbers = weights
        self._first: npt.NDArray[np.int64] = first
        self.rows_covered = rows_covered

    @classmethod
    def of(
        cls, stems: npt.NDArray[np.int32], weights: Numbers, first: npt.NDArray[np.int64], vocabulary: int
    ) -> _Inverted:
        """Invert rows of stems; row n begins at first[n]."""
        order = np.argsort(stems)
        of_row = np.repeat(np.arange(len(first) - 1, dtype=np.int32), np.diff(first))
        firsts = np.concatenate([[0], np.cumsum(np.bincount(stems, minlength=vocabulary))])
        return cls(of_row[order], weights[order], firsts, len(first) - 1)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that it is made of."""
        return {"rows": self._rows, "weights": self._weights, "first": self._first}

    def entries(self, stems: Places, shares: Numbers) -> tuple[npt.NDArray[np.int32], Numbers]:
        """Return rows and products of all places where one of these stems stands."""
        spans = [(self._first[stem], self._first[stem + 1]) for stem in stems if stem + 1 < len(self._first)]
        if not spans:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        shares = shares[stems + 1 < len(self._first)]
        rows = np.concatenate([self._rows[start:stop] for start, stop in spans])
        weights = np.concatenate([self._weights[start:stop] for start, stop in spans])
        weights *= np.repeat(shares, [stop - start for start, stop in spans])
        return rows, weights


def _sketched(stems: npt.NDArray[Any], weights: Numbers, of_row: Places, rows: int) -> Numbers:
    """Add up, for each row, what its stems put into their places of a sketch: a count sketch."""
    sketches = np.zeros((rows, SKETCH), dtype=np.float32)
    width = SKETCH // PLACES_OF_A_STEM
    weights = weights / np.float32(np.sqrt(PLACES_OF_A_STEM))
    for number in range(PLACES_OF_A_STEM):
        mixed = _mixed_bits(stems.astype(np.uint64) * np.uint64(PLACES_OF_A_STEM) + np.uint64(number))
        places = (mixed % np.uint64(width)).astype(np.int64)
        signed = np.where(mixed >> np.uint64(63), weights, -weights)
        total = np.bincount(of_row * width + places, weights=signed, minlength=rows * width)
        sketches[:, number * width : (number + 1) * width] = total.reshape(rows, width)
    return sketches


def _mixed_bits(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return numbers that look drawn at random, the same for the same ones: the last step of SplitMix64."""
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def ranges(starts: Places, sizes: Places) -> Places:
    """Return start, start + 1, … for each start, as many as its size says, one after the other."""
    total = np.concatenate([[0], np.cumsum(sizes)])
    return np.asarray(np.repeat(starts - total[:-1], sizes) + np.arange(total[-1]), dtype=np.int64)
