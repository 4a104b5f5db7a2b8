"""Follow-ups: the next thing that somebody owes, owned and dated; and cadences, which make them recur."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.person import Person
from models.relationship import Relationship

DEFAULT_CADENCE_DAYS = (3, 7, 14)


class FollowUpKind(StrEnum):
    """``next_step`` comes from an outcome, ``task`` from a person, ``nudge`` from a cadence."""

    NEXT_STEP = "next_step"
    TASK = "task"
    NUDGE = "nudge"


class Cadence(Base):
    """After how many days of silence we ask again, counted from the last real contact. Each organisation has its own;
    without one, 3, 7 and 14 days.
    """

    __tablename__ = "cadence"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        Index(
            "uq_cadence_default",
            "organisation_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    days: Mapped[list[int]] = mapped_column(JSON)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class FollowUp(Base):
    """One thing to do by the end of the day ``due_on`` in ``zone``, which is the moment ``due_at``.

    ``is_theirs`` marks what the partner owes us: the owner on our side asks for it. ``step`` counts a cadence's nudges
    from 0. Open until ``done_at`` or ``dropped_at`` is set.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        ForeignKeyConstraint(
            ["relationship_id", "organisation_id"], ["relationship.id", "relationship.organisation_id"]
        ),
        CheckConstraint("done_at IS NULL OR dropped_at IS NULL", name="done_or_dropped"),
        CheckConstraint("(kind = 'nudge') = (step IS NOT NULL)", name="nudges_have_steps"),
        Index("ix_follow_up_relationship_id_due_at", "relationship_id", "due_at"),
        Index("ix_follow_up_owner_id_due_at", "owner_id", "due_at"),
        # One nudge at a time, however many sweeps run.
        Index(
            "uq_follow_up_open_nudge",
            "relationship_id",
            unique=True,
            sqlite_where=text("kind = 'nudge' AND done_at IS NULL AND dropped_at IS NULL"),
            postgresql_where=text("kind = 'nudge' AND done_at IS NULL AND dropped_at IS NULL"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    relationship_id: Mapped[int]
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    kind: Mapped[FollowUpKind]
    text: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_theirs: Mapped[bool] = mapped_column(default=False)
    due_on: Mapped[date]
    zone: Mapped[str]
    due_at: Mapped[datetime]
    step: Mapped[int | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dropped_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    relationship_: Mapped[Relationship] = relationship(
        primaryjoin="foreign(FollowUp.relationship_id) == Relationship.id", viewonly=True
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.dropped_at is None

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and self.due_at <= now
