"""The outbox: mail as rows of the business transaction, sent by the worker afterwards.

Enqueued once (the key is unique), delivered at least once: a crash between sending and marking sends again,
and the
Message-ID, which derives from the key, lets the receiving side recognise it.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now

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


class MailState(StrEnum):
    """``obsolete``: no longer applied when its turn came (the request was withdrawn), so it was never
    sent.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    OBSOLETE = "obsolete"


class OutboxMail(Base):
    """One mail to one recipient. ``key`` = kind + record + recipient + occurrence; ``leased_until`` keeps
    workers apart.
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
    state: Mapped[MailState] = mapped_column(default=MailState.QUEUED)
    due_at: Mapped[datetime] = mapped_column(default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
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
) -> OutboxMail:
    """Add the mail to the current write transaction, or give back the row that this key already has."""
    key = f"{kind}:{record_id or 0}:{recipient.lower()}:{occurrence}"
    existing = session.scalar(select(OutboxMail).where(OutboxMail.key == key))
    if existing is not None:
        return existing
    mail = OutboxMail(
        key=key, kind=kind, record_id=record_id, recipient=recipient, subject=subject, body=body, html=html
    )
    if due_at is not None:
        mail.due_at = due_at
    session.add(mail)
    return mail


def message_id(key: str, domain: str) -> str:
    """The Message-ID header of the mail with this key, the same at every attempt."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
