"""The worker: one process that runs the periodic jobs and changes the encoder, all behind the pages' backs.

Huey's own file holds nothing that may not be lost: what is due stands in the database (``models/job_run.py``).
"""

import logging
from collections.abc import Callable
from datetime import datetime
from multiprocessing import get_context
from threading import Lock

from flask import Flask
from huey import SqliteHuey
from huey.consumer import Consumer, Scheduler
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.passages import active_encoder
from matching.reencoding import next_batch
from models.passage import EncoderRecord, EncoderState
from web.database import db
from web.jobs.registry import job_named
from web.jobs.running import due_jobs, run_if_due
from web.settings import Settings

SWEEP_SECONDS = 5
# Few jobs are long; mail must find a free thread while one changes the encoder and another writes digests.
WORKER_THREADS = 4
LONGEST_NAP_SECONDS = 1.0

logger = logging.getLogger("counterpart.worker")


def run_worker(make_app: Callable[[], Flask], change_encoder: Callable[[Settings], None]) -> None:
    """Work until SIGINT or SIGTERM. ``change_encoder`` is run in a process of its own when it is needed."""
    jobs = make_jobs(make_app(), change_encoder)
    SweepingConsumer(
        jobs, workers=WORKER_THREADS, scheduler_interval=SWEEP_SECONDS, max_delay=LONGEST_NAP_SECONDS
    ).run()


def make_jobs(app: Flask, change_encoder: Callable[[Settings], None]) -> SqliteHuey:
    """The queue, in a file of its own so that its many small writes never hold up a page's."""
    settings: Settings = app.extensions["settings"]
    file = settings.data_folder / "jobs.sqlite3"
    jobs = SqliteHuey("counterpart", filename=str(file), results=False, utc=True)
    is_changing = Lock()

    @jobs.task(expires=SWEEP_SECONDS)  # type: ignore[untyped-decorator] # The library ships no types.
    def run_job(name: str) -> None:
        job = job_named(name)
        if job is not None:
            run_if_due(app, job)

    # What could not start before the next look is left out: that one finds it again.
    @jobs.periodic_task(_at_every_look, expires=SWEEP_SECONDS)  # type: ignore[untyped-decorator] # As above.
    def look_for_jobs() -> None:
        for job in due_jobs(app):
            run_job(job.name)

    @jobs.periodic_task(_once_a_minute, expires=SWEEP_SECONDS)  # type: ignore[untyped-decorator] # As above.
    def watch_the_encoder() -> None:
        if is_changing.acquire(blocking=False):
            try:
                _change_encoder_if_needed(app, settings, change_encoder)
            finally:
                is_changing.release()

    # A new installation should not wait a minute for its first encoder.
    watch_the_encoder()
    return jobs


def encoder_has_changed(session: Session, wanted: str) -> bool:
    """Whether the settings name another encoder than the one whose vectors serve, or none serves yet."""
    active = session.scalar(select(EncoderRecord.name).where(EncoderRecord.state == EncoderState.ACTIVE))
    return active != wanted


def lacks_passages(session: Session) -> bool:
    """Whether a published post waits for the serving encoder, because its own was retired while it was written."""
    active = active_encoder(session)
    return active is not None and bool(next_batch(session, active, most=1))


def _change_encoder_if_needed(
    app: Flask, settings: Settings, change_encoder: Callable[[Settings], None]
) -> None:
    with app.app_context():
        if not encoder_has_changed(db.session, settings.encoder_name) and not lacks_passages(db.session):
            return
    # The encoder takes half a gigabyte: it lives in a process that ends, and not in a fork of this one.
    process = get_context("spawn").Process(target=change_encoder, args=(settings,), name="change-encoder")
    process.start()
    process.join()
    if process.exitcode != 0:
        logger.error("changing the encoder failed with exit code %s; trying again", process.exitcode)


class SweepScheduler(Scheduler):
    """Looks for periodic tasks every few seconds: a person waits for the mail that confirms an address."""

    periodic_task_seconds = SWEEP_SECONDS


class SweepingConsumer(Consumer):
    scheduler_class = SweepScheduler


def _at_every_look(_now: datetime) -> bool:
    return True


def _once_a_minute(now: datetime) -> bool:
    return now.second < SWEEP_SECONDS
