"""Adding a row at most once, also when two writers come at the same moment."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from models.base import Base

# The same words of the same person within this time are a button pressed twice, or a page gone back to. Whoever asks
# for them holds the row that they hang on, so of two at the same moment the second finds the first.
TWICE_WITHIN = timedelta(minutes=10)


def add_once(session: Session, record: type[Base], key: str, values: Mapping[str, Any]) -> bool:
    """Add a row of ``record``, unless one has the same value in the unique column ``key``; return whether it was added.

    Within the current write transaction. Looking first and adding then would fail on PostgreSQL, where two writers
    may look before either has added; the database's own answer to a conflict cannot.
    """
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(record).values(dict(values)).on_conflict_do_nothing(index_elements=[key])
    column = record.__table__.c[key]
    return session.execute(statement.returning(column)).first() is not None
