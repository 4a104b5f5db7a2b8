"""Passages: a post's whole text and its sentences with their vectors; made before the write, stored within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import Encoder, Progress
from matching.sentences import Span, split_sentences
from models.passage import EncoderRecord, EncoderState, Passage, hash_of
from models.post import Post, PostState, matching_text_of


@dataclass(frozen=True)
class PassageProblem:
    """What is wrong with the passages of one post: ``missing``, ``stale``, ``surplus`` or ``malformed``."""

    post_id: int
    problem: str


def passages_for(matching_text: str, language: str, encoder: Encoder, encoder_id: int) -> list[Passage]:
    """Encode one text. Call it before the write transaction begins; `encoder_id` is the encoder's record.

    Position 0 is the whole text, 1… its sentences; each vector is the bytes of float32 numbers of unit length.
    """
    return passages_for_many([(matching_text, language)], encoder, encoder_id)[0]


def passages_for_many(
    texts: Sequence[tuple[str, str]], encoder: Encoder, encoder_id: int, on_progress: Progress | None = None
) -> list[list[Passage]]:
    """Encode many (matching text, language) at once, which lets texts of like length share a batch."""
    spans = [spans_of(text, language) for text, language in texts]
    # A post of one sentence, or a sentence that many posts repeat, is encoded once.
    pieces: dict[str, int] = {}
    for (text, _), own in zip(texts, spans, strict=True):
        for span in own:
            pieces.setdefault(text[span.start : span.stop], len(pieces))
    vectors = encoder.encode(list(pieces), on_progress)
    return [
        [
            Passage(
                encoder_id=encoder_id,
                position=position,
                start=span.start,
                stop=span.stop,
                text_hash=hash_of(text),
                vector=vectors[pieces[text[span.start : span.stop]]].tobytes(),
            )
            for position, span in enumerate(own)
        ]
        for (text, _), own in zip(texts, spans, strict=True)
    ]


def spans_of(matching_text: str, language: str) -> list[Span]:
    """Return the whole text and then its sentences, in the order of their positions."""
    return [Span(0, len(matching_text)), *split_sentences(matching_text, language)]


def store_passages(post: Post, passages: Sequence[Passage]) -> None:
    """Give the post these passages of one encoder; call it inside the write transaction, after the text was assigned.

    Passages of another encoder stay if they belong to the same text; those of an older text go, and the background
    building of that encoder makes them anew. Raises ValueError if `passages` were made from another text.
    """
    fresh_hash = hash_of(post.matching_text)
    if any(passage.text_hash != fresh_hash for passage in passages):
        raise ValueError("the passages were made from another text than the post's")
    encoder_ids = {passage.encoder_id for passage in passages}
    old = {passage.position: passage for passage in post.passages if passage.encoder_id in encoder_ids}
    kept = [
        passage
        for passage in post.passages
        if passage.encoder_id not in encoder_ids and passage.text_hash == fresh_hash
    ]
    # Rows are changed in place: a new row with the same post, encoder and position would be inserted before the old
    # one is deleted, which the database refuses.
    post.passages = kept + [_renewed(old.get(passage.position), passage) for passage in passages]


def store_encoded(session: Session, post: Post, passages: Sequence[Passage]) -> None:
    """Store as `store_passages` does what was encoded before the write began, unless its encoder was retired meanwhile.

    Then the post is left without passages: it is compared by its words, until the worker encodes what the serving
    encoder lacks. Vectors of an encoder that no longer serves would never be looked at or taken away again.
    """
    records = {session.get_one(EncoderRecord, passage.encoder_id) for passage in passages}
    if any(record.state is EncoderState.RETIRED for record in records):
        drop_passages(post)
    else:
        store_passages(post, passages)


def drop_passages(post: Post) -> None:
    """Take all passages away, as for a post that becomes a draft again."""
    post.passages = []


def vectors_of(passages: Sequence[bytes]) -> npt.NDArray[np.float32]:
    """Return stored vectors as one array, shape (passages, dimensions); (0, 0) for none."""
    if not passages:
        return np.zeros((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(passages), dtype=np.float32).reshape(len(passages), -1)


def active_encoder(session: Session) -> EncoderRecord | None:
    """Return the encoder whose vectors serve, None before the first start."""
    return session.scalar(select(EncoderRecord).where(EncoderRecord.state == EncoderState.ACTIVE))


def check_passages(session: Session, encoder: EncoderRecord) -> list[PassageProblem]:
    """Return every post whose passages of this encoder are not exactly those of its present text, by id.

    A draft must have none, a published post its full set; a withdrawn one may keep its set, as long as it is true.
    """
    problems: list[PassageProblem] = []
    posts = session.execute(
        select(Post.id, Post.title, Post.text, Post.language, Post.state).order_by(Post.id)
    ).all()
    by_post: dict[int, list[tuple[int, int, int, str, int]]] = {}
    for row in session.execute(
        select(
            Passage.post_id, Passage.position, Passage.start, Passage.stop, Passage.text_hash, Passage.vector
        )
        .where(Passage.encoder_id == encoder.id)
        .order_by(Passage.post_id, Passage.position)
        .execution_options(yield_per=1000)
    ):
        place = (row.position, row.start, row.stop, row.text_hash, len(row.vector))
        by_post.setdefault(row.post_id, []).append(place)
    for post in posts:
        text = matching_text_of(post.title, post.text)
        found = by_post.get(post.id, [])
        problem = _problem_of(text, post.language, post.state, found, 4 * encoder.dimensions)
        if problem is not None:
            problems.append(PassageProblem(post.id, problem))
    return problems


def problems_beside_building(session: Session, encoder: EncoderRecord) -> list[PassageProblem]:
    """Return what `check_passages` finds, but for posts that were written for the encoder that is being built.

    A process that has only the new encoder cannot make vectors of the old one; those posts are compared by their words
    until the new one serves.
    """
    problems = check_passages(session, encoder)
    building = session.scalar(select(EncoderRecord).where(EncoderRecord.state == EncoderState.BUILDING))
    if building is None or not problems:
        return problems
    unready = {found.post_id for found in check_passages(session, building)}
    return [found for found in problems if found.problem != "missing" or found.post_id in unready]


def _problem_of(
    text: str,
    language: str,
    state: PostState,
    found: list[tuple[int, int, int, str, int]],
    vector_bytes: int,
) -> str | None:
    if state is PostState.DRAFT:
        return "surplus" if found else None
    if not found:
        return "missing" if state is PostState.PUBLISHED else None
    fresh_hash = hash_of(text)
    if any(text_hash != fresh_hash for _, _, _, text_hash, _ in found):
        return "stale"
    expected = [(number, span.start, span.stop) for number, span in enumerate(spans_of(text, language))]
    if [(position, start, stop) for position, start, stop, _, _ in found] != expected:
        return "malformed"
    return "malformed" if any(size != vector_bytes for *_, size in found) else None


def _renewed(old: Passage | None, new: Passage) -> Passage:
    if old is None:
        return new
    old.start, old.stop, old.text_hash, old.vector = new.start, new.stop, new.text_hash, new.vector
    return old
