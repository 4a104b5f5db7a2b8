"""Which sentence of a post carries its fit with another post: the one whose loss would lower the score
most. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.calibration import Calibration, Numbers, Vectors, vectors_without_each_sentence
from matching.sentences import Span
from matching.words import word_weights


def sentence_effects(
    calibration: Calibration,
    text: str,
    language: str,
    spans: Sequence[Span],
    passages: Vectors,
    other_vector: Vectors,
    other_words: dict[str, float],
) -> Numbers:
    """Return a number for each sentence of a post, the greatest for the one that carries the fit.

    The number is how much less similar the two would be without the sentence (up to a constant that all
    share). `passages` (1 + sentences, d) and `spans` are those of `text`; `other_vector` (d,) is the other
    post's *centred* vector, `other_words` its `word_weights`. One sentence gets [0.0], no sentence an empty
    array.
    """
    if len(spans) < 2:
        return np.zeros(len(spans), dtype=np.float32)
    cosines = calibration.centred(vectors_without_each_sentence(passages)) @ other_vector
    words = np.array(
        [_word_similarity(_without(text, span), language, other_words) for span in spans], dtype=np.float32
    )
    return -calibration.mixed(cosines, words)


def _without(text: str, span: Span) -> str:
    return text[: span.start] + " " + text[span.stop :]


def _word_similarity(text: str, language: str, other_words: dict[str, float]) -> float:
    return sum(weight * other_words.get(stem, 0.0) for stem, weight in word_weights(text, language).items())
