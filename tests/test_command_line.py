"""The command line: help that teaches, light commands, and one clear line when something is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, delete, text

from app import main
from models.database import begin_write
from models.outbox import MailState, OutboxMail
from models.passage import Passage
from tests.commanding import ROOT, SECRET, free_port, production, run
from tests.commanding import database as database
from tests.commanding import migrated as migrated
from tests.conftest import session_on
from tests.world import build_world
from web.settings import DEFAULT_ENCODER


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["demo"], ["serve"], ["worker"], ["db"], ["db", "upgrade"], ["db", "check"], ["db", "revision"],
        ["check"], ["re-encode"], ["create-operator"], ["end-operator"], ["evaluate"], ["import-posts"], ["jobs"],
        ["jobs", "list"],
        ["jobs", "run"], ["learn"], ["people"], ["people", "data"], ["people", "close"],
    ],
)  # fmt: skip
def test_every_command_explains_itself(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, [*arguments, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


# One after the other in one process: whoever imports something heavy is the first after whom it is there.
LIGHT = """
import runpy, sys
for arguments in {commands!r}:
    sys.argv = ["app.py", *arguments]
    try:
        runpy.run_path("app.py", run_name="__main__")
    except SystemExit as ended:
        assert not ended.code, (arguments, ended.code)
    heavy = [name for name in ("torch", "sentence_transformers", "faiss") if name in sys.modules]
    assert not heavy, (arguments, heavy)
