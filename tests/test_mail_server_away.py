"""A mail server that is away is seen by the operator, costs no mail, and sends none twice when it is back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.outbox import BACK_OFF, MailState, OutboxMail
from tests.browsing import Browser
from tests.letter_box import LetterBox
from tests.mail_sending import application, enqueue
from tests.periodic_work import run_jobs
from tests.test_jobs_pages import add_mail
from tests.world import World
from web.database import db
from web.mail import send_due_mail

MINUTE = BACK_OFF[0] + timedelta(seconds=1)


@pytest.fixture
def answering(
    database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]
) -> Iterator[tuple[Flask, LetterBox]]:
    """The application on the same database with a mail server that answers: that of ``app`` is away."""
    answering = application(database_url, tmp_path, letter_box[1])
    yield answering, letter_box[0]
    with answering.app_context():
        db.session.close()
        db.engine.dispose()


def sweep(app: Flask, moment: datetime, times: int) -> datetime:
    """Let the worker look for mail so often, a minute apart; return the moment after the last look."""
    with app.app_context():
        for _ in range(times):
            with time_machine.travel(moment):
                send_due_mail(db.session)
            moment += MINUTE
        db.session.close()
    return moment


def mail_of(app: Flask) -> tuple[MailState, int, int, str]:
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail)).one()
        return mail.state, mail.attempts, mail.unanswered, mail.last_error


def test_attempts_that_no_server_answers_are_counted_beside_those_that_one_judges(
    app: Flask, answering: tuple[Flask, LetterBox]
) -> None:
    answering_app, box = answering
    with app.app_context():
        enqueue(db.session)
    moment = sweep(app, utc_now(), 9)
    assert mail_of(app) == (MailState.QUEUED, 0, 9, "ConnectionRefusedError")
    box.refusals = 1
    moment = sweep(answering_app, moment, 1)
    assert mail_of(app) == (MailState.QUEUED, 1, 0, "SMTPDataError 451")
    moment = sweep(app, moment, 2)
    assert mail_of(app) == (MailState.QUEUED, 1, 2, "ConnectionRefusedError")
    sweep(answering_app, moment, 3)
    assert mail_of(app)[:2] == (MailState.SENT, 2)
    assert len(box.mails) == 1


def test_the_operator_sees_how_often_and_why_mail_was_tried_in_vain(
    app: Flask, world: World, browse: Browser
) -> None:
    add_mail(app, "waits", due_at=utc_now() - timedelta(minutes=1))
    add_mail(app, "waits, too", due_at=utc_now() + timedelta(days=1))
    run_jobs(app, "mail.send")
    page = browse.sign_in("opal").get("/jobs")
    cells = [cell.get_text(strip=True) for cell in page.select("td[data-label=Attempts]")]
    assert cells == ["1"]
    assert "ConnectionRefusedError" in page.words
    assert "The mail server cannot be used" not in page.words, "it may only be restarting"


def test_a_server_that_stays_away_is_said_on_the_page_and_on_home(
    app: Flask, answering: tuple[Flask, LetterBox], world: World, browse: Browser
) -> None:
    with app.app_context():
        enqueue(db.session)
    moment = sweep(app, utc_now(), 5)
    with time_machine.travel(moment):
        run_jobs(app, "mail.send")
        words = browse.sign_in("opal").get("/jobs").words
        assert "The mail server cannot be used: 1 mail waits" in words
        assert "Tried 6 times in vain, at last: ConnectionRefusedError." in words
        assert "1 mail waits: the mail server cannot be used" in browse.get("/").words
        assert "mail server" not in browse.sign_in("olga").get("/").words
    moment = sweep(answering[0], moment + MINUTE, 1)
    with time_machine.travel(moment):
        assert "mail server" not in browse.sign_in("opal").get("/jobs").words
        assert "mail server" not in browse.get("/").words
