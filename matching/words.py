"""Words of texts: stems, words that two texts share, and word similarity with frozen document frequencies.
Pure.
"""

from __future__ import annotations

import gzip
import math
import re
import threading
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

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
