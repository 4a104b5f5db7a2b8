"""Sessions that read by default, and the one way to begin to write.

A GET cannot change anything: the driver refuses. A writing request first loads, authorises, validates and
encodes on a
reading session, then calls ``begin_write`` and loads and authorises again, so that the write transaction is
short and
sees the newest rows. On SQLite ``BEGIN IMMEDIATE`` takes the one writer's place before the first read of that
transaction; beginning later loses updates, beginning earlier makes everyone wait for validation and encoding.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Executable, event
from sqlalchemy.orm import Session

BUSY_TIMEOUT_MILLISECONDS = 10_000


def prepare_engine(engine: Engine) -> None:
    """Install the reading-by-default rule and SQLite's settings on an engine, once, right after it was
    made.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite_connection)
        event.listen(engine, "begin", _begin_on_sqlite)
    else:
        event.listen(engine, "begin", _begin_on_postgresql)


def begin_write(session: Session) -> None:
    """End the reading snapshot and begin the transaction that may write.

    Everything loaded before is expired: load it and authorise it again before you change it.
    Raises RuntimeError if changes are already pending, because they would be lost.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("begin_write comes before the first change, not after it")
    session.rollback()
    session.connection(execution_options={"writing": True})


def rows_of(session: Session, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
    """What a statement that reads columns, not records, finds in the session's transaction.

    The connection is asked: the session would look for records in the statement, which takes as long as asking it.
    Changes that are not flushed yet are not seen.
    """
    return session.connection().execute(statement, values).all()


def is_writing(session: Session) -> bool:
    """Whether the session's current transaction was begun by ``begin_write``."""
    return bool(session.in_transaction() and session.connection().get_execution_options().get("writing"))


def _configure_sqlite_connection(dbapi_connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin behind our back, so it is switched off.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    is_writing = bool(connection.get_execution_options().get("writing"))
    # Whenever it is set, SQLite compiles every statement that the connection keeps anew: so only where it changes.
    if connection.info.get("may_write") is not is_writing:
        connection.info.pop("may_write", None)
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if is_writing else 'ON'}")
        connection.info["may_write"] = is_writing
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _begin_on_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("writing"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
