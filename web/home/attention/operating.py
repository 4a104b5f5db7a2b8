"""What the portal itself waits for: whether reminders and mail go out. Told to the operator alone."""

from datetime import datetime

from flask import url_for
from sqlalchemy import func, select

from models.actor import Actor
from models.outbox import MailState, OutboxMail
from web.database import db
from web.home.attention.line import AttentionLine
from web.jobs.looking import WORKER_IS_LATE, away_server, worker_seen
from web.localisation import gettext, ngettext
from web.moments import since_words


def silent_worker(actor: Actor, now: datetime) -> list[AttentionLine]:
    """Nobody else would notice: what does not arrive is not missed in time."""
    if not actor.is_operator:
        return []
    seen = worker_seen()
    if seen is not None and now - seen <= WORKER_IS_LATE:
        return []
    return [
        AttentionLine(
            what=gettext("Reminders and mail wait: the worker does not run"),
            who=gettext("last seen %(when)s", when=since_words(seen)) if seen else gettext("never seen"),
            since=None,
            action_label=gettext("Look"),
            action_url=url_for("jobs.index"),
            icon="clock",
            is_urgent=True,
        )
    ]


def silent_mail_server(actor: Actor, now: datetime) -> list[AttentionLine]:
    """Mail that waits because no server takes it. Whoever it is for does not know that there is any."""
    away = away_server(now) if actor.is_operator else None
    if away is None:
        return []
    return [
        AttentionLine(
            what=ngettext(
                "%(num)d mail waits: the mail server cannot be used",
                "%(num)d mails wait: the mail server cannot be used",
                away.waiting,
            ),
            who=away.reason,
            since=None,
            action_label=gettext("Look"),
            action_url=url_for("jobs.index"),
            icon="mail",
            is_urgent=True,
        )
    ]


def undelivered_mail(actor: Actor) -> list[AttentionLine]:
    """Mail that was given up and that somebody may try again."""
    if not actor.is_operator:
        return []
    failed = select(func.count(OutboxMail.id)).where(
        OutboxMail.state == MailState.FAILED, OutboxMail.body != ""
    )
    count = db.session.scalar(failed) or 0
    if not count:
        return []
    return [
        AttentionLine(
            what=ngettext("%(num)d mail could not be sent", "%(num)d mails could not be sent", count),
            who=None,
            since=None,
            action_label=gettext("Look"),
            action_url=url_for("jobs.index"),
            icon="mail",
            is_urgent=True,
        )
    ]
