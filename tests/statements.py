"""The SQL statements that are sent while something is done, to be counted or read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from web.database import db


@contextmanager
def sent_statements(engine: Engine) -> Iterator[list[str]]:
    """A list that grows by each statement that any connection of the engine sends meanwhile."""
    sent: list[str] = []

    def note(*given: Any) -> None:
        sent.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def questions(sent: list[str]) -> list[str]:
    """The statements without those that only set the connection to reading or writing, which depends on what it did
    before.
    """
    return [statement for statement in sent if not statement.startswith("PRAGMA")]


def statements_of(app: Flask, look: Callable[[], object]) -> list[str]:
    """The questions that the application asks the database for a request."""
    with app.app_context():
        engine = db.engine
    with sent_statements(engine) as sent:
        look()
    return questions(sent)
