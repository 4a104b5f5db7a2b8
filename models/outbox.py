"""The outbox: mail as rows of the business transaction, sent by the worker afterwards.

Enqueued once (the key is unique), delivered at least once: a crash between sending and marking sends again, and the
Message-ID, which derives from the key, lets the receiving side recognise it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.once import add_once

# Longer than the slowest mail server may take for one mail, or a second worker would send it, too.
LEASE = timedelta(minutes=5)
# Waiting time before the next attempt; after the last one the row is marked failed and shown to the operator.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(hours=24),
)
# After so long nobody asks any more what a mail said, and the records that it told of say it themselves.
WORDS_KEPT = timedelta(days=90)


class MailState(StrEnum):
    """``obsolete``: no longer applied when its turn came (the request was withdrawn), so it was never
    sent.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    OBSOLETE = "obsolete"


@dataclass(frozen=True)
class CalendarPart:
    """A calendar's message in a mail: ``method`` is REQUEST, CANCEL or REPLY, the same as in the ICS ``text``."""

    method: str
    text: str


class OutboxMail(Base):
    """One mail to one recipient. ``key`` = kind + record + recipient + occurrence; ``leased_until`` keeps
    workers apart.

    ``attempts`` decides when it is given up; ``unanswered`` counts those since the last answer at which no server was
    there to judge it, and decides nothing.
    ``html`` is None for nearly all: the worker makes it from the body. ``locale`` is the language of the words.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_state_due_at", "state", "due_at"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    record_id: Mapped[int | None]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str | None]
    calendar_method: Mapped[str | None]
    calendar_text: Mapped[str | None]
    unsubscribe_url: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en", server_default="en")
    state: Mapped[MailState] = mapped_column(default=MailState.QUEUED)
    due_at: Mapped[datetime] = mapped_column(default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    unanswered: Mapped[int] = mapped_column(default=0, server_default="0")
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    sent_at: Mapped[datetime | None]


def enqueue_mail(
    session: Session,
    kind: str,
    record_id: int | None,
    recipient: str,
    occurrence: str,
    subject: str,
    body: str,
    html: str | None = None,
    due_at: datetime | None = None,
    calendar: CalendarPart | None = None,
    unsubscribe_url: str | None = None,
    locale: str = "en",
) -> OutboxMail:
    """Add the mail to the current write transaction, or give back the row that this key already has.

    Two writers at the same moment get the same row. ``unsubscribe_url`` goes into the mail's header; it must stop
    these mails on a POST without a forgery token, which is what mail programs send (RFC 8058).
    """
    key = f"{kind}:{record_id or 0}:{recipient.lower()}:{occurrence}"
    values = {
        "key": key,
        "kind": kind,
        "record_id": record_id,
        "recipient": recipient,
        "subject": subject,
        "body": body,
        "html": html,
        "calendar_method": calendar.method if calendar else None,
        "calendar_text": calendar.text if calendar else None,
        "unsubscribe_url": unsubscribe_url,
        "locale": locale,
        "due_at": due_at or utc_now(),
    }
    add_once(session, OutboxMail, "key", values)
    return session.scalars(select(OutboxMail).where(OutboxMail.key == key)).one()


def try_again(session: Session, mail_id: int, now: datetime) -> bool:
    """Queue a mail that was given up, with all its attempts before it; return whether it could be.

    Account mail cannot: its words were forgotten when it was given up.
    """
    fresh = {"state": MailState.QUEUED, "due_at": now, "attempts": 0, "leased_until": None}
    failed = (OutboxMail.id == mail_id, OutboxMail.state == MailState.FAILED, OutboxMail.body != "")
    return (
        session.scalar(update(OutboxMail).where(*failed).values(fresh).returning(OutboxMail.id)) is not None
    )


def forget_old_words(session: Session, now: datetime, most: int) -> int:
    """Empty what mails said that were settled long ago, at most so many at once; return how many.

    Within the current write transaction. The row stays with its key, so that nothing is ever sent a second time; a
    mail that was given up stays whole, because it may be tried again.
    """
    is_settled = OutboxMail.state.in_((MailState.SENT, MailState.OBSOLETE))
    # Account mail has lost its body already.
    has_words = or_(OutboxMail.body != "", OutboxMail.subject != "")
    old = select(OutboxMail.id).where(
        is_settled, has_words, OutboxMail.created_at < now - WORDS_KEPT, OutboxMail.due_at < now - WORDS_KEPT
    )
    nothing = {"subject": "", "body": "", "html": None, "calendar_text": None, "unsubscribe_url": None}
    change = update(OutboxMail).where(OutboxMail.id.in_(old.limit(most))).values(nothing)
    return len(session.scalars(change.returning(OutboxMail.id)).all())


def message_id(key: str, domain: str) -> str:
    """The Message-ID header of the mail with this key, the same at every attempt."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
