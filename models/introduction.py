"""Introductions: one unit's request to meet another, the times that the two propose to each other, and their thread.

Everything here is seen by both sides; what one side keeps to itself hangs on its ``Relationship``. Rows beneath an
introduction carry the ``side`` that wrote them and no organisation of their own, so that none can name a third one.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.meeting import Meeting, MeetingMode
from models.organisation import Organisation, Unit
from models.person import Person
from models.post import Post
from models.side import Side

# A request that nobody answers ends after this time; halfway there the asked side is reminded once.
LIFE_OF_A_REQUEST = timedelta(days=21)
# After a decline the asking organisation leaves the asked unit alone for this time.
COOL_DOWN = timedelta(days=90)
# More unanswered requests than this at once are too many for one unit to answer well.
MOST_PENDING_REQUESTS = 10
SLOTS_IN_A_PROPOSAL = 3


class IntroductionState(StrEnum):
    """``proposed`` until the asked side answers. An accepted one stays accepted: further meetings belong to it."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class ProposalState(StrEnum):
    """``superseded`` by other times of the other side; ``closed`` when the introduction ended unanswered or the
    times were taken back.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class Introduction(Base):
    """One unit asks another for a meeting. ``addressed_to_id`` names one person of the asked side, if they allow it."""

    __tablename__ = "introduction"
    __table_args__ = (
        ForeignKeyConstraint(
            ["asking_unit_id", "asking_organisation_id"], ["unit.id", "unit.organisation_id"]
        ),
        ForeignKeyConstraint(["asked_unit_id", "asked_organisation_id"], ["unit.id", "unit.organisation_id"]),
        CheckConstraint("asking_unit_id <> asked_unit_id", name="two_units"),
        CheckConstraint("(state = 'proposed') = (answered_at IS NULL)", name="answered_when"),
        Index("ix_introduction_asked_unit_id_state", "asked_unit_id", "state"),
        Index("ix_introduction_asking_unit_id_state", "asking_unit_id", "state"),
        # What a card asks for: everything between its two units.
        Index("ix_introduction_asking_unit_id_asked_unit_id", "asking_unit_id", "asked_unit_id"),
        # No second request between the same two units while one waits.
        Index(
            "uq_introduction_waiting",
            "asking_unit_id",
            "asked_unit_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asking_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asking_unit_id: Mapped[int]
    asked_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_unit_id: Mapped[int]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    addressed_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str]
    hope: Mapped[str] = mapped_column(default="")
    offer: Mapped[str] = mapped_column(default="")
    state: Mapped[IntroductionState] = mapped_column(default=IntroductionState.PROPOSED)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column()

    asking_organisation: Mapped[Organisation] = relationship(foreign_keys=[asking_organisation_id])
    asked_organisation: Mapped[Organisation] = relationship(foreign_keys=[asked_organisation_id])
    asking_unit: Mapped[Unit] = relationship(
        primaryjoin="foreign(Introduction.asking_unit_id) == Unit.id", viewonly=True
    )
    asked_unit: Mapped[Unit] = relationship(
        primaryjoin="foreign(Introduction.asked_unit_id) == Unit.id", viewonly=True
    )
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    addressed_to: Mapped[Person | None] = relationship(foreign_keys=[addressed_to_id])
    people: Mapped[list["IntroductionPerson"]] = relationship(
        order_by="IntroductionPerson.id", cascade="all, delete-orphan"
    )
    posts: Mapped[list["IntroductionPost"]] = relationship(order_by="IntroductionPost.id")
    proposals: Mapped[list["Proposal"]] = relationship(order_by="Proposal.id", back_populates="introduction")
    messages: Mapped[list["ThreadMessage"]] = relationship(order_by="ThreadMessage.id")
    meetings: Mapped[list[Meeting]] = relationship(order_by=Meeting.starts_at, back_populates="introduction")

    __mapper_args__ = {"version_id_col": version}

    @property
    def open_proposal(self) -> "Proposal | None":
        """The times that wait for an answer, if any."""
        return next((proposal for proposal in self.proposals if proposal.state is ProposalState.OPEN), None)

    @property
    def turn(self) -> Side | None:
        """The side that has to answer: the one that did not make the open proposal. None: nobody."""
        if self.state not in {IntroductionState.PROPOSED, IntroductionState.ACCEPTED}:
            return None
        proposal = self.open_proposal
        return None if proposal is None else proposal.made_by.other

    def unit_id_of(self, side: Side) -> int:
        return self.asking_unit_id if side is Side.ASKING else self.asked_unit_id

    def unit_of(self, side: Side) -> Unit:
        return self.asking_unit if side is Side.ASKING else self.asked_unit

    def organisation_of(self, side: Side) -> Organisation:
        return self.asking_organisation if side is Side.ASKING else self.asked_organisation

    def people_of(self, side: Side) -> list[Person]:
        """Those of this side who take part, in the order in which they were named."""
        return [entry.person for entry in self.people if entry.side is side]


class IntroductionPerson(Base):
    """Somebody who takes part on one side. Both sides see their name; taking part opens thread and outcomes."""

    __tablename__ = "introduction_person"
    __table_args__ = (UniqueConstraint("introduction_id", "side", "person_id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    introduction_id: Mapped[int] = mapped_column(ForeignKey("introduction.id"))
    side: Mapped[Side]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    person: Mapped[Person] = relationship()


class IntroductionPost(Base):
    """A post that the request cites. Accepted introductions take up the post's places (``partner_limit``)."""

    __tablename__ = "introduction_post"
    __table_args__ = (UniqueConstraint("introduction_id", "post_id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    introduction_id: Mapped[int] = mapped_column(ForeignKey("introduction.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)

    post: Mapped[Post] = relationship()


class Proposal(Base):
    """Times that one side proposes, with where and how. The other side takes one, or proposes others."""

    __tablename__ = "proposal"
    __table_args__ = (
        Index(
            "uq_proposal_open",
            "introduction_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    introduction_id: Mapped[int] = mapped_column(ForeignKey("introduction.id"), index=True)
    made_by: Mapped[Side]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    guest_name: Mapped[str] = mapped_column(default="")
    mode: Mapped[MeetingMode] = mapped_column(default=MeetingMode.IN_PERSON)
    where: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.OPEN)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    answered_at: Mapped[datetime | None]

    introduction: Mapped[Introduction] = relationship(back_populates="proposals")
    person: Mapped[Person | None] = relationship()
    slots: Mapped[list["Slot"]] = relationship(order_by="Slot.starts_at", back_populates="proposal")


class Slot(Base):
    """One proposed time: what the clock on the wall shows, in which IANA zone, and the moments that this means."""

    __tablename__ = "slot"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="has_length"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    proposal: Mapped[Proposal] = relationship(back_populates="slots")


class ThreadMessage(Base):
    """A message of the short thread that belongs to an introduction. Both sides read it."""

    __tablename__ = "thread_message"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    introduction_id: Mapped[int] = mapped_column(ForeignKey("introduction.id"), index=True)
    side: Mapped[Side]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    guest_name: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    person: Mapped[Person | None] = relationship()


class AnswerLink(Base):
    """Leave for somebody without an account to answer the open proposal, by a signed link that names this row."""

    __tablename__ = "answer_link"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    introduction_id: Mapped[int] = mapped_column(ForeignKey("introduction.id"), index=True)
    side: Mapped[Side]
    name: Mapped[str]
    email: Mapped[str]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]

    introduction: Mapped[Introduction] = relationship()