"""
LIGHT_COMMANDS = [["--help"], ["db", "upgrade"], ["db", "check"], ["check"]]


def test_commands_that_need_no_vectors_import_neither_torch_nor_faiss(database: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", LIGHT.format(commands=LIGHT_COMMANDS)],
        env=os.environ | {"COUNTERPART_DATABASE_URL": database},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_serve_refuses_to_start_without_a_secret_of_its_own() -> None:
    result = run("serve", environment={"COUNTERPART_PUBLIC_URL": "https://partners.example.org"})
    assert result.returncode == 1
    assert result.stderr.startswith("Error: Set COUNTERPART_SECRET_KEY")
    assert len(result.stderr.splitlines()) == 1


def test_serve_refuses_to_start_without_a_public_address() -> None:
    result = CliRunner().invoke(
        main, ["serve"], env={"COUNTERPART_SECRET_KEY": SECRET, "COUNTERPART_PUBLIC_URL": None}
    )
    assert result.exit_code == 1
    assert result.output.startswith("Error: Set COUNTERPART_PUBLIC_URL")


def test_serve_refuses_a_database_that_lacks_migrations(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", str(free_port())], env=production(tmp_path))
    assert result.exit_code == 1
    assert result.output == "Error: The database lacks migrations. Run `python app.py db upgrade` first.\n"


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://nobody@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_reached_is_one_line(url: str) -> None:
    result = CliRunner().invoke(main, ["db", "upgrade", "--database", url])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database cannot be used")
    assert len(result.output.splitlines()) == 1


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(
        "no database at all, and long enough to be looked at " * 20, encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["db", "upgrade", "--database", f"sqlite:///{tmp_path}/notes.txt"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database cannot be used: file is not a database")


def test_the_list_of_commands_says_each_in_whole_words() -> None:
    commands = CliRunner().invoke(main, ["--help"]).output.partition("Commands:")[2]
    assert "serve" in commands
    assert "..." not in commands


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = CliRunner().invoke(main, ["db", "upgrade", "--database", f"sqlite:///{tmp_path}/file/x.sqlite3"])
    assert result.exit_code == 1
    assert result.output == f"Error: Cannot write to the folder {tmp_path}/file: File exists.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs", "list"],
        ["create-operator", "you@example.org", "You", "--password", "long enough to pass"],
        ["end-operator", "you@example.org"],
        ["learn"],
    ],
)
def test_a_command_without_its_tables_says_how_to_make_them(tmp_path: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments, env=production(tmp_path))
    assert result.exit_code == 1
    assert "`python app.py db upgrade`" in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["db", "upgrade"], ["db", "check"], ["check"], ["worker"], ["serve"]])
def test_a_database_of_a_newer_version_is_one_line(
    database: str, tmp_path: Path, arguments: list[str]
) -> None:
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    environment = production(tmp_path) | {"COUNTERPART_DATABASE_URL": database, "PORT": str(free_port())}
    result = CliRunner().invoke(main, arguments, env=environment)
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database was made by a newer version")
    assert len(result.output.splitlines()) == 1


def test_the_worker_refuses_a_database_that_lacks_migrations(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["worker"], env=production(tmp_path))
    assert result.exit_code == 1
    assert result.output == "Error: The database lacks migrations. Run `python app.py db upgrade` first.\n"


def test_db_check_tells_whether_the_tables_are_those_of_the_models(database: str) -> None:
    assert CliRunner().invoke(main, ["db", "check", "--database", database]).exit_code == 0
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE person DROP COLUMN title"))
    engine.dispose()
    result = CliRunner().invoke(main, ["db", "check", "--database", database])
    assert result.exit_code == 1
    assert "title" in result.output


def test_check_finds_posts_without_passages_and_mail_that_was_given_up(database: str) -> None:
    session = session_on(database)
    post_id = build_world(session).posts["alba need"]
    begin_write(session)
    session.execute(delete(Passage).where(Passage.post_id == post_id))
    session.commit()
    result = CliRunner().invoke(main, ["check", "--database", database])
    assert result.exit_code == 1
    assert result.output == f"Post {post_id}: its passages are missing.\n"

    begin_write(session)
    session.add(
        OutboxMail(key="k", kind="k", recipient="a@b.example", subject="s", body="b", state=MailState.FAILED)
    )
    session.commit()
    assert "1 mails could not be sent" in CliRunner().invoke(main, ["check", "--database", database]).output
    engine = session.get_bind()
    session.close()
    engine.dispose()  # type: ignore[union-attr] # Bound to an engine of its own.


def test_re_encode_gives_every_published_post_its_passages(database: str) -> None:
    session = session_on(database)
    build_world(session)
    session.close()
    result = CliRunner().invoke(main, ["re-encode", "--encoder", "hash-64", "--database", database])
    assert result.exit_code == 0, result.output
    assert CliRunner().invoke(main, ["check", "--database", database]).output == "All is well.\n"
    session.get_bind().dispose()  # type: ignore[union-attr] # As above.


def test_posts_are_imported_from_a_file_and_a_second_time_changes_nothing(
    database: str, tmp_path: Path
) -> None:
    session = session_on(database)
    build_world(session)
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr] # Bound to an engine of its own.
    file = tmp_path / "programmes.csv"
    file.write_text(
        "external_id,name,text\n1,Sea law,Two years of the law of the sea.\n2,,No title\n", encoding="utf-8"
    )
    arguments = [
        "import-posts", str(file), "--organisation", "boreal university", "--database", database,
        "--map", "title=name", "--default", "side=capability", "--default", "kind=programme",
    ]  # fmt: skip
    environment = {"COUNTERPART_ENCODER": "hash-64"}
    first = CliRunner().invoke(main, arguments, env=environment)
    assert "1 added, 0 changed, 0 as before." in first.output, first.output
    assert first.exit_code == 1, "one row is wrong"
    assert (tmp_path / "programmes.csv.errors.csv").exists()
    second = CliRunner().invoke(main, arguments, env=environment)
    assert "0 added, 0 changed, 1 as before" in second.output
    assert CliRunner().invoke(main, ["check", "--database", database]).output == "All is well.\n"
    wrong = CliRunner().invoke(main, [*arguments, "--map", "nonsense"])
    assert wrong.output.splitlines()[-1] == "Error: nonsense needs an equals sign, for example title=name."


@pytest.mark.encoder
def test_an_unknown_encoder_is_one_line(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The command takes a thread for each core, and every test that follows in this process would keep them.
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    arguments = ["re-encode", "--encoder", "/nowhere/at/all", "--database", database]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: The encoder /nowhere/at/all cannot be loaded")


def test_the_settings_name_the_encoder_that_is_packaged() -> None:
    from matching.encoder import DEFAULT_ENCODER as PACKAGED

    assert DEFAULT_ENCODER == PACKAGED
