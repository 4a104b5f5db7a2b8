"""Sending the mail of the outbox: lease a row, ask whether it still applies, send it, mark it.

Whoever enqueues a kind of mail that can become pointless registers the question with ``still_applies``. A crash
between sending and marking sends the same mail again, under the same Message-ID. A server that cannot be reached
costs no mail, however long it is away; only a server that answers and refuses makes us give a mail up.
"""

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from urllib.parse import urlsplit

from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives, Mail
from sqlalchemy import ColumnElement, Update, and_, case, or_, select, update
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.outbox import BACK_OFF, MailState, OutboxMail, message_id
from models.person import Person
from web.mail_paper import html_of
from web.mail_server import MailServer
from web.settings import PORT_OF_SMTP_OVER_TLS, Settings

# At each of a dozen steps; together they stay below the lease.
SECONDS_TO_WAIT_FOR_A_SERVER = 20
# How the kind of every mail about signing in begins.
ACCOUNT_MAIL = "account."
# These say nothing about the mail, but that no mail can be sent at the moment.
SERVER_IS_AWAY = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
)

logger = logging.getLogger("counterpart.mail")

Check = Callable[[Session, OutboxMail], bool]
_checks: dict[str, Check] = {}


def init_mail(app: Flask, settings: Settings) -> None:
    """Set the mail server. In demo mode nothing is sent: ``/demo/mail`` shows the outbox instead."""
    app.config.update(
        MAIL_BACKEND="dummy" if settings.is_demo else MailServer,
        MAIL_SERVER=settings.mail.server,
        MAIL_PORT=settings.mail.port,
        MAIL_USERNAME=settings.mail.username,
        MAIL_PASSWORD=settings.mail.password,
        MAIL_USE_TLS=settings.mail.use_tls,
        MAIL_USE_SSL=settings.mail.port == PORT_OF_SMTP_OVER_TLS,
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


class Outcome(Enum):
    """What became of one attempt. ``AWAY``: the server cannot be reached, so no other mail needs to be tried now."""

    SENT = auto()
    NOT_SENT = auto()
    AWAY = auto()


def send_due_mail(session: Session) -> int:
    """Send the mail that is due, each in transactions of its own; return how many were sent.

    Ends early when the mail server is away: the next sweep begins with another mail.
    """
    sent = 0
    while (delivery := _lease_next(session, utc_now())) is not None:
        outcome = _deliver(session, delivery)
        if outcome is Outcome.AWAY:
            break
        sent += outcome is Outcome.SENT
    return sent


def _lease_next(session: Session, now: datetime) -> Delivery | None:
    """Take the next due mail, so that no other worker sends it meanwhile. None: nothing is due."""
    settings: Settings = current_app.extensions["settings"]
    lease = now + settings.mail.lease
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
            .values(leased_until=lease, attempts=OutboxMail.attempts + 1)
            .returning(OutboxMail.attempts)
        )
        session.commit()
        if attempt is not None:
            return Delivery(due, lease, attempt)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        OutboxMail.state == MailState.QUEUED,
        OutboxMail.due_at <= now,
        or_(OutboxMail.leased_until.is_(None), OutboxMail.leased_until <= now),
    )


def _deliver(session: Session, delivery: Delivery) -> Outcome:
    try:
        mail = session.get_one(OutboxMail, delivery.mail_id)
        if not _applies(session, mail):
            _settle(session, delivery, MailState.OBSOLETE)
            return Outcome.NOT_SENT
        message = _message(mail)
        # A slow mail server must not keep a snapshot of the database open.
        session.rollback()
        if utc_now() >= delivery.lease:
            # This process was held up for so long that another one may send it now.
            return Outcome.NOT_SENT
        _send(message)
    except Exception as error:  # One mail that cannot be sent must not keep the others from being sent.
        session.rollback()
        return _note_failure(session, delivery, error)
    _settle(session, delivery, MailState.SENT)
    return Outcome.SENT


def _applies(session: Session, mail: OutboxMail) -> bool:
    if not mail.kind.startswith(ACCOUNT_MAIL):
        has_left = select(Person.id).where(Person.email == mail.recipient, Person.left_at.is_not(None))
        if session.scalar(has_left) is not None:
            return False
    check = _checks.get(mail.kind)
    return check is None or check(session, mail)


def _message(mail: OutboxMail) -> EmailMultiAlternatives:
    settings: Settings = current_app.extensions["settings"]
    domain = urlsplit(settings.public_url).hostname or "localhost"
    headers = {"Message-ID": message_id(mail.key, domain), "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe_url is not None:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        subject=mail.subject, body=mail.body, to=[mail.recipient], headers=headers
    )
    message.attach_alternative(mail.html or html_of(mail, settings.public_url), "text/html")
    if mail.calendar_method is not None and mail.calendar_text is not None:
        # Outlook and Google act on the alternative; Apple Mail and whoever saves it want the file.
        kind = f"text/calendar; method={mail.calendar_method}"
        message.attach_alternative(mail.calendar_text, kind)
        message.attach("invite.ics", mail.calendar_text.encode(), "application/ics")
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


def _note_failure(session: Session, delivery: Delivery, error: Exception) -> Outcome:
    # Servers repeat addresses in their answers, so only what kind of failure it was is kept.
    reason = type(error).__name__
    if isinstance(error, smtplib.SMTPResponseException):
        reason = f"{reason} {error.smtp_code}"
    logger.warning("mail %d was not sent at attempt %d: %s", delivery.mail_id, delivery.attempt, reason)
    change = update(OutboxMail).values(last_error=reason)
    if _is_away(error):
        # Nobody has judged this mail, so the attempt does not bring it nearer to being given up.
        change = change.values(
            due_at=utc_now() + BACK_OFF[0],
            attempts=OutboxMail.attempts - 1,
            unanswered=OutboxMail.unanswered + 1,
        )
    elif delivery.attempt > len(BACK_OFF):
        change = change.values(state=MailState.FAILED, body=_body_to_keep(), unanswered=0)
    else:
        change = change.values(due_at=utc_now() + BACK_OFF[delivery.attempt - 1], unanswered=0)
    _write(session, delivery, change)
    return Outcome.AWAY if _is_away(error) else Outcome.NOT_SENT


def _is_away(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, SERVER_IS_AWAY)
    return isinstance(error, OSError)


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
