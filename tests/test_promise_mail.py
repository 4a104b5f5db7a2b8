"""Mail about promises: reminders of whoever owes one, and each move told once to the other side."""

from datetime import datetime, time, timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.commitment import CommitmentMove, Move
from models.commitment_standing import State
from models.outbox import OutboxMail
from models.reminder import Reminder, ReminderState
from tests.browsing import Browser
from tests.partnered import dealt as dealt
from tests.partnered import ids as ids
from tests.partnered import mails
from tests.partnering import Partnering
from tests.promised import DUE, LATER, agreed_offer, make, number_of, offer, state_of
from web.database import db
from web.reminders import sweep_reminders


def morning_of(due: str, days: int) -> datetime:
    """Nine in the morning, UTC, so many days after the due day."""
    return datetime.combine(datetime.fromisoformat(due).date(), time(9), utc_now().tzinfo) + timedelta(
        days=days
    )


def swept(app: Flask, moment: datetime) -> list[str]:
    """The subjects of what one sweep at that moment puts into the outbox."""
    with app.test_request_context(), time_machine.travel(moment, tick=False):
        sweep_reminders(db.session, utc_now())
        found = db.session.scalars(
            select(OutboxMail.subject).where(OutboxMail.kind.like("reminder.%")).order_by(OutboxMail.id)
        )
        return list(found)


def test_whoever_owes_it_is_reminded_the_day_before_on_the_day_and_once_when_it_is_overdue(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    agreed_offer(browse, ids)
    what = "The data of forty cells"
    assert swept(app, morning_of(DUE, -2)) == []
    assert swept(app, morning_of(DUE, -1)) == [f"Due tomorrow: {what}"]
    assert swept(app, morning_of(DUE, 0)) == [f"Due tomorrow: {what}", f"Due today: {what}"]
    everything = [f"Due tomorrow: {what}", f"Due today: {what}", f"Overdue: {what}"]
    assert swept(app, morning_of(DUE, 1)) == everything
    assert swept(app, morning_of(DUE, 9)) == everything


def test_after_a_week_of_downtime_only_what_still_applies_is_sent(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    agreed_offer(browse, ids)
    assert swept(app, morning_of(DUE, 7)) == ["Overdue: The data of forty cells"]


def test_a_promise_whose_condition_never_held_is_not_called_overdue(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    commitment = number_of(offer(browse.sign_in("max"), ids, {"condition": "once you have sent the cells"}))
    make(browse.sign_in("dora"), commitment, "promise", {})
    assert swept(app, morning_of(DUE, 7)) == []
    with time_machine.travel(morning_of(DUE, 7), tick=False):
        assert state_of(app, commitment) is State.EXPIRED


def test_a_delivered_promise_reminds_nobody_and_a_moved_one_at_its_new_day(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    commitment = agreed_offer(browse, ids)
    make(browse.sign_in("max"), commitment, "ask_change", {"due_on": LATER, "text": "The lorry is late."})
    make(browse.sign_in("dora"), commitment, "agree_change", {})
    assert swept(app, morning_of(DUE, 1)) == []
    assert swept(app, morning_of(LATER, -1)) == ["Due tomorrow: The data of forty cells"]
    make(browse.sign_in("max"), commitment, "deliver", {"text": "Sent."})
    assert len(swept(app, morning_of(LATER, 1))) == 1
    with app.app_context():
        waiting = db.session.scalars(select(Reminder).where(Reminder.state == ReminderState.WAITING)).all()
        assert [each.record_id for each in waiting if each.kind.startswith("commitment.")] == []


def test_the_old_day_is_reminded_of_while_nobody_answers_a_change(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    commitment, what = agreed_offer(browse, ids), "The data of forty cells"
    make(browse.sign_in("max"), commitment, "ask_change", {"due_on": LATER, "text": "The lorry is late."})
    told = [f"Due tomorrow: {what}", f"Overdue: {what}"]
    assert swept(app, morning_of(DUE, -1)) == told[:1]
    assert swept(app, morning_of(DUE, 1)) == told
    with app.app_context():
        bodies = db.session.scalars(select(OutboxMail.body).where(OutboxMail.kind.like("reminder.%"))).all()
    assert all("They have not answered the change that you asked for" in body for body in bodies)
    make(browse.sign_in("dora"), commitment, "agree_change", {})
    assert swept(app, morning_of(LATER, -1)) == [*told, f"Due tomorrow: {what}"]


def test_every_move_is_told_once_to_the_other_side_and_never_to_its_author(
    app: Flask, browse: Browser, ids: Partnering
) -> None:
    commitment = agreed_offer(browse, ids)
    make(browse.sign_in("max"), commitment, "deliver", {"text": "Sent."})
    assert [mail.recipient for mail in mails(app, "commitment.moved")] == [
        "dora@boreal.example",
        "max@alba.example",
        "dora@boreal.example",
    ]
    with app.app_context():
        moves = db.session.scalars(
            select(CommitmentMove.move).where(CommitmentMove.commitment_id == commitment)
        ).all()
    assert list(moves) == [Move.DRAFT, Move.SEND, Move.PROMISE, Move.DELIVER]
