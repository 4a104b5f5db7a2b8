"""Importing many posts of one organisation from a CSV or JSONL file: all that is good, or nothing.

Everything is judged first, then all new texts are encoded in one stream, then everything is written in one
transaction: an interruption at any moment leaves the database as it was. Importing the same file again
changes nothing, because a post is recognised by its side and ``external_id``.
"""

import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session
from tqdm import tqdm

from matching.encoder import Encoder
from matching.passages import passages_for_many
from models.organisation import Organisation, Unit
from models.passage import Passage
from models.post import PostSide
from web.posts.import_plan import plan_of
from web.posts.import_reading import FIELDS, ImportRefusedError, read_rows
from web.posts.import_rows import ImportedPost, RowError, judge
from web.posts.import_writing import write_rows
from web.posts.records import encoder_id_of
from web.spreadsheet import safe_cell

ERRORS_HEADER = ("row", "column", "problem", "how to mend it")


@dataclass(frozen=True)
class ImportReport:
    """What was (or, in a dry run, would be) done. ``errors_path`` is None if no row is wrong."""

    added: int
    changed: int
    unchanged: int
    wrong_rows: int
    errors: list[RowError]
    errors_path: Path | None
    unknown_columns: list[str]
    is_written: bool


def import_posts(
    session: Session,
    path: Path,
    organisation_id: int,
    load_encoder: Callable[[], Encoder],
    unit_id: int | None = None,
    mapping: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    is_strict: bool = False,
    is_dry_run: bool = False,
    shows_progress: bool = False,
    person_id: int | None = None,
) -> ImportReport:
    """Import a file for one organisation and publish its posts. Commits once, at the end.

    ``mapping``: field → column, for columns with other names; ``defaults``: field → value for empty cells
    (side, kind, urgency …). ``unit_id`` posts the rows that name no unit, None is the whole organisation.
    Wrong rows are left out and written to ``<path>.errors.csv``; with ``is_strict`` one wrong row stops all.
    ``load_encoder`` is only called if a text is new. ``person_id`` stands as author and in the audit trail.
    Raises ImportRefusedError (a StartError) for what concerns the whole file.
    """
    unknown = sorted(set(defaults or {}) - set(FIELDS))
    if unknown:
        raise ImportRefusedError(f"There is no field {', '.join(unknown)}. Fields are: {', '.join(FIELDS)}.")
    units, unit = _units_of(session, organisation_id, unit_id)
    raw = read_rows(path, mapping or {})
    posts, errors = judge(raw.rows, defaults or {}, units, unit)
    plan = plan_of(session, organisation_id, posts)
    errors = sorted([*errors, *plan.errors], key=lambda error: error.row)
    errors_path = _write_errors(path, errors, raw.columns)
    stops = is_dry_run or (is_strict and bool(errors))
    if not stops and (plan.added or plan.changed):
        passages = _encoded(session, plan.to_encode, load_encoder, shows_progress)
        write_rows(session, organisation_id, [*plan.added, *plan.changed], passages, person_id)
    return ImportReport(
        added=len(plan.added),
        changed=len(plan.changed),
        unchanged=plan.unchanged,
        wrong_rows=len({error.row for error in errors}),
        errors=errors,
        errors_path=errors_path,
        unknown_columns=raw.unknown_columns,
        is_written=not stops,
    )


def find_organisation(session: Session, name: str) -> int:
    """The id of the organisation with this name, for a command line. Raises ImportRefusedError if unclear."""
    found = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.merged_into_id.is_(None))
    ).all()
    exact = [row.id for row in found if row.name.casefold() == name.strip().casefold()]
    if len(exact) == 1:
        return int(exact[0])
    if exact:
        raise ImportRefusedError(f"Several organisations are called “{name}”. Say its id instead.")
    if name.isdecimal() and int(name) in {row.id for row in found}:
        return int(name)
    near = sorted(row.name for row in found if name.casefold() in row.name.casefold())[:5]
    hint = f" Do you mean {' or '.join(near)}?" if near else ""
    raise ImportRefusedError(f"No organisation is called “{name}”.{hint}")


def find_unit(session: Session, organisation_id: int, name: str) -> int:
    """The id of the unit with this name in the organisation. Raises ImportRefusedError if unclear."""
    units, _root = _units_of(session, organisation_id, None)
    named = [unit.id for unit in units if unit.name.casefold() == name.strip().casefold()]
    if len(named) == 1:
        return named[0]
    names = ", ".join(unit.name for unit in units)
    raise ImportRefusedError(f"{len(named) or 'No'} units are called “{name}”. Units are: {names}.")


def _units_of(session: Session, organisation_id: int, unit_id: int | None) -> tuple[list[Unit], Unit]:
    units = list(
        session.scalars(select(Unit).where(Unit.organisation_id == organisation_id, Unit.closed_at.is_(None)))
    )
    for unit in units:
        if unit.id == unit_id or (unit_id is None and unit.is_root):
            return units, unit
    raise ImportRefusedError(f"Organisation {organisation_id} has no open unit {unit_id or ''}.")


def _encoded(
    session: Session,
    rows: Sequence[ImportedPost],
    load_encoder: Callable[[], Encoder],
    shows_progress: bool,
) -> dict[tuple[PostSide, str], list[Passage]]:
    if not rows:
        return {}
    encoder = load_encoder()
    encoder_id = encoder_id_of(session, encoder)
    texts = [(row.matching_text, row.language) for row in rows]
    with tqdm(desc="Reading the texts", unit=" passages", file=sys.stderr, disable=not shows_progress) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        made = passages_for_many(texts, encoder, encoder_id, advance)
    return {row.identity: passages for row, passages in zip(rows, made, strict=True)}


def _write_errors(path: Path, errors: Sequence[RowError], columns: Mapping[str, str]) -> Path | None:
    """Write what is wrong beside the file; take an old list away if nothing is wrong any more."""
    errors_path = path.with_name(f"{path.name}.errors.csv")
    if not errors:
        errors_path.unlink(missing_ok=True)
        return None
    # A byte-order mark, because spreadsheets take the file for another encoding without it.
    with errors_path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ERRORS_HEADER)
        for error in errors:
            column = columns.get(error.field, error.field)
            writer.writerow([error.row, *map(safe_cell, (column, error.problem, error.remedy))])
    return errors_path
