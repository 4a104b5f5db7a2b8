"""A request to meet as Max of Alba makes it in a browser; import the clock by name."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.introduction import Introduction
from models.outbox import OutboxMail
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def new_path(world: World, unit: str = "alba plant", partner: str = "boreal", rest: str = "") -> str:
    return f"/units/{world.units[unit]}/introductions/new?partner={world.organisations[partner]}{rest}"


def ask(browse: Browser, world: World, values: dict[str, str | list[str]] | None = None) -> str:
    """Max asks Boreal's faculty; return the path of the introduction."""
    page = browse.sign_in("max").get(new_path(world))
    check = browse.submit(page, "See what they will read", values, status=200)
    # The helper that fills forms in keeps one value of a name, a browser every one.
    sent = browse.submit(check, "Send the request", values)
    return str(sent.response.headers["Location"]).split("?")[0]


def mails(app: Flask, recipient: str = "") -> list[OutboxMail]:
    with app.app_context():
        wanted = select(OutboxMail).order_by(OutboxMail.id)
        rows = db.session.scalars(wanted).all()
        return [row for row in rows if row.recipient.startswith(recipient)]


def only() -> Introduction:
    return db.session.scalars(select(Introduction)).one()


def accept(browse: Browser, path: str, name: str = "dora", number: int = 0, status: int = 303) -> Page:
    page = browse.sign_in(name).get(path)
    slot = page.select("input[name=slot]")[number]["value"]
    return browse.submit(page, "Accept this time", {"slot": str(slot)}, status=status)
