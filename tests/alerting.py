"""A market whose new posts are looked at as the worker does; import the fixtures by name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import HashEncoder
from matching.passages import passages_for, store_passages
from models.alert import AlertSetting, Frequency
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import Unit
from models.outbox import OutboxMail
from models.post import Post, PostKind, PostSide, Visibility
from tests.periodic_work import run_jobs
from tests.world import World, build_world, publish_post
from web.database import db

WEDNESDAY_NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)
OFFER = (
    "Graduates who run ageing tests on lithium battery cells. They know impedance spectroscopy and Python. "
    "Test engineers for battery cells, as many as you need."
)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY_NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def market(clock: time_machine.Traveller, app: Flask) -> World:
    """The world as it is when alerts are looked at for the first time."""
    with app.app_context():
        world = build_world(db.session)
    look(app)
    clock.shift(timedelta(minutes=5))
    return world


def look(app: Flask) -> None:
    """One run of the job, as the worker runs it."""
    run_jobs(app, "alerts")


def publish(
    session: Session,
    world: World,
    unit: str = "boreal engineering",
    side: PostSide = PostSide.CAPABILITY,
    text: str = OFFER,
    title: str = "Battery graduates",
    visibility: Visibility = Visibility.NETWORK,
) -> int:
    kind = PostKind.TALENT if side is PostSide.NEED else PostKind.GRADUATES
    return publish_post(session, world, unit, side, kind, title, text, visibility)


def change(session: Session, world: World, post_id: int, text: str) -> None:
    begin_write(session)
    post = session.get_one(Post, post_id)
    post.text = text
    store_passages(post, passages_for(post.matching_text, "en", HashEncoder(), world.encoder_id))
    note_post_change(session, post_id)
    session.commit()


def choose(world: World, person: str, unit: str, frequency: Frequency) -> None:
    begin_write(db.session)
    setting = db.session.scalar(
        select(AlertSetting).where(
            AlertSetting.person_id == world.people[person], AlertSetting.unit_id == world.units[unit]
        )
    )
    if setting is None:
        organisation_id = db.session.get_one(Unit, world.units[unit]).organisation_id
        setting = AlertSetting(
            person_id=world.people[person], organisation_id=organisation_id, unit_id=world.units[unit],
            frequency=frequency,
        )  # fmt: skip
        db.session.add(setting)
    setting.frequency = frequency
    db.session.commit()


def mails(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        return list(
            db.session.scalars(
                select(OutboxMail).where(OutboxMail.kind == "alert.posts").order_by(OutboxMail.id)
            )
        )


def recipients(app: Flask) -> list[str]:
    return sorted(mail.recipient.partition("@")[0] for mail in mails(app))
