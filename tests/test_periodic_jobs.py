"""Periodic jobs: each runs when it is due, catches up, runs nowhere twice at once, and is a command."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from matching.encoder import HashEncoder
from models.base import utc_now
from models.database import begin_write
from models.job_run import JobRun, claim_job, finish_job
from tests.conftest import session_on, settings_for
from tests.periodic_work import found_job
from web.database import db
from web.jobs import registry, running
from web.jobs.commands import jobs_commands
from web.jobs.registry import Job, periodic
from web.jobs.running import due_jobs, run_if_due, run_now
from web.letters import public_url
from web.self_check import _problems_of_jobs

DAY = timedelta(days=1)


@pytest.fixture
def runs() -> Iterator[list[str]]:
    """What the job ``test.count`` did: a link that it made, at every run."""
    done: list[str] = []

    @periodic("test.count", every=DAY)
    def count(_session: Session, _now: datetime) -> int:
        """Count."""
        done.append(public_url("home.show", {}))
        return 3

    @periodic("test.broken", every=DAY)
    def fail(session: Session, _now: datetime) -> int:
        begin_write(session)
        raise ZeroDivisionError("with private words")

    yield done
    del registry._jobs["test.count"]
    del registry._jobs["test.broken"]


def row(app: Flask, name: str) -> JobRun:
    with app.app_context():
        return db.session.scalars(select(JobRun).where(JobRun.name == name)).one()


def test_a_job_runs_when_it_is_due_and_once_after_a_long_downtime(app: Flask, runs: list[str]) -> None:
    job = found_job("test.count")
    start = utc_now()
    for days, is_due in ((0, True), (0.5, False), (1, True), (8, True), (8.5, False)):
        with time_machine.travel(start + days * DAY, tick=False):
            assert (job in due_jobs(app)) == is_due
            assert (run_if_due(app, job) is not None) == is_due
    assert runs == ["http://localhost/"] * 3
    noted = row(app, "test.count")
    assert (noted.count, noted.error, noted.claimed_until) == (3, "", None)
    assert noted.succeeded_at == start + 8 * DAY


def test_a_job_that_fails_is_noted_without_private_words_and_lets_go(app: Flask, runs: list[str]) -> None:
    ending = run_now(app, found_job("test.broken"))
    assert ending is not None
    assert ending.error == "ZeroDivisionError"
    noted = row(app, "test.broken")
    assert (noted.error, noted.succeeded_at, noted.claimed_until) == ("ZeroDivisionError", None, None)
    run_now(app, found_job("test.count"))
    assert runs


def test_no_two_workers_run_a_job_at_once(app: Flask, either_database_url: str, tmp_path: Path) -> None:
    together: list[int] = []
    running_now = 0
    lock = threading.Lock()

    def work(_session: Session, _now: datetime) -> int:
        nonlocal running_now
        with lock:
            running_now += 1
            together.append(running_now)
        time.sleep(0.05)
        with lock:
            running_now -= 1
        return 1

    job = Job("test.alone", timedelta(0), work, DAY)
    barrier = threading.Barrier(3, timeout=60)
    ran: list[running.Ending | None] = []

    def worker(own: Flask) -> None:
        barrier.wait()
        ran.extend(run_now(own, job) for _ in range(8))
        with own.app_context():
            db.engine.dispose()

    # Made one after the other, as processes would: an application is no thing to make in several threads at once.
    settings = settings_for(either_database_url, tmp_path)
    apps = [create_app(settings, load_encoder=HashEncoder) for _ in range(3)]
    workers = [threading.Thread(target=worker, args=(own,)) for own in apps]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert len(ran) == 24, "no worker failed"
    assert set(together) == {1}
    assert None in ran, "they did meet"


def test_a_killed_holder_is_followed_after_its_claim_and_can_no_longer_finish(
    either_session: Session,
) -> None:
    session, now, claim = either_session, utc_now(), timedelta(seconds=30)

    def take(holder: str, at: datetime) -> bool:
        begin_write(session)
        is_taken = claim_job(session, "job", holder, at, claim, at + DAY, started_before=at - DAY)
        session.commit()
        return is_taken

    assert take("first", now)
    assert not take("second", now + timedelta(seconds=29))
    assert take("second", now + timedelta(seconds=30)), "due again at once, for it was never finished"
    begin_write(session)
    finish_job(session, "job", "first", now, now, 99, "")
    session.commit()
    assert session.scalars(select(JobRun.holder)).one() == "second"


def test_a_long_job_keeps_its_claim(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CLAIM", timedelta(seconds=0.6))
    seen: list[bool] = []

    def work(_session: Session, _now: datetime) -> int:
        time.sleep(1.5)
        other = session_on(app.config["SQLALCHEMY_ENGINES"]["default"]["url"])
        until = other.scalars(select(JobRun.claimed_until)).one()
        seen.append(until is not None and until > utc_now())
        other.close()
        other.get_bind().dispose()  # type: ignore[union-attr] # Bound to an engine of its own.
        return 1

    assert run_now(app, Job("test.long", DAY, work, DAY)) is not None
    assert seen == [True]


def test_two_jobs_cannot_have_one_name(runs: list[str]) -> None:
    with pytest.raises(ValueError, match=r"test\.count"):
        periodic("test.count", every=DAY)(lambda _session, _now: 0)


def test_the_check_names_a_stale_job(app: Flask, runs: list[str]) -> None:
    run_now(app, found_job("test.count"))
    with app.app_context():
        assert _problems_of_jobs(db.session) == []
        with time_machine.travel(utc_now() + 4 * DAY):
            [problem] = _problems_of_jobs(db.session)
    assert "test.count has not succeeded since" in problem


def test_every_job_can_be_listed_and_run_by_hand(app: Flask, runs: list[str]) -> None:
    group = jobs_commands(lambda: app)
    runner = CliRunner()
    assert runner.invoke(group, ["run", "test.count"]).output == "test.count is done: 3.\n"
    assert runner.invoke(group, ["run", "test.count"]).exit_code == 0, "due or not"
    assert len(runs) == 2
    listed = runner.invoke(group, ["list"]).output
    for words in ("mail.send", "reminders.sweep", "counters.clear", "has not run yet", "did 3"):
        assert words in listed
    assert runner.invoke(group, ["run", "test.broken"]).exit_code == 1
    unknown = runner.invoke(group, ["run", "nothing"])
    assert "No job is named nothing" in str(unknown.exception)


def test_a_job_needs_no_visitor(app: Flask) -> None:
    seen: list[str] = []

    def work(_session: Session, _now: datetime) -> int:
        seen.append(request.host)
        return 0

    run_now(app, Job("test.request", DAY, work, DAY))
    assert json.dumps(seen) == '["localhost"]'
