"""Worlds of any size for benchmarks: thousands of really encoded texts, and any number of posts drawn around them.

Encoding a million texts takes hours, so a post is drawn: a real text and its passages are moved together along the
differences between the nearest neighbours of that text, and some of its words are exchanged for words of those
neighbours. Organisations have few posts mostly and many sometimes, about a few subjects each, in real towns. The first
LOOKERS organisations have ten needs and ten capabilities each: benchmarks look for partners in their name.

The same arguments give the same world. Vectors are drawn in parts, so that a million posts need little memory.

`python -m tests.benchmarks.worlds [DATA]` compares what is drawn with what is real; see `world_check`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from matching.calibration import FORMLESS, WHOLE_SHARE, Calibration, load_calibration, unit
from matching.columns import Columns
from matching.encoder import load_encoder
from matching.sentences import ABBREVIATIONS
from matching.words import word_weights
from models.post import PostSide
from tests.benchmarks.real_texts import RealTexts, Vectors, real_texts
from tests.benchmarks.world_plan import SIDES, Numbers, index_columns, plan_world

SEED = 20_261_122
CACHE = Path(gettempdir()) / "counterpart-worlds"
PART = 4_096
# How a post is drawn; `world_check` says how like the real ones the drawn are.
NEIGHBOURS = 16
DISTANCE = 0.75
TOWARDS_NEIGHBOURS = 0.25
EXCHANGED_WORDS = 0.35
PLAIN_WORD = re.compile(r"\b[a-z]{4,}\b")


@dataclass(frozen=True)
class Part:
    """Some consecutive posts: post `start + i` has `passages[first[i]:first[i + 1]]` and the vector `vectors[i]`."""

    start: int
    posts: Columns
    passages: Vectors
    first: Numbers
    vectors: Vectors


@dataclass(frozen=True)
class SideArrays:
    """One side as an index holds it: columns POST, placed vectors (n, d), and word weights if they were asked for."""

    posts: Columns
    vectors: Vectors
    words: list[dict[str, float]]


class World:
    """A plan of all posts and organisations; `parts` draws vectors, `text_of` draws words. Post n gets the id n + 1.

    `organisations` has the columns ORGANISATION (row n has the id n + 1), `posts` the columns DRAWN_POST.
    """

    def __init__(self, real: RealTexts, posts: int, seed: int = SEED) -> None:
        self.real = real
        self.seed = seed
        self.near = _nearest_of_each(real)
        self.plan = plan_world(real, posts, np.random.default_rng(seed))
        self.organisations = self.plan.organisations
        self.posts = self.plan.posts

    def __len__(self) -> int:
        return len(self.posts)

    def parts(self) -> Iterator[Part]:
        """Draw the vectors of all posts, some thousand at a time."""
        for start in range(0, len(self.posts), PART):
            yield self._part(start)

    def text_of(self, number: int) -> tuple[str, str]:
        """Return title and text of a post: those of its anchor, with words of the anchor's neighbours."""
        template = self._templates[int(self.posts["anchor"][number])]
        random = np.random.default_rng([self.seed, 1, number])
        chosen = np.nonzero(random.random(len(template.words)) < EXCHANGED_WORDS)[0]
        pieces = template.pieces.copy()
        picks = random.integers(max(1, len(template.pool)), size=len(chosen))
        for place, pick in zip(chosen, picks, strict=True):
            pieces[2 * place + 1] = template.pool[pick]
        title, _, text = "".join(pieces).partition("\n")
        return title, text

    def language_of(self, number: int) -> str:
        """Return the language of a post (ISO 639-1)."""
        return self.real.texts[int(self.posts["anchor"][number])].language

    def arrays(
        self, calibration: Calibration, now: float, with_words: bool = True
    ) -> dict[PostSide, SideArrays]:
        """Return both sides as an index would hold them. `now` is seconds since 1970; words take most of the time."""
        vectors = np.concatenate([part.vectors for part in self.parts()])
        columns = index_columns(self.real, self.plan, now)
        answer: dict[PostSide, SideArrays] = {}
        for side in SIDES:
            rows = np.nonzero(self.posts["is_need"] == (side is PostSide.NEED))[0]
            words = [self._words_of(int(row)) for row in rows] if with_words else []
            answer[side] = SideArrays(columns[rows], calibration.placed(vectors[rows], side, FORMLESS), words)
        return answer

    def _words_of(self, number: int) -> dict[str, float]:
        return word_weights("\n".join(self.text_of(number)), self.language_of(number))

    def _part(self, start: int) -> Part:
        posts = self.posts[start : start + PART]
        anchors = posts["anchor"].astype(np.int64)
        moves = self._moves(anchors, np.random.default_rng([self.seed, 0, start]))
        counts = np.diff(self.real.first)[anchors]
        first = np.concatenate([[0], np.cumsum(counts)])
        rows = np.repeat(self.real.first[anchors] - first[:-1], counts) + np.arange(first[-1])
        passages = unit(self.real.passages[rows] + np.repeat(moves, counts, axis=0))
        return Part(start, posts, passages, first, _post_vectors(passages, first))

    def _moves(self, anchors: Numbers, random: np.random.Generator) -> Vectors:
        """Return a move for each post: a little towards the anchor's neighbours, and within the space they span."""
        weights = random.normal(size=(len(anchors), NEIGHBOURS)).astype(np.float32)
        weights -= weights.mean(axis=1, keepdims=True)
        weights *= np.float32(DISTANCE / np.sqrt(NEIGHBOURS))
        moves = np.empty((len(anchors), self.real.vectors.shape[1]), dtype=np.float32)
        order = np.argsort(anchors, kind="stable")
        for same in np.split(order, np.nonzero(np.diff(anchors[order]))[0] + 1):
            anchor, *neighbours = self.real.passages[self.real.first[self.near[anchors[same[0]]]]]
            around = np.stack(neighbours)
            moves[same] = weights[same] @ around
            # Without it, posts drawn around neighbours drift apart, and clusters thin out.
            moves[same] += TOWARDS_NEIGHBOURS * (around.mean(axis=0) - anchor)
        return moves

    @cached_property
    def _templates(self) -> list[_Template]:
        words = [PLAIN_WORD.findall(text.matching_text) for text in self.real.texts]
        # A short form at the end of a sentence would join it to the next.
        safe = [[word for word in own if word not in ABBREVIATIONS["en"]] for own in words]
        return [
            _Template(
                PLAIN_WORD.split(text.matching_text), own, [word for one in near for word in safe[one]] or own
            )
            for text, own, near in zip(self.real.texts, words, self.near, strict=True)
        ]


