"""What a mail of the outbox says when it arrives, and what is kept of it."""

from datetime import timedelta

import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.outbox import WORDS_KEPT, CalendarPart, MailState, OutboxMail, enqueue_mail
from tests.letter_box import LetterBox, words_of
from tests.mail_sending import app as app
from tests.mail_sending import box as box
from tests.mail_sending import enqueue, only_mail
from tests.periodic_work import found_job
from web.database import db
from web.mail import send_due_mail


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
