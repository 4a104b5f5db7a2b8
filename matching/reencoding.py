"""Changing the encoder while the old one serves: fill the new one's passages batch by batch, then switch in one step.

Nothing here commits. The worker does, for one batch at a time::

    batch = next_batch(session, record)                 reading
    made = encode_batch(batch, encoder, record.id)      outside any transaction that writes
    begin_write(session); store_batch(session, batch, made); session.commit()       for some posts at a time

and, when `next_batch` is empty, ``begin_write(session); switch_over(session, record.id); session.commit()``. A post
that is written or edited meanwhile gets passages of its process's encoder only: of the active one, and so turns up in
`next_batch`, or of the one that is being built, and is then compared by its words until the switch.

The same steps with the active encoder's record mend posts that were published without passages because their encoder
was retired between encoding and writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Exists, delete, exists, func, select
from sqlalchemy.orm import Session, selectinload

from matching.encoder import Encoder
from matching.passages import active_encoder, passages_for_many, store_passages
from models.changelog import note_post_change
from models.passage import EncoderRecord, EncoderState, Passage, hash_of
from models.post import Post, PostState

# The more posts are encoded at once, the more texts of like length share a batch of the encoder. What was not stored
# yet when the worker is stopped is encoded again: about half a minute's work.
BATCH_POSTS = 512
# So few are written at once, because pages that save wait meanwhile.
STORED_AT_ONCE = 64


@dataclass(frozen=True)
class PostText:
    """What is encoded of one post, as it stood when it was read."""

    post_id: int
    matching_text: str
    language: str


@dataclass(frozen=True)
class Progress:
    """How many of the published posts have passages of the encoder that is being built."""

    done: int
    total: int


def ensure_encoder(session: Session, encoder: Encoder) -> EncoderRecord:
    """Return the record of this encoder: the active one, or one that is being built beside it.

    The very first encoder becomes active at once. A building that was begun for other weights is given up. Writes:
    call it after ``begin_write``.
    """
    record = session.scalar(select(EncoderRecord).where(EncoderRecord.key == encoder.key))
    active = active_encoder(session)
    given_up = select(EncoderRecord.id).where(
        EncoderRecord.state == EncoderState.BUILDING, EncoderRecord.key != encoder.key
    )
    for encoder_id in session.scalars(given_up).all():
        _retire(session, encoder_id)
    if record is None:
        record = EncoderRecord(key=encoder.key, name=encoder.name, dimensions=encoder.dimensions)
        session.add(record)
    if active is None:
        record.state = EncoderState.ACTIVE
    elif active is not record:
        record.state = EncoderState.BUILDING
    session.flush()
    return record


def next_batch(session: Session, record: EncoderRecord, most: int = BATCH_POSTS) -> list[PostText]:
    """Return published posts without passages of this encoder, the oldest first, at most `most`."""
    posts = session.scalars(
        select(Post)
        .where(Post.state == PostState.PUBLISHED, ~_has_passages(record.id))
        .order_by(Post.id)
        .limit(most)
    )
    return [PostText(post.id, post.matching_text, post.language) for post in posts]


def encode_batch(batch: Sequence[PostText], encoder: Encoder, encoder_id: int) -> list[list[Passage]]:
    """Encode a batch; needs no session."""
    return passages_for_many([(one.matching_text, one.language) for one in batch], encoder, encoder_id)


def store_batch(session: Session, batch: Sequence[PostText], made: Sequence[list[Passage]]) -> int:
    """Store passages of posts whose text is still the same; return how many. Call it after ``begin_write``."""
    stored = 0
    active = active_encoder(session)
    named = Post.id.in_([one.post_id for one in batch])
    read = session.scalars(select(Post).where(named).options(selectinload(Post.passages)))
    posts = {post.id: post for post in read}
    for one, passages in zip(batch, made, strict=True):
        post = posts.get(one.post_id)
        if post is None or post.state is not PostState.PUBLISHED:
            continue
        # A post that was edited since is left to a later batch.
        if hash_of(post.matching_text) == hash_of(one.matching_text):
            store_passages(post, passages)
            stored += 1
            # A serving encoder's vectors are wanted at once; a building one's when it begins to serve.
            if active is not None and any(passage.encoder_id == active.id for passage in passages):
                note_post_change(session, post.id)
    session.flush()
    return stored


def progress_of(session: Session, record: EncoderRecord) -> Progress:
    """Return how far the building is."""
    published = select(func.count(Post.id)).where(Post.state == PostState.PUBLISHED)
    return Progress(
        done=session.scalar(published.where(_has_passages(record.id))) or 0,
        total=session.scalar(published) or 0,
    )


def switch_over(session: Session, record_id: int) -> bool:
    """Let this encoder serve and drop the old one's passages; False, and nothing done, if posts still lack theirs.

    Call it after ``begin_write``: between its look and its commit nobody else can publish.
    """
    record = session.get_one(EncoderRecord, record_id)
    if record.state is not EncoderState.BUILDING or next_batch(session, record, most=1):
        return False
    active = active_encoder(session)
    if active is not None:
        _retire(session, active.id)
    record.state = EncoderState.ACTIVE
    session.flush()
    return True


def _retire(session: Session, encoder_id: int) -> None:
    session.execute(delete(Passage).where(Passage.encoder_id == encoder_id))
    session.get_one(EncoderRecord, encoder_id).state = EncoderState.RETIRED
    # Only one row may be active at any moment, so this one steps down before the next one steps up.
    session.flush()


def _has_passages(encoder_id: int) -> Exists:
    return exists().where(Passage.post_id == Post.id, Passage.encoder_id == encoder_id)
