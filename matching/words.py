"""Words of texts: stems, words that two texts share, and word similarity with frozen document frequencies.
Pure.
"""

from __future__ import annotations

import gzip
import math
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import Stemmer

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
FREQUENCIES_FILE = "fitted/document_frequencies.txt.gz"
# How soon a repeated word stops counting; the usual k1 of BM25.
SATURATION = 1.2
# A stem that stands in at least this share of the texts (1/32) is added to all rows at once, which is faster than
# picking its rows.
COMMON = 32

_local = threading.local()


@dataclass(frozen=True)
class Word:
    """One content word: as written, its stem, and where it stands (`text[start:stop]`)."""

    surface: str
    stem: str
    start: int
    stop: int


@dataclass(frozen=True)
class SharedWord:
    """A word that stands in both texts, as each of them writes it first."""

    stem: str
    in_first: str
    in_second: str


@dataclass(frozen=True)
class Frequencies:
    """In how many of `documents` texts each stem occurs; stems seen in fewer than three are not kept."""

    documents: int
    by_stem: dict[str, int]

    def rarity(self, stem: str) -> float:
        """Return the inverse document frequency, ln(1 + (N − n + ½) / (n + ½)), above 0; unknown stems
        count n = 1.
        """
        return _rarity(self.documents, self.by_stem.get(stem, 1))


@lru_cache(maxsize=8192)
def _rarity(documents: int, occurs_in: int) -> float:
    return math.log(1 + (documents - occurs_in + 0.5) / (occurs_in + 0.5))


def content_words(text: str, language: str = "en") -> list[Word]:
    """Return the words that carry meaning, in order: no stop words, no single characters."""
    return [
        Word(match.group(), stem, match.start(), match.end())
        for match in WORD.finditer(text)
        if (stem := _stem_of(match.group(), language))
    ]


def stems(text: str, language: str = "en") -> list[str]:
    """Return the stems of the content words, in order, repeats kept. `language` is ISO 639-1, others as
    English.
    """
    return [stem for surface in WORD.findall(text) if (stem := _stem_of(surface, language))]


def shared_words(first: str, second: str, language: str = "en", most: int = 8) -> list[SharedWord]:
    """Return content words that occur in both texts (same stem), the rarest first, at most `most`. Numbers
    are left out.
    """
    in_first, in_second = _surfaces_by_stem(first, language), _surfaces_by_stem(second, language)
    shared = [
        SharedWord(stem, surface, in_second[stem])
        for stem, surface in in_first.items()
        if stem in in_second and not stem.isdecimal()
    ]
    frequencies = frozen_frequencies()
    return sorted(shared, key=lambda word: -frequencies.rarity(word.stem))[:most]


# The same sentences are cited to everyone who meets them.
@lru_cache(maxsize=4096)
def _surfaces_by_stem(text: str, language: str) -> dict[str, str]:
    """Return each stem of the text in order, with how the text writes it first. Do not change it."""
    surfaces: dict[str, str] = {}
    for surface in WORD.findall(text):
        stem = _stem_of(surface, language)
        if stem:
            surfaces.setdefault(stem, surface)
    return surfaces


def word_weights(text: str, language: str = "en") -> dict[str, float]:
    """Return stem → weight of a text: saturated count × rarity, scaled to length 1. Empty for a text without
    words.

    The dot product of two such dicts is the word similarity, in [0, 1], the same from both sides.
    """
    frequencies = frozen_frequencies()
    weights = {
        stem: count / (count + SATURATION) * frequencies.rarity(stem)
        for stem, count in Counter(stems(text, language)).items()
    }
    length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
    return {stem: weight / length for stem, weight in weights.items()}


@cache
def frozen_frequencies() -> Frequencies:
    """Read the document frequencies that were counted once, so that one more post never changes another's
    score.
    """
    packed = files("matching").joinpath(FREQUENCIES_FILE).read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines)
    return Frequencies(int(first), {stem: int(count) for stem, count in pairs})


# Texts repeat their words: most are looked up here instead of being stemmed again.
@lru_cache(maxsize=65_536)
def _stem_of(surface: str, language: str) -> str:
    """Return the stem of a word as written, an empty one if it carries no meaning."""
    lower = surface.lower()
    if len(surface) < 2 or lower.replace("’", "'") in _stop_words(language):
        return ""
    return str(_stemmer(language).stemWord(lower))


def _stemmer(language: str) -> Stemmer.Stemmer:
    # A Snowball stemmer must not be used by two threads at once, so each thread keeps its own.
    algorithm = STEMMERS.get(language[:2].lower(), "english")
    by_algorithm: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if algorithm not in by_algorithm:
        by_algorithm[algorithm] = Stemmer.Stemmer(algorithm)
    return by_algorithm[algorithm]


@cache
def _stop_words(language: str) -> frozenset[str]:
    # Imported here because it brings SciPy, for which no start should wait.
    from bm25s import stopwords

    by_language = {
        "da": stopwords.STOPWORDS_DANISH,
        "de": stopwords.STOPWORDS_GERMAN,
        "en": stopwords.STOPWORDS_EN_PLUS,
        "es": stopwords.STOPWORDS_SPANISH,
        "fr": stopwords.STOPWORDS_FRENCH,
        "it": stopwords.STOPWORDS_ITALIAN,
        "nb": stopwords.STOPWORDS_NORWEGIAN,
        "nl": stopwords.STOPWORDS_DUTCH,
        "no": stopwords.STOPWORDS_NORWEGIAN,
        "pt": stopwords.STOPWORDS_PORTUGUESE,
        "ru": stopwords.STOPWORDS_RUSSIAN,
        "sv": stopwords.STOPWORDS_SWEDISH,
        "tr": stopwords.STOPWORDS_TURKISH,
    }
    return frozenset(by_language.get(language[:2].lower(), by_language["en"]))


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

    def similarities(
        self, weights: dict[str, float], identities: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Return the word similarity (0 to 1) with each of `identities`, in their order; unknown ids get
        0.
        """
        return self.similarities_of_all(weights)[self.rows(identities)]

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
