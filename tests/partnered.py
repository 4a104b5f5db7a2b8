"""A partnership as its pages are asked for; import the fixtures by name."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.outbox import OutboxMail
from models.partnership import Partnership
from tests.dealings import Dealings
from tests.dealings import dealt as dealt
from tests.partnering import Partnering, add_partnership
from tests.world import World
from web.database import db


@pytest.fixture
def ids(app: Flask, world: World, dealt: Dealings) -> Partnering:
    with app.app_context():
        return add_partnership(db.session, world, introduction_id=dealt.introduction)


def as_it_is_now(partnership_id: int) -> Partnership:
    db.session.expire_all()
    return db.session.get_one(Partnership, partnership_id)


def mails(app: Flask, kind: str) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)))
