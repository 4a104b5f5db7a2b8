"""Passages: pieces of a post's text with their vectors, written in the post's own transaction."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import NEVER_REUSE_IDS, Base, Embedding, utc_now


class EncoderState(StrEnum):
    """``active`` serves; ``building`` is filled in the background by the worker; ``retired`` has no
    passages left.
    """

    ACTIVE = "active"
    BUILDING = "building"
    RETIRED = "retired"


class EncoderRecord(Base):
    """One encoder whose vectors are stored. ``key`` names the weights exactly, so that other weights are
    another row.
    """

    __tablename__ = "encoder"
    __table_args__ = (
        Index(
            "uq_encoder_active",
            "state",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    dimensions: Mapped[int]
    state: Mapped[EncoderState]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Passage(Base):
    """Position 0 is the post's whole matching text, positions 1… its sentences.

    ``start`` and ``stop`` are offsets into ``Post.matching_text``; ``text_hash`` is the hash of the whole
    matching text at
    the time of encoding, so that a stale passage can be told; ``vector`` is float32 bytes of unit length.
    """

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("post_id", "encoder_id", "position"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    encoder_id: Mapped[int] = mapped_column(ForeignKey("encoder.id"), index=True)
    position: Mapped[int]
    start: Mapped[int]
    stop: Mapped[int]
    text_hash: Mapped[str]
    vector: Mapped[bytes] = mapped_column(Embedding)


def hash_of(matching_text: str) -> str:
    """SHA-256 of the text that was encoded, as 64 hexadecimal digits."""
    return hashlib.sha256(matching_text.encode("utf-8")).hexdigest()
