"""Bringing a database to today's shape, and telling whether it has it."""

import logging
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.script.revision import ResolutionError
from alembic.util.exc import CommandError
from flask import Flask
from flask_alembic import Alembic
from sqlalchemy import Connection, Engine, TypeDecorator, create_engine, event
from sqlalchemy.orm import Session

import models
from models import migrations
from models.base import Base, Embedding
from models.database import BUSY_TIMEOUT_MILLISECONDS, prepare_engine
from web.settings import StartError

MIGRATIONS_FOLDER = Path(migrations.__file__).parent
VERSIONS_FOLDER = MIGRATIONS_FOLDER / "versions"


class MigrationError(Exception):
    """A migration would leave rows that point to nothing."""


def upgrade_database(url: str, target: str = "heads") -> None:
    """Run the migrations that the database lacks, up to ``target``, all in one transaction."""
    with _alembic(url) as alembic:
        alembic.upgrade(target)


def is_database_current(url: str) -> bool:
    """Whether every migration has been run."""
    with _alembic(url) as alembic:
        return not alembic.needs_upgrade()


def differences_from_models(url: str) -> list[str]:
    """What a new migration would have to change, in Alembic's words; empty where nothing differs."""
    with _alembic(url) as alembic:
        return [str(difference) for difference in alembic.compare_metadata()]


def new_revision(url: str, message: str) -> Path:
    """Write the next numbered migration from what differs now; somebody must read it before it is used."""
    with _alembic(url) as alembic:
        script = alembic.revision(message, path=str(VERSIONS_FOLDER))[0]
        assert script is not None, "Alembic made no file"
        return Path(script.path)


@contextmanager
def _alembic(url: str) -> Iterator[Alembic]:
    import_every_record()
    app = Flask("migrations")
    app.config["ALEMBIC"] = {
        "script_location": str(MIGRATIONS_FOLDER),
        "version_locations": [str(VERSIONS_FOLDER)],
        "file_template": "%%(rev)s_%%(slug)s",
    }
    app.config["ALEMBIC_CONTEXT"] = {
        "render_as_batch": True,
        "render_item": _render_type,
        "compare_server_default": True,
        # Alembic assumes that SQLite cannot undo a CREATE TABLE. With our own BEGIN it can.
        "transactional_ddl": True,
    }
    engine = migration_engine(url)
    alembic = Alembic(run_mkdir=False, command_name="", metadatas=Base.metadata, engines=engine)
    alembic.rev_id = _next_number  # type: ignore[method-assign] # Its documentation says to.
    # The extension turns on its chatter when it is made.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        alembic.init_app(app)
        try:
            yield alembic
        except CommandError as error:
            if not isinstance(error.__cause__, ResolutionError):
                raise
            raise StartError(
                "The database was made by a newer version of this program. Start that one, or restore a backup "
                "from before its `db upgrade`."
            ) from error
        finally:
            engine.dispose()


def import_every_record() -> None:
    """Fill the metadata: a record whose file nobody imported would look like a table to drop."""
    for module in pkgutil.iter_modules(models.__path__, "models."):
        if not module.ispkg:
            import_module(module.name)
    import_module("web.accounts.account")


def migration_engine(url: str) -> Engine:
    """An engine that writes, and on SQLite does not act on foreign keys until all is done.

    Rebuilding a table there drops the old one, which would delete every row that cascades from it.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite_connection)
        event.listen(engine, "begin", _begin_on_sqlite)
        event.listen(engine, "commit", _check_foreign_keys)
    return engine


def _configure_sqlite_connection(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise MigrationError(
            f"A migration leaves rows that point to nothing, in: {tables}. Nothing was changed."
        )


def _next_number() -> str:
    taken = [path.name[:4] for path in VERSIONS_FOLDER.glob("[0-9]*.py")]
    return f"{int(max(taken, default='0')) + 1:04d}"


def _render_type(kind: str, rendered: Any, context: AutogenContext) -> str | bool:
    # A migration is history: it must not change when our column types do, so it names only the library's.
    if kind != "type" or not isinstance(rendered, TypeDecorator):
        return False
    if isinstance(rendered, Embedding):
        context.imports.add("from pgvector.sqlalchemy import VECTOR")
        return 'sa.LargeBinary().with_variant(VECTOR(), "postgresql")'
    return f"sa.{rendered.impl_instance!r}"


@contextmanager
def session_on(url: str) -> Iterator[Session]:
    """A session with the application's rules, for a command that needs no application."""
    engine = create_engine(url)
    prepare_engine(engine)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()
