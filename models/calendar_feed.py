"""The private calendar of one person, which their calendar program asks for by a secret address.

Only a hash of the secret is kept: whoever reads the database cannot read anybody's calendar with it.
"""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.person import Person

TOKEN_BYTES = 32


class CalendarFeed(Base):
    """One secret address. A renewed or revoked one is kept with ``revoked_at``; at most one works."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index(
            "uq_calendar_feed_working",
            "person_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


def working_feed(session: Session, person_id: int) -> CalendarFeed | None:
    """The person's address that works, if they have one."""
    return session.scalar(
        select(CalendarFeed).where(CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None))
    )


def feed_of_token(session: Session, token: str) -> CalendarFeed | None:
    """The address that this secret opens. None: it never existed, was taken back, or the person left."""
    return session.scalar(
        select(CalendarFeed)
        .join(Person, Person.id == CalendarFeed.person_id)
        .where(
            CalendarFeed.token_hash == _hash(token),
            CalendarFeed.revoked_at.is_(None),
            Person.left_at.is_(None),
        )
    )


def renew_feed(session: Session, person_id: int, now: datetime) -> tuple[CalendarFeed, str]:
    """Take back the address that works, if any, and make another; the secret is told this once."""
    revoke_feed(session, person_id, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = CalendarFeed(person_id=person_id, token_hash=_hash(token))
    session.add(feed)
    session.flush()
    return feed, token


def revoke_feed(session: Session, person_id: int, now: datetime) -> CalendarFeed | None:
    """Take the address back, if one works; flushes."""
    feed = working_feed(session, person_id)
    if feed is not None:
        feed.revoked_at = now
        session.flush()
    return feed


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
