"""Mail of the outbox reaches a real mail server, once and late rather than never."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import web.mail
from app import create_app
from matching.encoder import HashEncoder
from models.base import utc_now
from models.database import begin_write
from models.outbox import BACK_OFF, LEASE, MailState, OutboxMail, enqueue_mail
from tests.conftest import session_on, settings_for
from tests.letter_box import LetterBox
from web.database import db
from web.mail import _checks, send_due_mail, still_applies
from web.settings import MailSettings


def application(url: str, folder: Path, port: int) -> Flask:
    settings = settings_for(url, folder)
    mail = MailSettings("127.0.0.1", port, None, None, False, "Counterpart <post@counterpart.example>")
    values = {**settings.__dict__, "mail": mail}
    return create_app(type(settings)(**values), load_encoder=HashEncoder)


@pytest.fixture
def app(database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]) -> Iterator[Flask]:
    app = application(database_url, tmp_path, letter_box[1])
    with app.app_context():
        yield app
        db.session.remove() if hasattr(db.session, "remove") else db.session.close()
        db.engine.dispose()


@pytest.fixture
def box(letter_box: tuple[LetterBox, int]) -> LetterBox:
    return letter_box[0]


def enqueue(
    session: Session, occurrence: str = "1", kind: str = "test.note", due_at: datetime | None = None
) -> None:
    begin_write(session)
    enqueue_mail(
        session,
        kind,
        7,
        "ada@alba.example",
        occurrence,
        "Grüße – hello",
        "Bonjour à tous",
        "<p>à</p>",
        due_at,
    )
    session.commit()


def only_mail(session: Session) -> OutboxMail:
    session.rollback()
    return session.scalars(select(OutboxMail)).one()


def test_a_mail_arrives_with_its_words_and_a_message_id_of_our_domain(app: Flask, box: LetterBox) -> None:
    enqueue(db.session)
    assert send_due_mail(db.session) == 1
    [mail] = box.mails
    assert mail["To"] == "ada@alba.example"
    assert mail["Subject"] == "Grüße – hello"
    assert mail["Message-ID"].endswith("@localhost>")
    assert mail.get_body(("plain",)).get_content().strip() == "Bonjour à tous"  # type: ignore[union-attr] # It has one.
    row = only_mail(db.session)
    assert (row.state, row.attempts, row.leased_until) == (MailState.SENT, 1, None)
    assert row.sent_at is not None


def test_the_links_of_account_mail_are_forgotten_once_it_is_sent(app: Flask, box: LetterBox) -> None:
    begin_write(db.session)
    for kind in ("account.reset_instructions", "membership.decided"):
        enqueue_mail(db.session, kind, 1, "ada@alba.example", "1", "Hello", "https://localhost/reset/secret")
    db.session.commit()
    assert send_due_mail(db.session) == 2
    assert [mail.get_content().strip() for mail in box.mails] == ["https://localhost/reset/secret"] * 2
    db.session.rollback()
    bodies = {mail.kind: mail.body for mail in db.session.scalars(select(OutboxMail))}
    assert bodies == {
        "account.reset_instructions": "",
        "membership.decided": "https://localhost/reset/secret",
    }


def test_each_mail_is_sent_once_however_often_the_worker_looks(app: Flask, box: LetterBox) -> None:
    enqueue(db.session, "1")
    enqueue(db.session, "2")
    enqueue(db.session, "2")
    assert [send_due_mail(db.session) for _ in range(3)] == [2, 0, 0]
    assert len(box.mails) == 2


def test_a_mail_that_is_not_due_yet_waits(app: Flask, box: LetterBox) -> None:
    enqueue(db.session, due_at=utc_now() + timedelta(minutes=10))
    assert send_due_mail(db.session) == 0
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        assert send_due_mail(db.session) == 1


def test_a_mail_that_is_turned_away_is_tried_again_later_and_its_error_names_nobody(
    app: Flask, box: LetterBox
) -> None:
    enqueue(db.session)
    box.refusals = 1
    assert send_due_mail(db.session) == 0
    row = only_mail(db.session)
    assert (row.state, row.last_error) == (MailState.QUEUED, "SMTPDataError 451")
    assert send_due_mail(db.session) == 0, "not before its time"
    with time_machine.travel(utc_now() + BACK_OFF[0] + timedelta(seconds=1)):
        assert send_due_mail(db.session) == 1
    assert only_mail(db.session).attempts == 2


def test_a_server_that_is_down_costs_no_mail_until_patience_ends(database_url: str, tmp_path: Path) -> None:
    app = application(database_url, tmp_path, port=1)
    with app.app_context():
        enqueue(db.session)
        moment = utc_now()
        for wait in (timedelta(0), *BACK_OFF):
            moment += wait + timedelta(seconds=1)
            assert only_mail(db.session).state is MailState.QUEUED
            with time_machine.travel(moment):
                assert send_due_mail(db.session) == 0
        row = only_mail(db.session)
        assert (row.state, row.attempts) == (MailState.FAILED, len(BACK_OFF) + 1)
        db.session.close()
        db.engine.dispose()


def test_one_mail_that_cannot_be_built_does_not_hold_up_the_next(app: Flask, box: LetterBox) -> None:
    begin_write(db.session)
    enqueue_mail(db.session, "test", 1, "ada@alba.example", "bad", "two\nlines", "text")
    db.session.commit()
    enqueue(db.session)
    assert send_due_mail(db.session) == 1
    states = set(db.session.scalars(select(OutboxMail.state)))
    assert states == {MailState.QUEUED, MailState.SENT}


def test_a_mail_that_no_longer_applies_is_never_sent(app: Flask, box: LetterBox) -> None:
    asked: list[int | None] = []

    @still_applies("test.withdrawn")
    def check(_session: Session, mail: OutboxMail) -> bool:
        asked.append(mail.record_id)
        return False

    try:
        enqueue(db.session, kind="test.withdrawn")
        assert send_due_mail(db.session) == 0
    finally:
        del _checks["test.withdrawn"]
    assert asked == [7]
    assert box.mails == []
    assert only_mail(db.session).state is MailState.OBSOLETE


def test_two_workers_never_send_the_same_mail(
    app: Flask, box: LetterBox, database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]
) -> None:
    for number in range(30):
        enqueue(db.session, str(number))
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_send_all, args=(database_url, tmp_path, letter_box[1])) for _ in range(2)
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
    context = multiprocessing.get_context("spawn")
    worker = context.Process(target=_send_and_die, args=(database_url, tmp_path, letter_box[1]))
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


@pytest.mark.postgresql
def test_the_lease_works_on_postgresql(
    postgresql_database: str, tmp_path: Path, letter_box: tuple[LetterBox, int]
) -> None:
    session = session_on(postgresql_database)
    enqueue(session, "on postgresql")
    app = application(postgresql_database, tmp_path, letter_box[1])
    with app.app_context():
        assert send_due_mail(db.session) == 1
        db.session.close()
        db.engine.dispose()
    assert only_mail(session).state is MailState.SENT
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr] # Bound to an engine of its own.
