"""Relationships: what one of our units has going with one unit of a partner, as our side alone sees it.

The other side of the same dealings has a row of its own. Nothing in this file is ever shown to the partner.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now, words_named
from models.organisation import Organisation, Unit
from models.person import Person

QUIET_AFTER_DAYS = 21
COLD_AFTER_DAYS = 60


class Stage(StrEnum):
    """How far the two have come, in this order; ``closed`` ends the road from anywhere."""

    SUGGESTED = "suggested"
    INTRODUCED = "introduced"
    MEETING = "meeting"
    FOLLOW_UP = "follow_up"
    PARTNERSHIP = "partnership"
    CLOSED = "closed"

    @property
    def position(self) -> int:
        return list(Stage).index(self)


class ClosedReason(StrEnum):
    NO_INTEREST = "no_interest"
    NO_ANSWER = "no_answer"
    WRONG_TIME = "wrong_time"
    NO_CAPACITY = "no_capacity"
    OTHER_PARTNER = "other_partner"
    COMPLETED = "completed"
    PARTNER_GONE = "partner_gone"
    OTHER = "other"


class ContactKind(StrEnum):
    """How the two were in touch. ``message`` is one in the thread of an introduction."""

    MEETING = "meeting"
    CALL = "call"
    MAIL = "mail"
    MESSAGE = "message"
    VISIT = "visit"


# A call or a mail is no meeting, so neither brings a card to that stage.
MEETING_KINDS = (ContactKind.VISIT, ContactKind.MEETING)


class Direction(StrEnum):
    """Who was heard: ``ours`` (we wrote), ``theirs`` (they answered), ``both`` (we talked)."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"


class Quietness(StrEnum):
    """How long nobody was in touch, against the two thresholds of the relationship."""

    FRESH = "fresh"
    QUIET = "quiet"
    COLD = "cold"


class Relationship(Base):
    """One card of our pipeline. ``last_contact_at`` repeats the newest contact so that lists can sort by it;
    only ``note_contact`` sets it. ``cadence_from`` is when the running cadence began to count, None: none runs.
    """

    __tablename__ = "relationship"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "organisation_id"], ["unit.id", "unit.organisation_id"]),
        ForeignKeyConstraint(["partner_unit_id", "partner_id"], ["unit.id", "unit.organisation_id"]),
        ForeignKeyConstraint(["cadence_id", "organisation_id"], ["cadence.id", "cadence.organisation_id"]),
        UniqueConstraint("unit_id", "partner_unit_id"),
        UniqueConstraint("id", "organisation_id"),
        CheckConstraint("unit_id <> partner_unit_id", name="two_units"),
        CheckConstraint("(stage = 'closed') = (closed_reason IS NOT NULL)", name="closed_with_reason"),
        CheckConstraint(
            "0 < quiet_after_days AND quiet_after_days < cold_after_days", name="thresholds_in_order"
        ),
        Index("ix_relationship_unit_id_stage", "unit_id", "stage"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    partner_unit_id: Mapped[int]
    stage: Mapped[Stage] = mapped_column(default=Stage.SUGGESTED)
    stage_since: Mapped[datetime] = mapped_column(default=utc_now)
    closed_reason: Mapped[ClosedReason | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sponsor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    cadence_id: Mapped[int | None]
    cadence_from: Mapped[datetime | None]
    quiet_after_days: Mapped[int] = mapped_column(default=QUIET_AFTER_DAYS)
    cold_after_days: Mapped[int] = mapped_column(default=COLD_AFTER_DAYS)
    last_contact_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    version: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])
    partner: Mapped[Organisation] = relationship(foreign_keys=[partner_id])
    unit: Mapped[Unit] = relationship(primaryjoin="foreign(Relationship.unit_id) == Unit.id", viewonly=True)
    partner_unit: Mapped[Unit] = relationship(
        primaryjoin="foreign(Relationship.partner_unit_id) == Unit.id", viewonly=True
    )
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    sponsor: Mapped[Person | None] = relationship(foreign_keys=[sponsor_id])
    people: Mapped[list["RelationshipPerson"]] = relationship(order_by="RelationshipPerson.id")
    contacts: Mapped[list["Contact"]] = relationship(order_by="Contact.at.desc()")
    notes: Mapped[list["PrivateNote"]] = relationship(order_by="PrivateNote.id.desc()")
    stage_changes: Mapped[list["StageChange"]] = relationship(order_by="StageChange.id")

    __mapper_args__ = {"version_id_col": version}

    def days_quiet(self, now: datetime) -> int:
        """Whole days since anybody was in touch; before the first contact since the row was made."""
        return (now - (self.last_contact_at or self.created_at)) // timedelta(days=1)


