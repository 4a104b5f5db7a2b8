"""From vectors and words to how likely a capability answers a need. Pure; constants fitted by
`matching/fit.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.columns import POST_KINDS
from matching.parameters import load_parameters
from models.post import PostKind, PostSide

REGISTERS_FILE = "fitted/registers.npz"
FORMS_FILE = "fitted/forms.npz"
# The number of a kind of posts that share nothing: whatever has no kind of its own.
FORMLESS = POST_KINDS.index(PostKind.OTHER)
# The whole text adds context but hides which sentence counts. Deleting the cited sentence is what lowers the score most
# in 93, 83 and 70 of 100 dev pairs at 0.2, 0.4 and 0.6; the order of the kept dev pairs is best from 0.4 on.
WHOLE_SHARE = 0.4
# How long a vector is of which a form was taken out: what is left counts so much more, because what two forms share was
# part of what made true pairs alike, too. tests/benchmarks/bench_links.py: with 1.2 for the product of two, 96, 85 and
# 40 of 100 links of the demo that are graded strong, good and possible made sense to two readers, and 86 % of those
# that fit well are graded. Before forms were taken out it was 92, 42 and 10, and 85 %; with 1.0 it is 100, 87 and 50,
# and 73 %.
LENGTH_WITHOUT_FORM = 1.2**0.5
# As if each kind had so many posts more without anything in common: a few posts of one subject are no kind.
PRIOR_POSTS = 5.0

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float32]
Kinds = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Calibration:
    """Constants that turn a cosine and a word similarity into a probability-like number.

    `encoder_key` names the weights they were fitted for, "" for none: then nothing is taken out of the
    vectors. `centre` (d,) and `directions` (k, d, orthonormal) are what texts share by their way of writing,
    not their subject. `forms` (kinds, d) is what posts of a kind share on top of that, by `POST_KINDS`: internships in
    a hotel are no answer to mechanics who look for one. `answers` (d, d) moves a need to where the capabilities lie
    that answered such needs.
    """

    encoder_key: str
    centre: Vectors
    directions: Vectors
    forms: Vectors
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
        """Return what centred vectors are among the posts of a side: needs are moved, capabilities stay as they are."""
        return centred if side is PostSide.CAPABILITY else unit(self._moved(centred))

    def placed(self, vectors: Vectors, side: PostSide, kinds: Kinds | int) -> Vectors:
        """Return the vectors that stand for posts of a side, to be compared with those of the other side by their inner
        products. `kinds` are the numbers of their kinds in `POST_KINDS`, one for each or one for all.

        Done once for every post when its vector enters the index. Those of kinds without a form have length 1.
        """
        without_form = unit(self.centred(vectors) - self.forms[kinds])
        return np.asarray(self.facing(without_form, side) * self.lengths[kinds][..., None], dtype=np.float32)

    def cosines_as_written(
        self, cosines: Numbers, question: Vectors, side: PostSide, kinds: Kinds
    ) -> Numbers:
        """Return about what the cosines of a question (d,) with posts of a side are if the forms of their kinds count:
        who asks for internships means any. `cosines` are those of `facing` the side with the placed posts.
        """
        forms = self.forms if side is PostSide.CAPABILITY else self._moved(self.forms)
        # Of a unit vector, what is left without a form is on average so long.
        left = np.sqrt(1 - np.square(self.forms).sum(axis=1)) / self.lengths
        return np.asarray(
            cosines * left[kinds] + (forms @ self.facing(question, side))[kinds], dtype=np.float32
        )

    def turned_back(self, placed: Vectors, side: PostSide) -> Vectors:
        """Return the vectors (n, d) of posts of a side before they faced the other, without their forms, from their
        placed ones: what `facing` did, undone. They keep their lengths.

        To compare posts of one side with each other, or a need with what it would be as a capability.
        """
        if side is PostSide.CAPABILITY or not self.answers.size:
            return placed
        as_long = np.linalg.norm(placed, axis=1, keepdims=True)
        return np.asarray(unit(np.asarray(placed @ self._way_back, dtype=np.float32)) * as_long)

    def _moved(self, centred: Vectors) -> Vectors:
        if not self.answers.size:
            return centred
        return np.asarray(centred + centred @ self.answers, dtype=np.float32)

    @cached_property
    def lengths(self) -> Vectors:
        """How long the placed vectors of each kind are."""
        return np.where(self.forms.any(axis=1), np.float32(LENGTH_WITHOUT_FORM), np.float32(1))

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


def means_of_kinds(vectors: Vectors, kinds: Kinds) -> Vectors:
    """Return the mean of the vectors (n, d) of each kind of post, shape (kinds, d), drawn towards 0 where there are
    few. `kinds` (n,) are numbers in `POST_KINDS`.
    """
    sums = np.zeros((len(POST_KINDS), vectors.shape[1]))
    np.add.at(sums, kinds, vectors)
    counts = np.bincount(kinds, minlength=len(POST_KINDS)) + PRIOR_POSTS
    return np.asarray(sums / counts[:, None], dtype=np.float32)


def no_forms(dimensions: int) -> Vectors:
    """Return the forms of kinds of which nothing is known."""
    return np.zeros((len(POST_KINDS), dimensions), dtype=np.float32)


@cache
def load_calibration(encoder_key: str, dimensions: int) -> Calibration:
    """Return the constants fitted for this encoder; for any other nothing is taken out and the same curve
    is used.
    """
    parameters = load_parameters()
    is_fitted = parameters.encoder_key == encoder_key
    nothing = np.zeros((0, dimensions), dtype=np.float32)
    registers = _read(REGISTERS_FILE) if is_fitted else {}
    return Calibration(
        encoder_key=encoder_key if is_fitted else "",
        centre=registers.get("centre", np.zeros(dimensions, dtype=np.float32)),
        directions=registers.get("directions", nothing),
        forms=_read(FORMS_FILE)["forms"].astype(np.float32) if is_fitted else no_forms(dimensions),
        answers=registers.get("answers", nothing).astype(np.float32),
        word_share=parameters.word_share,
        slope=parameters.slope,
        offset=parameters.offset,
    )


def _read(name: str) -> dict[str, npt.NDArray[Any]]:
    with files("matching").joinpath(name).open("rb") as packed, np.load(packed) as fitted:
        return dict(fitted)


def _blend(whole: Vectors, mean_of_sentences: Vectors) -> Vectors:
    return unit(WHOLE_SHARE * unit(whole) + (1 - WHOLE_SHARE) * unit(mean_of_sentences))
