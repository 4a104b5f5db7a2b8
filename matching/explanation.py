"""Why two posts fit: the sentence of each that carries it, told from stored passages by the score's own function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.answers import PostLine, Quote, Reason
from matching.calibration import Calibration, post_vector
from matching.candidates import weights_of
from matching.columns import POST_KINDS, code
from matching.passages import spans_of, vectors_of
from matching.scoring import grade
from matching.sentence_effects import carrying_sentence, placed_sentences
from matching.sentences import Span
from matching.words import shared_words, stems
from models.actor import Actor
from models.passage import Passage
from models.policy import visible_posts
from models.post import MOST_URGENT, Post, matching_text_of


@dataclass(frozen=True)
class ReadText:
    """A post as an explanation reads it. `spans` are its sentences; `passages` (1 + sentences, dimensions)."""

    line: PostLine
    text: str
    language: str
    spans: Sequence[Span]
    passages: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Link:
    """A need and a capability that made a score, by post id, with how well they fit in [0, 1]."""

    need_id: int
    capability_id: int
    fit: float
    by_words_only: bool


def read_texts(
    session: Session, encoder_id: int | None, actor: Actor, post_ids: Iterable[int], now: datetime
) -> dict[int, ReadText]:
    """Return those of the posts that the actor may see, with their stored passages of this encoder, by id.

    A post that this encoder has not read yet has sentences and no passages.
    """
    wanted = sorted(set(post_ids))
    shown = (
        visible_posts(actor, now)
        .where(Post.id.in_(wanted))
        .with_only_columns(
            Post.id, Post.unit_id, Post.side, Post.kind, Post.title, Post.text, Post.language, Post.urgency
        )
    )
    rows = session.execute(shown).all()
    passages: dict[int, list[Any]] = {}
    for passage in session.execute(
        select(Passage.post_id, Passage.position, Passage.start, Passage.stop, Passage.vector)
        .where(Passage.post_id.in_([row.id for row in rows]), Passage.encoder_id == encoder_id)
        .order_by(Passage.post_id, Passage.position)
    ):
        passages.setdefault(passage.post_id, []).append(passage)
    return {
        row.id: ReadText(
            line=PostLine(row.id, row.unit_id, row.side, row.kind, row.title, row.urgency == MOST_URGENT),
            text=matching_text_of(row.title, row.text),
            language=row.language,
            spans=_sentences_of(row, passages.get(row.id, [])),
            passages=vectors_of([one.vector for one in passages.get(row.id, [])]),
        )
        for row in rows
    }


def _sentences_of(row: Any, passages: Sequence[Any]) -> list[Span]:
    """The stored sentences, or those that would be stored if the serving encoder has not read the post yet."""
    if passages:
        return [Span(one.start, one.stop) for one in passages if one.position > 0]
    return spans_of(matching_text_of(row.title, row.text), row.language)[1:]


class Explainer:
    """Tells reasons, and keeps what it computed of each text, because our posts stand in many links."""

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self._vectors: dict[PostLine, npt.NDArray[np.float32]] = {}
        self._sentences: dict[PostLine, npt.NDArray[np.float32]] = {}

    def reason_for(self, link: Link, need: ReadText, capability: ReadText) -> Reason:
        """Return the reason of one link: on each side the sentence that carries the score."""
        # Between the ranking and this look, the vectors may have gone with their encoder.
        if link.by_words_only or not len(need.passages) or not len(capability.passages):
            need_quote, capability_quote = _by_words(need, capability), _by_words(capability, need)
        else:
            need_quote = self._by_effect(need, capability)
            capability_quote = self._by_effect(capability, need)
        return Reason(
            need=need_quote,
            capability=capability_quote,
            fit=link.fit,
            grade=None if link.by_words_only else grade(link.fit),
            shared_words=tuple(shared_words(need_quote.text, capability_quote.text, need.language)),
            by_words_only=link.by_words_only,
        )

    def _by_effect(self, post: ReadText, other: ReadText) -> Quote:
        sentence = carrying_sentence(
            self._calibration,
            post.text,
            post.language,
            post.spans,
            len(post.line.title),
            self._placed_sentences(post),
            self._vector(other),
            weights_of(other.text, other.language),
        )
        return _quote(post, sentence)

    def _vector(self, text: ReadText) -> npt.NDArray[np.float32]:
        if text.line not in self._vectors:
            self._vectors[text.line] = self._calibration.placed(
                post_vector(text.passages), text.line.side, code(POST_KINDS, text.line.kind)
            )
        return self._vectors[text.line]

    def _placed_sentences(self, text: ReadText) -> npt.NDArray[np.float32]:
        if text.line not in self._sentences:
            self._sentences[text.line] = placed_sentences(
                self._calibration, text.line.side, text.line.kind, text.spans, text.passages
            )
        return self._sentences[text.line]


def _by_words(post: ReadText, other: ReadText) -> Quote:
    """Cite the sentence that has most in common with the other text's words; the title only if no other has any."""
    theirs = weights_of(other.text, other.language)
    common = [
        sum(theirs.get(stem, 0.0) for stem in set(stems(post.text[span.start : span.stop], post.language)))
        for span in post.spans
    ]
    numbers = range(len(common))
    behind_title = [one for one in numbers if common[one] and post.spans[one].start >= len(post.line.title)]
    return _quote(post, max(behind_title or numbers, key=common.__getitem__, default=None))


def _quote(post: ReadText, sentence: int | None) -> Quote:
    span = Span(0, len(post.text)) if sentence is None else post.spans[sentence]
    return Quote(post.line, post.text[span.start : span.stop], span.start, span.stop)
