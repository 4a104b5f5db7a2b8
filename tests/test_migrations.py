"""The migrations make exactly the tables that the models describe, and lose no row on the way."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from models.base import Base
from tests.migrating import Writing, add_dealings_of_two, add_post_with_passage, counts
from web.database_commands import (
    VERSIONS_FOLDER,
    MigrationError,
    differences_from_models,
    is_database_current,
    migration_engine,
    upgrade_database,
)


@pytest.fixture
def migrated(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'migrated.sqlite3'}"
    upgrade_database(url)
    return url


@pytest.fixture
def two_postgresql_databases(postgresql_server: str) -> Iterator[list[str]]:
    """Two empty databases: one for the migrations, one for what the models describe."""
    address = make_url(postgresql_server).set(drivername="postgresql+psycopg")
    names = ["counterpart_migrations", "counterpart_models"]
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name in names:
            connection.execute(text(f"CREATE DATABASE {name}"))
    yield [address.set(database=name).render_as_string(hide_password=False) for name in names]
    with admin.connect() as connection:
        for name in names:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def test_the_migrations_make_the_tables_of_the_models_on_sqlite(migrated: str, tmp_path: Path) -> None:
    assert is_database_current(migrated)
    assert differences_from_models(migrated) == []
    # Alembic does not compare CHECKs, AUTOINCREMENT, conditions of indexes: statements are compared.
    expected = f"sqlite:///{tmp_path / 'expected.sqlite3'}"
    with Writing(expected) as connection:
        Base.metadata.create_all(connection)
    assert statements_of(migrated) == statements_of(expected)


def statements_of(url: str) -> dict[str, set[str]]:
    """Each table and index with the parts of its CREATE statement, in any order."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic_%'")
        ).all()
    engine.dispose()
    return {name: _parts_of(sql) for name, sql in rows}


def _parts_of(statement: str) -> set[str]:
    """What stands between the commas that are in no parentheses but the outermost; a constraint of a column that was
    added later counts like one of the table.
    """
    if "(" not in statement or statement.lstrip().startswith("CREATE TRIGGER"):
        return {" ".join(statement.split())}
    head, _, body = statement.partition("(")
    body = re.sub(r"\)\s*$", "", body).replace(" CONSTRAINT ", ", CONSTRAINT ")
    parts = [head.replace('"', "")]
    depth = 0
    part = ""
    for letter in body:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return {" ".join(each.split()) for each in [*parts, part]} - {""}


@pytest.mark.postgresql
def test_the_migrations_make_the_tables_of_the_models_on_postgresql(
    two_postgresql_databases: list[str],
) -> None:
    migrated, expected = two_postgresql_databases
    upgrade_database(migrated)
    assert is_database_current(migrated)
    assert differences_from_models(migrated) == []
    with Writing(expected) as connection:
        connection.execute(text("CREATE EXTENSION vector"))
        Base.metadata.create_all(connection)
    assert definitions_of(migrated) == definitions_of(expected)


def definitions_of(url: str) -> set[str]:
    """Every constraint and index of PostgreSQL in its own words."""
    engine = create_engine(url)
    with engine.connect() as connection:
        constraints = connection.execute(
            text(
                "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) "
                "FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
            )
        ).scalars()
        indexes = connection.execute(
            text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
        ).scalars()
        found = {*constraints, *indexes}
    engine.dispose()
    return {definition for definition in found if "alembic_version" not in definition}


def test_migrating_twice_keeps_every_row(migrated: str, tmp_path: Path) -> None:
    with Writing(migrated) as connection:
        add_post_with_passage(connection)
    upgrade_database(migrated)
    with Writing(migrated) as connection:
        assert counts(connection) == {"post": 1, "passage": 1}


