"""Running a periodic job: claim it, do its work, note how it ended."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.job_run import JobRun, claim_job, finish_job, renew_claim
from web.database import db
from web.jobs.registry import Job, all_jobs
from web.settings import Settings

# A running job renews its claim; without renewal its worker was killed, and after this long another one takes over.
CLAIM = timedelta(seconds=30)
RENEWALS_PER_CLAIM = 3
# A job that is looked for at every tick must not miss one because the clock of the last run was a little late.
TOLERANCE = timedelta(seconds=1)

logger = logging.getLogger("counterpart.jobs")


@dataclass(frozen=True)
class Ending:
    """How a run ended: ``count`` is how much it did, ``error`` what stopped it, or an empty string."""

    count: int
    error: str


def due_jobs(app: Flask) -> list[Job]:
    """The jobs whose time has come and that nobody runs; only a guess until one is claimed."""
    with app.app_context():
        now = utc_now()
        runs = {run.name: run for run in db.session.scalars(select(JobRun))}
        return [job for job in all_jobs() if _is_due(job, runs.get(job.name), now)]


def _is_due(job: Job, run: JobRun | None, now: datetime) -> bool:
    if run is None or run.started_at is None:
        return True
    if run.claimed_until is not None and run.claimed_until > now:
        return False
    was_killed = run.holder is not None
    return was_killed or run.started_at <= _last_start(job, now)


def run_if_due(app: Flask, job: Job) -> Ending | None:
    """Run the job unless somebody runs it or it is not due (any more): None then."""
    return _run(app, job, _last_start(job, utc_now()))


def run_now(app: Flask, job: Job) -> Ending | None:
    """Run the job whether or not it is due. None: somebody else runs it at this moment."""
    return _run(app, job, None)


def _last_start(job: Job, now: datetime) -> datetime:
    return now - job.every + TOLERANCE


def _run(app: Flask, job: Job, started_before: datetime | None) -> Ending | None:
    holder = uuid4().hex
    with _like_a_request(app):
        begin_write(db.session)
        now = utc_now()
        stale_at = now + job.stale_after
        is_mine = claim_job(db.session, job.name, holder, now, CLAIM, stale_at, started_before)
        db.session.commit()
        if not is_mine:
            return None
        with _renewing(app, job.name, holder):
            ending = _work(job, now)
        begin_write(db.session)
        now = utc_now()
        stale_at = now + job.stale_after
        finish_job(db.session, job.name, holder, now, stale_at, ending.count, ending.error)
        db.session.commit()
        return ending


def _work(job: Job, now: datetime) -> Ending:
    try:
        return Ending(job.work(db.session, now), "")
    except Exception as error:  # Its next run, and the other jobs, must not suffer.
        # The words of an error may repeat a private text, so only what kind it was is shown to the operator.
        logger.exception("the job %s failed", job.name)
        return Ending(0, type(error).__name__)
    finally:
        db.session.rollback()


@contextmanager
def _like_a_request(app: Flask) -> Iterator[None]:
    """Templates and links need a request; this one comes from nobody."""
    settings: Settings = app.extensions["settings"]
    address = urlsplit(settings.public_url)
    with app.test_request_context(base_url=f"{address.scheme}://{address.netloc}"):
        yield


@contextmanager
def _renewing(app: Flask, name: str, holder: str) -> Iterator[None]:
    """Renew the claim from a thread beside the work, however long that takes."""
    is_over = Event()

    def renew() -> None:
        while not is_over.wait(CLAIM.total_seconds() / RENEWALS_PER_CLAIM):
            try:
                with app.app_context():
                    begin_write(db.session)
                    renew_claim(db.session, name, holder, utc_now() + CLAIM)
                    db.session.commit()
            except Exception:  # A busy database is asked again at the next turn.
                logger.exception("the claim of the job %s could not be renewed", name)

    thread = Thread(target=renew, name=f"renew {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
