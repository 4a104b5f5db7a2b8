"""How pages take a market that grew: statements and processor time with many rows, against the same pages with one."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app import create_app
from matching.encoder import HashEncoder
from models.base import Base
from models.database import prepare_engine
from tests.browsing import sign_in
from tests.conftest import settings_for
from tests.statements import sent_statements
from tests.world import World, build_world
from web.database import db
from web.database_commands import import_every_record

ROUNDS = 20

Fill = Callable[[Session, World, int], None]


def print_growth(pages: Mapping[str, str], fill: Fill, many: int) -> None:
    """Print a line for each page, whose address may name ``{unit}``, Alba's root unit; Olga looks.

    ``fill(session, world, rows)`` adds the rows to the fixed world. The application answers in this process, on SQLite.
    """
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        few, full = _measured(Path(one), pages, fill, 1), _measured(Path(other), pages, fill, many)
    sys.stdout.write(f"{'page':<28}{'1 row':>20}{f'{many} rows':>20}{'times':>8}\n")
    for page in pages:
        (few_statements, few_time), (statements, taken) = few[page], full[page]
        sys.stdout.write(
            f"{page:<28}{few_statements:>8} st {few_time:>6.1f} ms"
            f"{statements:>8} st {taken:>6.1f} ms{taken / few_time:>7.1f}x\n"
        )


def _measured(folder: Path, pages: Mapping[str, str], fill: Fill, rows: int) -> dict[str, tuple[int, float]]:
    import_every_record()
    settings = settings_for(f"sqlite:///{folder}/bench.sqlite3", folder)
    engine = create_engine(settings.database_url)
    Base.metadata.create_all(engine)
    prepare_engine(engine)
    with Session(engine) as session:
        world = build_world(session)
        fill(session, world, rows)
    engine.dispose()
    app = create_app(settings, load_encoder=HashEncoder)
    client = app.test_client()
    sign_in(client, "olga")
    with app.app_context():
        engine = db.engine
    answers = {}
    for page, pattern in pages.items():
        path = pattern.format(unit=world.units["alba"])
        with sent_statements(engine) as sent:
            answer = client.get(path)
        assert answer.status_code == 200, answer.status
        answers[page] = (len(sent), _milliseconds(client, path))
    engine.dispose()
    return answers


def _milliseconds(client: FlaskClient, path: str) -> float:
    """The median processor time of some looks, after one that fills the caches."""
    client.get(path)
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        client.get(path)
        taken.append((time.process_time() - began) * 1000)
    return statistics.median(taken)
