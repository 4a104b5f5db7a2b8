"""Sending the mail of the outbox: lease a row, ask whether it still applies, send it, mark it.

Whoever enqueues a kind of mail that can become pointless registers the question with ``still_applies``. A
crash between sending and marking sends the same mail again, under the same Message-ID.
"""

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives, Mail
from sqlalchemy import ColumnElement, Update, and_, case, or_, select, update
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.outbox import BACK_OFF, LEASE, MailState, OutboxMail, message_id
from web.settings import Settings

SECONDS_TO_WAIT_FOR_A_SERVER = 20
# How the kind of every mail about signing in begins.
ACCOUNT_MAIL = "account."

logger = logging.getLogger("counterpart.mail")

Check = Callable[[Session, OutboxMail], bool]
_checks: dict[str, Check] = {}


def init_mail(app: Flask, settings: Settings) -> None:
    """Set the mail server. In demo mode nothing is sent: ``/demo/mail`` shows the outbox instead."""
    app.config.update(
        MAIL_BACKEND="dummy" if settings.is_demo else "smtp",
        MAIL_SERVER=settings.mail.server,
        MAIL_PORT=settings.mail.port,
        MAIL_USERNAME=settings.mail.username,
        MAIL_PASSWORD=settings.mail.password,
        MAIL_USE_TLS=settings.mail.use_tls,
        MAIL_DEFAULT_SENDER=settings.mail.sender,
        MAIL_TIMEOUT=SECONDS_TO_WAIT_FOR_A_SERVER,
    )
    Mail(app)


def still_applies(kind: str) -> Callable[[Check], Check]:
    """Register the function that is asked, just before sending, whether a mail of this kind still applies."""

    def register(check: Check) -> Check:
        _checks[kind] = check
        return check

    return register


@dataclass(frozen=True)
class Delivery:
    """A mail that this worker has leased until ``lease``; ``attempt`` counts from 1."""

    mail_id: int
    lease: datetime
    attempt: int


def send_due_mail(session: Session) -> int:
    """Send every mail that is due, each in transactions of its own; return how many were sent."""
    sent = 0
    while (delivery := _lease_next(session, utc_now())) is not None:
        sent += _deliver(session, delivery)
    return sent


def _lease_next(session: Session, now: datetime) -> Delivery | None:
    """Take the next due mail, so that no other worker sends it meanwhile. None: nothing is due."""
    while True:
        # Ends the reading snapshot, or each look would see the same moment again.
        session.rollback()
        due = session.scalar(select(OutboxMail.id).where(_is_due(now)).order_by(OutboxMail.due_at).limit(1))
        if due is None:
            return None
        begin_write(session)
        attempt = session.scalar(
            update(OutboxMail)
            .where(OutboxMail.id == due, _is_due(now))
            .values(leased_until=now + LEASE, attempts=OutboxMail.attempts + 1)
            .returning(OutboxMail.attempts)
        )
        session.commit()
        if attempt is not None:
            return Delivery(due, now + LEASE, attempt)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        OutboxMail.state == MailState.QUEUED,
        OutboxMail.due_at <= now,
        or_(OutboxMail.leased_until.is_(None), OutboxMail.leased_until <= now),
    )


def _deliver(session: Session, delivery: Delivery) -> bool:
    try:
        mail = session.get_one(OutboxMail, delivery.mail_id)
        check = _checks.get(mail.kind)
        if check is not None and not check(session, mail):
            _settle(session, delivery, MailState.OBSOLETE)
            return False
        message = _message(mail)
        # A slow mail server must not keep a snapshot of the database open.
        session.rollback()
        _send(message)
    except Exception as error:  # One mail that cannot be sent must not keep the others from being sent.
        session.rollback()
        _note_failure(session, delivery, error)
        return False
    _settle(session, delivery, MailState.SENT)
    return True


def _message(mail: OutboxMail) -> EmailMultiAlternatives:
    settings: Settings = current_app.extensions["settings"]
    domain = urlsplit(settings.public_url).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.body,
        to=[mail.recipient],
        headers={"Message-ID": message_id(mail.key, domain), "Auto-Submitted": "auto-generated"},
    )
    if mail.html is not None:
        message.attach_alternative(mail.html, "text/html")
    return message


def _send(message: EmailMultiAlternatives) -> None:
    connection = current_app.extensions["mailman"].get_connection()
    message.connection = connection
    try:
        message.send()
    finally:
        # The library leaves the socket open when a server refuses.
        connection.close()


def _settle(session: Session, delivery: Delivery, state: MailState) -> None:
    sent_at = utc_now() if state is MailState.SENT else None
    change = update(OutboxMail).values(state=state, sent_at=sent_at, last_error="", body=_body_to_keep())
    _write(session, delivery, change)


def _body_to_keep() -> ColumnElement[str]:
    """Mail about an account carries links that open it, so its words are forgotten once it is settled.

    The demo keeps them, because its page shows mail in place of sending it.
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.is_demo:
        return OutboxMail.body.expression
    return case((OutboxMail.kind.startswith(ACCOUNT_MAIL), ""), else_=OutboxMail.body)


def _note_failure(session: Session, delivery: Delivery, error: Exception) -> None:
    # Servers repeat addresses in their answers, so only what kind of failure it was is kept.
    reason = type(error).__name__
    if isinstance(error, smtplib.SMTPResponseException):
        reason = f"{reason} {error.smtp_code}"
    logger.warning("mail %d was not sent at attempt %d: %s", delivery.mail_id, delivery.attempt, reason)
    change = update(OutboxMail).values(last_error=reason)
    if delivery.attempt > len(BACK_OFF):
        change = change.values(state=MailState.FAILED, body=_body_to_keep())
    else:
        change = change.values(due_at=utc_now() + BACK_OFF[delivery.attempt - 1])
    _write(session, delivery, change)


def _write(session: Session, delivery: Delivery, change: Update) -> None:
    """Write what became of the mail, unless the lease ran out and another worker has it now."""
    begin_write(session)
    session.execute(
        change.where(
            OutboxMail.id == delivery.mail_id,
            OutboxMail.state == MailState.QUEUED,
            OutboxMail.leased_until == delivery.lease,
        ).values(leased_until=None)
    )
    session.commit()
