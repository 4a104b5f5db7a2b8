"""A database that knew no reason for partners that are gone learns it, and loses nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from models.base import Base
from tests.migrating import Writing, add_dealings_of_two, add_post_with_passage, counts
from tests.own_postgresql import empty_database
from web.database_commands import differences_from_models, upgrade_database

CLOSING = text("UPDATE relationship SET stage = 'closed', closed_reason = 'partner_gone'")
MOVE = text(
    "INSERT INTO stage_change (relationship_id, at, from_stage, from_reason, to_stage, to_reason)"
    " SELECT id, created_at, 'closed', 'partner_gone', 'closed', 'partner_gone' FROM relationship"
)


@pytest.mark.postgresql
def test_cards_of_postgresql_learn_the_reason(postgresql_server: str) -> None:
    check_that_the_reason_is_learned(empty_database(postgresql_server, "counterpart_reasons"))


def test_cards_of_sqlite_learn_the_reason(tmp_path: Path) -> None:
    check_that_the_reason_is_learned(f"sqlite:///{tmp_path / 'tenth.sqlite3'}")


def add_closed_card(connection: Connection) -> None:
    """What the first keeps about the second: a card that was moved once, with a note."""
    tables = Base.metadata.tables
    connection.execute(
        tables["relationship"].insert().values(
            id=1, organisation_id=1, unit_id=1, partner_id=2, partner_unit_id=2, stage="closed",
            closed_reason="no_answer", version=1,
        )
    )  # fmt: skip
    connection.execute(
        tables["stage_change"].insert().values(
            id=1, relationship_id=1, from_stage="introduced", to_stage="closed", to_reason="no_answer"
        )
    )  # fmt: skip
    connection.execute(
        tables["private_note"].insert().values(id=1, relationship_id=1, person_id=1, text="They moved.")
    )


def rows_of_cards(connection: Connection) -> list[Sequence[Row[Any]]]:
    tables = ("relationship", "stage_change", "private_note")
    return [connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).all() for table in tables]


def check_that_the_reason_is_learned(url: str) -> None:
    upgrade_database(url, "0010")
    with Writing(url) as connection:
        add_post_with_passage(connection)
        add_dealings_of_two(connection)
        add_closed_card(connection)
        kept = rows_of_cards(connection)
        rows = counts(connection)
    for statement, table in ((CLOSING, "relationship"), (MOVE, "stage_change")):
        with Writing(url) as connection:
            with pytest.raises(IntegrityError, match=table):
                connection.execute(statement)
            connection.rollback()
    upgrade_database(url)
    assert differences_from_models(url) == []
    with Writing(url) as connection:
        assert rows_of_cards(connection) == kept
        assert counts(connection) == rows
        connection.execute(CLOSING)
        connection.execute(MOVE)
        with pytest.raises(IntegrityError, match="relationship"):
            connection.execute(text("UPDATE relationship SET closed_reason = 'tired'"))
        connection.rollback()
