"""Importing posts: all that is good or nothing, idempotent, and clear about what is wrong."""

import csv
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching.encoder import HashEncoder, Progress, Vectors
from matching.passages import check_passages
from models.base import utc_now
from models.changelog import Change
from models.passage import EncoderRecord
from models.post import Post, PostState
from tests.conftest import session_on
from tests.imported_posts import ROWS, CountingEncoder, csv_file, errors_in, imported, run
from tests.imported_posts import database as database
from tests.world import World
from web.posts.import_reading import ImportRefusedError
from web.posts.importing import find_organisation, find_unit, import_posts


def test_posts_are_published_with_passages_in_one_stream(
    database: Session, world: World, tmp_path: Path
) -> None:
    encoder = CountingEncoder()
    before = database.scalar(select(func.count(Change.seq))) or 0
    report = run(database, world, csv_file(tmp_path, ROWS), encoder)
    assert (report.added, report.changed, report.unchanged, report.wrong_rows) == (3, 0, 0, 0)
    assert report.is_written
    assert encoder.calls == 1
    posts = imported(database)
    assert [post.external_id for post in posts] == ["a", "b", "c"]
    assert all(post.state is PostState.PUBLISHED and post.unit_id == world.units["boreal"] for post in posts)
    record = database.get_one(EncoderRecord, world.encoder_id)
    assert check_passages(database, record) == []
    assert (database.scalar(select(func.count(Change.seq))) or 0) == before + 3


def test_importing_again_changes_nothing_and_encodes_nothing(
    database: Session, world: World, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, ROWS)
    run(database, world, path)
    first = [(post.id, post.version) for post in imported(database)]
    encoder = CountingEncoder()
    report = run(database, world, path, encoder)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 3)
    assert encoder.calls == 0
    assert [(post.id, post.version) for post in imported(database)] == first


def test_only_a_changed_row_is_changed_and_only_a_new_text_is_encoded(
    database: Session, world: World, tmp_path: Path
) -> None:
    run(database, world, csv_file(tmp_path, [dict(row, quantity="1") for row in ROWS]))
    rows = [dict(row, quantity="1") for row in ROWS]
    rows[0]["text"] = "Something else entirely. Hydrogen and membranes."
    rows[1]["quantity"] = "5"
    encoder = CountingEncoder()
    report = run(database, world, csv_file(tmp_path, rows), encoder)
    assert (report.added, report.changed, report.unchanged) == (0, 2, 1)
    assert encoder.texts == 4, "the whole, the title and two sentences of one post"
    posts = imported(database)
    assert [post.quantity for post in posts] == [1, 5, 1]
    assert check_passages(database, database.get_one(EncoderRecord, world.encoder_id)) == []


def test_a_withdrawn_post_stays_withdrawn(database: Session, world: World, tmp_path: Path) -> None:
    from models.database import begin_write

    run(database, world, csv_file(tmp_path, ROWS))
    begin_write(database)
    database.scalars(select(Post).where(Post.external_id == "a")).one().withdraw(utc_now(), "found")
    database.commit()
    rows = [dict(ROWS[0], text="Another text. Hydrogen and membranes.")]
    report = run(database, world, csv_file(tmp_path, rows))
    assert report.changed == 1
    post = imported(database)[0]
    assert post.state is PostState.WITHDRAWN
    assert post.passages == []


