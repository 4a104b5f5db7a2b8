"""The marked world on a Wednesday, in which every private word has its readers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from models.database import begin_write
from models.person import DigestFrequency, Person
from tests.browsing import Browser
from tests.canaries import Deal, MarkedWorld, mark_world
from tests.conftest import fill_database, filling_a_copy
from tests.world import build_world

WEDNESDAY = datetime(2027, 2, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="session")
def marked_once(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MarkedWorld]:
    """The marked world of that Wednesday in a database of its own, written once and copied for each test."""
    folder = tmp_path_factory.mktemp("marked")
    with (
        time_machine.travel(WEDNESDAY, tick=False),
        filling_a_copy(sqlite_template, folder) as (path, session),
    ):
        marked = mark_world(session, build_world(session))
        begin_write(session)
        session.execute(update(Person).values(digest=DigestFrequency.DAILY))
        session.commit()
        return path, marked


@pytest.fixture
def marked(
    clock: time_machine.Traveller, app: Flask, database_url: str, marked_once: tuple[Path, MarkedWorld]
) -> MarkedWorld:
    fill_database(database_url, marked_once[0])
    return marked_once[1]


@pytest.fixture
def browse_marked(app: Flask, marked: MarkedWorld) -> Browser:
    return Browser(app)


def deal_of(marked: MarkedWorld, name: str) -> Deal:
    return next(deal for deal in marked.deals if deal.name == name)