class _Template:
    """A text cut at its plain words: what is between them and they in turn, and the words that may stand instead."""

    def __init__(self, between: list[str], words: list[str], pool: list[str]) -> None:
        self.words = words
        self.pool = pool
        self.pieces = [between[0]]
        for word, after in zip(words, between[1:], strict=True):
            self.pieces += [word, after]


def _post_vectors(passages: Vectors, first: Numbers) -> Vectors:
    """The twin of `matching.calibration.post_vector` for many posts, each of at least one sentence."""
    wholes = passages[first[:-1]]
    sums = np.add.reduceat(passages, first[:-1], axis=0)
    return unit(WHOLE_SHARE * wholes + (1 - WHOLE_SHARE) * unit(sums - wholes))


def _nearest_of_each(real: RealTexts) -> Numbers:
    """Return for each text those of its own side nearest to it, itself first, shape (texts, NEIGHBOURS + 1)."""
    near = np.empty((len(real.texts), NEIGHBOURS + 1), dtype=np.int64)
    for side in SIDES:
        own = real.of_side(side)
        cosines = real.vectors[own] @ real.vectors[own].T
        # Two texts of the same vector must not take each other's place.
        np.fill_diagonal(cosines, 2)
        near[own] = own[np.argsort(-cosines, axis=1)[:, : NEIGHBOURS + 1]]
    return near


def main() -> None:
    """Print how like the real texts the drawn posts are. The optional argument is the folder of labelled sets."""
    # Imported here because the check draws worlds itself.
    from tests.benchmarks.world_check import compare

    encoder = load_encoder()
    labelled = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    real = real_texts(encoder, labelled, CACHE)
    sys.stdout.write(f"{len(real.texts):,} real texts{'':<50}{'real':>9}{'drawn':>9}\n")
    for figure in compare(real, load_calibration(encoder.key, encoder.dimensions)):
        sys.stdout.write(f"{figure.name:<66}{figure.real:>9.3f}{figure.drawn:>9.3f}\n")


if __name__ == "__main__":
    main()
