"""What reminders say, and the sweep that turns the due ones into mail.

A feature asks with ``models.reminder.remind`` and registers with ``reminds`` what its kind of reminder says, or with
``reminds_together`` what one letter says of all that are due for one person.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.outbox import BACK_OFF, OutboxMail
from models.person import Person
from models.reminder import Reminder, ReminderState
from web.letters import Letter, enqueue_letter, words_for
from web.mail import still_applies

# How the kind of every mail that a reminder became begins; its record is the reminder.
REMINDER_MAIL = "reminder."

logger = logging.getLogger("counterpart.reminders")

Wording = Callable[[Session, Reminder], Letter | None]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Gathering:
    """What each reminder adds to a letter of several, and the letter; they agree on what a part is."""

    part_of: Callable[[Session, Reminder], Any]
    letter_of: Callable[[Sequence[Any]], Letter]


_wordings: dict[str, Wording] = {}
_gatherings: dict[str, Gathering] = {}


def reminds(kind: str) -> Callable[[Wording], Wording]:
    """Register the function that says what a due reminder of this kind tells: a letter, or None if it no longer
    applies.

    It is called in the person's language and time zone when the reminder is due, and again just before its mail is
    sent. It only reads. Links come from ``public_url``; there is no current user.
    """

    def register(wording: Wording) -> Wording:
        _wordings[kind] = wording
        still_applies(REMINDER_MAIL + kind)(_still_applies)
        return wording

    return register


def reminds_together(
    kind: str, letter_of: Callable[[Sequence[Part]], Letter]
) -> Callable[[Callable[[Session, Reminder], Part | None]], Callable[[Session, Reminder], Part | None]]:
    """Register the function that says what a due reminder of this kind adds to a letter, or None if it no longer
    applies. All that are due for one person at once become one letter, by ``letter_of``, which gets one part or more.

    The function is called as one of ``reminds`` is. The mail is sent while any of what it tells still applies.
    """

    def register(
        part_of: Callable[[Session, Reminder], Part | None],
    ) -> Callable[[Session, Reminder], Part | None]:
        _gatherings[kind] = Gathering(part_of, letter_of)
        still_applies(REMINDER_MAIL + kind)(_still_applies)
        return part_of

    return register


def sweep_reminders(session: Session, now: datetime) -> int:
    """Put every due reminder into the outbox, each letter in one transaction of its own; return how many reminders.

    Needs a request context for the links (``web.jobs.running`` makes one). A reminder that raises stays, with its
    error, and is tried again later; the others are not kept waiting.
    """
    sent = 0
    while (reminder_id := _next_due(session, now)) is not None:
        try:
            sent += _settle(session, reminder_id, now)
        except Exception as error:
            session.rollback()
            _note_failure(session, reminder_id, now, error)
    return sent


def reader_of(session: Session, reminder: Reminder) -> Person | None:
    """The person whom it reminds, or who they were merged into. None: they left."""
    person: Person | None = session.get_one(Person, reminder.person_id)
    while person is not None and person.merged_into_id is not None:
        person = session.get(Person, person.merged_into_id)
    return person if person is not None and person.left_at is None else None


def _next_due(session: Session, now: datetime) -> int | None:
    # Ends the reading snapshot, or each look would see the same moment again.
    session.rollback()
    due = and_(Reminder.state == ReminderState.WAITING, Reminder.try_at <= now)
    return session.scalar(select(Reminder.id).where(due).order_by(Reminder.try_at, Reminder.id).limit(1))


def _settle(session: Session, reminder_id: int, now: datetime) -> int:
    """Enqueue its mail and mark it, in one transaction, with those that belong into the same letter; return how many
    there were to send.
    """
    begin_write(session)
    # Another sweep that has it waits here on PostgreSQL, and began its write transaction before us on SQLite.
    due = select(Reminder).where(
        Reminder.id == reminder_id, Reminder.state == ReminderState.WAITING, Reminder.try_at <= now
    )
    reminder = session.scalar(due.with_for_update())
    if reminder is None:
        session.rollback()
        return 0
    told = _enqueue(session, _due_with(session, reminder, now), now)
    session.commit()
    return told


def _due_with(session: Session, reminder: Reminder, now: datetime) -> list[Reminder]:
    """It, and what is due beside it for one letter. What raised once is told alone, so that it keeps no other back."""
    if reminder.kind not in _gatherings or reminder.attempts:
        return [reminder]
    due = select(Reminder).where(
        Reminder.kind == reminder.kind,
        Reminder.person_id == reminder.person_id,
        Reminder.state == ReminderState.WAITING,
        Reminder.try_at <= now,
        Reminder.attempts == 0,
    )
    return list(session.scalars(due.order_by(Reminder.id).with_for_update()))


def _enqueue(session: Session, reminders: Sequence[Reminder], now: datetime) -> int:
    """Write the letter of these, settle each, and return how many it tells of."""
    waiting = [reminder for reminder in reminders if not _has_lapsed(reminder, now)]
    reader = reader_of(session, reminders[0])
    told: list[Reminder] = []
    if waiting and reader is not None:
        with words_for(reader):
            told, letter = _letter_of(session, waiting)
        if letter is not None:
            first = told[0]
            enqueue_letter(session, REMINDER_MAIL + first.kind, first.id, reader, first.occurrence, letter)
    for reminder in reminders:
        reminder.state = ReminderState.SENT if reminder in told else ReminderState.OBSOLETE
        if reminder not in waiting:
            reminder.state = ReminderState.LAPSED
        reminder.settled_at = now
        reminder.last_error = ""
    return len(told)


def _letter_of(session: Session, reminders: Sequence[Reminder]) -> tuple[list[Reminder], Letter | None]:
    """Those that still apply, and the letter that tells of them, if any."""
    gathering = _gatherings.get(reminders[0].kind)
    if gathering is None:
        [reminder] = reminders
        letter = _wordings[reminder.kind](session, reminder)
        return ([reminder] if letter is not None else []), letter
    parts = [(reminder, gathering.part_of(session, reminder)) for reminder in reminders]
    applying = [(reminder, part) for reminder, part in parts if part is not None]
    if not applying:
        return [], None
    told = [reminder for reminder, _part in applying]
    return told, gathering.letter_of([part for _reminder, part in applying])


def _has_lapsed(reminder: Reminder, now: datetime) -> bool:
    return reminder.lapses_at is not None and reminder.lapses_at <= now


def _note_failure(session: Session, reminder_id: int, now: datetime, error: Exception) -> None:
    """Keep the reminder for later. It is never given up: only its feature knows when it is worth nothing."""
    # The words of an error may repeat a private text, so only what kind it was is kept.
    reason = type(error).__name__
    logger.exception("reminder %d could not be written", reminder_id)
    begin_write(session)
    reminder = session.get_one(Reminder, reminder_id)
    reminder.last_error = reason
    reminder.try_at = now + BACK_OFF[min(reminder.attempts, len(BACK_OFF) - 1)]
    reminder.attempts += 1
    session.commit()


def _still_applies(session: Session, mail: OutboxMail) -> bool:
    """Asked just before the mail is sent, which may be days after it was written."""
    reminder = session.get(Reminder, mail.record_id) if mail.record_id else None
    if reminder is None:
        return False
    now = utc_now()
    waiting = [each for each in _told_with(session, reminder) if not _has_lapsed(each, now)]
    reader = reader_of(session, reminder)
    if reader is None or not waiting:
        return False
    with words_for(reader):
        return _letter_of(session, waiting)[1] is not None


def _told_with(session: Session, reminder: Reminder) -> list[Reminder]:
    """It, and those that the same letter tells of: they were settled with it, at the same moment."""
    if reminder.kind not in _gatherings or reminder.attempts:
        return [reminder]
    told = select(Reminder).where(
        Reminder.kind == reminder.kind,
        Reminder.person_id == reminder.person_id,
        Reminder.state == ReminderState.SENT,
        Reminder.settled_at == reminder.settled_at,
        Reminder.attempts == 0,
    )
    return list(session.scalars(told.order_by(Reminder.id)))
