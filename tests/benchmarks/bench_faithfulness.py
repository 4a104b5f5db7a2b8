"""How often deleting the cited sentence lowers a pair's score more than deleting each other sentence of that text.

The sentence is cited first, from the stored passages; only then is each sentence deleted in turn and the rest encoded
anew. Run: ``python -m tests.benchmarks.bench_faithfulness FOLDER [texts]`` with a folder of labelled data.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matching.answers import PostLine
from matching.calibration import load_calibration, post_vector
from matching.encoder import Encoder, load_encoder
from matching.explanation import Explainer, Link, ReadText
from matching.labelled_data import LabelledData, read_labelled_data
from matching.passages import spans_of
from matching.sentences import Span
from matching.words import word_weights
from models.post import PostKind, PostSide

LEAST_SENTENCES = 4
SEED = 20_261_121


@dataclass(frozen=True)
class Trial:
    """One text of a relevant pair, cut into sentences, and the text on the other side."""

    text: str
    other: str
    spans: list[Span]

    def without(self, number: int) -> str:
        span = self.spans[number]
        return f"{self.text[: span.start].rstrip()} {self.text[span.stop :].lstrip()}".strip()


class Encoded:
    """Every piece of text that the measurement needs, encoded in one go."""

    def __init__(self, encoder: Encoder, trials: list[Trial]) -> None:
        self.pieces: dict[str, int] = {}
        for trial in trials:
            for text in (trial.text, trial.other, *(trial.without(one) for one in range(len(trial.spans)))):
                for span in spans_of(text, "en"):
                    self.pieces.setdefault(text[span.start : span.stop], len(self.pieces))
        self.vectors = encoder.encode(list(self.pieces), _show)

    def passages(self, text: str) -> npt.NDArray[np.float32]:
        return self.vectors[[self.pieces[text[span.start : span.stop]] for span in spans_of(text, "en")]]

    def read(self, text: str, side: PostSide) -> ReadText:
        line = PostLine(None, None, side, PostKind.OTHER, "")
        return ReadText(line, text, "en", spans_of(text, "en")[1:], self.passages(text))


def main(folder: Path, wanted: int) -> None:
    """Print the share, over all texts and over those whose whole fits into the encoder's window."""
    trials = _trials(read_labelled_data(folder, "dev"), wanted)
    encoder = load_encoder()
    encoded = Encoded(encoder, trials)
    calibration = load_calibration(encoder.key, encoder.dimensions)

    def score(first: str, second: str) -> float:
        vectors = [calibration.centred(post_vector(encoded.passages(text))) for text in (first, second)]
        ours, theirs = word_weights(first), word_weights(second)
        words = sum(weight * theirs.get(stem, 0.0) for stem, weight in ours.items())
        return float(calibration.mixed(np.array(vectors[0] @ vectors[1]), np.array(words, dtype=np.float32)))

    hits = by_chance = 0.0
    for trial in trials:
        need, capability = (
            encoded.read(trial.text, PostSide.NEED),
            encoded.read(trial.other, PostSide.CAPABILITY),
        )
        link = Link(1, 2, 0.5, by_words_only=False)
        cited = Explainer(calibration).reason_for(link, need, capability).need
        left = [score(trial.without(number), trial.other) for number in range(len(trial.spans))]
        hits += trial.spans[int(np.argmin(left))] == Span(cited.start, cited.stop)
        by_chance += 1 / len(trial.spans)
    print(f"{len(trials)} texts of at least {LEAST_SENTENCES} sentences")
    print(f"deleting the cited sentence lowers the score most: {hits / len(trials):.1%}")
    print(f"a sentence cited by chance would: {by_chance / len(trials):.1%}")


def _trials(data: LabelledData, wanted: int) -> list[Trial]:
    """Both texts of relevant pairs, as far as they are long enough, in random order."""
    chooser = random.Random(SEED)
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
    trials = [
        Trial(text, other, spans_of(text, "en")[1:]) for pair in pairs for text, other in (pair, pair[::-1])
    ]
    return [trial for trial in trials if len(trial.spans) >= LEAST_SENTENCES][:wanted]


def _show(done: int, total: int) -> None:
    print(f"\rencoding {done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 320)
