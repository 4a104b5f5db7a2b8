"""Mail of the outbox reaches a real mail server, once and late rather than never."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import web.mail
from app import create_app
from matching.encoder import HashEncoder
from models.base import utc_now
from models.database import begin_write
from models.outbox import (
    BACK_OFF,
    LEASE,
    WORDS_KEPT,
    CalendarPart,
    MailState,
    OutboxMail,
    enqueue_mail,
    try_again,
)
from models.person import Person
from tests.conftest import session_on, settings_for
from tests.letter_box import LetterBox, words_of
from tests.periodic_work import found_job
from tests.processes import forking
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
    assert words_of(mail) == "Bonjour à tous"
    row = only_mail(db.session)
    assert (row.state, row.attempts, row.leased_until) == (MailState.SENT, 1, None)
    assert row.sent_at is not None


def test_the_links_of_account_mail_are_forgotten_once_it_is_sent(app: Flask, box: LetterBox) -> None:
    begin_write(db.session)
    for kind in ("account.reset_instructions", "membership.decided"):
        enqueue_mail(db.session, kind, 1, "ada@alba.example", "1", "Hello", "https://localhost/reset/secret")
    db.session.commit()
    assert send_due_mail(db.session) == 2
    assert [words_of(mail) for mail in box.mails] == ["https://localhost/reset/secret"] * 2
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


def test_a_server_that_is_down_costs_no_mail_however_long_it_takes(database_url: str, tmp_path: Path) -> None:
    app = application(database_url, tmp_path, port=1)
    with app.app_context():
        for number in range(3):
            enqueue(db.session, str(number))
        moment = utc_now()
        for _ in range(30):
            moment += timedelta(days=1)
            with time_machine.travel(moment):
                assert send_due_mail(db.session) == 0
        db.session.rollback()
        rows = db.session.scalars(select(OutboxMail)).all()
        assert {row.state for row in rows} == {MailState.QUEUED}
        assert {row.attempts for row in rows} == {0}, "nobody judged them"
        assert {row.last_error for row in rows} == {"ConnectionRefusedError"}
        db.session.close()
        db.engine.dispose()


def test_a_sweep_does_not_knock_for_every_mail_at_a_server_that_is_away(
    database_url: str, tmp_path: Path
) -> None:
    app = application(database_url, tmp_path, port=1)
    with app.app_context():
        for number in range(3):
            enqueue(db.session, str(number))
        send_due_mail(db.session)
        db.session.rollback()
        tried = [row.last_error for row in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))]
        assert tried == ["ConnectionRefusedError", "", ""]
        db.session.close()
        db.engine.dispose()


def test_a_mail_that_is_refused_again_and_again_is_given_up_and_its_operator_may_try_again(
    app: Flask, box: LetterBox
) -> None:
    enqueue(db.session)
    box.refusals = len(BACK_OFF) + 1
    moment = utc_now()
    for wait in (timedelta(0), *BACK_OFF):
        moment += wait + timedelta(seconds=1)
        assert only_mail(db.session).state is MailState.QUEUED
        with time_machine.travel(moment):
            assert send_due_mail(db.session) == 0
    row = only_mail(db.session)
    assert (row.state, row.attempts) == (MailState.FAILED, len(BACK_OFF) + 1)
    begin_write(db.session)
    assert try_again(db.session, row.id, utc_now())
    assert not try_again(db.session, row.id, utc_now()), "it is queued by now"
    db.session.commit()
    assert send_due_mail(db.session) == 1


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


def test_the_html_says_what_the_text_says_and_links_to_nobody_else(app: Flask, box: LetterBox) -> None:
    body = (
        "Hello Ada,\n\nthey write: <b>see</b> https://evil.example/x & http://localhost.evil.example/.\n\n"
        "Please decide:\n\nhttp://localhost/decide?a=1&b=2\n\nOr at http://localhost/later."
    )
    begin_write(db.session)
    enqueue_mail(db.session, "test", 1, "ada@alba.example", "1", "Hello", body)
    db.session.commit()
    send_due_mail(db.session)
    [mail] = box.mails
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr] # It has one.
    page = BeautifulSoup(html, "html.parser")
    links = [link["href"] for link in page.find_all("a")]
    assert "http://localhost/decide?a=1&b=2" in links
    assert "http://localhost/later" in links
    assert not [link for link in links if "evil" in link]
    assert "they write: <b>see</b> https://evil.example/x &" in page.get_text()
    assert page.find("b") is None
    assert page.find("img") is None


ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Grüße\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def test_a_calendar_part_is_an_alternative_with_its_method_and_a_file(app: Flask, box: LetterBox) -> None:
    begin_write(db.session)
    part = CalendarPart("REQUEST", ICS)
    enqueue_mail(db.session, "test", 1, "ada@alba.example", "1", "Hello", "text", calendar=part)
    db.session.commit()
    send_due_mail(db.session)
    [mail] = box.mails
    assert mail.get_content_type() == "multipart/mixed"
    alternatives, file = list(mail.iter_parts())
    assert [part.get_content_type() for part in alternatives.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    calendar = list(alternatives.iter_parts())[2]
    assert calendar.get_param("method") == "REQUEST"
    assert str(calendar["Content-Type"]).lower().count("charset") == 1
    assert calendar.get_content().replace("\r\n", "\n").strip() == ICS.replace("\r\n", "\n").strip()
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invite.ics")
    assert file.get_content() == ICS.encode()


def test_a_mail_that_can_be_stopped_says_so_in_its_header(app: Flask, box: LetterBox) -> None:
    begin_write(db.session)
    stop = "http://localhost/stop/abc"
    enqueue_mail(db.session, "test", 1, "ada@alba.example", "1", "Hello", "text", unsubscribe_url=stop)
    enqueue_mail(db.session, "test", 1, "ada@alba.example", "2", "Hello", "text")
    db.session.commit()
    send_due_mail(db.session)
    assert [mail["List-Unsubscribe"] for mail in box.mails] == [f"<{stop}>", None]
    assert [mail["List-Unsubscribe-Post"] for mail in box.mails] == ["List-Unsubscribe=One-Click", None]


def test_nothing_is_sent_to_somebody_who_left_meanwhile(app: Flask, box: LetterBox) -> None:
    begin_write(db.session)
    db.session.add(Person(name="Ada", email="ada@alba.example", left_at=utc_now()))
    enqueue_mail(db.session, "test", 1, "ada@alba.example", "1", "Hello", "text")
    db.session.commit()
    assert send_due_mail(db.session) == 0
    assert only_mail(db.session).state is MailState.OBSOLETE
    assert box.mails == []


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


def test_words_of_mail_sent_long_ago_are_forgotten_and_the_key_stays(app: Flask, box: LetterBox) -> None:
    job = found_job("mail.forget")
    enqueue(db.session)
    send_due_mail(db.session)
    enqueue(db.session, occurrence="2", due_at=utc_now() + timedelta(days=400))
    with time_machine.travel(utc_now() + WORDS_KEPT - timedelta(days=1)):
        assert job.work(db.session, utc_now()) == 0
    with time_machine.travel(utc_now() + WORDS_KEPT + timedelta(days=1)):
        assert job.work(db.session, utc_now()) == 1
        assert job.work(db.session, utc_now()) == 0
        sent, waiting = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        assert (sent.subject, sent.body, sent.state) == ("", "", MailState.SENT)
        assert waiting.body
        db.session.rollback()
        enqueue(db.session)
        assert send_due_mail(db.session) == 0, "a key is never sent twice"
    assert len(box.mails) == 1
