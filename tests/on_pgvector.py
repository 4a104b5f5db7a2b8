"""A database with pgvector for the tests of that home, and what they do with it; import the fixtures by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from matching import database_market, first_look, nearest_posts
from matching.stored_vectors import forget_old_recipes, prepare_index, take_in_changes, take_in_missing
from models.base import Base
from models.database import begin_write
from tests.conftest import session_on


@pytest.fixture
def opened(vectors_database: str) -> Iterator[Callable[[], Session]]:
    """Opens a session of its own, each on a connection of its own, as another machine would."""
    engine = create_engine(vectors_database)
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    engine.dispose()
    sessions: list[Session] = []

    def open_session() -> Session:
        sessions.append(session_on(vectors_database))
        return sessions[-1]

    yield open_session
    for session in sessions:
        bound = session.get_bind()
        session.close()
        bound.dispose()  # type: ignore[union-attr] # Bound to an engine just above.


@pytest.fixture
def session(opened: Callable[[], Session]) -> Session:
    return opened()


def keep(session: Session) -> None:
    """Do what the worker does."""
    begin_write(session)
    while take_in_changes(session) or take_in_missing(session):
        pass
    while prepare_index(session):
        pass
    forget_old_recipes(session)
    session.commit()


@pytest.fixture(params=["read whole", "by candidates"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small market is read whole; with no market small, candidates are asked for in every one, the weakest too, and
    our posts are compared in portions.
    """
    if request.param == "by candidates":
        monkeypatch.setattr(database_market, "SMALL_MARKET", 0)
        monkeypatch.setattr(nearest_posts, "RARE_WORDS", 1000)
        monkeypatch.setattr(first_look, "MOST_AT_ONCE", 2)
