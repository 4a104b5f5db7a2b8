"""Words of texts: stems, words that two texts share, and word similarity with frozen document frequencies.
Pure.
"""

from __future__ import annotations

import gzip
import math
import re
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import count, pairwise

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
# So many words as written are remembered of a language with their stems, then it is begun anew.
MOST_REMEMBERED = 1 << 16

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
        return self.rarities.get(stem, self.rarity_of_unknown)

    @cached_property
    def rarities(self) -> dict[str, float]:
        """The rarity of each stem that is kept."""
        return {stem: self._rarity(occurs_in) for stem, occurs_in in self.by_stem.items()}

    @cached_property
    def rarity_of_unknown(self) -> float:
        return self._rarity(1)

    def _rarity(self, occurs_in: int) -> float:
        return math.log(1 + (self.documents - occurs_in + 0.5) / (occurs_in + 0.5))


@dataclass(frozen=True)
class PackedWords:
    """Word weights of several texts, one after the other: those of text i are `weights[first[i]:first[i + 1]]`, and
    their stems are `stems[number]` for the numbers in the same places of `numbers`.
    """

    stems: list[str]
    numbers: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    first: npt.NDArray[np.int64]


def texts_of(packed: PackedWords) -> list[dict[str, float]]:
    """Return stem → weight of each of the texts."""
    stems = [packed.stems[number] for number in packed.numbers.tolist()]
    pairs = list(zip(stems, packed.weights.tolist(), strict=True))
    return [dict(pairs[start:stop]) for start, stop in pairwise(packed.first.tolist())]


class _Stems(dict[str, str]):
    """The stem of each word as written, an empty one if it carries no meaning: found when it is first asked for.

    Texts repeat their words, so that most are looked up instead of being stemmed again.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, surface: str) -> str:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        lower = surface.lower()
        carries_nothing = len(surface) < 2 or lower.replace("’", "'") in _stop_words(self._language)
        stem = "" if carries_nothing else str(_stemmer(self._language).stemWord(lower))
        self[surface] = stem
        return stem


def content_words(text: str, language: str = "en") -> list[Word]:
    """Return the words that carry meaning, in order: no stop words, no single characters."""
    known = _known_stems(language)
    return [
        Word(match.group(), stem, match.start(), match.end())
        for match in WORD.finditer(text)
        if (stem := known[match.group()])
    ]


def stems(text: str, language: str = "en") -> list[str]:
    """Return the stems of the content words, in order, repeats kept. `language` is ISO 639-1, others as
    English.
    """
    return list(filter(None, map(_known_stems(language).__getitem__, WORD.findall(text))))


@cache
def counting_stems() -> frozenset[str]:
    """Return the stems of English words that only say how many, how long or when. Other languages inflect too much for
    a list.
    """
    return frozenset(
        stems(
            """
            one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty
            seventy eighty ninety hundred thousand half dozen first second third last next every each several many
            hour day week month year january february march april may june july august september october november
            december monday tuesday wednesday thursday friday
            """
        )
    )


@cache
def _stems_without_subject() -> frozenset[str]:
    """Those of `counting_stems`, and of English words that say nothing of a subject either."""
    return counting_stems() | frozenset(stems("us also well would like may want need look good full"))


def shared_words(first: str, second: str, language: str = "en", most: int = 8) -> list[SharedWord]:
    """Return content words that occur in both texts (same stem), the rarest first, at most `most`. Numbers and words
    that only say how many, how long or when, or nothing of a subject, are left out, because texts of any two share
    them.
    """
    in_first, in_second = _surfaces_by_stem(first, language), _surfaces_by_stem(second, language)
    shared = [
        SharedWord(stem, surface, in_second[stem])
        for stem, surface in in_first.items()
        if stem in in_second and not stem.isdecimal() and stem not in _stems_without_subject()
    ]
    frequencies = frozen_frequencies()
    return sorted(shared, key=lambda word: -frequencies.rarity(word.stem))[:most]


# The same sentences are cited to everyone who meets them.
@lru_cache(maxsize=4096)
def _surfaces_by_stem(text: str, language: str) -> dict[str, str]:
    """Return each stem of the text in order, with how the text writes it first. Do not change it."""
    known, surfaces = _known_stems(language), dict[str, str]()
    for surface in WORD.findall(text):
        stem = known[surface]
        if stem:
            surfaces.setdefault(stem, surface)
    return surfaces


def word_weights(text: str, language: str = "en") -> dict[str, float]:
    """Return stem → weight of a text: saturated count × rarity, scaled to length 1. Empty for a text without
    words.

    The dot product of two such dicts is the word similarity, in [0, 1], the same from both sides.
    """
    return texts_of(packed_weights([(text, language)]))[0]


def product(weights: Mapping[str, float], others: Mapping[str, float]) -> float:
    """Return how similar the words of two texts are."""
    return sum(weight * others.get(stem, 0.0) for stem, weight in weights.items())


def packed_weights(texts: Sequence[tuple[str, str]]) -> PackedWords:
    """Return the word weights of many texts, each with its language; many times faster than one by one."""
    stems, stem_of_word, sizes = _counted_stems(texts)
    text_of_word = np.repeat(np.arange(len(texts)), sizes)[stem_of_word >= 0]
    # One number for each stem of each text, so that sorting brings together what is counted.
    places, counts = np.unique(
        text_of_word * len(stems) + stem_of_word[stem_of_word >= 0], return_counts=True
    )
    text, number = np.divmod(places, max(len(stems), 1))
    frequencies = frozen_frequencies()
    rarities = np.array([frequencies.rarity(stem) for stem in stems], dtype=np.float64)
    weights = counts / (counts + SATURATION) * rarities[number]
    lengths = np.sqrt(np.bincount(text, weights=weights * weights, minlength=len(texts)))
    first = np.searchsorted(text, np.arange(len(texts) + 1))
    return PackedWords(stems, number, weights / lengths[text], first)


def _counted_stems(
    texts: Sequence[tuple[str, str]],
) -> tuple[list[str], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the different stems of all texts, the number of each word's stem among them (−1: it carries no meaning),
    and how many words each text has.
    """
    next_number = count().__next__
    numbers_by_language: dict[str, dict[str, int]] = {}
    words: list[int] = []
    sizes: list[int] = []
    for text, language in texts:
        if language not in numbers_by_language:
            numbers_by_language[language] = defaultdict(next_number)
        found = WORD.findall(text)
        words += map(numbers_by_language[language].__getitem__, found)
        sizes.append(len(found))
    stem_numbers: dict[str, int] = {}
    stem_of_number = np.full(next_number(), -1, dtype=np.int64)
    for language, numbers in numbers_by_language.items():
        known = _known_stems(language)
        for surface, number in numbers.items():
            if stem := known[surface]:
                stem_of_number[number] = stem_numbers.setdefault(stem, len(stem_numbers))
    stem_of_word = stem_of_number[np.array(words, dtype=np.int64)]
    return list(stem_numbers), stem_of_word, np.array(sizes, dtype=np.int64)


@cache
def frozen_frequencies() -> Frequencies:
    """Read the document frequencies that were counted once, so that one more post never changes another's
    score.
    """
    packed = files("matching").joinpath(FREQUENCIES_FILE).read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines)
    return Frequencies(int(first), {stem: int(count) for stem, count in pairs})


def _known_stems(language: str) -> _Stems:
    code = language[:2].lower()
    return _stems_of_code(code if code in STEMMERS else "en")


@cache
def _stems_of_code(code: str) -> _Stems:
    return _Stems(code)


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