class RelationshipPerson(Base):
    """Somebody of our organisation who takes part: may read our notes and outcomes without being the office."""

    __tablename__ = "relationship_person"
    __table_args__ = (UniqueConstraint("relationship_id", "person_id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    person: Mapped[Person] = relationship()


class StageChange(Base):
    """One move on the board. ``batch`` joins the moves of one bulk action, so that they are undone together."""

    __tablename__ = "stage_change"
    __table_args__ = (Index("ix_stage_change_batch", "batch"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    from_stage: Mapped[Stage] = mapped_column(words_named(Stage, "from_stage"))
    from_reason: Mapped[ClosedReason | None] = mapped_column(words_named(ClosedReason, "from_reason"))
    to_stage: Mapped[Stage] = mapped_column(words_named(Stage, "to_stage"))
    to_reason: Mapped[ClosedReason | None] = mapped_column(words_named(ClosedReason, "to_reason"))
    batch: Mapped[str | None]
    undone_at: Mapped[datetime | None]


class Contact(Base):
    """We were in touch. ``note`` is our own; a meeting that was held leaves a contact on both sides.

    ``batch`` is that of the move on the board for which it was written down.
    """

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_relationship_id_at", "relationship_id", "at"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"))
    at: Mapped[datetime]
    kind: Mapped[ContactKind]
    direction: Mapped[Direction]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    note: Mapped[str] = mapped_column(default="")
    batch: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class PrivateNote(Base):
    """What one side keeps to itself: after a meeting, on declining, or just so."""

    __tablename__ = "private_note"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    person: Mapped[Person] = relationship()


def relationship_between(session: Session, unit: Unit, partner_unit: Unit) -> Relationship:
    """Our side's relationship with this unit, made in stage *suggested* if there is none. Flushes, so it has its id."""
    found = session.scalar(
        select(Relationship).where(
            Relationship.unit_id == unit.id, Relationship.partner_unit_id == partner_unit.id
        )
    )
    if found is not None:
        return found
    made = Relationship(
        organisation_id=unit.organisation_id,
        unit_id=unit.id,
        partner_id=partner_unit.organisation_id,
        partner_unit_id=partner_unit.id,
    )
    session.add(made)
    session.flush()
    return made


def take_part(session: Session, ours: Relationship, person_id: int) -> None:
    """Let this person of our organisation read what our side keeps about the relationship."""
    if all(entry.person_id != person_id for entry in ours.people):
        ours.people.append(RelationshipPerson(person_id=person_id))


def move_stage(
    session: Session,
    ours: Relationship,
    to_stage: Stage,
    person_id: int | None,
    now: datetime,
    reason: ClosedReason | None = None,
    batch: str | None = None,
) -> None:
    """Move the card and keep the move. Does nothing where it already stands there for the same reason."""
    if ours.stage is to_stage and ours.closed_reason is reason:
        return
    session.add(
        StageChange(
            relationship_id=ours.id,
            at=now,
            person_id=person_id,
            from_stage=ours.stage,
            from_reason=ours.closed_reason,
            to_stage=to_stage,
            to_reason=reason,
            batch=batch,
        )
    )
    ours.stage = to_stage
    ours.closed_reason = reason
    ours.stage_since = now


def advance_stage(
    session: Session, ours: Relationship, to_stage: Stage, person_id: int | None, now: datetime
) -> None:
    """Move the card on because of what happened; never back, except that a closed card is opened again."""
    if ours.stage is Stage.CLOSED or ours.stage.position < to_stage.position:
        move_stage(session, ours, to_stage, person_id, now)


def note_contact(
    session: Session,
    ours: Relationship,
    at: datetime,
    kind: ContactKind,
    direction: Direction,
    person_id: int | None,
    note: str = "",
    meeting_id: int | None = None,
) -> Contact:
    """Keep that the two were in touch; ``at`` may lie in the past, when a call is written down later."""
    contact = Contact(
        relationship_id=ours.id,
        at=at,
        kind=kind,
        direction=direction,
        person_id=person_id,
        note=note,
        meeting_id=meeting_id,
    )
    session.add(contact)
    if ours.last_contact_at is None or ours.last_contact_at < at:
        ours.last_contact_at = at
    return contact
