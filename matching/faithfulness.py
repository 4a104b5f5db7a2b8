"""How often deleting the cited sentence lowers a pair's score more than deleting each other sentence of that text.

The sentence is cited first, from the passages as they are stored; only then is each sentence deleted in turn and the
rest encoded anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.answers import PostLine
from matching.calibration import FORMLESS, Calibration, post_vector
from matching.columns import POST_KINDS
from matching.encoder import Encoder, Progress
from matching.explanation import Explainer, Link, ReadText
from matching.labelled_data import LabelledData
from matching.metrics import Estimate, share_estimate
from matching.passages import spans_of
from matching.sentences import Span
from matching.words import product, word_weights
from models.post import PostSide

LEAST_SENTENCES = 4
TEXTS = 200
LANGUAGE = "en"
SEED = 20_261_121


@dataclass(frozen=True)
class Trial:
    """One text of a labelled pair, which stands on `side`, cut into sentences, and the text on the other side."""

    text: str
    other: str
    side: PostSide
    spans: list[Span]

    def without(self, number: int) -> str:
        """Return the text without one of its sentences."""
        span = self.spans[number]
        return f"{self.text[: span.start].rstrip()} {self.text[span.stop :].lstrip()}".strip()


@dataclass(frozen=True)
class Faithfulness:
    """Of so many texts, the share whose cited sentence is the one that the score needs most; and what a sentence
    cited at random would reach.
    """

    texts: int
    share: Estimate | None
    by_chance: float


# From the text that is cited, the other one and the first one's side to a sentence of the first.
Cite = Callable[[ReadText, ReadText, PostSide], Span]


def measure_faithfulness(
    trials: Sequence[Trial], encoder: Encoder, calibration: Calibration, cite: Cite, on_progress: Progress
) -> Faithfulness:
    """Cite a sentence of each text, then delete each in turn and see which lowers the score most."""
    encoded = EncodedTexts(encoder, calibration)
    encoded.add(_all_texts(trials), on_progress)
    hits, by_chance = 0, 0.0
    for trial in trials:
        cited = cite(
            encoded.read(trial.text, trial.side),
            encoded.read(trial.other, trial.side.opposite),
            trial.side,
        )
        left = [
            encoded.fit(trial.without(number), trial.other, trial.side) for number in range(len(trial.spans))
        ]
        hits += trial.spans[int(np.argmin(left))] == cited
        by_chance += 1 / len(trial.spans)
    return Faithfulness(len(trials), share_estimate(hits, len(trials)), by_chance / max(len(trials), 1))


def cite_as_pages_do(calibration: Calibration) -> Cite:
    """Return how the pages choose the sentence that they quote."""
    explainer = Explainer(calibration)

    def cite(text: ReadText, other: ReadText, side: PostSide) -> Span:
        need, capability = (text, other) if side is PostSide.NEED else (other, text)
        reason = explainer.reason_for(Link(1, 2, 0.5, by_words_only=False), need, capability)
        quote = reason.need if side is PostSide.NEED else reason.capability
        return Span(quote.start, quote.stop)

    return cite


def trials_of(data: LabelledData, wanted: int = TEXTS) -> list[Trial]:
    """Return both texts of labelled pairs, as far as they are long enough, in an order drawn by seed."""
    chooser = random.Random(SEED)  # noqa: S311 - Not a secret.
    texts = {query.identity: query.text for query in data.queries}
    by_owner: dict[str, list[str]] = {}
    for document in data.documents:
        by_owner.setdefault(document.owner, []).append(document.text)
    pairs = [
        (texts[query], chooser.choice(by_owner[owner]))
        for query, grades in data.grades.items()
        for owner, grade in grades.items()
        if grade > 0 and owner in by_owner
    ]
    chooser.shuffle(pairs)
    trials: list[Trial] = []
    for asked, found in pairs:
        both = ((asked, found, data.query_side), (found, asked, data.query_side.opposite))
        for text, other, side in both:
            spans = spans_of(text, LANGUAGE)[1:]
            if len(spans) >= LEAST_SENTENCES and len(trials) < wanted:
                trials.append(Trial(text, other, side, spans))
    return trials


class EncodedTexts:
    """Texts with the vectors of their passages, all encoded in one go."""

    def __init__(self, encoder: Encoder, calibration: Calibration) -> None:
        self._encoder = encoder
        self._calibration = calibration
        self._vectors: dict[str, np.ndarray] = {}
        self._numbers: dict[str, int] = {}

    def add(self, texts: Sequence[str], on_progress: Progress) -> None:
        """Encode the passages of these texts."""
        pieces = list(dict.fromkeys(piece for text in texts for piece in _pieces(text)))
        self._vectors |= zip(pieces, self._encoder.encode(pieces, on_progress), strict=True)

    def read(self, text: str, side: PostSide) -> ReadText:
        """Return a text as an explanation reads a stored post."""
        passages = np.stack([self._vectors[piece] for piece in _pieces(text)])
        # A number of its own for each text, because what an explanation computes is remembered by its line. The
        # labelled texts have no titles.
        number = self._numbers.setdefault(text, len(self._numbers))
        line = PostLine(number, None, side, POST_KINDS[FORMLESS], title="")
        return ReadText(line, text, LANGUAGE, spans_of(text, LANGUAGE)[1:], passages)

    def fit(self, first: str, second: str, side: PostSide) -> float:
        """Return how well two texts fit, in [0, 1], as the ranking computes it for two posts; the first's on `side`."""
        vectors = [
            self._calibration.placed(post_vector(self.read(text, side).passages), side, FORMLESS)
            for text, side in ((first, side), (second, side.opposite))
        ]
        words = product(word_weights(first), word_weights(second))
        cosine = np.array(vectors[0] @ vectors[1], dtype=np.float32)
        return float(self._calibration.probability(cosine, np.array(words, dtype=np.float32)))


def _pieces(text: str) -> list[str]:
    return [text[span.start : span.stop] for span in spans_of(text, LANGUAGE)]


def _all_texts(trials: Sequence[Trial]) -> list[str]:
    return [
        text
        for trial in trials
        for text in (trial.text, trial.other, *(trial.without(one) for one in range(len(trial.spans))))
    ]
