"""Reminders: each arrives once, after a week of downtime, too, and none that no longer applies."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.outbox import MailState, OutboxMail
from models.person import Person
from models.reminder import Reminder, ReminderState, forget_reminders, remind
from tests.letter_box import LetterBox, words_of
from tests.mail_sending import application
from tests.periodic_work import run_jobs
from tests.sweeping import swept_by_two
from web.database import db
from web.letters import Letter, public_url
from web.mail import _checks, send_due_mail
from web.moments import moment_words
from web.reminders import _wordings, reminds, sweep_reminders

KIND = "test.note"
# Records that this kind of reminder no longer applies to, and those that make it raise.
over: set[int] = set()
broken: set[int] = set()


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    @reminds(KIND)
    def say(_session: Session, reminder: Reminder) -> Letter | None:
        if reminder.record_id in broken:
            raise ZeroDivisionError
        if reminder.record_id in over:
            return None
        values = {"note": f"Note {reminder.record_id} was due {moment_words(reminder.due_at)}."}
        url = public_url("home.show", {})
        return Letter(f"Note {reminder.record_id}", "mail/reminder_of_tests.txt", values | {"url": url})

    yield
    over.clear()
    broken.clear()
    del _wordings[KIND]
    del _checks[f"reminder.{KIND}"]


@pytest.fixture
def app(either_database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]) -> Iterator[Flask]:
    app = application(either_database_url, tmp_path, letter_box[1])
    allow_test_letter(app)
    with app.test_request_context():
        begin_write(db.session)
        db.session.add(Person(name="Ada", email="ada@alba.example", zone="Asia/Tokyo"))
        db.session.commit()
        yield app
        db.session.close()
        db.engine.dispose()


def allow_test_letter(app: Flask) -> None:
    """A template of the tests' own beside the portal's."""
    from jinja2 import ChoiceLoader, DictLoader

    words = "Hello {{ recipient.name }},\n\n{{ note }}\n\n{{ url }}\n"
    own = DictLoader({"mail/reminder_of_tests.txt": words})
    assert app.jinja_env.loader is not None
    app.jinja_env.loader = ChoiceLoader([own, app.jinja_env.loader])


@pytest.fixture
def box(letter_box: tuple[LetterBox, int]) -> LetterBox:
    return letter_box[0]


def ask(record: int, due_at: datetime, lapses_at: datetime | None = None, occurrence: str = "1") -> None:
    begin_write(db.session)
    person = db.session.scalars(select(Person)).one()
    remind(db.session, KIND, record, person.id, due_at, occurrence, lapses_at)
    db.session.commit()


def sweep() -> int:
    count = sweep_reminders(db.session, utc_now())
    send_due_mail(db.session)
    db.session.rollback()
    return count


def states() -> dict[int, ReminderState]:
    db.session.rollback()
    return {row.record_id: row.state for row in db.session.scalars(select(Reminder))}


def test_a_due_reminder_arrives_once_in_the_time_of_its_reader(app: Flask, box: LetterBox) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 12).astimezone(), tick=False):
        ask(1, utc_now())
        ask(2, utc_now() + timedelta(hours=1))
        assert [sweep(), sweep()] == [1, 0]
    [mail] = box.mails
    assert mail["To"] == "ada@alba.example"
    assert "Tokyo time" in words_of(mail)
    assert words_of(mail).endswith("http://localhost/")
    assert states() == {1: ReminderState.SENT, 2: ReminderState.WAITING}


def test_a_worker_that_stood_still_for_a_week_sends_each_that_still_applies_once(
    app: Flask, box: LetterBox
) -> None:
    start = utc_now()
    for hour in range(7 * 24):
        lapses_at = start + timedelta(hours=hour + 24) if hour % 3 == 0 else None
        ask(hour, start + timedelta(hours=hour), lapses_at)
    over.update(hour for hour in range(7 * 24) if hour % 7 == 1)
    begin_write(db.session)
    forgotten = [hour for hour in range(7 * 24) if hour % 11 == 2]
    for hour in forgotten:
        forget_reminders(db.session, KIND, hour)
    db.session.commit()
    applies = {
        hour
        for hour in range(7 * 24)
        if hour not in over and hour not in forgotten and (hour % 3 or hour + 24 > 7 * 24)
    }
    with time_machine.travel(start + timedelta(days=7)):
        run_jobs(app, "reminders.sweep", "mail.send", "reminders.sweep", "mail.send")
    assert sorted(int(mail["Subject"].split()[1]) for mail in box.mails) == sorted(applies)
    assert set(states().values()) == {ReminderState.SENT, ReminderState.LAPSED, ReminderState.OBSOLETE}


def test_two_sweeps_at_once_write_each_reminder_once(
    app: Flask, either_database_url: str, tmp_path: Path
) -> None:
    for record in range(40):
        ask(record, utc_now())
    assert swept_by_two(either_database_url, tmp_path, allow_test_letter) == 40
    db.session.rollback()
    assert len(db.session.scalars(select(OutboxMail)).all()) == 40


def test_one_that_raises_stays_with_its_error_and_keeps_no_other_waiting(app: Flask, box: LetterBox) -> None:
    broken.add(1)
    ask(1, utc_now() - timedelta(hours=1))
    ask(2, utc_now())
    assert sweep() == 1
    row = db.session.scalars(select(Reminder).where(Reminder.record_id == 1)).one()
    assert (row.state, row.last_error, row.attempts) == (ReminderState.WAITING, "ZeroDivisionError", 1)
    broken.clear()
    assert sweep() == 0, "not at once again"
    with time_machine.travel(utc_now() + timedelta(minutes=2)):
        assert sweep() == 1
    assert len(box.mails) == 2


def test_a_reminder_without_its_feature_stays_too(app: Flask) -> None:
    begin_write(db.session)
    person = db.session.scalars(select(Person)).one()
    remind(db.session, "test.unknown", 1, person.id, utc_now(), "1")
    db.session.commit()
    assert sweep() == 0
    assert db.session.scalars(select(Reminder.last_error)).one() == "KeyError"


def test_nothing_is_written_to_somebody_who_left_and_a_merged_person_is_followed(
    app: Flask, box: LetterBox
) -> None:
    ask(1, utc_now())
    begin_write(db.session)
    ada = db.session.scalars(select(Person)).one()
    db.session.add(Person(name="Ada again", email="new@alba.example"))
    db.session.flush()
    again = db.session.scalars(select(Person).where(Person.name == "Ada again")).one()
    ada.merged_into_id = again.id
    db.session.commit()
    assert sweep() == 1
    assert box.mails[0]["To"] == "new@alba.example"
    begin_write(db.session)
    remind(db.session, KIND, 2, again.id, utc_now(), "1")
    db.session.get_one(Person, again.id).left_at = utc_now()
    db.session.commit()
    assert sweep() == 0
    assert states()[2] is ReminderState.OBSOLETE


def test_a_mail_that_waited_for_its_server_is_asked_once_more(app: Flask, box: LetterBox) -> None:
    for record in (1, 2, 3):
        ask(record, utc_now(), lapses_at=utc_now() + timedelta(hours=1) if record == 2 else None)
    assert sweep_reminders(db.session, utc_now()) == 3
    over.add(1)
    with time_machine.travel(utc_now() + timedelta(hours=2)):
        assert send_due_mail(db.session) == 1
    db.session.rollback()
    rows = {row.subject: row.state for row in db.session.scalars(select(OutboxMail))}
    assert rows == {
        "Note 1": MailState.OBSOLETE,
        "Note 2": MailState.OBSOLETE,
        "Note 3": MailState.SENT,
    }


def test_asking_again_moves_a_reminder_and_never_repeats_one_that_was_sent(app: Flask) -> None:
    soon, later = utc_now(), utc_now() + timedelta(days=1)
    ask(1, later)
    ask(1, soon)
    assert sweep() == 1, "moved to now"
    ask(1, soon)
    assert sweep() == 0
    ask(1, soon, occurrence="2")
    begin_write(db.session)
    assert forget_reminders(db.session, KIND, 1) == 1
    db.session.commit()
    assert sweep() == 0
    ask(1, soon, occurrence="2")
    assert sweep() == 1, "what was forgotten may be asked for again"
