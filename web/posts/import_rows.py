"""Judging the rows of an import: each becomes a post's values, or says what is wrong and how to mend it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TypeVar

from models.organisation import Unit
from models.post import (
    DEFAULT_VISIBILITY,
    KINDS_OF_SIDE,
    TEXT_LIMIT,
    TITLE_LIMIT,
    PostKind,
    PostSide,
    Visibility,
)
from web.form_text import in_one_line
from web.gazetteer import PlaceChoice
from web.posts.forms import MOST_PARTNERS, MOST_PEOPLE, YEARS_AHEAD
from web.posts.import_cells import (
    CellError,
    read_day,
    read_degree,
    read_external_id,
    read_flag,
    read_language,
    read_number,
    read_place,
    read_text,
    read_unit,
    read_word,
)
from web.posts.import_reading import RawRow

Value = TypeVar("Value")


@dataclass(frozen=True)
class RowError:
    """What is wrong in one cell, and how to mend it. ``field`` is "" where the whole row is meant."""

    row: int
    field: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class ImportedPost:
    """The values of one row."""

    row: int
    external_id: str
    unit_id: int
    side: PostSide
    kind: PostKind
    title: str
    text: str
    language: str
    quantity: int | None
    partner_limit: int | None
    starts_on: date | None
    ends_on: date | None
    place: PlaceChoice | None
    is_remote: bool
    urgency: int | None
    importance: int | None
    visibility: Visibility

    @property
    def identity(self) -> tuple[PostSide, str]:
        """What tells two posts of one organisation apart."""
        return self.side, self.external_id

    @property
    def matching_text(self) -> str:
        """The same text as ``Post.matching_text`` once it is assigned."""
        return f"{self.title}\n{self.text}"


class Cells:
    """The cells of one row, with the values that stand for empty ones. Collects what is wrong."""

    def __init__(self, row: RawRow, defaults: Mapping[str, str]) -> None:
        self.number = row.number
        self.errors: list[RowError] = []
        filled = {name: cell for name, cell in row.values.items() if cell.strip()}
        self._values = {**defaults, **filled}

    def read(self, field: str, reader: Callable[[str], Value], otherwise: Value) -> Value:
        """What ``reader`` makes of the cell; ``otherwise`` (never kept) if it refuses."""
        try:
            return reader(self._values.get(field, "").strip())
        except CellError as error:
            self.errors.append(RowError(self.number, field, error.problem, error.remedy))
            return otherwise


def judge(
    rows: Iterable[RawRow], defaults: Mapping[str, str], units: list[Unit], unit: Unit
) -> tuple[list[ImportedPost], list[RowError]]:
    """The good rows, and what is wrong in the others. ``unit`` posts the rows that name none."""
    good: list[ImportedPost] = []
    errors: list[RowError] = []
    seen: dict[tuple[PostSide, str], int] = {}
    for row in rows:
        if row.problem:
            errors.append(RowError(row.number, "", row.problem, "Mend the row, or leave it out."))
            continue
        cells = Cells(row, defaults)
        post = _post_of(cells, units, unit)
        if not cells.errors and post.identity in seen:
            problem = f"Row {seen[post.identity]} is the same post."
            remedy = "Give each row its own external_id, or delete one of the two."
            cells.errors.append(RowError(row.number, "external_id", problem, remedy))
        if cells.errors:
            errors += cells.errors
            continue
        seen[post.identity] = row.number
        good.append(post)
    return good, errors


def late_errors(post: ImportedPost, today: date) -> list[RowError]:
    """What is wrong with the dates of a row that is new or changed: an unchanged one may have run out."""
    errors = []
    for field, day in (("starts_on", post.starts_on), ("ends_on", post.ends_on)):
        if day is None:
            continue
        if field == "ends_on" and day < today:
            problem = f"{day} is in the past."
            errors.append(RowError(post.row, field, problem, "Choose a later date, or leave it empty."))
        elif abs(day.year - today.year) > YEARS_AHEAD:
            problem = f"{day} is more than {YEARS_AHEAD} years away."
            errors.append(RowError(post.row, field, problem, "Choose a nearer date."))
    return errors


def _post_of(cells: Cells, units: list[Unit], unit: Unit) -> ImportedPost:
    """The post of these cells; worth keeping only if they have no errors."""
    side = cells.read("side", lambda cell: read_word(cell, tuple(PostSide)), PostSide.CAPABILITY)
    # Of a row whose side is unknown, any kind may be right: one mistake is told once.
    kinds = tuple(PostKind) if cells.errors else KINDS_OF_SIDE[side]
    is_need = side is PostSide.NEED
    title = cells.read("title", lambda cell: read_text(in_one_line(cell), TITLE_LIMIT), "")
    unit_id = cells.read("unit", lambda cell: read_unit(cell, units, unit), unit.id)
    starts_on = cells.read("starts_on", read_day, None)
    ends_on = cells.read("ends_on", read_day, None)
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        problem = f"It ends on {ends_on}, before it starts on {starts_on}."
        cells.errors.append(RowError(cells.number, "ends_on", problem, "Choose a later date."))
    return ImportedPost(
        row=cells.number,
        external_id=cells.read("external_id", read_external_id, "") or _derived_id(unit_id, title),
        unit_id=unit_id,
        side=side,
        kind=cells.read("kind", lambda cell: read_word(cell, kinds), kinds[0]),
        title=title,
        text=cells.read("text", lambda cell: read_text(cell, TEXT_LIMIT), ""),
        language=cells.read("language", read_language, "en"),
        quantity=cells.read("quantity", lambda cell: read_number(cell, MOST_PEOPLE), None),
        partner_limit=cells.read("partner_limit", lambda cell: read_number(cell, MOST_PARTNERS), None),
        starts_on=starts_on,
        ends_on=ends_on,
        place=cells.read("place", read_place, None),
        is_remote=cells.read("is_remote", read_flag, False),
        urgency=cells.read("urgency", read_degree, 2) if is_need else None,
        importance=cells.read("importance", lambda cell: read_degree(cell or "2"), 2) if is_need else None,
        visibility=cells.read(
            "visibility",
            lambda cell: read_word(cell or DEFAULT_VISIBILITY[side].value, tuple(Visibility)),
            Visibility.NETWORK,
        ),
    )


def _derived_id(unit_id: int, title: str) -> str:
    """The identity of a row without an external id: unit and title, so that a new text changes the post."""
    return "title:" + sha256(f"{unit_id}\n{title.casefold()}".encode()).hexdigest()[:32]
