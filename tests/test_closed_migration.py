"""A database whose organisations could not be closed learns it, and loses nothing."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.migrating import Writing, add_dealings_of_two, add_post_with_passage, counts
from tests.own_postgresql import empty_database
from web.database_commands import differences_from_models, upgrade_database

CLOSING = text("UPDATE organisation SET state = 'closed' WHERE id = 2")


@pytest.mark.postgresql
def test_organisations_of_postgresql_can_be_closed(postgresql_server: str) -> None:
    check_that_organisations_can_be_closed(empty_database(postgresql_server, "counterpart_closed"))


def test_organisations_of_sqlite_can_be_closed(tmp_path: Path) -> None:
    check_that_organisations_can_be_closed(f"sqlite:///{tmp_path / 'ninth.sqlite3'}")


def check_that_organisations_can_be_closed(url: str) -> None:
    upgrade_database(url, "0009")
    with Writing(url) as connection:
        add_post_with_passage(connection)
        add_dealings_of_two(connection)
        before = connection.execute(text("SELECT * FROM organisation ORDER BY id")).all()
        rows = counts(connection)
    with Writing(url) as connection:
        with pytest.raises(IntegrityError, match="organisation"):
            connection.execute(CLOSING)
        connection.rollback()
    upgrade_database(url)
    assert differences_from_models(url) == []
    with Writing(url) as connection:
        assert connection.execute(text("SELECT * FROM organisation ORDER BY id")).all() == before
        assert counts(connection) == rows
        connection.execute(CLOSING)
        with pytest.raises(IntegrityError, match="organisation"):
            connection.execute(text("UPDATE organisation SET state = 'gone' WHERE id = 2"))
        connection.rollback()
