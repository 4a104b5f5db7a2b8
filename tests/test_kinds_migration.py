"""A database whose posts know fewer kinds learns the new ones, and loses nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from models.base import Base
from tests.migrating import Writing, add_post_with_passage, counts
from tests.own_postgresql import empty_database
from web.database_commands import differences_from_models, upgrade_database


@pytest.mark.postgresql
def test_posts_of_postgresql_may_be_of_new_kinds(postgresql_server: str) -> None:
    check_that_posts_may_be_of_new_kinds(empty_database(postgresql_server, "counterpart_new_kinds"))


def test_posts_of_sqlite_may_be_of_new_kinds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'eighth.sqlite3'}"
    check_that_posts_may_be_of_new_kinds(url)
    # The table was written anew, and still no id is given out twice.
    with Writing(url) as connection:
        add_post(connection, None, "capability", "jobs")
        assert connection.execute(text("SELECT max(id) FROM post")).scalar_one() == 100


def check_that_posts_may_be_of_new_kinds(url: str) -> None:
    upgrade_database(url, "0008")
    with Writing(url) as connection:
        add_post_with_passage(connection)
        add_post(connection, 2, "need", "other")
        add_post(connection, 99, "capability", "jobs")
        connection.execute(text("DELETE FROM post WHERE id = 99"))
        before = connection.execute(text("SELECT * FROM post ORDER BY id")).all()
    with Writing(url) as connection:
        with pytest.raises(IntegrityError, match="post"):
            add_post(connection, 3, "need", "lecturers")
        connection.rollback()
    upgrade_database(url)
    assert differences_from_models(url) == []
    with Writing(url) as connection:
        assert connection.execute(text("SELECT * FROM post ORDER BY id")).all() == before
        assert counts(connection) == {"post": 2, "passage": 1}
        for side, kind in [("need", "jobs"), ("capability", "lecturers")]:
            with pytest.raises(IntegrityError, match="kind_of_side"), connection.begin_nested():
                add_post(connection, 4, side, kind)
        for number, kind in enumerate(["lecturers", "data_samples", "co_funding"], 5):
            add_post(connection, number, "need", kind)


def add_post(connection: Connection, number: int | None, side: str, kind: str) -> None:
    """Add a post to the organisation of ``add_post_with_passage``, with an id or with the next one."""
    weight = 2 if side == "need" else None
    values = {
        "organisation_id": 1, "unit_id": 1, "side": side, "kind": kind, "title": "T", "text": "T", "language": "en",
        "visibility": "network", "is_remote": False, "state": "draft", "urgency": weight, "importance": weight,
        "created_at": datetime(2026, 11, 1, 8, tzinfo=UTC), "withdrawn_reason": "", "version": 1,
    }  # fmt: skip
    numbered = {} if number is None else {"id": number}
    connection.execute(insert(Base.metadata.tables["post"]).values(values | numbered))
