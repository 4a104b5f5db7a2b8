"""What the operator sees of mail and jobs: numbers, kinds and reasons, and never whose mail or what it says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel import dates
from flask import url_for
from flask_babel import get_locale
from sqlalchemy import and_, func, or_, select

from models.job_run import JobRun
from models.outbox import BACK_OFF, MailState, OutboxMail
from models.reminder import Reminder, ReminderState
from web.database import db
from web.jobs.registry import Job, all_jobs
from web.jobs.words import DOES
from web.localisation import gettext
from web.moments import since_words

MOST_SHOWN = 100
# A mail server that restarts is back before a mail was tried so often, a minute apart.
RESTARTING = 3
# The worker looks for work every few seconds.
WORKER_IS_LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Queue:
    """How many mails are due now, being sent, waiting for a later moment, given up, and sent within a day."""

    due: int
    leased: int
    waiting: int
    failed: int
    sent: int


@dataclass(frozen=True)
class AwayServer:
    """A mail server that cannot be used: how many mails wait for it, how often one was tried in vain, and why."""

    waiting: int
    attempts: int
    reason: str


@dataclass(frozen=True)
class Trouble:
    """A mail or reminder that did not go out. ``domain`` is what stands behind the @ of its recipient.

    ``retry_url`` is None if it is tried again by itself, or cannot be; ``next_words`` then says which.
    """

    kind: str
    domain: str
    attempts: int
    reason: str
    since: str
    next_words: str
    retry_url: str | None = None


@dataclass(frozen=True)
class JobRow:
    """``state_kind`` is the kind of chip; ``is_stale``: it should have succeeded by now."""

    name: str
    does: str
    rhythm: str
    state: str
    state_kind: str
    is_stale: bool
    last: str
    count: int | None


def queue(now: datetime) -> Queue:
    is_queued = OutboxMail.state == MailState.QUEUED
    is_leased = and_(is_queued, OutboxMail.leased_until > now)
    is_free = and_(is_queued, or_(OutboxMail.leased_until.is_(None), OutboxMail.leased_until <= now))
    count = func.count(OutboxMail.id)
    counts = db.session.execute(
        select(
            count.filter(is_free, OutboxMail.due_at <= now),
            count.filter(is_leased),
            count.filter(is_free, OutboxMail.due_at > now),
            count.filter(OutboxMail.state == MailState.FAILED),
            count.filter(OutboxMail.sent_at > now - timedelta(days=1)),
        )
    ).one()
    return Queue(*counts)


def away_server(now: datetime) -> AwayServer | None:
    """The mail server, if no mail gets as far as being judged by one. None: it answers, or was away for a moment."""
    is_queued = OutboxMail.state == MailState.QUEUED
    # What was tried in vain is due again within a minute.
    waiting = select(func.count(OutboxMail.id)).where(is_queued, OutboxMail.due_at <= now + BACK_OFF[0])
    row = db.session.execute(
        select(OutboxMail.unanswered, OutboxMail.last_error, waiting.scalar_subquery().label("waiting"))
        .where(is_queued, OutboxMail.unanswered > RESTARTING)
        .order_by(OutboxMail.unanswered.desc(), OutboxMail.id)
        .limit(1)
    ).first()
    return AwayServer(row.waiting, row.unanswered, row.last_error) if row else None


def failed_mail() -> list[Trouble]:
    """The mails that were given up, the newest first."""
    failed = select(OutboxMail).where(OutboxMail.state == MailState.FAILED)
    rows = db.session.scalars(failed.order_by(OutboxMail.id.desc()).limit(MOST_SHOWN))
    return [_failed(mail) for mail in rows]


def _failed(mail: OutboxMail) -> Trouble:
    # The words of account mail are forgotten when it is given up, and its link would be too old.
    can_retry = mail.body != ""
    words = "" if can_retry else gettext("Cannot be sent again: the person asks for a new one.")
    retry_url = url_for("jobs.retry", mail_id=mail.id) if can_retry else None
    return _trouble(mail, words, retry_url)


def delayed_mail() -> list[Trouble]:
    """The mails that wait for another attempt by themselves, the soonest first."""
    delayed = select(OutboxMail).where(OutboxMail.state == MailState.QUEUED, OutboxMail.last_error != "")
    rows = db.session.scalars(delayed.order_by(OutboxMail.due_at).limit(MOST_SHOWN))
    return [_trouble(mail, since_words(mail.due_at), None) for mail in rows]


def _trouble(mail: OutboxMail, next_words: str, retry_url: str | None) -> Trouble:
    domain = mail.recipient.rpartition("@")[2]
    since = since_words(mail.created_at)
    return Trouble(
        _kind_words(mail.kind),
        domain,
        mail.attempts + mail.unanswered,
        mail.last_error,
        since,
        next_words,
        retry_url,
    )


def _kind_words(kind: str) -> str:
    """ "account: reset instructions", which can be broken into lines."""
    return kind.replace(".", ": ").replace("_", " ")


def troubled_reminders() -> list[Trouble]:
    """The reminders that could not be written, the soonest to be tried first."""
    troubled = select(Reminder).where(Reminder.state == ReminderState.WAITING, Reminder.last_error != "")
    rows = db.session.scalars(troubled.order_by(Reminder.try_at).limit(MOST_SHOWN))
    return [
        Trouble(
            _kind_words(reminder.kind),
            "",
            reminder.attempts,
            reminder.last_error,
            since_words(reminder.due_at),
            since_words(reminder.try_at),
        )
        for reminder in rows
    ]


def due_reminders(now: datetime) -> int:
    due = (Reminder.state == ReminderState.WAITING, Reminder.try_at <= now)
    return db.session.scalar(select(func.count(Reminder.id)).where(*due)) or 0


def worker_seen() -> datetime | None:
    """When any job began last. None: none ever did."""
    return db.session.scalar(select(func.max(JobRun.started_at)))


def job_rows(now: datetime) -> list[JobRow]:
    runs = {run.name: run for run in db.session.scalars(select(JobRun))}
    return [_job_row(job, runs.get(job.name), now) for job in all_jobs()]


def _job_row(job: Job, run: JobRun | None, now: datetime) -> JobRow:
    does = str(DOES[job.name]) if job.name in DOES else ""
    rhythm = str(dates.format_timedelta(job.every, locale=get_locale()))
    if run is None or run.started_at is None:
        words = gettext("has not run yet")
        return JobRow(job.name, does, rhythm, words, "plain", is_stale=False, last="", count=None)
    is_stale = run.stale_at <= now
    state, kind = _state(run, now, is_stale)
    return JobRow(job.name, does, rhythm, state, kind, is_stale, since_words(run.started_at), run.count)


def _state(run: JobRun, now: datetime, is_stale: bool) -> tuple[str, str]:
    if run.error:
        return gettext("failed: %(reason)s", reason=run.error), "danger"
    if is_stale:
        return gettext("overdue"), "danger"
    if run.finished_at is not None:
        return gettext("done"), "ok"
    if run.claimed_until is not None and run.claimed_until > now:
        return gettext("running"), "plain"
    return gettext("was cut short"), "warning"


def job_lines(now: datetime) -> list[str]:
    """The jobs for the command line, a line each."""
    runs = {run.name: run for run in db.session.scalars(select(JobRun))}
    width = max((len(job.name) for job in all_jobs()), default=0)
    return [f"{job.name:<{width}}  {_line(job, runs.get(job.name), now)}" for job in all_jobs()]


def _line(job: Job, run: JobRun | None, now: datetime) -> str:
    rhythm = f"every {job.every}"
    if run is None or run.started_at is None:
        return f"{rhythm}  has not run yet"
    ending = run.error or f"did {run.count}"
    stale = "  OVERDUE" if run.stale_at <= now else ""
    return f"{rhythm}  last {run.started_at:%Y-%m-%d %H:%M:%S} UTC  {ending}{stale}"
