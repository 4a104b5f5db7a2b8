"""The worker: one process that sends mail, clears up and changes the encoder, all behind the pages' backs."""

import logging
from collections.abc import Callable
from datetime import datetime
from multiprocessing import get_context
from threading import Lock

from flask import Flask
from huey import SqliteHuey
from huey.consumer import Consumer, Scheduler
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matching.passages import active_encoder
from matching.reencoding import next_batch
from models.base import utc_now
from models.database import begin_write
from models.passage import EncoderRecord, EncoderState
from models.rate_limit import RateLimitCounter
from web.database import db
from web.mail import send_due_mail
from web.settings import Settings

SWEEP_SECONDS = 5
WORKER_THREADS = 2
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

    # A sweep that could not start before the next one was due is left out: the next one does its work.
    @jobs.periodic_task(_at_every_look, expires=SWEEP_SECONDS)  # type: ignore[untyped-decorator] # No types.
    def send_mail() -> None:
        with app.app_context():
            send_due_mail(db.session)

    @jobs.periodic_task(_once_a_minute, expires=SWEEP_SECONDS)  # type: ignore[untyped-decorator] # As above.
    def clear_up() -> None:
        with app.app_context():
            drop_expired_counters(db.session, utc_now())

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


def drop_expired_counters(session: Session, now: datetime) -> None:
    """Forget the rate-limit counters whose window is over."""
    begin_write(session)
    session.execute(delete(RateLimitCounter).where(RateLimitCounter.expires_at <= now))
    session.commit()


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
