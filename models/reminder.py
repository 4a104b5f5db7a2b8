"""Reminders as rows with a due time: what is due while nobody works waits, and is swept up afterwards.

What a reminder says, and whether it still applies, is known by the feature that asked for it (``web/reminders.py``).
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.once import add_once


class ReminderState(StrEnum):
    """``obsolete``: forgotten by its feature, or it no longer applied when it was due. ``lapsed``: its time was over
    before anybody could send it.
    """

    WAITING = "waiting"
    SENT = "sent"
    OBSOLETE = "obsolete"
    LAPSED = "lapsed"


class Reminder(Base):
    """One reminder of one person about one record. ``key`` = kind + record + person + occurrence.

    ``due_at`` is when it was meant for, ``try_at`` when the sweep looks at it next (later after an error, which
    ``last_error`` names). From ``lapses_at`` on it is worth nothing.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        Index("ix_reminder_state_try_at", "state", "try_at"),
        Index("ix_reminder_kind_record_id", "kind", "record_id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    record_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    occurrence: Mapped[str]
    due_at: Mapped[datetime]
    lapses_at: Mapped[datetime | None]
    state: Mapped[ReminderState] = mapped_column(default=ReminderState.WAITING)
    try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    settled_at: Mapped[datetime | None]


def remind(
    session: Session,
    kind: str,
    record_id: int,
    person_id: int,
    due_at: datetime,
    occurrence: str,
    lapses_at: datetime | None = None,
) -> Reminder:
    """Remind this person at ``due_at``, once for each ``occurrence`` ("day 7", "the day before, move 2").

    Asking again with the same occurrence moves the reminder to the new times, also one that was forgotten; one that
    was sent or lapsed stays as it is. Give ``lapses_at`` to whatever would be silly later: "your meeting is
    tomorrow". Within the current write transaction.
    """
    key = f"{kind}:{record_id}:{person_id}:{occurrence}"
    values = {
        "key": key,
        "kind": kind,
        "record_id": record_id,
        "person_id": person_id,
        "occurrence": occurrence,
        "due_at": due_at,
        "lapses_at": lapses_at,
        "try_at": due_at,
    }
    is_new = add_once(session, Reminder, "key", values)
    reminder = session.scalars(select(Reminder).where(Reminder.key == key).with_for_update()).one()
    if not is_new and reminder.state in {ReminderState.WAITING, ReminderState.OBSOLETE}:
        _move(reminder, due_at, lapses_at)
    return reminder


def _move(reminder: Reminder, due_at: datetime, lapses_at: datetime | None) -> None:
    is_as_it_was = (reminder.due_at, reminder.lapses_at) == (due_at, lapses_at)
    if reminder.state is ReminderState.WAITING and is_as_it_was:
        return
    reminder.state = ReminderState.WAITING
    reminder.settled_at = None
    reminder.due_at = due_at
    reminder.lapses_at = lapses_at
    reminder.try_at = due_at
    reminder.attempts = 0
    reminder.last_error = ""


def forget_reminders(
    session: Session, kind: str, record_id: int, now: datetime | None = None, person_id: int | None = None
) -> int:
    """Settle every waiting reminder of this kind about this record (of one person, if named); return how many.

    Within the current write transaction. A mail that a reminder has already put into the outbox is asked about once
    more before it is sent, so it needs no forgetting.
    """
    waiting = [
        Reminder.kind == kind,
        Reminder.record_id == record_id,
        Reminder.state == ReminderState.WAITING,
    ]
    if person_id is not None:
        waiting.append(Reminder.person_id == person_id)
    change = update(Reminder).values(state=ReminderState.OBSOLETE, settled_at=now or utc_now())
    return len(session.scalars(change.where(*waiting).returning(Reminder.id)).all())
