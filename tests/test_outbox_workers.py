"""Several workers and writers of the outbox: each mail is written and sent once."""

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

import web.mail
from models.base import utc_now
from models.database import begin_write
from models.outbox import LEASE, MailState, enqueue_mail
from tests.conftest import session_on
from tests.letter_box import LetterBox
from tests.mail_sending import app as app
from tests.mail_sending import application, enqueue, only_mail
from tests.mail_sending import box as box
from tests.processes import forking
from web.database import db
from web.mail import send_due_mail


def test_two_writers_at_the_same_moment_enqueue_one_mail(either_database_url: str) -> None:
    barrier = threading.Barrier(4, timeout=60)
    ids = []

    def write() -> None:
        session = session_on(either_database_url)
        barrier.wait()
        for number in range(10):
            begin_write(session)
            mail = enqueue_mail(session, "test", 1, "ada@alba.example", str(number), "Hello", "text")
            ids.append(mail.id)
            session.commit()
        session.close()
        session.get_bind().dispose()  # type: ignore[union-attr] # Bound to an engine of its own.

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(ids) == 40, "no writer failed"
    assert len(set(ids)) == 10


def test_two_workers_never_send_the_same_mail(
    app: Flask, box: LetterBox, database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]
) -> None:
    for number in range(30):
        enqueue(db.session, str(number))
    workers = [
        forking.Process(target=_send_all, args=(database_url, tmp_path, letter_box[1])) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(box.mails) == 30
    assert len({mail["Message-ID"] for mail in box.mails}) == 30


def test_a_mail_that_another_worker_took_at_the_same_moment_is_left_to_it(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(db.session)
    other = session_on(database_url)
    taken: list[web.mail.Delivery | None] = []

    def be_too_late(session: Session) -> None:
        monkeypatch.undo()
        taken.append(web.mail._lease_next(other, utc_now()))
        begin_write(session)

    monkeypatch.setattr(web.mail, "begin_write", be_too_late)
    assert web.mail._lease_next(db.session, utc_now()) is None
    assert taken != [None]
    other.close()
    other.get_bind().dispose()  # type: ignore[union-attr] # Bound to an engine of its own.


def test_killed_between_sending_and_marking_the_same_mail_goes_out_again_under_the_same_id(
    app: Flask, box: LetterBox, database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]
) -> None:
    enqueue(db.session)
    worker = forking.Process(target=_send_and_die, args=(database_url, tmp_path, letter_box[1]))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    assert len(box.mails) == 1
    assert only_mail(db.session).state is MailState.QUEUED
    assert send_due_mail(db.session) == 0, "the lease still holds"
    with time_machine.travel(utc_now() + LEASE + timedelta(seconds=1)):
        assert send_due_mail(db.session) == 1
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]


def _send_all(url: str, folder: Path, port: int) -> None:
    with application(url, folder, port).app_context():
        send_due_mail(db.session)


def _send_and_die(url: str, folder: Path, port: int) -> None:
    def die(*_arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    web.mail._settle = die  # type: ignore[assignment] # The one moment at which dying is of interest.
    _send_all(url, folder, port)


def test_the_lease_works_on_either_database(
    either_database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]
) -> None:
    session = session_on(either_database_url)
    enqueue(session, "on either")
    app = application(either_database_url, tmp_path, letter_box[1])
    with app.app_context():
        assert send_due_mail(db.session) == 1
        db.session.close()
        db.engine.dispose()
    assert only_mail(session).state is MailState.SENT
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr] # Bound to an engine of its own.
