"""Operators are made and ended on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from app import main
from tests.commanding import database as database
from tests.commanding import migrated as migrated
from tests.commanding import production, run


def test_an_operator_has_a_name(database: str, tmp_path: Path) -> None:
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": database}
    arguments = ["create-operator", "you@example.org", " ", "--password", "long enough to pass"]
    refused = CliRunner().invoke(main, arguments, env=environment)
    assert refused.exit_code == 1
    assert "The name is empty" in refused.output


def test_create_operator_makes_somebody_who_can_sign_in_once(database: str, tmp_path: Path) -> None:
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": database}
    arguments = ["create-operator", "You@Example.org", "You", "--password", "long enough to pass"]
    first = run(*arguments, environment=environment)
    assert first.returncode == 0, first.stderr
    second = CliRunner().invoke(main, arguments, env=environment)
    assert second.exit_code == 1
    assert second.output == "Error: you@example.org belongs to somebody already.\n"


def test_end_operator_takes_the_rights_at_once_but_never_those_of_the_last_one(
    database: str, tmp_path: Path
) -> None:
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": database}

    def said(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments, env=environment)
        return result.exit_code, result.output

    for name in ("one", "two"):
        address = f"{name}@example.org"
        assert said("create-operator", address, name, "--password", "long enough to pass")[0] == 0
    assert said("end-operator", "Two@example.org") == (0, "two@example.org is no operator any more.\n")
    assert said("end-operator", "two@example.org") == (1, "Error: two@example.org is no operator.\n")
    code, words = said("end-operator", "one@example.org")
    assert code == 1
    assert "nobody else" in words
    engine = create_engine(database)
    with engine.connect() as connection:
        people = connection.execute(
            text("SELECT email, is_operator, left_at FROM person ORDER BY email")
        ).all()
        assert [tuple(person) for person in people] == [
            ("one@example.org", True, None),
            ("two@example.org", False, None),
        ]
        ended = connection.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'operator.end'"))
        assert ended.scalar() == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("email", "password", "complaint"),
    [
        ("you", "long enough to pass", "no e-mail address"),
        ("you@example.org", "short", "at least 10 characters"),
    ],
)
def test_create_operator_refuses_what_the_pages_would_refuse(
    database: str, tmp_path: Path, email: str, password: str, complaint: str
) -> None:
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": database}
    arguments = ["create-operator", email, "You", "--password", password]
    refused = CliRunner().invoke(main, arguments, env=environment)
    assert refused.exit_code == 1
    assert complaint in refused.output
