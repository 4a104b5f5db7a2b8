"""Mail of the outbox reaches a real mail server, once and late rather than never."""

from datetime import timedelta
from pathlib import Path

import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.outbox import BACK_OFF, MailState, OutboxMail, enqueue_mail, try_again
from models.person import Person
from tests.letter_box import LetterBox
from tests.mail_sending import app as app
from tests.mail_sending import application, enqueue, only_mail
from tests.mail_sending import box as box
from web.database import db
from web.mail import _checks, send_due_mail, still_applies


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


def test_nothing_is_sent_to_somebody_who_left_meanwhile(app: Flask, box: LetterBox) -> None:
    begin_write(db.session)
    db.session.add(Person(name="Ada", email="ada@alba.example", left_at=utc_now()))
    enqueue_mail(db.session, "test", 1, "ada@alba.example", "1", "Hello", "text")
    db.session.commit()
    assert send_due_mail(db.session) == 0
    assert only_mail(db.session).state is MailState.OBSOLETE
    assert box.mails == []
