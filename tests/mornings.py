"""A calm world whose people get their digest in the morning, and what the mornings bring."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp
from models.outbox import OutboxMail
from models.outcome import Topic
from models.person import DigestFrequency, Person
from models.relationship import Relationship
from tests.dealings import Dealings, add_dealings
from tests.periodic_work import run_jobs
from tests.world import World, build_calm_world
from web.database import db

# A Wednesday; Olga and Max live in Berlin, one hour ahead of UTC.
WEDNESDAY = datetime(2027, 2, 3, 12, tzinfo=UTC)
SEVEN = datetime(2027, 2, 4, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def calm(clock: time_machine.Traveller, app: Flask) -> World:
    """The world without anything that waits: no posts; everybody lives in Berlin, and Max and Dora get a digest."""
    with app.app_context():
        world = build_calm_world(db.session)
        begin_write(db.session)
        for person in db.session.scalars(select(Person)):
            person.zone = "Europe/Berlin"
        for name in ("max", "dora"):
            db.session.get_one(Person, world.people[name]).digest = DigestFrequency.DAILY
        db.session.commit()
    return world


@pytest.fixture
def dealt(calm: World, app: Flask) -> Dealings:
    with app.app_context():
        dealt = add_dealings(db.session, calm)
        begin_write(db.session)
        task = db.session.get_one(FollowUp, dealt.follow_up)
        task.due_on, task.due_at = (utc_now() - DAY).date(), utc_now() - DAY
        for ours in (dealt.ours, dealt.theirs):
            db.session.get_one(Relationship, ours).last_contact_at = utc_now()
        db.session.delete(db.session.get_one(Topic, dealt.topic))
        db.session.commit()
    return dealt


def morning(app: Flask, clock: time_machine.Traveller, at: datetime) -> list[OutboxMail]:
    """Let the jobs run at that moment; return the digests that they wrote."""
    clock.move_to(at)
    with app.app_context():
        before = db.session.scalar(select(func.max(OutboxMail.id))) or 0
    run_jobs(app, "digest", "reminders.sweep", "digest", "reminders.sweep")
    with app.app_context():
        written = select(OutboxMail).where(OutboxMail.id > before, OutboxMail.kind == "reminder.digest")
        return list(db.session.scalars(written.order_by(OutboxMail.id)))


def set_frequency(app: Flask, world: World, name: str, frequency: DigestFrequency) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, world.people[name]).digest = frequency
        db.session.commit()


def recipients(mails: list[OutboxMail]) -> list[str]:
    return [mail.recipient.partition("@")[0] for mail in mails]
