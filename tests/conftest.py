"""Fixtures that every test may use: a database of either kind, the application, the world and a browser."""

import gc
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session

from app import create_app
from matching.encoder import HashEncoder
from models.base import Base
from models.database import prepare_engine
from tests.browsing import Browser
from tests.kept_work import KeptTemplates
from tests.kept_work import _addresses_compiled_once as _addresses_compiled_once
from tests.kept_work import _no_waiting_for_the_disk as _no_waiting_for_the_disk
from tests.kept_work import _statements_compiled_once as _statements_compiled_once
from tests.kept_work import compiled_templates as compiled_templates
from tests.letter_box import letter_box as letter_box
from tests.own_postgresql import empty_database, own_postgresql
from tests.world import World, build_world
from web.database_commands import import_every_record
from web.settings import MailSettings, Settings

# They take longest and so begin first: at the end many short ones fill every process alike.
LONGEST = (
    "test_browser",
    "test_isolation",
    "test_access",
    "test_outbox_kills",
    "test_whole_road",
    "test_main_job",
    "test_demo",
    "test_index",
)
LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}
_real_connect = socket.socket.connect


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def pytest_collection_finish() -> None:
    """What was imported stays to the end: nobody need look through all of it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def _connect_to_loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
        raise RuntimeError(f"tests reach no network but loopback, not {address}")
    _real_connect(self, address)


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _connect_to_loopback_only)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with today's tables, copied for each test: faster than creating the tables again."""
    path = tmp_path_factory.mktemp("template") / "counterpart.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    import_every_record()
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server with pgvector, started for this test process in a folder of its own."""
    # Its data is thrown away, and no test pulls a plug.
    with own_postgresql(waits_for_disk=False) as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: str) -> str:
    """The URL of an empty database with pgvector and today's tables."""
    return new_database(postgresql_server, "counterpart_tests")


@pytest.fixture(scope="session")
def vectors_database(postgresql_server: str) -> str:
    """The URL of a database with pgvector and today's tables, for the tests of this home alone: they make indexes."""
    return new_database(postgresql_server, "counterpart_vectors")


def new_database(server: str, name: str) -> str:
    """Make a database of this name with pgvector and today's tables on a server; return its URL."""
    url = empty_database(server, name)
    import_every_record()
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def either_database_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> str:
    """An empty database, first on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        return _copy_of(sqlite_template, tmp_path)
    url: str = request.getfixturevalue("postgresql_database")
    engine = create_engine(url)
    with engine.begin() as connection:
        _empty(connection)
    engine.dispose()
    return url


def _empty(connection: Connection) -> None:
    """Remove every row and let every number begin at one again. TRUNCATE would write each of the tables and indexes
    anew, which takes many times as long as deleting the few rows that a test leaves.
    """
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    # In one go: each of a hundred statements would take as long to send and to answer as to do.
    connection.execute(text("; ".join(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables)))
    numbers = connection.scalars(
        text("SELECT quote_ident(sequencename) FROM pg_sequences WHERE last_value IS NOT NULL")
    )
    if restarts := "; ".join(f"ALTER SEQUENCE {sequence} RESTART" for sequence in numbers.all()):
        connection.execute(text(restarts))


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty SQLite database."""
    return _copy_of(sqlite_template, tmp_path)


def _copy_of(template: Path, folder: Path) -> str:
    copy = folder / "counterpart.sqlite3"
    shutil.copy(template, copy)
    return f"sqlite:///{copy}"


def session_on(url: str) -> Session:
    """A session with the application's rules on a database of its own. The caller closes it."""
    engine = create_engine(url)
    prepare_engine(engine)
    return Session(engine)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    yield from _open_session(database_url)


@pytest.fixture
def either_session(either_database_url: str) -> Iterator[Session]:
    yield from _open_session(either_database_url)


def _open_session(url: str) -> Iterator[Session]:
    session = session_on(url)
    yield session
    engine = session.get_bind()
    session.close()
    engine.dispose()  # type: ignore[union-attr] # Bound to an engine just above.


def settings_for(database_url: str, folder: Path) -> Settings:
    return Settings(
        database_url=database_url,
        secret_key="a secret that only the tests know, long enough",
        public_url="http://localhost",
        data_folder=folder,
        encoder_name="hash",
        mail=MailSettings("localhost", 1, None, None, False, "Counterpart <counterpart@localhost>"),
        is_testing=True,
    )


@pytest.fixture
def app(database_url: str, tmp_path: Path, compiled_templates: KeptTemplates) -> Iterator[Flask]:
    """The application on an empty SQLite database, with the encoder that needs no weights, already warm."""
    yield from _open_app(database_url, tmp_path, compiled_templates)


@pytest.fixture
def either_app(
    either_database_url: str, tmp_path: Path, compiled_templates: KeptTemplates
) -> Iterator[Flask]:
    yield from _open_app(either_database_url, tmp_path, compiled_templates)


def _open_app(database_url: str, folder: Path, templates: KeptTemplates) -> Iterator[Flask]:
    from web.database import db

    app = create_app(settings_for(database_url, folder), load_encoder=HashEncoder)
    app.jinja_env.bytecode_cache = templates
    app.extensions["matcher"].encoder_after_waiting()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def built_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """The fixed world in a database of its own, written once and copied for each test."""
    with filling_a_copy(sqlite_template, tmp_path_factory.mktemp("world")) as (path, session):
        return path, build_world(session)


@pytest.fixture
def world(app: Flask, database_url: str, built_world: tuple[Path, World]) -> World:
    """The fixed world, in the application's database."""
    path, world = built_world
    fill_database(database_url, path)
    return deepcopy(world)


@contextmanager
def filling_a_copy(template: Path, folder: Path) -> Iterator[tuple[Path, Session]]:
    """A copy of this SQLite database in this folder, and a session that fills it for others to be filled from it."""
    path = folder / template.name
    shutil.copy(template, path)
    for session in _open_session(f"sqlite:///{path}"):
        yield path, session


def fill_database(url: str, path: Path) -> None:
    """Put all that stands in the SQLite database of this file into the one of this URL."""
    target_path = str(make_url(url).database)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target_path)) as target:
        target.execute("PRAGMA synchronous=OFF")
        source.backup(target)


@pytest.fixture
def browse(app: Flask, world: World) -> Browser:
    """A browser in front of the fixed world, signed out at first."""
    return Browser(app)