def test_an_interruption_leaves_nothing(database: Session, world: World, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(database, world, csv_file(tmp_path, ROWS), CountingEncoder(is_interrupted=True))
    assert imported(database) == []


def test_a_failure_while_writing_leaves_nothing(
    database: Session, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.posts import import_writing

    calls = iter(range(100))

    def fail_at_the_second(session: Session, post_id: int) -> None:
        if next(calls) == 1:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(import_writing, "note_post_change", fail_at_the_second)
    with pytest.raises(RuntimeError, match="disk is full"):
        run(database, world, csv_file(tmp_path, ROWS))
    assert imported(database) == []


def test_two_imports_at_once_make_no_doubles(
    app: Flask, database: Session, database_url: str, world: World, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, ROWS)
    barrier = threading.Barrier(2, timeout=60)
    failures: list[BaseException] = []

    class WaitingEncoder(HashEncoder):
        def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
            # Both have planned to add the same rows before either of them writes.
            barrier.wait(10)
            return super().encode(texts, on_progress)

    def import_in_thread() -> None:
        session = session_on(database_url)
        try:
            with app.app_context():
                run(session, world, path, WaitingEncoder())
        except BaseException as failure:
            failures.append(failure)
        finally:
            engine = session.get_bind()
            session.close()
            engine.dispose()  # type: ignore[union-attr] # Bound to an engine just above.

    threads = [threading.Thread(target=import_in_thread) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [post.external_id for post in imported(database)] == ["a", "b", "c"]


def test_wrong_rows_are_left_out_and_written_down(database: Session, world: World, tmp_path: Path) -> None:
    rows = [dict(row, quantity="2", until="") for row in ROWS]
    rows[0]["quantity"] = "-4"
    rows[2]["until"] = "2001-01-01"
    report = run(database, world, csv_file(tmp_path, rows))
    assert errors_in(report) == [(2, "quantity"), (4, "ends_on")]
    assert [post.external_id for post in imported(database)] == ["b"]
    assert report.errors_path == tmp_path / "posts.csv.errors.csv"
    with report.errors_path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["row", "column", "problem", "how to mend it"]
    assert lines[1][:2] == ["2", "quantity"]
    assert lines[2][:3] == ["4", "until", "2001-01-01 is in the past."]
    rows[0]["quantity"], rows[2]["until"] = "4", ""
    report = run(database, world, csv_file(tmp_path, rows))
    assert (report.added, report.unchanged, report.errors_path) == (2, 1, None)
    assert not (tmp_path / "posts.csv.errors.csv").exists()


def test_strict_imports_nothing_if_one_row_is_wrong(database: Session, world: World, tmp_path: Path) -> None:
    rows = [dict(row, quantity="x" if row["id"] == "b" else "1") for row in ROWS]
    report = run(database, world, csv_file(tmp_path, rows), is_strict=True)
    assert not report.is_written
    assert report.wrong_rows == 1
    assert imported(database) == []


def test_a_dry_run_says_what_would_be_done(database: Session, world: World, tmp_path: Path) -> None:
    encoder = CountingEncoder()
    report = run(database, world, csv_file(tmp_path, ROWS), encoder, is_dry_run=True)
    assert (report.added, report.is_written, encoder.calls) == (3, False, 0)
    assert imported(database) == []


def test_a_row_that_ran_out_is_still_unchanged(database: Session, world: World, tmp_path: Path) -> None:
    day = (utc_now().date() + timedelta(days=3)).isoformat()
    path = csv_file(tmp_path, [dict(row, until=day) for row in ROWS])
    run(database, world, path)
    with time_machine.travel(utc_now() + timedelta(days=30)):
        report = run(database, world, path)
    assert (report.unchanged, report.errors) == (3, [])


def test_rows_without_an_id_are_recognised_by_their_title(
    database: Session, world: World, tmp_path: Path
) -> None:
    rows = [{"title": "Nursing", "text": "Wards."}, {"title": "Milling", "text": "Five axes."}]
    run(database, world, csv_file(tmp_path, rows))
    rows[0]["text"] = "Wards and dialysis."
    report = run(database, world, csv_file(tmp_path, rows))
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)


def test_doubles_in_one_file_are_told(database: Session, world: World, tmp_path: Path) -> None:
    report = run(database, world, csv_file(tmp_path, [*ROWS, dict(ROWS[0], title="Again")]))
    assert errors_in(report) == [(5, "external_id")]
    assert report.added == 3


def test_organisations_and_units_are_found_by_name(database: Session, world: World) -> None:
    boreal = world.organisations["boreal"]
    assert find_organisation(database, "boreal university") == boreal
    assert find_organisation(database, str(boreal)) == boreal
    assert find_unit(database, boreal, "Engineering") == world.units["boreal engineering"]
    with pytest.raises(ImportRefusedError, match="Do you mean Boreal University"):
        find_organisation(database, "boreal")
    with pytest.raises(ImportRefusedError, match="No units are called"):
        find_unit(database, boreal, "Plant")
    with pytest.raises(ImportRefusedError, match="no open unit"):
        import_posts(database, Path("x"), boreal, HashEncoder, unit_id=world.units["alba"])
