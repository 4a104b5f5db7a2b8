"""A few thousand texts that people wrote, really encoded once: what generated worlds are drawn around.

Texts are the posts of the demo world and, where a folder of labelled sets is given, the needs and capabilities in it.
What an encoder made of them is kept on disk under the encoder's key, because encoding takes minutes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matching.calibration import post_vector
from matching.encoder import Encoder, Progress
from matching.kept_vectors import KeptVectors
from matching.labelled_data import side_of_queries
from matching.passages import spans_of
from models.post import TITLE_LIMIT, PostKind, PostSide
from seed_data.loader import read_world

Vectors = npt.NDArray[np.float32]

# A post of this portal is a title and a few sentences: longer texts are cut, which also saves two thirds of the time.
MOST_SENTENCES = 6
MOST_CHARACTERS = 1_200
# The sets whose texts differ; cip_to_onet holds those of onet_to_cip the other way round.
LABELLED_SETS = ("onet_to_cip", "cordis_need_to_university")
KIND_OF_SIDE = {PostSide.NEED: PostKind.TALENT, PostSide.CAPABILITY: PostKind.PROGRAMME}


@dataclass(frozen=True)
class RealText:
    """One text as a post would hold it. `family` names where it comes from: a set, or an organisation of the demo."""

    family: str
    side: PostSide
    kind: PostKind
    title: str
    text: str
    language: str

    @property
    def matching_text(self) -> str:
        return f"{self.title}\n{self.text}"


@dataclass(frozen=True)
class RealTexts:
    """Texts with their passages. Text i has `passages[first[i]:first[i + 1]]`: the whole and then its sentences.

    `vectors` (n, d) are those that stand for a post, one a text, before the index takes out what texts share.
    """

    encoder_key: str
    texts: list[RealText]
    passages: Vectors
    first: npt.NDArray[np.int64]
    vectors: Vectors

    def of_side(self, side: PostSide) -> npt.NDArray[np.int64]:
        """Return the numbers of the texts of one side."""
        return np.array([number for number, text in enumerate(self.texts) if text.side is side])


def real_texts(
    encoder: Encoder, labelled: Path | None, cache: Path, on_progress: Progress | None = None
) -> RealTexts:
    """Return all texts, encoded now or kept in the folder `cache`. `labelled` is the folder of the labelled sets."""
    texts = demo_texts() + (labelled_texts(labelled) if labelled is not None else [])
    spans = [spans_of(text.matching_text, text.language) for text in texts]
    first = np.concatenate([[0], np.cumsum([len(own) for own in spans])])
    pieces = [
        text.matching_text[span.start : span.stop]
        for text, own in zip(texts, spans, strict=True)
        for span in own
    ]
    passages = KeptVectors(encoder, cache).encode(pieces, on_progress)
    vectors = np.stack([post_vector(passages[first[n] : first[n + 1]]) for n in range(len(texts))])
    return RealTexts(encoder.key, texts, passages, first, vectors)


def without(real: RealTexts, hidden: npt.NDArray[np.int64]) -> RealTexts:
    """Return the texts but for those numbers."""
    kept = np.setdiff1d(np.arange(len(real.texts)), hidden)
    counts = np.diff(real.first)[kept]
    first = np.concatenate([[0], np.cumsum(counts)])
    rows = np.repeat(real.first[kept] - first[:-1], counts) + np.arange(first[-1])
    texts = [real.texts[number] for number in kept]
    return RealTexts(real.encoder_key, texts, real.passages[rows], first, real.vectors[kept])


def demo_texts() -> list[RealText]:
    """Return the posts of the demo world."""
    return [
        RealText(
            table["name"], side, PostKind(post["kind"]), post["title"], post["text"].strip(), post["language"]
        )
        for table in read_world()
        for side, name in ((PostSide.NEED, "needs"), (PostSide.CAPABILITY, "capabilities"))
        for post in table.get(name, [])
    ]


def labelled_texts(folder: Path) -> list[RealText]:
    """Return queries and documents of the labelled sets, each once. Raises OSError if a set is missing."""
    found: list[RealText] = []
    for name in LABELLED_SETS:
        side = side_of_queries(name)
        found += _of_file(folder / name / "queries.jsonl", f"{name} queries", side)
        found += _of_file(folder / name / "corpus.jsonl", f"{name} corpus", side.opposite)
    return list({text.matching_text: text for text in found}.values())


def _of_file(path: Path, family: str, side: PostSide) -> list[RealText]:
    texts: list[RealText] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        row = json.loads(line)
        text = _cut(str(row["text"]))
        # Where a set gives no title, the first words stand for it, as people write them.
        title = str(row.get("title") or " ".join(text.split()[:9]))[:TITLE_LIMIT].strip()
        texts.append(RealText(family, side, KIND_OF_SIDE[side], title, text, "en"))
    return texts


def _cut(text: str) -> str:
    spans = spans_of(text, "en")[1:][:MOST_SENTENCES]
    return text[: spans[-1].stop][:MOST_CHARACTERS].strip()
