"""Partnerships: the standing relation of two units of two sides, who looks after it, and what each side expects.

Both sides see everything here except what ``PrivateGoal`` holds. Rows beneath a partnership carry the ``side`` that
wrote them and no organisation of their own, so that none can name a third one.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now, words_named
from models.introduction import Introduction
from models.organisation import Organisation, Unit
from models.person import Person
from models.side import Side


class PartnershipKind(StrEnum):
    """A pilot is small, short and has an end; it may grow into a full partnership and keeps its history."""

    PILOT = "pilot"
    FULL = "full"


class PartnershipState(StrEnum):
    """``proposed`` by one side until the other confirms or declines it, or its author takes it back."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class PartnershipStage(StrEnum):
    """The partnering cycle of The Partnering Initiative: scoping and building, managing, reviewing, sustaining; or
    closing well.
    """

    SCOPING = "scoping"
    MANAGING = "managing"
    REVIEWING = "reviewing"
    SUSTAINING = "sustaining"
    CLOSING = "closing"


class ClosingReason(StrEnum):
    REACHED = "reached"
    PILOT_OVER = "pilot_over"
    CIRCUMSTANCES = "circumstances"
    NO_FIT = "no_fit"
    PROMISES = "promises"
    OTHER = "other"


class PartnershipEventKind(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    STAGE = "stage"
    GROWTH_ASKED = "growth_asked"
    GROWTH_REFUSED = "growth_refused"
    GROWN = "grown"
    CLOSED = "closed"


class Partnership(Base):
    """Between the units of the two sides; the sides are those of its introduction, if it has one.

    The purpose is one sentence in four parts: "By ``doing``, this partnership will help ``beneficiary`` with
    ``benefit``, leading to ``result``". ``ends_on`` belongs to pilots. ``growth_asked_by`` is the side that asked to
    make the pilot a full partnership and waits for the other's yes.
    """

    __tablename__ = "partnership"
    __table_args__ = (
        ForeignKeyConstraint(
            ["asking_unit_id", "asking_organisation_id"], ["unit.id", "unit.organisation_id"]
        ),
        ForeignKeyConstraint(["asked_unit_id", "asked_organisation_id"], ["unit.id", "unit.organisation_id"]),
        CheckConstraint("asking_unit_id <> asked_unit_id", name="two_units"),
        CheckConstraint("(kind = 'pilot') = (ends_on IS NOT NULL)", name="pilots_end"),
        CheckConstraint("ends_on IS NULL OR ends_on >= started_on", name="dates_in_order"),
        CheckConstraint("growth_asked_by IS NULL OR kind = 'pilot'", name="pilots_grow"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("(closed_at IS NULL) = (closing_reason IS NULL)", name="closed_why"),
        Index(
            "uq_partnership_waiting",
            "asking_unit_id",
            "asked_unit_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_partnership_asking_unit_id_state", "asking_unit_id", "state"),
        Index("ix_partnership_asked_unit_id_state", "asked_unit_id", "state"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asking_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asking_unit_id: Mapped[int]
    asked_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_unit_id: Mapped[int]
    introduction_id: Mapped[int | None] = mapped_column(ForeignKey("introduction.id"), index=True)
    proposed_by: Mapped[Side]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[PartnershipKind]
    state: Mapped[PartnershipState] = mapped_column(default=PartnershipState.PROPOSED)
    stage: Mapped[PartnershipStage] = mapped_column(default=PartnershipStage.SCOPING)
    doing: Mapped[str]
    beneficiary: Mapped[str]
    benefit: Mapped[str]
    result: Mapped[str]
    started_on: Mapped[date]
    ends_on: Mapped[date | None]
    growth_asked_by: Mapped[Side | None] = mapped_column(words_named(Side, "growth_asked_by"))
    growth_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closing_reason: Mapped[ClosingReason | None]
    version: Mapped[int] = mapped_column()

    introduction: Mapped[Introduction | None] = relationship()
    asking_organisation: Mapped[Organisation] = relationship(foreign_keys=[asking_organisation_id])
    asked_organisation: Mapped[Organisation] = relationship(foreign_keys=[asked_organisation_id])
    asking_unit: Mapped[Unit] = relationship(
        primaryjoin="foreign(Partnership.asking_unit_id) == Unit.id", viewonly=True
    )
    asked_unit: Mapped[Unit] = relationship(
        primaryjoin="foreign(Partnership.asked_unit_id) == Unit.id", viewonly=True
    )
    events: Mapped[list["PartnershipEvent"]] = relationship(order_by="PartnershipEvent.id")
    counterparts: Mapped[list["Counterpart"]] = relationship(
        order_by="Counterpart.id", back_populates="partnership", foreign_keys="Counterpart.partnership_id"
    )
    letters: Mapped[list["ExpectationLetter"]] = relationship(
        order_by="ExpectationLetter.id", back_populates="partnership"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def turn(self) -> Side | None:
        """The side that has to answer a proposal about the partnership itself. None: nobody."""
        if self.state is PartnershipState.PROPOSED:
            return self.proposed_by.other
        if self.state is PartnershipState.ACTIVE and self.growth_asked_by is not None:
            return self.growth_asked_by.other
        return None

    def unit_id_of(self, side: Side) -> int:
        return self.asking_unit_id if side is Side.ASKING else self.asked_unit_id

    def organisation_id_of(self, side: Side) -> int:
        return self.asking_organisation_id if side is Side.ASKING else self.asked_organisation_id

    def unit_of(self, side: Side) -> Unit:
        return self.asking_unit if side is Side.ASKING else self.asked_unit

    def organisation_of(self, side: Side) -> Organisation:
        return self.asking_organisation if side is Side.ASKING else self.asked_organisation


class PartnershipEvent(Base):
    """What happened to the partnership, for its timeline. Rows are added, never altered."""

    __tablename__ = "partnership_event"
    __table_args__ = (
        CheckConstraint("(kind = 'stage') <= (stage IS NOT NULL)", name="stage_is_named"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    kind: Mapped[PartnershipEventKind]
    stage: Mapped[PartnershipStage | None]
    side: Mapped[Side]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=utc_now)

    person: Mapped[Person] = relationship()


class Counterpart(Base):
    """Somebody named by one side, with what they want from the partnership. Both sides see it, only theirs edits it.

    ``works_with_id`` is their counterpart on the other side (head of HR and dean), within the same partnership.
    """

    __tablename__ = "counterpart"
    __table_args__ = (
        UniqueConstraint("id", "partnership_id"),
        ForeignKeyConstraint(
            ["works_with_id", "partnership_id"], ["counterpart.id", "counterpart.partnership_id"]
        ),
        Index(
            "uq_counterpart_current",
            "partnership_id",
            "side",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    side: Mapped[Side]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    part: Mapped[str] = mapped_column(default="")
    goals: Mapped[str] = mapped_column(default="")
    works_with_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    partnership: Mapped[Partnership] = relationship(
        back_populates="counterparts", foreign_keys=[partnership_id]
    )
    person: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}


class PrivateGoal(Base):
    """What somebody wants and does not tell the other side. In a table of its own, so that no page that loads
    counterparts loads it by accident.
    """

    __tablename__ = "private_goal"
    __table_args__ = (UniqueConstraint("counterpart_id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    counterpart_id: Mapped[int] = mapped_column(ForeignKey("counterpart.id"))
    text: Mapped[str]


class ExpectationLetter(Base):
    """What one side expects both to accomplish. A draft belongs to its side; once sent, both sides read it and nobody
    changes it.
    """

    __tablename__ = "expectation_letter"
    __table_args__ = (
        Index(
            "uq_expectation_letter_draft",
            "partnership_id",
            "side",
            unique=True,
            sqlite_where=text("sent_at IS NULL"),
            postgresql_where=text("sent_at IS NULL"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    side: Mapped[Side]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    sent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    partnership: Mapped[Partnership] = relationship(back_populates="letters")
    author: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}
