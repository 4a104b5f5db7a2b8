"""How Home and the list of follow-ups take 5,000 introductions and relationships, against a page with one of each.

Each partner brings all seven kinds of lines. The application answers in this process, on SQLite.
Run: ``python -m tests.benchmarks.bench_attention [partners]``
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from app import create_app
from matching.encoder import HashEncoder
from models.base import Base
from models.database import prepare_engine
from tests.conftest import settings_for
from tests.many_dealings import add_many_dealings
from tests.world import build_world
from web.database import db
from web.database_commands import import_every_record

ROUNDS = 15
PAGES = {
    "home, mine": "/?unit={unit}",
    "home, our office": "/?unit={unit}&whose=ours",
    "follow-ups, mine": "/units/{unit}/follow-ups/",
    "follow-ups, our office": "/units/{unit}/follow-ups/?whose=ours",
}


def main(partners: int) -> None:
    """Print for each page its statements and the median of its milliseconds, with one partner and with many."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        few, full = _measured(Path(one), 1), _measured(Path(many), partners)
    print(f"{'page':<26}{'1 partner':>20}{f'{partners} partners':>20}{'times':>8}")
    for page in PAGES:
        (few_statements, few_time), (statements, taken) = few[page], full[page]
        print(
            f"{page:<26}{few_statements:>8} st {few_time:>6.1f} ms"
            f"{statements:>8} st {taken:>6.1f} ms{taken / few_time:>7.1f}x"
        )


def _measured(folder: Path, partners: int) -> dict[str, tuple[int, float]]:
    import_every_record()
    settings = settings_for(f"sqlite:///{folder}/bench.sqlite3", folder)
    engine = create_engine(settings.database_url)
    Base.metadata.create_all(engine)
    prepare_engine(engine)
    with Session(engine) as session:
        world = build_world(session)
        add_many_dealings(session, world, partners)
    engine.dispose()
    app = create_app(settings, load_encoder=HashEncoder)
    client = app.test_client()
    with client.session_transaction() as session_cookie:
        session_cookie["_user_id"] = "session-of-olga"
        session_cookie["_fresh"] = True
    answers = {}
    for page, pattern in PAGES.items():
        path = pattern.format(unit=world.units["alba"])
        answers[page] = (_statements(app, client, path), _milliseconds(client, path))
    with app.app_context():
        db.engine.dispose()
    return answers


def _statements(app: Flask, client: FlaskClient, path: str) -> int:
    """How many statements one look at the page sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    answer = client.get(path)
    event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, answer.status
    return len(sent)


def _milliseconds(client: FlaskClient, path: str) -> float:
    """The median of some looks, after one that fills the caches."""
    client.get(path)
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(path)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
