"""Outcomes: what came of a meeting, told by each side, and what follows from it."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now, words_named
from models.meeting import Meeting
from models.organisation import Organisation, Unit
from models.person import Person
from models.relationship import Relationship
from models.side import Side

# Each side sees the other's feedback once both gave theirs, or after this time from the meeting's end.
FEEDBACK_HIDDEN_FOR = timedelta(days=10)


class Interest(StrEnum):
    HIGH = "high"
    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    """What was agreed at the end of the talk."""

    MEET_AGAIN = "meet_again"
    EXCHANGE = "exchange"
    PILOT = "pilot"
    PARTNERSHIP = "partnership"
    WAIT = "wait"
    STOP = "stop"
    OPEN = "open"


class SummaryState(StrEnum):
    """``proposed`` until the other side answers; a correction is a new proposed row by the other side."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"


class HeardState(StrEnum):
    """A need that we wrote down after a talk stays ``waiting``, and is marked so, until they answer."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    REFUSED = "refused"


class Outcome(Base):
    """One side's account of one meeting. ``feedback`` and the two interests are told to the other side only when
    both gave theirs or the time is over; ``held``, ``decision`` and ``agreed`` are shared at once.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        UniqueConstraint("meeting_id", "side"),
        ForeignKeyConstraint(
            ["relationship_id", "organisation_id"], ["relationship.id", "relationship.organisation_id"]
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    side: Mapped[Side]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    relationship_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    held: Mapped[bool] = mapped_column(default=True)
    our_interest: Mapped[Interest] = mapped_column(
        words_named(Interest, "our_interest"), default=Interest.UNKNOWN
    )
    their_interest: Mapped[Interest] = mapped_column(
        words_named(Interest, "their_interest"), default=Interest.UNKNOWN
    )
    decision: Mapped[Decision] = mapped_column(default=Decision.OPEN)
    agreed: Mapped[str] = mapped_column(default="")
    feedback: Mapped[str] = mapped_column(default="")
    logged_at: Mapped[datetime] = mapped_column(default=utc_now)
    version: Mapped[int] = mapped_column()

    meeting: Mapped[Meeting] = relationship()
    person: Mapped[Person] = relationship()
    relationship_: Mapped[Relationship] = relationship(
        primaryjoin="foreign(Outcome.relationship_id) == Relationship.id", viewonly=True
    )

    __mapper_args__ = {"version_id_col": version}


class SharedSummary(Base):
    """What both sides can point to afterwards: written by one, confirmed or corrected by the other."""

    __tablename__ = "shared_summary"
    __table_args__ = (
        Index(
            "uq_shared_summary_proposed",
            "meeting_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    written_by: Mapped[Side]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    state: Mapped[SummaryState] = mapped_column(default=SummaryState.PROPOSED)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    meeting: Mapped[Meeting] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class Topic(Base):
    """Something else that came up. It belongs to the side that wrote it down, and becomes a post or an introduction
    with one click.
    """

    __tablename__ = "topic"
    __table_args__ = (
        ForeignKeyConstraint(
            ["relationship_id", "organisation_id"], ["relationship.id", "relationship.organisation_id"]
        ),
        CheckConstraint("post_id IS NULL OR introduction_id IS NULL", name="becomes_one_thing"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    relationship_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    introduction_id: Mapped[int | None] = mapped_column(ForeignKey("introduction.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    meeting: Mapped[Meeting] = relationship()
    relationship_: Mapped[Relationship] = relationship(
        primaryjoin="foreign(Topic.relationship_id) == Relationship.id", viewonly=True
    )

    @property
    def has_become_something(self) -> bool:
        return self.post_id is not None or self.introduction_id is not None


def has_become_something() -> ColumnElement[bool]:
    """As the property, of ``Topic`` in a query."""
    return or_(Topic.post_id.is_not(None), Topic.introduction_id.is_not(None))


class HeardNeed(Base):
    """Their need in our words, written down after a talk. They confirm or correct it; then it may become their post."""

    __tablename__ = "heard_need"
    __table_args__ = (
        ForeignKeyConstraint(
            ["relationship_id", "by_organisation_id"], ["relationship.id", "relationship.organisation_id"]
        ),
        ForeignKeyConstraint(["about_unit_id", "about_organisation_id"], ["unit.id", "unit.organisation_id"]),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered_when"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(index=True)
    by_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    about_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    about_unit_id: Mapped[int] = mapped_column(index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str]
    text: Mapped[str]
    corrected_text: Mapped[str] = mapped_column(default="")
    state: Mapped[HeardState] = mapped_column(default=HeardState.WAITING)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column()

    relationship_: Mapped[Relationship] = relationship(
        primaryjoin="foreign(HeardNeed.relationship_id) == Relationship.id", viewonly=True
    )
    by_organisation: Mapped[Organisation] = relationship(foreign_keys=[by_organisation_id])
    about_unit: Mapped[Unit] = relationship(
        primaryjoin="foreign(HeardNeed.about_unit_id) == Unit.id", viewonly=True
    )
    meeting: Mapped[Meeting | None] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    __mapper_args__ = {"version_id_col": version}
