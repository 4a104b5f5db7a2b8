"""A person's taken time: held by a slot that their side offered, or firm by a meeting. No two of a person overlap.

Two walls stand behind each other. Whoever holds or books first takes the place of the people concerned (SQLite has one
writer; PostgreSQL locks their rows), looks, and only then writes. And the database itself refuses: by an exclusion
constraint on PostgreSQL, by a trigger on SQLite. Rows are written and deleted, never changed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    DDL,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    and_,
    delete,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base
from models.person import Person

NO_OVERLAP = "ex_booking_person_id_no_overlap"
NO_OVERLAP_TRIGGER = """
CREATE TRIGGER ex_booking_person_id_no_overlap BEFORE INSERT ON booking
WHEN EXISTS (
    SELECT 1 FROM booking WHERE person_id = NEW.person_id
    AND starts_at < NEW.ends_at AND NEW.starts_at < ends_at
)
BEGIN SELECT RAISE(ABORT, 'two bookings of one person overlap'); END
"""


class Booking(Base):
    """One person is taken from ``starts_at`` until right before ``ends_at``: by a slot or by a meeting."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="has_length"),
        CheckConstraint("(slot_id IS NULL) <> (meeting_id IS NULL)", name="slot_or_meeting"),
        # Without btree_gist there is no equality in such a constraint: a range of one id stands for the person.
        ExcludeConstraint(
            (text("int8range(person_id, person_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name=NO_OVERLAP,
        ).ddl_if(dialect="postgresql"),
        Index("ix_booking_person_id_starts_at", "person_id", "starts_at"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"), index=True)


event.listen(
    Booking.__table__,
    "after_create",
    DDL(NO_OVERLAP_TRIGGER).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call] # SQLAlchemy's own.
)


@dataclass(frozen=True)
class Conflict:
    """Somebody is taken already; ``is_firm`` by a meeting, else only by a time that their side offered elsewhere."""

    person_id: int
    person_name: str
    starts_at: datetime
    ends_at: datetime
    slot_id: int | None
    meeting_id: int | None

    @property
    def is_firm(self) -> bool:
        return self.meeting_id is not None


class BookingConflict(Exception):  # noqa: N818 - It is an answer about the world, not an error of the program.
    """Somebody has a meeting at this time. ``conflicts`` says who, and when; there is at least one."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        taken = ", ".join(f"{one.person_name} {one.starts_at:%Y-%m-%d %H:%M} UTC" for one in conflicts)
        super().__init__(f"taken already: {taken}")
        self.conflicts = conflicts


def conflicts(
    session: Session,
    person_ids: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    except_meeting_id: int | None = None,
    except_slot_ids: Collection[int] = (),
) -> list[Conflict]:
    """What these people have at this time already, meetings first; to warn by. Only ``hold`` and ``book`` decide."""
    others = _overlaps(person_ids, starts_at, ends_at)
    if except_meeting_id is not None:
        others = and_(others, Booking.meeting_id.is_distinct_from(except_meeting_id))
    if except_slot_ids:
        others = and_(others, func.coalesce(Booking.slot_id, 0).not_in(except_slot_ids))
    rows = session.execute(
        select(Booking, Person.name)
        .join(Person, Person.id == Booking.person_id)
        .where(others)
        .order_by(Booking.meeting_id.is_(None), Booking.starts_at, Booking.id)
    )
    return [
        Conflict(
            person_id=booking.person_id,
            person_name=name,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            slot_id=booking.slot_id,
            meeting_id=booking.meeting_id,
        )
        for booking, name in rows
    ]


def hold(
    session: Session, slot_id: int, starts_at: datetime, ends_at: datetime, person_ids: Collection[int]
) -> list[Conflict]:
    """Keep an offered time free for whoever is still free then; return what the others have instead.

    Needs a write transaction. The times of one proposal must not overlap each other.
    """
    _take_place_of(session, person_ids)
    taken = conflicts(session, person_ids, starts_at, ends_at)
    free = set(person_ids) - {conflict.person_id for conflict in taken}
    for person_id in sorted(free):
        session.add(Booking(person_id=person_id, starts_at=starts_at, ends_at=ends_at, slot_id=slot_id))
    session.flush()
    return taken


def book(
    session: Session, meeting_id: int, starts_at: datetime, ends_at: datetime, person_ids: Collection[int]
) -> list[Conflict]:
    """Take this time for a meeting in place of what the meeting had before; return the mere holds that gave way.

    Needs a write transaction. Raises BookingConflict, with nothing changed, if one of them has another meeting then.
    """
    _take_place_of(session, person_ids)
    taken = conflicts(session, person_ids, starts_at, ends_at, except_meeting_id=meeting_id)
    firm = [conflict for conflict in taken if conflict.is_firm]
    if firm:
        raise BookingConflict(firm)
    release(session, meeting_id=meeting_id)
    session.execute(delete(Booking).where(_overlaps(person_ids, starts_at, ends_at)))
    for person_id in sorted(set(person_ids)):
        session.add(Booking(person_id=person_id, starts_at=starts_at, ends_at=ends_at, meeting_id=meeting_id))
    session.flush()
    return taken


def release(session: Session, meeting_id: int | None = None, slot_ids: Collection[int] = ()) -> None:
    """Give back the time that this meeting took, or that these slots held. Needs a write transaction."""
    if meeting_id is not None:
        session.execute(delete(Booking).where(Booking.meeting_id == meeting_id))
    if slot_ids:
        session.execute(delete(Booking).where(Booking.slot_id.in_(slot_ids)))


def _overlaps(person_ids: Collection[int], starts_at: datetime, ends_at: datetime) -> ColumnElement[bool]:
    return and_(Booking.person_id.in_(person_ids), Booking.starts_at < ends_at, Booking.ends_at > starts_at)


def _take_place_of(session: Session, person_ids: Collection[int]) -> None:
    """Let nobody else book these people until our commit. In the order of their ids, so that no two wait for each
    other. SQLite's one writer needs no such lock and ignores it.
    """
    session.execute(
        select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update(key_share=True)
    ).all()
