"""Files of posts, and the import of them into the fixed world; import the fixture by name."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.encoder import Encoder, HashEncoder, Progress, Vectors
from models.post import Post
from tests.world import World
from web.database import db
from web.posts.importing import ImportReport, import_posts

DEFAULTS = {"side": "capability", "kind": "programme"}
ROWS = [
    {"id": "a", "title": "Electrochemistry", "text": "Cells and impedance. Forty graduates a year."},
    {"id": "b", "title": "Nursing", "text": "Wards and dialysis. Thirty graduates a year."},
    {"id": "c", "title": "Milling", "text": "Five axes. Ten graduates a year."},
]


class CountingEncoder(HashEncoder):
    """Counts what it is asked for, and can be interrupted as if by Ctrl-C."""

    def __init__(self, is_interrupted: bool = False) -> None:
        self.calls = 0
        self.texts = 0
        self._is_interrupted = is_interrupted

    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        self.calls += 1
        self.texts += len(texts)
        if self._is_interrupted:
            raise KeyboardInterrupt
        return super().encode(texts, on_progress)


@pytest.fixture
def database(app: Flask, world: World) -> Iterator[Session]:
    with app.app_context():
        yield db.session


def csv_file(folder: Path, rows: list[dict[str, str]], name: str = "posts.csv", separator: str = ",") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(
    session: Session,
    world: World,
    path: Path,
    encoder: Encoder | None = None,
    defaults: dict[str, str] | None = None,
    mapping: dict[str, str] | None = None,
    is_strict: bool = False,
    is_dry_run: bool = False,
) -> ImportReport:
    return import_posts(
        session,
        path,
        world.organisations["boreal"],
        lambda: encoder or HashEncoder(),
        mapping=mapping,
        defaults=DEFAULTS if defaults is None else defaults,
        is_strict=is_strict,
        is_dry_run=is_dry_run,
    )


def imported(session: Session) -> list[Post]:
    session.rollback()
    return list(session.scalars(select(Post).where(Post.external_id.is_not(None)).order_by(Post.id)))


def errors_in(report: ImportReport) -> list[tuple[int, str]]:
    return [(error.row, error.field) for error in report.errors]
