"""Two sweeps of reminders at once, each by an application of its own on the same database."""

import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from app import create_app
from matching.encoder import HashEncoder
from models.base import utc_now
from tests.conftest import settings_for
from web.database import db
from web.reminders import sweep_reminders


def swept_by_two(database_url: str, folder: Path, prepare: Callable[[Flask], None]) -> int:
    """How many reminders the two found together; ``prepare`` is done to each application before."""
    settings = settings_for(database_url, folder)
    barrier = threading.Barrier(2, timeout=60)
    counts: list[int] = []

    def sweep(app: Flask) -> None:
        with app.test_request_context():
            barrier.wait()
            counts.append(sweep_reminders(db.session, utc_now()))
            db.session.close()
            db.engine.dispose()

    apps = [create_app(settings, load_encoder=HashEncoder) for _ in range(2)]
    for app in apps:
        prepare(app)
    sweepers = [threading.Thread(target=sweep, args=(app,)) for app in apps]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    assert len(counts) == 2
    return sum(counts)
