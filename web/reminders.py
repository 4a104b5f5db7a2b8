"""What reminders say, and the sweep that turns the due ones into mail.

A feature asks with ``models.reminder.remind`` and registers with ``reminds`` what its kind of reminder says.
"""

import logging
from collections.abc import Callable
from datetime import datetime

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
_wordings: dict[str, Wording] = {}


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


def sweep_reminders(session: Session, now: datetime) -> int:
    """Put every due reminder into the outbox, each in one transaction of its own; return how many.

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


def _settle(session: Session, reminder_id: int, now: datetime) -> bool:
    """Enqueue its mail and mark it, in one transaction; return whether there was something to send."""
    begin_write(session)
    # Another sweep that has it waits here on PostgreSQL, and began its write transaction before us on SQLite.
    due = select(Reminder).where(
        Reminder.id == reminder_id, Reminder.state == ReminderState.WAITING, Reminder.try_at <= now
    )
    reminder = session.scalar(due.with_for_update())
    if reminder is None:
        session.rollback()
        return False
    reminder.state = _outcome(session, reminder, now)
    reminder.settled_at = now
    reminder.last_error = ""
    session.commit()
    return reminder.state is ReminderState.SENT


def _outcome(session: Session, reminder: Reminder, now: datetime) -> ReminderState:
    if reminder.lapses_at is not None and reminder.lapses_at <= now:
        return ReminderState.LAPSED
    reader = reader_of(session, reminder)
    if reader is None:
        return ReminderState.OBSOLETE
    with words_for(reader):
        letter = _wordings[reminder.kind](session, reminder)
    if letter is None:
        return ReminderState.OBSOLETE
    kind = REMINDER_MAIL + reminder.kind
    enqueue_letter(session, kind, reminder.id, reader, reminder.occurrence, letter)
    return ReminderState.SENT


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
    if reminder.lapses_at is not None and reminder.lapses_at <= utc_now():
        return False
    reader = reader_of(session, reminder)
    if reader is None:
        return False
    with words_for(reader):
        return _wordings[reminder.kind](session, reminder) is not None
