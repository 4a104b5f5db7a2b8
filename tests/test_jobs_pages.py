"""The operator's page: what waits, what failed and why, and nothing that is private."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.base import utc_now
from models.database import begin_write
from models.job_run import JobRun
from models.outbox import MailState, OutboxMail
from models.reminder import Reminder
from tests.browsing import Browser
from tests.periodic_work import run_jobs
from tests.world import World
from web.database import db
from web.jobs.registry import all_jobs
from web.jobs.words import DOES

HOUR = timedelta(hours=1)


def add_mail(app: Flask, key: str, **values: object) -> int:
    with app.app_context():
        begin_write(db.session)
        mail = OutboxMail(
            key=key, kind="meeting.moved", recipient="secret.name@boreal.example", subject="Secret subject",
            body="Secret words",
        )  # fmt: skip
        for name, value in values.items():
            setattr(mail, name, value)
        db.session.add(mail)
        db.session.commit()
        return mail.id


def add_failed(app: Flask, key: str, kind: str = "meeting.moved", body: str = "Secret words") -> int:
    return add_mail(
        app, key, kind=kind, body=body, state=MailState.FAILED, attempts=7, last_error="SMTPDataError 550"
    )


def in_session(app: Flask, change: Callable[[], None]) -> None:
    with app.app_context():
        begin_write(db.session)
        change()
        db.session.commit()


def test_an_operator_finds_it_in_the_navigation_and_nobody_else_does(browse: Browser) -> None:
    page = browse.sign_in("opal").get("/jobs")
    assert page.heading == "Mail and jobs"
    assert "Mail and jobs" in browse.get("/").words
    assert "Mail and jobs" not in browse.sign_in("ada").get("/").words
    browse.get("/jobs", status=403)


def test_with_nothing_wrong_it_says_so(app: Flask, browse: Browser) -> None:
    browse.sign_in("opal")
    assert "No worker was ever seen" in browse.get("/jobs").words
    run_jobs(app, "mail.send")
    words = browse.get("/jobs").words
    assert "Nothing failed, and nothing waits for another attempt." in words
    assert "worker was" not in words


def test_it_counts_what_is_due_leased_waiting_given_up_and_sent(app: Flask, browse: Browser) -> None:
    now = utc_now()
    add_mail(app, "due")
    add_mail(app, "due after a lease", leased_until=now - HOUR)
    add_mail(app, "leased", leased_until=now + HOUR)
    add_mail(app, "later", due_at=now + HOUR)
    add_failed(app, "failed")
    add_mail(app, "sent", state=MailState.SENT, sent_at=now - HOUR)
    add_mail(app, "long sent", state=MailState.SENT, sent_at=now - 30 * HOUR)
    page = browse.sign_in("opal").get("/jobs")
    numbers = [dd.get_text(strip=True) for dd in page.select("dl dd")]
    assert numbers == ["2", "1", "1", "1", "1", "0"]


def test_a_failure_shows_kind_domain_attempts_and_reason_and_nothing_private(
    app: Flask, browse: Browser
) -> None:
    add_failed(app, "failed")
    words = browse.sign_in("opal").get("/jobs").words
    for shown in ("meeting: moved", "boreal.example", "SMTPDataError 550", "7"):
        assert shown in words
    for hidden in ("secret.name", "Secret subject", "Secret words"):
        assert hidden not in words


def test_retry_queues_the_mail_again_and_is_noted(app: Flask, browse: Browser) -> None:
    mail_id = add_failed(app, "failed")
    page = browse.sign_in("opal").get("/jobs")
    browse.submit(page, "Retry : meeting: moved, boreal.example")
    with app.app_context():
        mail = db.session.get_one(OutboxMail, mail_id)
        assert (mail.state, mail.attempts) == (MailState.QUEUED, 0)
        assert db.session.scalars(select(AuditEntry.action)).all() == ["mail.retry"]
    browse.submit(page, "Retry : meeting: moved, boreal.example")
    assert "not among those" in browse.get("/jobs").words


def test_account_mail_whose_words_are_forgotten_cannot_be_sent_again(app: Flask, browse: Browser) -> None:
    mail_id = add_failed(app, "failed", kind="account.reset_instructions", body="")
    page = browse.sign_in("opal").get("/jobs")
    assert "the person asks for a new one" in page.words
    browse.submit(page, "Try all again")
    with app.app_context():
        assert db.session.get_one(OutboxMail, mail_id).state is MailState.FAILED


def test_trying_all_again_takes_mail_and_reminders(app: Flask, world: World, browse: Browser) -> None:
    failed = add_failed(app, "failed")
    later = utc_now() + HOUR
    delayed = add_mail(app, "delayed", due_at=later, last_error="SMTPDataError 451", attempts=1)
    ordinary = add_mail(app, "meant for later", due_at=later)

    def add_reminder() -> None:
        db.session.add(
            Reminder(
                key="r", kind="follow_up.due", record_id=1, person_id=world.people["ada"], occurrence="1",
                due_at=utc_now() - HOUR, try_at=later, attempts=2, last_error="KeyError",
            )
        )  # fmt: skip

    in_session(app, add_reminder)
    page = browse.sign_in("opal").get("/jobs")
    for shown in ("SMTPDataError 451", "follow up: due", "KeyError"):
        assert shown in page.words
    browse.submit(page, "Try all again")
    assert "3 are tried again" in browse.get("/jobs").words
    with app.app_context():
        now = utc_now()
        assert db.session.get_one(OutboxMail, failed).state is MailState.QUEUED
        assert db.session.get_one(OutboxMail, delayed).due_at <= now
        assert db.session.get_one(OutboxMail, ordinary).due_at > now
        assert db.session.scalars(select(Reminder.try_at)).one() <= now


def test_a_stale_job_and_a_lost_worker_are_said_in_words(app: Flask, browse: Browser) -> None:
    long_ago = utc_now() - 72 * HOUR

    def add_runs() -> None:
        db.session.add(
            JobRun(
                name="mail.send", started_at=long_ago, finished_at=long_ago, succeeded_at=long_ago,
                stale_at=long_ago + HOUR, count=3,
            )
        )  # fmt: skip
        db.session.add(
            JobRun(
                name="reminders.sweep", started_at=long_ago, finished_at=long_ago, error="ZeroDivisionError",
                stale_at=utc_now() + HOUR,
            )
        )  # fmt: skip

    in_session(app, add_runs)
    page = browse.sign_in("opal").get("/jobs")
    assert "The worker was seen last: 3 days ago" in page.words
    rows = {next(row.th.stripped_strings): row for row in page.select("tbody tr") if row.th}
    assert "overdue" in rows["mail.send"].get_text()
    assert rows["mail.send"].select("svg")
    assert "failed: ZeroDivisionError" in rows["reminders.sweep"].get_text()
    assert "has not run yet" in rows["counters.clear"].get_text()
    # The operator need not go and look: Home says so, and nobody else is told.
    line = browse.get("/").select(".attention-row")[0]
    assert "the worker does not run" in line.get_text()
    assert "last seen 3 days ago" in line.get_text()
    assert line.a["href"] == "/jobs"
    assert "worker" not in browse.sign_in("olga").get("/").words


def test_home_tells_the_operator_of_mail_that_was_given_up(app: Flask, browse: Browser) -> None:
    run_jobs(app, "mail.send")
    words = browse.sign_in("opal").get("/").words
    assert "worker" not in words
    assert "could not be sent" not in words
    add_failed(app, "failed")
    assert "1 mail could not be sent" in browse.get("/").select(".attention-row")[0].get_text()


def test_the_page_says_of_every_job_what_it_does(app: Flask, browse: Browser) -> None:
    assert {job.name for job in all_jobs()} == set(DOES)
    assert "mail.send sends the mail that is due" in browse.sign_in("opal").get("/jobs").words
