"""Reminders of one person that become one letter: each is told once, and none keeps another back."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.outbox import MailState, OutboxMail
from models.person import Person
from models.reminder import Reminder, ReminderState, remind
from tests.letter_box import LetterBox
from tests.mail_sending import application
from tests.sweeping import swept_by_two
from web.database import db
from web.letters import Letter
from web.mail import _checks, send_due_mail
from web.reminders import _gatherings, reminds_together, sweep_reminders

KIND = "test.together"
over: set[int] = set()
broken: set[int] = set()


def letter_of(notes: Sequence[int]) -> Letter:
    return Letter(f"Notes {' '.join(map(str, notes))}", "mail/together_of_tests.txt", {})


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    @reminds_together(KIND, letter_of)
    def note(_session: Session, reminder: Reminder) -> int | None:
        if reminder.record_id in broken:
            raise ZeroDivisionError
        return None if reminder.record_id in over else reminder.record_id

    yield
    over.clear()
    broken.clear()
    del _gatherings[KIND]
    del _checks[f"reminder.{KIND}"]


def allow_test_letter(app: Flask) -> None:
    own = DictLoader({"mail/together_of_tests.txt": "Hello {{ recipient.name }},\n"})
    assert app.jinja_env.loader is not None
    app.jinja_env.loader = ChoiceLoader([own, app.jinja_env.loader])


@pytest.fixture
def app(either_database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]) -> Iterator[Flask]:
    app = application(either_database_url, tmp_path, letter_box[1])
    allow_test_letter(app)
    with app.test_request_context():
        begin_write(db.session)
        for name in ("ada", "boris"):
            db.session.add(Person(name=name, email=f"{name}@alba.example"))
        db.session.commit()
        yield app
        db.session.close()
        db.engine.dispose()


def ask(name: str, records: Sequence[int], due_at: datetime, lapses_at: datetime | None = None) -> None:
    begin_write(db.session)
    person = db.session.scalars(select(Person).where(Person.name == name)).one()
    for record in records:
        remind(db.session, KIND, record, person.id, due_at, "1", lapses_at)
    db.session.commit()


def written() -> list[tuple[str, str]]:
    db.session.rollback()
    found = select(OutboxMail.recipient, OutboxMail.subject).order_by(OutboxMail.id)
    return [(row.recipient.partition("@")[0], row.subject) for row in db.session.execute(found)]


def states() -> dict[int, ReminderState]:
    db.session.rollback()
    return {row.record_id: row.state for row in db.session.scalars(select(Reminder))}


def test_what_is_due_for_one_person_is_one_letter_and_is_told_once(app: Flask) -> None:
    ask("ada", [1, 2, 3], utc_now())
    ask("boris", [4], utc_now())
    ask("ada", [5], utc_now() + timedelta(hours=1))
    ask("ada", [6], utc_now(), lapses_at=utc_now())
    over.add(2)
    assert [sweep_reminders(db.session, utc_now()) for _ in range(2)] == [3, 0]
    assert written() == [("ada", "Notes 1 3"), ("boris", "Notes 4")]
    sent = ReminderState.SENT
    assert states() == {
        1: sent,
        2: ReminderState.OBSOLETE,
        3: sent,
        4: sent,
        5: ReminderState.WAITING,
        6: ReminderState.LAPSED,
    }
    with time_machine.travel(utc_now() + timedelta(hours=2)):
        assert sweep_reminders(db.session, utc_now()) == 1
    assert written()[2:] == [("ada", "Notes 5")]


def test_where_nothing_applies_any_more_nothing_is_written(app: Flask) -> None:
    ask("ada", [1, 2], utc_now())
    over.update({1, 2})
    assert sweep_reminders(db.session, utc_now()) == 0
    assert written() == []
    assert set(states().values()) == {ReminderState.OBSOLETE}


def test_one_that_raises_keeps_none_of_the_others_back_for_long(app: Flask) -> None:
    broken.add(3)
    ask("ada", [1, 2, 3, 4, 5], utc_now())
    start = utc_now()
    for minutes in (0, 2, 10):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            sweep_reminders(db.session, utc_now())
    told = sorted(int(note) for _name, subject in written() for note in subject.split()[1:])
    assert told == [1, 2, 4, 5]
    assert states()[3] is ReminderState.WAITING
    broken.clear()
    with time_machine.travel(start + timedelta(days=1)):
        assert sweep_reminders(db.session, utc_now()) == 1
    assert written()[-1] == ("ada", "Notes 3")


@pytest.mark.parametrize(
    ("overtaken", "state"), [({1}, MailState.SENT), ({1, 2}, MailState.OBSOLETE)], ids=["one", "all"]
)
def test_a_letter_that_waited_for_its_server_is_sent_while_any_of_it_applies(
    app: Flask, overtaken: set[int], state: MailState
) -> None:
    ask("ada", [1, 2], utc_now())
    sweep_reminders(db.session, utc_now())
    # Told in another letter, so they say nothing about the first one.
    with time_machine.travel(utc_now() + timedelta(minutes=1)):
        ask("ada", [3], utc_now())
        sweep_reminders(db.session, utc_now())
    over.update(overtaken)
    with time_machine.travel(utc_now() + timedelta(hours=2)):
        send_due_mail(db.session)
    db.session.rollback()
    rows = {row.subject: row.state for row in db.session.scalars(select(OutboxMail))}
    assert rows == {"Notes 1 2": state, "Notes 3": MailState.SENT}


def test_two_sweeps_at_once_write_each_letter_once(
    app: Flask, either_database_url: str, tmp_path: Path
) -> None:
    ask("ada", range(20), utc_now())
    ask("boris", range(20, 40), utc_now())
    assert swept_by_two(either_database_url, tmp_path, allow_test_letter) == 40
    assert sorted(name for name, _subject in written()) == ["ada", "boris"]
