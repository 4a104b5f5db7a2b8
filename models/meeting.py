"""Meetings: agreed dates of two sides, with the wall time as people agreed on it and the moments that it means."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.person import Person
from models.side import Side

if TYPE_CHECKING:
    from models.introduction import Introduction


class MeetingMode(StrEnum):
    IN_PERSON = "in_person"
    VIDEO = "video"
    PHONE = "phone"


class MeetingState(StrEnum):
    """``scheduled`` until somebody says whether it was held. A moved meeting stays the same meeting."""

    SCHEDULED = "scheduled"
    HELD = "held"
    NOT_HELD = "not_held"
    CANCELLED = "cancelled"


class Attendance(StrEnum):
    """What an attendee answered; the words of the calendar standard are made of them."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Meeting(Base):
    """``where`` is the place, the link or the number, as ``mode`` says. ``uid`` never changes and ``sequence`` rises
    with every change, so that calendars know it again (RFC 5545, 3.8.7.4).
    """

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="has_length"),
        Index("ix_meeting_state_ends_at", "state", "ends_at"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    introduction_id: Mapped[int] = mapped_column(ForeignKey("introduction.id"), index=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organiser_side: Mapped[Side]
    title: Mapped[str]
    mode: Mapped[MeetingMode]
    where: Mapped[str] = mapped_column(default="")
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.SCHEDULED)
    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    cancelled_reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
    version: Mapped[int] = mapped_column()

    introduction: Mapped["Introduction"] = relationship(back_populates="meetings")
    organiser: Mapped[Person] = relationship()
    attendees: Mapped[list["MeetingAttendee"]] = relationship(
        order_by="MeetingAttendee.id", back_populates="meeting"
    )

    __mapper_args__ = {"version_id_col": version}

    def lacks_outcome(self, now: datetime) -> bool:
        """It is over and nobody has said yet whether it was held."""
        return self.state is MeetingState.SCHEDULED and self.ends_at <= now


class MeetingAttendee(Base):
    """A person, or a guest without an account by name and address."""

    __tablename__ = "meeting_attendee"
    __table_args__ = (
        UniqueConstraint("meeting_id", "email"),
        Index("ix_meeting_attendee_person_id", "person_id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    side: Mapped[Side]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    email: Mapped[str]
    attendance: Mapped[Attendance] = mapped_column(default=Attendance.WAITING)

    meeting: Mapped[Meeting] = relationship(back_populates="attendees")
    person: Mapped[Person | None] = relationship()
