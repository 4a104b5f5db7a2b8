"""The worker: what it sweeps, and that it changes the encoder when the settings name another one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import HashEncoder, Progress, Vectors
from matching.passages import active_encoder, check_passages
from models.base import utc_now
from models.database import begin_write
from models.outbox import MailState, OutboxMail, enqueue_mail
from models.passage import EncoderRecord, EncoderState
from models.rate_limit import RateLimitCounter
from tests.commanding import ROOT, production
from tests.conftest import session_on
from tests.world import World
from web.database import db
from web.database_commands import upgrade_database
from web.encoder_change import change_encoder
from web.jobs.housework import clear_up
from web.settings import Settings
from web.worker import encoder_has_changed, make_jobs


class OtherEncoder(HashEncoder):
    """The same vectors under another key, as if the weights were others."""

    name = "other"
    key = "other:1"


def test_expired_counters_go_and_running_ones_stay(app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        now = utc_now()
        db.session.add(RateLimitCounter(key="over", hits=3, expires_at=now - timedelta(seconds=1)))
        db.session.add(RateLimitCounter(key="running", hits=3, expires_at=now + timedelta(seconds=60)))
        db.session.commit()
        assert clear_up(db.session, now) == 1
        assert db.session.scalars(select(RateLimitCounter.key)).all() == ["running"]


def test_a_new_installation_and_another_name_in_the_settings_ask_for_a_change(session: Session) -> None:
    assert encoder_has_changed(session, "hash-64")
    assert change_encoder(session, HashEncoder()) is False
    assert not encoder_has_changed(session, "hash-64")
    assert encoder_has_changed(session, "other")


def test_changing_the_encoder_leaves_every_post_with_passages_of_the_new_one(
    app: Flask, world: World
) -> None:
    told: list[tuple[int, int]] = []
    with app.app_context():
        assert change_encoder(db.session, OtherEncoder(), lambda done, total: told.append((done, total)))
        active = active_encoder(db.session)
        assert active is not None
        assert active.key == OtherEncoder.key
        assert check_passages(db.session, active) == []
        old = db.session.scalars(select(EncoderRecord).where(EncoderRecord.key == HashEncoder.key)).one()
        assert old.state is EncoderState.RETIRED
        assert told[-1][0] == told[-1][1] > 0
        assert change_encoder(db.session, OtherEncoder()) is False


def test_the_old_encoder_serves_until_the_last_post_is_done(app: Flask, world: World) -> None:
    class StopsHalfway(OtherEncoder):
        def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
            raise KeyboardInterrupt

    with app.app_context():
        try:
            change_encoder(db.session, StopsHalfway())
        except KeyboardInterrupt:
            db.session.rollback()
        active = active_encoder(db.session)
        assert active is not None
        assert active.key == HashEncoder.key
        assert check_passages(db.session, active) == []
        # It goes on where it stopped.
        assert change_encoder(db.session, OtherEncoder())


def refuse(_settings: Settings) -> None:
    raise AssertionError("the encoder has not changed")


def test_the_queue_knows_its_sweeps(app: Flask) -> None:
    jobs = make_jobs(app, refuse)
    names = {type(task).__name__ for task in jobs._registry.periodic_tasks}
    assert names == {"look_for_jobs", "watch_the_encoder"}


def test_the_worker_process_tries_the_mail_prepares_the_encoder_and_stops_on_a_signal(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'counterpart.sqlite3'}"
    upgrade_database(url)
    session = session_on(url)
    begin_write(session)
    enqueue_mail(session, "test", 1, "ada@alba.example", "1", "Hello", "text")
    session.commit()
    # Nobody listens on port 1: the attempt is what can be seen.
    environment = production(tmp_path) | {"COUNTERPART_ENCODER": "hash-64", "COUNTERPART_MAIL_PORT": "1"}
    worker = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "worker"],
        env=os.environ | environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _is_done(session):
            time.sleep(0.2)
    finally:
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=30)
    assert _is_done(session), output
    assert worker.returncode == 0
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr] # Bound to an engine of its own.


def _is_done(session: Session) -> bool:
    session.rollback()
    mail = session.scalars(select(OutboxMail)).one()
    active = active_encoder(session)
    return (
        mail.last_error == "ConnectionRefusedError"
        and mail.state is MailState.QUEUED
        and active is not None
        and active.name == "hash-64"
    )
