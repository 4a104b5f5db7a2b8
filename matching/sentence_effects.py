"""Which sentence of a post carries its fit with another post: one that fits the other by itself and speaks of what its
own title names, and of these the one whose loss would lower the score most. Never the title, if the post says more:
whoever reads the citation has read it. Pure.

Loss alone is a poor reason: the sentence that is least like the rest of its own post moves the post's vector most, so
"Italian can be learnt here" was cited for engineers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matching.calibration import Calibration, Numbers, Vectors, vectors_without_each_sentence
from matching.columns import POST_KINDS, code
from matching.sentences import Span
from matching.words import SATURATION, content_words, frozen_frequencies
from models.post import PostKind, PostSide

# A sentence is cited only if it fits the other post by itself nearly as well as the best of its post; in the units of
# `Calibration.mixed`. Of 84 links of the demo, both citations were what a reader had named in 83 % at 0.04, 79 % at
# 0.05 and 67 % without the rule, while below 0.03 fewer citations are what the score needs most.
NEARLY_AS_WELL = 0.04
# And only if its words, numbers aside, are together as rare as this, in the units of `Frequencies.rarity`:
# "About 120 graduates a year." names no subject.
LEAST_TOLD = 13.0
# How much the likeness to the post's own title, a cosine, counts beside that fit: "Graduates with a good thesis are as
# welcome as people with ten years behind them" fits every programme. Two readers named what they would cite in 109
# links of the demo, each on both sides. In the 37 that both found sensible they had named 88 and 86 % of what is cited,
# in all 67 and 68 %; without this 89 and 86, 60 and 61 %; where the title can be cited 51 and 49, 41 and 41 %.
OWN_TITLE_SHARE = 0.4
# How much the vector of a whole text loses of a sentence that made up all of it, and up to which character the encoder
# reads: its 256 tokens, in English.
TAKEN_ALONG = 0.7
READ_CHARACTERS = 1300


def placed_sentences(
    calibration: Calibration, side: PostSide, kind: PostKind, spans: Sequence[Span], passages: Vectors
) -> Vectors:
    """Place what `carrying_sentence` compares, once for the many posts that a post of this side and kind meets.

    Returns the vectors of the post without each sentence and then of each sentence alone, shape (2 · sentences, d);
    without rows for a post of fewer than two sentences.
    """
    if len(spans) < 2:
        return np.zeros((0, passages.shape[1]), dtype=np.float32)
    without = vectors_without_each_sentence(passages, _shares_of_whole(spans))
    return calibration.placed(np.concatenate([without, passages[1:]]), side, code(POST_KINDS, kind))


def carrying_sentence(
    calibration: Calibration,
    text: str,
    language: str,
    spans: Sequence[Span],
    title_length: int,
    placed: Vectors,
    other_vector: Vectors,
    other_words: dict[str, float],
) -> int | None:
    """Return the number of the sentence that carries a post's fit with another one, None for a post without sentences.

    The first `title_length` characters of the text are its title, 0 without one. `placed` is what `placed_sentences`
    made of the post; `other_vector` (d,) is the other post's *placed* vector, `other_words` its `word_weights`.
    """
    if len(spans) < 2:
        return 0 if spans else None
    words = _words_by_sentence(text, language, tuple(spans))
    others = np.array([other_words.get(stem, 0.0) for stem in words.stems], dtype=np.float32)
    fits = calibration.mixed(placed @ other_vector, words.weights @ others)
    left, alone = fits[: len(spans)], fits[len(spans) :]
    is_title = np.array([span.start < title_length for span in spans])
    if is_title[0]:
        sentences = placed[len(spans) :]
        alone += OWN_TITLE_SHARE * (sentences @ sentences[0])
    is_reason = words.tells & ~is_title
    if is_reason.any():
        alone[~is_reason] = -np.inf
    left[alone < alone.max() - NEARLY_AS_WELL] = np.inf
    return int(np.argmin(left))


def _shares_of_whole(spans: Sequence[Span]) -> Numbers:
    """Return how much of each sentence's vector goes from the vector of the whole text if the sentence is deleted."""
    stops = np.minimum([span.stop for span in spans], READ_CHARACTERS)
    read = np.maximum(stops - np.array([span.start for span in spans]), 0)
    return np.asarray(TAKEN_ALONG * read / max(read.sum(), 1), dtype=np.float32)


@dataclass(frozen=True)
class _WordsBySentence:
    """The stems of a text; their weights as `word_weights` defines them, in the text without each sentence and then in
    each sentence alone (2 · sentences, stems); and which sentences tell enough to be cited.
    """

    stems: tuple[str, ...]
    weights: Numbers
    tells: npt.NDArray[np.bool_]


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
    is_word = np.array([not stem.isdecimal() for stem in stems], dtype=np.bool_)
    told = np.where(counts_in_sentences > 0, rarities * is_word, 0).sum(axis=1)
    counts_left = np.concatenate([counts - counts_in_sentences, counts_in_sentences])
    return _WordsBySentence(stems, _weights(counts_left, rarities), told >= LEAST_TOLD)


def _weights(counts: Numbers, rarities: Numbers) -> Numbers:
    """Return the weights of `word_weights` from counts of the stems (texts, stems), same shape."""
    weights = counts / (counts + np.float32(SATURATION)) * rarities
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    return np.asarray(weights / np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)
