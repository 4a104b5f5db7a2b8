"""Which sentence of a post carries its fit with another post: the one whose loss would lower the score
most. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from matching.calibration import Calibration, Numbers, Vectors, vectors_without_each_sentence
from matching.sentences import Span
from matching.words import SATURATION, content_words, frozen_frequencies
from models.post import PostSide


def placed_without_each_sentence(
    calibration: Calibration, side: PostSide, spans: Sequence[Span], passages: Vectors
) -> Vectors:
    """Return the post's placed vector with each sentence left out, shape (sentences, d); without rows for a post of
    fewer than two sentences.
    """
    if len(spans) < 2:
        return np.zeros((0, passages.shape[1]), dtype=np.float32)
    return calibration.placed(vectors_without_each_sentence(passages), side)


def effects_without_each_sentence(
    calibration: Calibration,
    text: str,
    language: str,
    spans: Sequence[Span],
    without: Vectors,
    other_vector: Vectors,
    other_words: dict[str, float],
) -> Numbers:
    """Return a number for each sentence of a post, the greatest for the one that carries the fit.

    The number is how much less similar the two would be without the sentence (up to a constant that all share).
    `without` is what `placed_without_each_sentence` made of the post, once for the many posts that meet it;
    `other_vector` (d,) is the other post's *placed* vector, `other_words` its `word_weights`. One sentence gets
    [0.0], no sentence an empty array.
    """
    if len(spans) < 2:
        return np.zeros(len(spans), dtype=np.float32)
    words = _word_similarities_without(_words_by_sentence(text, language, tuple(spans)), other_words)
    return -calibration.mixed(without @ other_vector, words)


@dataclass(frozen=True)
class _WordsBySentence:
    """The stems of a text with their weights and the length of these without each sentence (rows), not yet scaled."""

    stems: tuple[str, ...]
    weights: Numbers
    lengths: Numbers


# The same few texts are explained to everyone who meets them, and finding words takes most of the time.
@lru_cache(maxsize=1024)
def _words_by_sentence(text: str, language: str, spans: tuple[Span, ...]) -> _WordsBySentence:
    words = content_words(text, language)
    stems = tuple(dict.fromkeys(word.stem for word in words))
    column = {stem: number for number, stem in enumerate(stems)}
    starts = [span.start for span in spans]
    counts_in_sentences = np.zeros((len(spans), len(stems)), dtype=np.float32)
    counts = np.zeros(len(stems), dtype=np.float32)
    for word in words:
        counts[column[word.stem]] += 1
        sentence = bisect_right(starts, word.start) - 1
        if sentence >= 0 and word.start < spans[sentence].stop:
            counts_in_sentences[sentence, column[word.stem]] += 1
    frequencies = frozen_frequencies()
    rarities = np.array([frequencies.rarity(stem) for stem in stems], dtype=np.float32)
    left = counts - counts_in_sentences
    weights = left / (left + np.float32(SATURATION)) * rarities
    lengths = np.linalg.norm(weights, axis=1)
    return _WordsBySentence(stems, weights, np.maximum(lengths, np.float32(1e-12)))


def _word_similarities_without(words: _WordsBySentence, other_words: dict[str, float]) -> Numbers:
    """Return the word similarity with another text as `word_weights` defines it, each sentence left out in turn."""
    others = np.array([other_words.get(stem, 0.0) for stem in words.stems], dtype=np.float32)
    return np.asarray(words.weights @ others / words.lengths, dtype=np.float32)
