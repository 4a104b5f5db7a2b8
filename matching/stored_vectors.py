"""Keep `post_vector` true on PostgreSQL: what stands for each published post, made once and read by every process.

Nothing here commits. The changelog's rows tell which posts changed, each by itself, because on PostgreSQL the order of
its numbers is not that of the commits. Until a change is taken in, readers make that post's vector for themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select, delete, exists, insert, select, text, update
from sqlalchemy.orm import Session

from matching.calibration import Calibration, load_calibration, post_vector
from matching.columns import POST_KINDS, code
from matching.passages import vectors_of
from matching.recipe import fingerprint
from matching.words import word_weights
from models.changelog import Change
from models.passage import EncoderRecord, EncoderState, Passage
from models.post import Post, PostSide, PostState, matching_text_of
from models.post_vector import PostVector

POSTS_PER_STEP = 500
# An index takes a third of a page of 8 kB; the rest of it is for what else stands in a row.
MOST_IN_AN_INDEX = 640
# Two processes that take in at once would write over each other with what one of them read earlier.
TAKING_IN = 4_720_001
# Raise it when the way from passages to a post's vector or to its words changes.
WAY = 2

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MadeVector:
    """What stands for one post: a placed unit vector, None without passages, and the weights of its words."""

    side: PostSide
    vector: Vectors | None
    words: Mapping[str, float]


def recipe_of(encoder: EncoderRecord) -> str:
    """Return the name of all that makes a post's vector: other weights or other constants give another one."""
    constants = load_calibration(encoder.key, encoder.dimensions)
    made_with = f"{encoder.id} {encoder.key} {WAY} {fingerprint(constants)}"
    return hashlib.sha256(made_with.encode()).hexdigest()[:16]


def made_vectors(
    session: Session, post_ids: Iterable[int], encoder: EncoderRecord, calibration: Calibration
) -> dict[int, MadeVector]:
    """Make what stands for these posts, as far as they are published, from their texts and passages."""
    wanted = sorted(post_ids)
    columns = select(Post.id, Post.side, Post.kind, Post.title, Post.text, Post.language)
    rows = session.execute(columns.where(Post.id.in_(wanted), Post.state == PostState.PUBLISHED)).all()
    passages = _passages(session, wanted, encoder)
    vectors = {post_id: post_vector(some) for post_id, some in passages.items()}
    for side in PostSide:
        here = [row for row in rows if row.side is side and row.id in vectors]
        if here:
            kinds = np.array([code(POST_KINDS, row.kind) for row in here])
            placed = calibration.placed(np.stack([vectors[row.id] for row in here]), side, kinds)
            vectors.update(zip([row.id for row in here], placed, strict=True))
    return {
        row.id: MadeVector(
            row.side,
            vectors.get(row.id),
            word_weights(matching_text_of(row.title, row.text), row.language),
        )
        for row in rows
    }


def take_in_changes(session: Session, most: int = POSTS_PER_STEP) -> int:
    """Take in what the changelog says changed; return how many rows of it. Call it after ``begin_write``."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TAKING_IN})
    changes = session.execute(
        select(Change.seq, Change.post_id).where(~Change.is_taken_in).order_by(Change.seq).limit(most)
    ).all()
    if not changes:
        return 0
    post_ids = {change.post_id for change in changes if change.post_id is not None}
    # The rows were chosen before the posts are read: a change that is committed in between has a row of its own.
    _write(session, post_ids)
    session.execute(
        update(Change).where(Change.seq.in_([change.seq for change in changes])).values(is_taken_in=True)
    )
    return len(changes)


def take_in_missing(session: Session, most: int = POSTS_PER_STEP) -> int:
    """Make what is missing altogether: after the constants changed, or for an encoder that is being built.

    Return how many posts were taken in; 0 says that nothing is missing. Call it after ``begin_write``.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TAKING_IN})
    for encoder in _encoders(session):
        missing = session.scalars(missing_posts(encoder).limit(most)).all()
        if missing:
            _write(session, set(missing))
            return len(missing)
    return 0


def missing_posts(encoder: EncoderRecord) -> Select[int]:
    """Return the query of published posts that have no row of the recipe; a building encoder's wait for passages."""
    has_row = exists().where(PostVector.post_id == Post.id, PostVector.recipe == recipe_of(encoder))
    query = select(Post.id).where(Post.state == PostState.PUBLISHED, ~has_row).order_by(Post.id)
    if encoder.state is EncoderState.BUILDING:
        query = query.where(exists().where(Passage.post_id == Post.id, Passage.encoder_id == encoder.id))
    return query


