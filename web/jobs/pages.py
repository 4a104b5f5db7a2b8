"""The operator's page: what waits, what failed and why, and when each job ran last."""

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select, update
from werkzeug.wrappers import Response

from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.outbox import MailState, OutboxMail, try_again
from models.reminder import Reminder, ReminderState
from web.access import current_person_id, operator_only
from web.database import db
from web.jobs import blueprint
from web.jobs.looking import (
    WORKER_IS_LATE,
    away_server,
    delayed_mail,
    due_reminders,
    failed_mail,
    job_rows,
    queue,
    troubled_reminders,
    worker_seen,
)
from web.localisation import gettext, ngettext
from web.matcher import matcher
from web.moments import since_words


@blueprint.get("/jobs")
@operator_only
def index() -> str:
    now = utc_now()
    seen = worker_seen()
    return render_template(
        "jobs/index.html",
        queue=queue(now),
        away=away_server(now),
        encoder_failure=matcher().failure,
        due_reminders=due_reminders(now),
        failed=failed_mail(),
        delayed=delayed_mail(),
        reminders=troubled_reminders(),
        jobs=job_rows(now),
        worker_words=since_words(seen) if seen else "",
        is_worker_late=seen is None or now - seen > WORKER_IS_LATE,
    )


@blueprint.post("/jobs/mail/<int:mail_id>/retry")
@operator_only
def retry(mail_id: int) -> Response:
    begin_write(db.session)
    count = _try_again([mail_id])
    db.session.commit()
    if count:
        flash(gettext("The mail is tried again within seconds."), "success")
    else:
        flash(gettext("This mail is not among those that can be tried again."), "warning")
    return redirect(url_for("jobs.index"), 303)


@blueprint.post("/jobs/mail/retry")
@operator_only
def retry_all() -> Response:
    begin_write(db.session)
    failed = select(OutboxMail.id).where(OutboxMail.state == MailState.FAILED)
    count = _try_again(list(db.session.scalars(failed)))
    count += _hurry()
    db.session.commit()
    words = ngettext(
        "%(num)s is tried again within seconds.", "%(num)s are tried again within seconds.", count
    )
    flash(words, "success")
    return redirect(url_for("jobs.index"), 303)


def _try_again(mail_ids: list[int]) -> int:
    now = utc_now()
    queued = [mail_id for mail_id in mail_ids if try_again(db.session, mail_id, now)]
    for mail_id in queued:
        mail = db.session.get_one(OutboxMail, mail_id)
        note_action(db.session, current_person_id(), "mail.retry", mail)
    return len(queued)


def _hurry() -> int:
    """Let mail and reminders that wait after an error be tried at once; return how many."""
    now = utc_now()
    mail = (OutboxMail.state == MailState.QUEUED, OutboxMail.last_error != "", OutboxMail.due_at > now)
    reminders = (Reminder.state == ReminderState.WAITING, Reminder.last_error != "", Reminder.try_at > now)
    hurried = [
        update(OutboxMail).where(*mail).values(due_at=now).returning(OutboxMail.id),
        update(Reminder).where(*reminders).values(try_at=now).returning(Reminder.id),
    ]
    return sum(len(db.session.scalars(change).all()) for change in hurried)
