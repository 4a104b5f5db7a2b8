"""Reading one cell of an import: a value, or what is wrong with it and how to mend it."""

from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from models.organisation import Unit
from models.post import CONTENT_LANGUAGES
from web.form_text import ALLOWED_CONTROLS
from web.gazetteer import PlaceChoice, resolve_place

LONGEST_ID = 200
YES = frozenset({"yes", "true", "1", "y", "x", "ja", "si", "sí", "oui"})
NO = frozenset({"no", "false", "0", "n", "nein", "non", ""})
DEGREES = {"1": 1, "2": 2, "3": 3, "low": 1, "medium": 2, "high": 3}

Word = TypeVar("Word", bound=StrEnum)


class CellError(Exception):
    """One cell cannot be used: ``problem`` says what is wrong, ``remedy`` how to mend it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def read_word(cell: str, known: tuple[Word, ...]) -> Word:
    """One of the known codes, however its blanks and capitals are written."""
    word = cell.casefold().replace(" ", "_").replace("-", "_")
    for candidate in known:
        if candidate.value == word:
            return candidate
    problem = f"“{shortened(cell)}” is not known." if cell else "It is missing."
    raise CellError(problem, f"Write one of: {', '.join(known)}.")


def read_text(cell: str, limit: int) -> str:
    """A text that is there, not too long, and free of control characters."""
    if not cell:
        raise CellError("It is missing.", "Write it, or leave the row out.")
    if len(cell) > limit:
        raise CellError(
            f"It has {len(cell)} characters; {limit} are allowed.", "Shorten it, or make two posts."
        )
    if any(ord(character) < 32 and character not in ALLOWED_CONTROLS for character in cell):
        raise CellError("It holds an invisible control character.", "Paste the text again as plain text.")
    return cell


def read_external_id(cell: str) -> str:
    """The importing organisation's own key, "" for none."""
    return read_text(cell, LONGEST_ID) if cell else ""


def read_language(cell: str) -> str:
    """An ISO 639-1 code that posts may have."""
    code = cell.casefold()[:5].replace("_", "-").partition("-")[0] or "en"
    if code not in CONTENT_LANGUAGES:
        raise CellError(
            f"“{shortened(cell)}” is not known.", f"Write one of: {', '.join(CONTENT_LANGUAGES)}."
        )
    return code


def read_number(cell: str, most: int) -> int | None:
    """A whole number from 1 on, None for an empty cell. "4.0", as spreadsheets write it, is 4."""
    digits = cell.removesuffix(".0")
    if not digits:
        return None
    if not digits.isdecimal() or len(digits) > 9 or not 1 <= int(digits) <= most:
        raise CellError(
            f"“{shortened(cell)}” is no whole number from 1 to {most}.", "Write digits, or leave it empty."
        )
    return int(digits)


def read_day(cell: str) -> date | None:
    """A date as 2027-03-31 or 31.03.2027, None for an empty cell. 03/04/2027 would mean two days."""
    if not cell:
        return None
    for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(cell, pattern).date()  # noqa: DTZ007 # A day, whatever the zone.
        except ValueError:
            continue
    raise CellError(f"“{shortened(cell)}” is no date.", "Write it as year-month-day, for example 2027-03-31.")


def read_flag(cell: str) -> bool:
    """Yes or no; empty is no."""
    word = cell.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError(f"“{shortened(cell)}” is neither yes nor no.", "Write yes or no.")


def read_degree(cell: str) -> int:
    """1, 2 or 3. There is no default: whoever imports has to say how urgent it is."""
    degree = DEGREES.get(cell.casefold().removesuffix(".0"))
    if degree is None:
        problem = f"“{shortened(cell)}” is not known." if cell else "It is missing."
        raise CellError(problem, "Write 1 (there is time), 2 (within months) or 3 (within weeks).")
    return degree


@lru_cache(maxsize=4096)
def _resolved(cell: str) -> tuple[PlaceChoice, ...]:
    return tuple(resolve_place(cell))


def read_place(cell: str) -> PlaceChoice | None:
    """A town that is clear, None for an empty cell."""
    if not cell:
        return None
    found = _resolved(cell[:LONGEST_ID])
    if not found:
        raise CellError(
            f"“{shortened(cell)}” is not known.",
            "Write the nearest town of 15,000 people or more, for example “Kiel, Germany”.",
        )
    if len(found) > 1:
        labels = "; ".join(choice.label for choice in found[:5])
        raise CellError(f"There are several places called “{shortened(cell)}”.", f"Write one of: {labels}.")
    return found[0]


def read_unit(cell: str, units: list[Unit], otherwise: Unit) -> int:
    """The id of the unit with this name; the import's own unit for an empty cell."""
    if not cell:
        return otherwise.id
    named = [unit for unit in units if unit.name.casefold() == cell.casefold()]
    if len(named) == 1:
        return named[0].id
    if named:
        raise CellError(
            f"There are several units called “{shortened(cell)}”.", "Import them unit by unit, with --unit."
        )
    raise CellError(
        f"There is no unit called “{shortened(cell)}”.",
        f"Write one of: {', '.join(unit.name for unit in units[:10])}.",
    )


def shortened(cell: str) -> str:
    """The beginning of a cell, for a message of one line."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in cell[:120]).split())
    return words if len(words) <= 60 else f"{words[:57]}…"