def test_a_database_of_the_first_release_keeps_its_people_and_its_mail(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'first.sqlite3'}"
    upgrade_database(url, "0001")
    moment = "2026-11-01 08:00:00"
    with Writing(url) as connection:
        connection.execute(
            text(
                "INSERT INTO person (id, name, email, title, locale, zone, contact_permission, is_operator, "
                "created_at, version) "
                f"VALUES (7, 'Ada', 'ada@x.example', '', 'en', 'UTC', 'ask_first', 0, '{moment}', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO outbox_mail (id, key, kind, recipient, subject, body, state, due_at, attempts, "
                "last_error, created_at) "
                f"VALUES (3, 'k', 'test', 'ada@x.example', 'S', 'B', 'queued', '{moment}', 0, '', '{moment}')"
            )
        )
    upgrade_database(url)
    with Writing(url) as connection:
        assert connection.execute(text("SELECT id, name, digest FROM person")).all() == [(7, "Ada", "daily")]
        assert connection.execute(text("SELECT id, key, locale FROM outbox_mail")).all() == [(3, "k", "en")]
        # Ids go on where they stood, also in a table that was changed.
        connection.execute(text("DELETE FROM person"))
        connection.execute(
            text(
                "INSERT INTO person (name, email, title, locale, zone, contact_permission, is_operator, "
                "created_at, version) "
                f"VALUES ('Bo', 'bo@x.example', '', 'en', 'UTC', 'ask_first', 0, '{moment}', 1)"
            )
        )
        assert connection.execute(text("SELECT id FROM person")).scalar_one() == 8


@pytest.mark.postgresql
def test_a_postgresql_database_of_the_second_release_keeps_its_rows(
    two_postgresql_databases: list[str],
) -> None:
    check_that_the_second_release_keeps_its_rows(two_postgresql_databases[0])


def test_a_sqlite_database_of_the_second_release_keeps_its_rows(tmp_path: Path) -> None:
    check_that_the_second_release_keeps_its_rows(f"sqlite:///{tmp_path / 'second.sqlite3'}")


def check_that_the_second_release_keeps_its_rows(url: str) -> None:
    upgrade_database(url, "0002")
    with Writing(url) as connection:
        add_post_with_passage(connection)
        add_dealings_of_two(connection)
    upgrade_database(url)
    assert is_database_current(url)
    with Writing(url) as connection:
        assert counts(connection) == {"post": 1, "passage": 1}
        assert connection.execute(text("SELECT state FROM introduction")).scalars().all() == ["expired"]
        assert connection.execute(text("SELECT note FROM dismissal")).scalars().all() == ["Too far."]
        # Nothing was learned yet, so the weights of the program stay in force.
        assert connection.execute(text("SELECT count(*) FROM ranking_weights")).scalar_one() == 0
        with pytest.raises(IntegrityError, match="none_negative"):
            connection.execute(
                Base.metadata.tables["ranking_weights"].insert().values(
                    nearness=-1, activity=0, freshness=0, history=0, reply=0, learned_from=""
                )
            )  # fmt: skip
        connection.rollback()


def test_rebuilding_a_table_keeps_the_rows_that_hang_on_it(migrated: str) -> None:
    with Writing(migrated) as connection:
        add_post_with_passage(connection)
    engine = migration_engine(migrated)
    # What a batch migration does on SQLite; with foreign keys acted on, the passage would be deleted.
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE new_post AS SELECT * FROM post")
        connection.exec_driver_sql("DROP TABLE post")
        connection.exec_driver_sql("CREATE TABLE post (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO post SELECT id FROM new_post")
    engine.dispose()
    with Writing(migrated) as connection:
        assert counts(connection) == {"post": 1, "passage": 1}


def test_a_migration_that_leaves_a_loose_end_changes_nothing(migrated: str) -> None:
    with Writing(migrated) as connection:
        add_post_with_passage(connection)
    engine = migration_engine(migrated)
    with pytest.raises(MigrationError, match="passage"), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM post")
    engine.dispose()
    with Writing(migrated) as connection:
        assert counts(connection) == {"post": 1, "passage": 1}


def test_a_failing_migration_leaves_no_half_made_table(tmp_path: Path) -> None:
    engine = migration_engine(f"sqlite:///{tmp_path / 'half.sqlite3'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        connection.rollback()
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_database_that_lags_behind_is_told(migrated: str, tmp_path: Path) -> None:
    with Writing(migrated) as connection:
        connection.execute(text("ALTER TABLE person DROP COLUMN title"))
    assert any("title" in difference for difference in differences_from_models(migrated))


def test_an_empty_database_is_not_current(tmp_path: Path) -> None:
    assert not is_database_current(f"sqlite:///{tmp_path / 'empty.sqlite3'}")


def test_migrations_are_numbered_in_order_without_a_gap() -> None:
    numbers = sorted(path.name[:4] for path in VERSIONS_FOLDER.glob("*.py"))
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
