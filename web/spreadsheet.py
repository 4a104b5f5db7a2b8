"""Tables for spreadsheets: CSV that opens with its letters and cells right, and in which no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol
from flask import Response, request

COMMA, SEMICOLON = ",", ";"
# Where a spreadsheet that ends cells at another sign than ours would begin a cell, by the sign that is ours.
_OTHER_STARTS = {
    COMMA: re.compile(r"([;\t\r\n]\s*)([=+\-@])"),
    SEMICOLON: re.compile(r"([,\t\r\n]\s*)([=+\-@])"),
}


def safe_cell(text: str, separator: str = COMMA) -> str:
    """A cell that no spreadsheet takes for a formula, wherever it ends the cells of a file of this separator."""
    inside = _OTHER_STARTS[separator].sub(r"\1'\2", text)
    return f"'{inside}" if inside.lstrip()[:1] in {"=", "+", "-", "@"} else inside


def csv_answer(file_name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """The table as a file to keep; ``file_name`` is a name of ours, in plain letters."""
    separator = _separator_of_reader()
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow([safe_cell(cell, separator) for cell in header])
    writer.writerows([safe_cell(cell, separator) for cell in row] for row in rows)
    # A byte-order mark, because spreadsheets take the file for another encoding without it.
    answer = Response(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer


def _separator_of_reader() -> str:
    """Spreadsheets expect semicolons wherever numbers are written with a comma. The browser knows where that is, even
    of whoever reads the portal in English; a line "sep=" would say it too, and be taken for data by other programs.
    """
    for language in request.accept_languages.values():
        try:
            locale = Locale.parse(language, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
        return SEMICOLON if get_decimal_symbol(locale) == "," else COMMA
    return COMMA
