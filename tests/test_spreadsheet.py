"""Tables for spreadsheets open in the reader's own one, and never as formulas."""

import csv
import io

import pytest
from flask import Flask

from web.spreadsheet import csv_answer, safe_cell


def written(app: Flask, languages: str, cells: list[str]) -> str:
    with app.test_request_context(headers={"Accept-Language": languages} if languages else {}):
        return csv_answer("t.csv", ["Name", "Words"], [cells]).get_data().decode("utf-8-sig")


@pytest.mark.parametrize(
    ("languages", "separator"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", ";"),
        ("fr", ";"),
        ("pt-BR,en;q=0.5", ";"),
        ("en-GB,en;q=0.9,de;q=0.8", ","),
        ("en;q=0.5,de;q=0.9", ";"),
        ("", ","),
        ("*", ","),
        ("x-klingon,de;q=0.1", ";"),
        ("%00,;;q=x", ","),
    ],
)
def test_cells_end_where_the_spreadsheet_of_the_reader_expects_it(
    app: Flask, languages: str, separator: str
) -> None:
    text = written(app, languages, ["Kiel; Rostock", "Porto, Braga"])
    assert text.startswith(f"Name{separator}Words\r\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert rows[1] == ["Kiel; Rostock", "Porto, Braga"]


@pytest.mark.parametrize(("languages", "separator"), [("de", ";"), ("en", ",")])
def test_no_cell_is_a_formula_wherever_a_spreadsheet_ends_it(
    app: Flask, languages: str, separator: str
) -> None:
    text = written(app, languages, ["=1+1", "Robots;=HYPERLINK(1),\t@sum, -2;+3\n=4"])
    for delimiter in ",;\t":
        # Quotes hold a cell together for whoever ends cells as the file does, and for nobody else.
        lines = io.StringIO(text if delimiter == separator else text.replace('"', ""), newline="")
        for row in csv.reader(lines, delimiter=delimiter):
            for cell in row:
                assert cell.lstrip()[:1] not in set("=+-@"), (delimiter, cell)


def test_a_dash_between_words_is_left_alone() -> None:
    assert (
        safe_cell("Metals - casting; rolling, heat-treatment") == "Metals - casting; rolling, heat-treatment"
    )
