"""How the board and the table take 5,000 relationships: statements and processor time, against a page of one card.

Each relationship has a next step and two moves behind it. The application answers in this process, on SQLite.
Run: ``python -m tests.benchmarks.bench_board [cards]``
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from app import create_app
from matching.encoder import HashEncoder
from models.base import Base, utc_now
from models.database import begin_write, prepare_engine
from models.organisation import Unit
from models.relationship import Stage, StageChange
from tests.cards import add_card, add_step
from tests.conftest import settings_for
from tests.world import World, build_world
from web.database import db
from web.database_commands import import_every_record

ROUNDS = 30
PATHS = ("", "?stage=all", "?quietness=cold", "?text=partner%2012", "table", "table?sort=quiet&page=2")
STAGES = (Stage.SUGGESTED, Stage.INTRODUCED, Stage.MEETING, Stage.FOLLOW_UP, Stage.PARTNERSHIP, Stage.CLOSED)


def main(cards: int) -> None:
    """Print for each page its statements and the median of its processor milliseconds, with one card and with many."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        few, full = _measured(Path(one), 1), _measured(Path(many), cards)
    print(f"{'page':<26}{'1 card':>20}{f'{cards} cards':>20}{'times':>8}")
    for path in PATHS:
        (few_statements, few_time), (statements, taken) = few[path], full[path]
        print(
            f"{'board' + path if not path.startswith('table') else path:<26}"
            f"{few_statements:>8} st {few_time:>6.1f} ms{statements:>8} st {taken:>6.1f} ms{taken / few_time:>7.1f}x"
        )


def _measured(folder: Path, cards: int) -> dict[str, tuple[int, float]]:
    import_every_record()
    settings = settings_for(f"sqlite:///{folder}/bench.sqlite3", folder)
    engine = create_engine(settings.database_url)
    Base.metadata.create_all(engine)
    prepare_engine(engine)
    with Session(engine) as session:
        world = build_world(session)
        _add_cards(session, world, cards)
    engine.dispose()
    app = create_app(settings, load_encoder=HashEncoder)
    client = app.test_client()
    with client.session_transaction() as session_cookie:
        session_cookie["_user_id"] = "session-of-olga"
        session_cookie["_fresh"] = True
    root = f"/units/{world.units['alba']}/pipeline/"
    answers = {
        path: (_statements(app, client, root + path), _milliseconds(client, root + path)) for path in PATHS
    }
    with app.app_context():
        db.engine.dispose()
    return answers


def _add_cards(session: Session, world: World, cards: int) -> None:
    begin_write(session)
    now = utc_now()
    unit = session.get_one(Unit, world.units["alba plant"])
    for number in range(cards):
        stage = STAGES[number % len(STAGES)]
        ours = add_card(
            session, unit, f"Partner {number}", stage, world.people["max"], number % 90, number % 70
        )
        add_step(session, ours, "Send the plan", number % 60 - 20, world.people["max"])
        for days, before, after in (
            (100 + number % 50, Stage.SUGGESTED, Stage.INTRODUCED),
            (number % 70, Stage.INTRODUCED, stage),
        ):
            session.add(
                StageChange(
                    relationship_id=ours.id,
                    at=now - timedelta(days=days),
                    from_stage=before,
                    to_stage=after,
                )
            )
    session.commit()


def _statements(app: Flask, client: FlaskClient, path: str) -> int:
    asked: list[object] = []

    def note(*given: object) -> None:
        asked.append(given[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return len(asked)


def _milliseconds(client: FlaskClient, path: str) -> float:
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        client.get(path)
        taken.append(1000 * (time.process_time() - started))
    return statistics.median(taken)


if __name__ == "__main__":
    main(*([int(argument) for argument in sys.argv[1:]] or [5_000]))
