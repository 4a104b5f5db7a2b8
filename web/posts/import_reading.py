"""Reading a file of posts: encoding, separator, columns. Rows come out as texts by field name, unjudged."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from web.settings import StartError

LARGEST_FILE = 200 * 1024 * 1024
MOST_ROWS = 20_000
SEPARATORS = (",", ";", "\t")

# Field → other names under which spreadsheets carry it; compared without case, blanks, "_" and "-".
ALIASES: dict[str, tuple[str, ...]] = {
    "external_id": ("id", "key", "reference", "ref", "code", "kennung"),
    "side": ("need or capability", "seite"),
    "kind": ("type", "category", "art", "tipo"),
    "title": ("name", "heading", "titel", "titulo", "título", "titre"),
    "text": ("description", "body", "details", "beschreibung", "descripcion", "descripción"),
    "language": ("lang", "sprache", "idioma"),
    "quantity": ("number", "how many", "count", "anzahl", "cantidad"),
    "partner_limit": ("partners", "how many partners"),
    "starts_on": ("start", "starts", "from", "start date", "von", "desde"),
    "ends_on": ("end", "ends", "until", "end date", "bis", "hasta"),
    "place": ("city", "town", "location", "where", "ort", "stadt", "lugar", "ciudad"),
    "is_remote": ("remote", "anywhere"),
    "urgency": ("urgent", "dringlichkeit", "urgencia"),
    "importance": ("priority", "wichtigkeit", "importancia"),
    "visibility": ("who sees it", "sichtbarkeit", "visibilidad"),
    "unit": ("department", "faculty", "plant", "abteilung", "fakultät", "unidad"),
}
FIELDS = tuple(ALIASES)


class ImportRefusedError(StartError):
    """The file as a whole cannot be imported; the message says what is wrong and how to mend it."""


@dataclass(frozen=True)
class RawRow:
    """One row. ``number`` is its line (JSONL) or its row with the header as 1 (CSV)."""

    number: int
    values: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class RawFile:
    """The rows by field name, which column each field came from, and the columns that no field wanted."""

    rows: list[RawRow]
    columns: dict[str, str]
    unknown_columns: list[str]


def read_rows(path: Path, mapping: Mapping[str, str]) -> RawFile:
    """Read a CSV or JSONL file. ``mapping`` says which column holds a field, before usual names are tried.

    Raises ImportRefusedError for what concerns the whole file: size, encoding, broken quotes, columns.
    """
    unknown_fields = sorted(set(mapping) - set(FIELDS))
    if unknown_fields:
        raise ImportRefusedError(
            f"There is no field {', '.join(unknown_fields)}. Fields are: {', '.join(FIELDS)}."
        )
    text = _decoded(path)
    suffix = path.suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        records = list(_json_records(text))
        header = list(dict.fromkeys(name for _number, record, _problem in records for name in record))
    elif suffix in {".csv", ".tsv", ".txt"}:
        header, records = _csv_records(text)
    else:
        raise ImportRefusedError(f"{path.name} is neither CSV nor JSONL. Save it as .csv (UTF-8) or .jsonl.")
    if len(records) > MOST_ROWS:
        raise ImportRefusedError(
            f"{path.name} has {len(records)} rows; at most {MOST_ROWS} go in at once. Split the file."
        )
    columns = _columns(header, mapping)
    by_column = {column: field for field, column in columns.items()}
    rows = [
        RawRow(
            number, {by_column[name]: value for name, value in record.items() if name in by_column}, problem
        )
        for number, record, problem in records
    ]
    return RawFile(rows, columns, [name for name in header if name not in by_column])


Record = tuple[int, dict[str, str], str]


def _decoded(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ImportRefusedError(f"{path.name} is larger than 200 MB. Split the file.")
        content = path.read_bytes()
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportRefusedError(
            f"{path.name} is not UTF-8 text (line {line}, byte 0x{content[error.start]:02X}). "
            "Save it again as “CSV UTF-8”, then import it."
        ) from error
    if not text.strip():
        raise ImportRefusedError(f"{path.name} is empty.")
    return text


def _csv_records(text: str) -> tuple[list[str], list[Record]]:
    # The limit is the process's; a text that is too long for a post is told by its own row, not by the file.
    csv.field_size_limit(LARGEST_FILE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    records: list[Record] = []
    header: list[str] = []
    try:
        header = [name.strip() for name in next(reader)]
        for number, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                records.append(
                    (number, dict(zip(header, cells, strict=False)), _width_problem(header, cells))
                )
            if len(records) > MOST_ROWS:
                break
    except csv.Error as error:
        raise ImportRefusedError(
            f"The quotation marks are broken near line {reader.line_num} ({error}). "
            'A text in quotation marks must end with one, and " inside it is written twice.'
        ) from error
    return header, records


def _separator(text: str) -> str:
    """The separator whose first line names the most columns that we know, then the most columns."""
    first_line = text.lstrip("\r\n").partition("\n")[0]

    def known_and_all(separator: str) -> tuple[int, int]:
        names = next(csv.reader([first_line], delimiter=separator), [])
        return sum(_field_of(name) is not None for name in names), len(names)

    return max(SEPARATORS, key=known_and_all)


def _width_problem(header: list[str], cells: list[str]) -> str:
    if len(cells) == len(header):
        return ""
    return f"The row has {len(cells)} cells, the first row has {len(header)}."


def _json_records(text: str) -> Iterator[Record]:
    # Only "\n" ends a line of JSONL; splitlines would also cut inside texts with other line marks.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, {}, f"The line is not JSON: {error}."
            continue
        if not isinstance(record, dict):
            yield number, {}, "The line is not a JSON object with one entry for each field."
            continue
        nested = [name for name, value in record.items() if isinstance(value, dict | list)]
        problem = f"{', '.join(nested)} holds a list or an object; a field holds one value." if nested else ""
        yield number, {name: _cell(value) for name, value in record.items()}, problem


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _columns(header: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Which column holds each field. Raises ImportRefusedError for missing columns and for doubles."""
    named = [name for name in header if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise ImportRefusedError(f"These columns stand twice: {', '.join(twice)}. Rename one of each.")
    missing = sorted(set(mapping.values()) - set(named))
    if missing:
        raise ImportRefusedError(
            f"The file has no column {', '.join(missing)}. It has: {', '.join(named) or 'none'}."
        )
    columns = dict(mapping)
    for name in named:
        field = _field_of(name)
        if field is not None and field not in columns and name not in mapping.values():
            columns[field] = name
    if "title" not in columns:
        raise ImportRefusedError(
            f"No column is the title. The file has: {', '.join(named) or 'none'}. "
            "Name one “title”, or say which it is with --map title=COLUMN."
        )
    return columns


def _field_of(name: str) -> str | None:
    bare = _bare(name)
    for field, aliases in ALIASES.items():
        if bare == _bare(field):
            return field
        if bare in {_bare(alias) for alias in aliases}:
            return field
    return None


def _bare(name: str) -> str:
    return name.strip().casefold().replace(" ", "").replace("_", "").replace("-", "")
