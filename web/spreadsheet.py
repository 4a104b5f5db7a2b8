"""Tables for spreadsheets: CSV that opens with its letters right, and in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@"} else text


def csv_answer(file_name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """The table as a file to keep; ``file_name`` is a name of ours, in plain letters."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    # A byte-order mark, because spreadsheets take the file for another encoding without it.
    answer = Response(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer
