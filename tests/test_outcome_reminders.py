"""Asking what came of a meeting: the organiser twice, then the office, until their side told it."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.meeting import Meeting, MeetingState
from models.outbox import OutboxMail
from models.outcome_rules import ask_for_outcome
from models.reminder import Reminder, ReminderState
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.met import met as met
from tests.met import outcome_path, tell
from web.database import db
from web.reminders import sweep_reminders

DAY = timedelta(days=1)


@pytest.fixture
def ended_at(app: Flask, met: Dealings) -> datetime:
    """When the meeting ended, of which the reminders have been planned."""
    with app.app_context():
        begin_write(db.session)
        meeting = db.session.get_one(Meeting, met.past_meeting)
        ask_for_outcome(db.session, meeting)
        db.session.commit()
        return meeting.ends_at


def sweep(app: Flask, at: datetime) -> list[tuple[str, str]]:
    """Whom the sweep at this moment writes to, and what."""
    with time_machine.travel(at, tick=False), app.test_request_context():
        before = set(db.session.scalars(select(OutboxMail.id)))
        sweep_reminders(db.session, at)
        mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        asked = "reminder.outcome.missing"
        return [(mail.recipient, mail.body) for mail in mails if mail.id not in before and mail.kind == asked]


def test_the_organiser_is_asked_after_the_end_and_a_day_later_and_then_the_office(
    app: Flask, met: Dealings, ended_at: datetime
) -> None:
    assert sweep(app, ended_at - timedelta(seconds=1)) == []
    ((recipient, body),) = sweep(app, ended_at)
    assert recipient == "max@alba.example"
    assert "your meeting with Boreal University is over" in body
    assert f"/meetings/{met.past_meeting}/outcome/log" in body
    assert [recipient for recipient, _ in sweep(app, ended_at + DAY)] == ["max@alba.example"]
    ((recipient, body),) = sweep(app, ended_at + 2 * DAY)
    assert recipient == "olga@alba.example"
    assert "Max Example had a meeting with Boreal University" in body
    assert sweep(app, ended_at + 30 * DAY) == []


def test_after_a_week_of_silence_each_is_asked_once(app: Flask, ended_at: datetime) -> None:
    recipients = [recipient for recipient, _ in sweep(app, ended_at + 7 * DAY)]
    assert recipients == ["max@alba.example", "olga@alba.example"]


def test_nobody_is_asked_once_their_own_side_told_it(
    browse: Browser, app: Flask, met: Dealings, ended_at: datetime
) -> None:
    tell(browse.sign_in("dora"), met)
    assert len(sweep(app, ended_at)) == 1, "what the other side told is not our account"
    tell(browse.sign_in("max"), met)
    assert sweep(app, ended_at + 2 * DAY) == []
    with app.app_context():
        states = select(Reminder.state).where(Reminder.kind == "outcome.missing").order_by(Reminder.due_at)
        assert db.session.scalars(states).all()[1:] == [ReminderState.OBSOLETE] * 2


def test_nobody_is_asked_what_came_of_a_meeting_that_was_not(
    browse: Browser, app: Flask, met: Dealings, ended_at: datetime
) -> None:
    page = browse.sign_in("dora").get(outcome_path(met, "/log"))
    browse.submit(page, "Save", {"held": "not_held"})
    assert sweep(app, ended_at) == []
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Meeting, met.past_meeting).state = MeetingState.CANCELLED
        db.session.commit()
    assert sweep(app, ended_at + 2 * DAY) == []
