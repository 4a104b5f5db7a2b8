"""Alerts and saved searches: who wants to hear of new posts, how often, and what they were told already.

A person is told of a pair of posts once in a lifetime: ``Alert`` and ``SavedSearchHit`` carry unique keys, and the
mail is written in the transaction that marks them as told.
"""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, Embedding, utc_now
from models.organisation import Unit
from models.person import Person, Role

# When daily and weekly mails are due where the person lives; weekly ones on Mondays.
MORNING = time(7)
SEARCH_NAME_LIMIT = 100


class Frequency(StrEnum):
    """``at_once``: within one sweep of the worker; ``daily`` and ``weekly`` in the morning, in the person's zone."""

    OFF = "off"
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


# Whoever writes or answers for posts hears of what fits them; an administrator looks after people and has to ask.
DEFAULT_FREQUENCY = {
    Role.MEMBER: Frequency.DAILY,
    Role.OFFICE: Frequency.DAILY,
    Role.ADMIN: Frequency.OFF,
}


class AlertSetting(Base):
    """How often one person hears of new posts that fit what ``unit_id`` and the units below it posted.

    Without a row ``DEFAULT_FREQUENCY`` holds. Of several settings that reach a post, that of the nearest unit counts.
    """

    __tablename__ = "alert_setting"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "organisation_id"], ["unit.id", "unit.organisation_id"]),
        UniqueConstraint("person_id", "unit_id"),
        UniqueConstraint("id", "person_id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_id: Mapped[int]
    frequency: Mapped[Frequency]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship(primaryjoin="foreign(AlertSetting.unit_id) == Unit.id", viewonly=True)


class Alert(Base):
    """Post ``their_post_id`` newly fits ``own_post_id``. ``told_at`` None: waits for the round of its setting.

    Never told and no longer true, it is deleted, so that it can become true again; told, it stays for ever.
    ``fit`` is that of the two posts when they were compared, in [0, 1].
    """

    __tablename__ = "alert"
    __table_args__ = (
        ForeignKeyConstraint(["setting_id", "person_id"], ["alert_setting.id", "alert_setting.person_id"]),
        UniqueConstraint("person_id", "own_post_id", "their_post_id"),
        Index("ix_alert_setting_id_told_at", "setting_id", "told_at"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    setting_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    own_post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    their_post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    fit: Mapped[float]
    found_at: Mapped[datetime] = mapped_column(default=utc_now)
    told_at: Mapped[datetime | None]


class AlertPosition(Base):
    """The one row that says up to which change of the changelog new posts were looked at."""

    __tablename__ = "alert_position"
    __table_args__ = (CheckConstraint("id = 1", name="only_row"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    sequence: Mapped[int]


class SeenPost(Base):
    """What an open post said when it was last looked at, as a hash: only other words make it news again."""

    __tablename__ = "alert_seen_post"
    __table_args__ = ()

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    fingerprint: Mapped[str]


class SavedSearch(Base):
    """A question with its filters, asked again each day or week. ``unit_id`` is the unit for which it was asked.

    ``filters`` are the values of the search form by name. ``vector`` is the question as the encoder
    ``encoder_key`` read it, float32 bytes of unit length; None or another encoder's: only words are compared.
    ``looked_at`` is the last round.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "organisation_id"], ["unit.id", "unit.organisation_id"]),
        CheckConstraint("frequency <> 'at_once'", name="in_rounds"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    unit_id: Mapped[int]
    name: Mapped[str]
    question: Mapped[str]
    filters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    frequency: Mapped[Frequency]
    encoder_key: Mapped[str] = mapped_column(default="")
    vector: Mapped[bytes | None] = mapped_column(Embedding)
    looked_at: Mapped[datetime] = mapped_column(default=utc_now)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship(primaryjoin="foreign(SavedSearch.unit_id) == Unit.id", viewonly=True)

    __mapper_args__ = {"version_id_col": version}


class SavedSearchHit(Base):
    """A post that the person knows from this search: seen when it was saved, or told by mail since."""

    __tablename__ = "saved_search_hit"
    __table_args__ = (UniqueConstraint("search_id", "post_id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    told_at: Mapped[datetime] = mapped_column(default=utc_now)


def latest_round(frequency: Frequency, zone: str, now: datetime) -> datetime:
    """The last moment up to ``now`` at which mails of this frequency were due in ``zone`` (IANA).

    Whatever was found before it and is not told yet is due: that holds after any time without a worker, too.
    """
    if frequency is Frequency.AT_ONCE:
        return now
    place = ZoneInfo(zone)
    day = now.astimezone(place).date()
    if now < datetime.combine(day, MORNING, tzinfo=place):
        day -= timedelta(days=1)
    if frequency is Frequency.WEEKLY:
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, MORNING, tzinfo=place).astimezone(UTC)