def forget_old_recipes(session: Session) -> int:
    """Delete the rows of recipes that no encoder of today uses; return how many. Call it after ``begin_write``."""
    kept = [recipe_of(encoder) for encoder in _encoders(session)]
    gone = delete(PostVector).where(PostVector.recipe.not_in(kept)).returning(PostVector.post_id)
    return len(session.scalars(gone).all())


def prepare_index(session: Session) -> int:
    """Make the first index that is missing: of the serving encoder's vectors, of words, and of what a look asks of
    posts. Return how many were made. Call it after ``begin_write``, and commit before the next one: as long as an index
    is being made, nobody writes to its table.

    They are made here and not by a migration: their width is the encoder's, and filled tables are indexed much faster.
    """
    encoder = next((one for one in _encoders(session) if one.state is EncoderState.ACTIVE), None)
    if encoder is None:
        return 0
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TAKING_IN})
    made = set(session.scalars(text("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")))
    for name, index in _indexes(int(encoder.dimensions)).items():
        # Even to find that an index is there, the command would wait for everybody who writes posts.
        if name not in made:
            session.execute(text(f"CREATE INDEX {name} ON {index}"))
            return 1
    return 0


def _indexes(width: int) -> dict[str, str]:
    """Return each index by its name: what it is on, and how."""
    indexes = {
        "ix_post_vector_stems": "post_vector USING gin (string_to_array(stems, ' '))",
        "ix_post_vector_without_vector": "post_vector (side, post_id) WHERE vector IS NULL",
        # What a look at all posts asks of them, without their texts.
        "ix_post_looked_at": (
            "post (side, id) INCLUDE (organisation_id, unit_id, place_id, kind, visibility, language, closes_at, "
            "starts_on, ends_on, is_remote, urgency, importance) WHERE state = 'published'"
        ),
    }
    for side in PostSide:
        of_side = f"WHERE side = '{side.value}' AND dimensions = {width}"
        indexes[f"ix_post_vector_nearest_{side.value}_{width}"] = (
            f"post_vector USING hnsw ((vector::vector({width})) vector_ip_ops) {of_side}"
        )
        if width <= MOST_IN_AN_INDEX:
            # A look at all vectors reads this index alone: a row keeps its vector elsewhere.
            indexes[f"ix_post_vector_looked_at_{side.value}_{width}"] = (
                f"post_vector (recipe, post_id) INCLUDE (vector) {of_side}"
            )
    return indexes


def _write(session: Session, post_ids: set[int]) -> None:
    for encoder in _encoders(session):
        recipe = recipe_of(encoder)
        made = made_vectors(session, post_ids, encoder, load_calibration(encoder.key, encoder.dimensions))
        session.execute(
            delete(PostVector).where(PostVector.post_id.in_(post_ids), PostVector.recipe == recipe)
        )
        if made:
            session.execute(
                insert(PostVector),
                [
                    {
                        "post_id": post_id,
                        "recipe": recipe,
                        "side": one.side,
                        "dimensions": 0 if one.vector is None else encoder.dimensions,
                        "vector": None if one.vector is None else one.vector.tobytes(),
                        "stems": " ".join(one.words),
                        "weights": np.fromiter(one.words.values(), np.float32, len(one.words)).tobytes(),
                    }
                    for post_id, one in made.items()
                ],
            )


def _encoders(session: Session) -> list[EncoderRecord]:
    """The serving encoder and the one that is being built."""
    return list(session.scalars(select(EncoderRecord).where(EncoderRecord.state != EncoderState.RETIRED)))


def _passages(session: Session, post_ids: list[int], encoder: EncoderRecord) -> dict[int, Vectors]:
    by_post: dict[int, list[bytes]] = {}
    for post_id, vector in session.execute(
        select(Passage.post_id, Passage.vector)
        .where(Passage.post_id.in_(post_ids), Passage.encoder_id == encoder.id)
        .order_by(Passage.post_id, Passage.position)
    ):
        by_post.setdefault(post_id, []).append(vector)
    return {post_id: vectors_of(some) for post_id, some in by_post.items()}
