"""From vectors and words to how likely a capability answers a need. Pure; constants fitted by
`matching/fit.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from matching.parameters import load_parameters
from models.post import PostSide

REGISTERS_FILE = "fitted/registers.npz"
# The whole text adds context but hides which sentence counts. Deleting the cited sentence is what lowers the score most
# in 93, 83 and 70 of 100 dev pairs at 0.2, 0.4 and 0.6; the order of the kept dev pairs is best from 0.4 on.
WHOLE_SHARE = 0.4

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """Constants that turn a cosine and a word similarity into a probability-like number.

    `encoder_key` names the weights they were fitted for, "" for none: then nothing is taken out of the
    vectors. `centre` (d,) and `directions` (k, d, orthonormal) are what texts share by their way of writing,
    not their subject. `answers` (d, d) moves a need to where the capabilities lie that answered such needs.
    """

    encoder_key: str
    centre: Vectors
    directions: Vectors
    answers: Vectors
    word_share: float
    slope: float
    offset: float

    def centred(self, vectors: Vectors) -> Vectors:
        """Return unit vectors without what texts share by their way of writing; shape as given, (n, d) or
        (d,). To be compared with others like it: a question with sentences.
        """
        moved: Vectors = vectors - self.centre
        shared = (moved @ self.directions.T) @ self.directions
        return unit(np.asarray(moved - shared, dtype=np.float32))

    def facing(self, centred: Vectors, side: PostSide) -> Vectors:
        """Return what centred vectors are among the posts of a side: needs are moved, capabilities stay as they are.

        Done once for every post when its vector enters the index.
        """
        if side is PostSide.CAPABILITY or not self.answers.size:
            return centred
        return unit(np.asarray(centred + centred @ self.answers, dtype=np.float32))

    def placed(self, vectors: Vectors, side: PostSide) -> Vectors:
        """Return the unit vectors that stand for posts of a side, to be compared with those of the other side."""
        return self.facing(self.centred(vectors), side)

    def turned_back(self, placed: Vectors, side: PostSide) -> Vectors:
        """Return the centred unit vectors (n, d) of posts of a side from their placed ones: what `facing` did, undone.

        To compare posts of one side with each other, or a need with what it would be as a capability.
        """
        if side is PostSide.CAPABILITY or not self.answers.size:
            return placed
        return unit(np.asarray(placed @ self._way_back, dtype=np.float32))

    @cached_property
    def _way_back(self) -> Vectors:
        # Moves of half a length or less, as the fitted one's are, can be undone without loss.
        return np.asarray(np.linalg.inv(np.eye(len(self.answers)) + self.answers), dtype=np.float32)

    def mixed(self, cosines: Numbers, words: Numbers) -> Numbers:
        """Return cosines (of centred vectors) plus the share of the word similarities; same shapes."""
        return (cosines + np.float32(self.word_share) * words).astype(np.float32)

    def probability(self, cosines: Numbers, words: Numbers) -> Numbers:
        """Return how likely each pair fits, in [0, 1], rising in both; `words` in [0, 1], same shapes."""
        # In place, because a new array for each step takes longer than the step.
        curve = np.asarray(self.mixed(cosines, words))
        curve *= np.float32(-self.slope)
        curve -= np.float32(self.offset)
        np.exp(curve, out=curve)
        curve += np.float32(1)
        return np.asarray(np.reciprocal(curve, out=curve))


def post_vector(passages: Vectors) -> Vectors:
    """Return the unit vector (d,) that stands for a post.

    Row 0 of `passages` is the whole text, the others its sentences; without sentences the whole stands alone.
    """
    return np.asarray(post_vectors(passages, np.array([0, len(passages)]))[0])


def post_vectors(passages: Vectors, first: npt.NDArray[np.int64]) -> Vectors:
    """Return the same for several posts, shape (posts, d); those of post i are `passages[first[i]:first[i + 1]]`."""
    wholes, sentences = passages[first[:-1]], np.diff(first) - 1
    sums = np.zeros_like(wholes)
    # One addition a post is as exact as that of one post alone, and many times faster than NumPy's `reduceat`.
    for number in np.flatnonzero(sentences).tolist():
        np.add.reduce(passages[first[number] + 1 : first[number + 1]], axis=0, out=sums[number])
    means = sums / np.maximum(sentences, 1).astype(np.float32)[:, None]
    return np.where(sentences[:, None] > 0, _blend(wholes, means), unit(wholes))


def vectors_without_each_sentence(passages: Vectors, shares: Numbers) -> Vectors:
    """Return the post's vector with each sentence left out, shape (sentences, d).

    `shares` (sentences,), in [0, 1), is how much of each sentence's vector the vector of the whole text loses with it.
    Needs two sentences or more, because a post without any sentence has no meaning. Raises ValueError
    otherwise.
    """
    sentences = passages[1:]
    if len(sentences) < 2:
        raise ValueError("A post with fewer than two sentences has none to leave out.")
    others = (sentences.sum(axis=0) - sentences) / (len(sentences) - 1)
    return _blend(passages[0] - shares[:, None] * sentences, others)


def unit(vectors: Vectors) -> Vectors:
    """Return the vectors scaled to length 1 along the last axis; a zero vector stays zero."""
    # What np.linalg.norm computes, without its checks, which take longer than the numbers of one post.
    lengths = np.sqrt(np.add.reduce(vectors * vectors, axis=-1, keepdims=True))
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


@cache
def load_calibration(encoder_key: str, dimensions: int) -> Calibration:
    """Return the constants fitted for this encoder; for any other nothing is taken out and the same curve
    is used.
    """
    parameters = load_parameters()
    is_fitted = parameters.encoder_key == encoder_key
    with files("matching").joinpath(REGISTERS_FILE).open("rb") as packed, np.load(packed) as fitted:
        return Calibration(
            encoder_key=encoder_key if is_fitted else "",
            centre=fitted["centre"] if is_fitted else np.zeros(dimensions, dtype=np.float32),
            directions=fitted["directions"] if is_fitted else np.zeros((0, dimensions), dtype=np.float32),
            answers=fitted["answers"].astype(np.float32)
            if is_fitted
            else np.zeros((0, dimensions), dtype=np.float32),
            word_share=parameters.word_share,
            slope=parameters.slope,
            offset=parameters.offset,
        )


def _blend(whole: Vectors, mean_of_sentences: Vectors) -> Vectors:
    return unit(WHOLE_SHARE * unit(whole) + (1 - WHOLE_SHARE) * unit(mean_of_sentences))
