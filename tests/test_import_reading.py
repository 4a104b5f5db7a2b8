"""Files of posts as they come: what is recognised in them, and what is refused with a remedy."""

import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.post import PostKind
from tests.imported_posts import csv_file, errors_in, imported, run
from tests.imported_posts import database as database
from tests.world import World
from web.posts.import_reading import ImportRefusedError, read_rows


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_usual_names_are_recognised(
    database: Session, world: World, tmp_path: Path, separator: str
) -> None:
    rows = [
        {
            "Kennung": "1",
            "Titel": "Elektrochemie",
            "Beschreibung": "Zellen, Impedanz; und mehr.",
            "Anzahl": "40",
            "Ort": "München",
            "Sprache": "de",
            "Abteilung": "engineering",
            "Bemerkung": "intern",
        }
    ]
    path = csv_file(tmp_path, rows, separator=separator)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    report = run(database, world, path)
    assert report.errors == []
    assert report.unknown_columns == ["Bemerkung"]
    post = imported(database)[0]
    assert (post.title, post.quantity, post.language) == ("Elektrochemie", 40, "de")
    assert post.unit_id == world.units["boreal engineering"]
    assert post.place is not None
    assert post.place.name == "Munich"


def test_a_column_can_be_named(database: Session, world: World, tmp_path: Path) -> None:
    rows = [{"Kurs": "Electrochemistry", "Inhalt": "Cells and impedance."}]
    report = run(database, world, csv_file(tmp_path, rows), mapping={"title": "Kurs", "text": "Inhalt"})
    assert report.added == 1
    for mapping in ({"title": "Nirgends"}, {"nothing": "Kurs"}):
        with pytest.raises(ImportRefusedError):
            run(database, world, tmp_path / "posts.csv", mapping=mapping)


def test_json_lines_are_read_one_by_one(database: Session, world: World, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    lines = [
        json.dumps(
            {"id": 7, "title": "Nursing", "text": "Wards and dialysis.", "quantity": 30, "remote": True}
        ),
        "{broken",
        "",
        "[1, 2]",
        json.dumps({"id": 8, "title": "Milling", "text": ["a", "list"]}),
        "[" * 100_000,
        '{"id": ' + "9" * 5000 + ', "title": "Digits", "text": "So many digits."}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    report = run(database, world, path)
    assert [error.row for error in report.errors] == [2, 4, 5, 6, 7]
    post = imported(database)[0]
    assert (post.external_id, post.quantity, post.is_remote) == ("7", 30, True)


NEED = {
    "id": "n",
    "side": "need",
    "kind": "talent",
    "title": "Nurses",
    "text": "Forty nurses.",
    "urgency": "3",
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("side", "wish"),
        ("side", ""),
        ("kind", "graduates"),
        ("kind", ""),
        ("title", ""),
        ("title", "x" * 151),
        ("title", "a\x00b"),
        ("text", ""),
        ("text", "w" * 10_000_000),
        ("urgency", ""),
        ("urgency", "9"),
        ("importance", "very"),
        ("visibility", "everybody"),
        ("quantity", "1.5"),
        ("quantity", "9" * 50),
        ("partner_limit", "0"),
        ("starts_on", "03/04/2027"),
        ("ends_on", "9999-01-01"),
        ("is_remote", "perhaps"),
        ("language", "tlh"),
        ("place", "Springfield"),
        ("place", "Xanadu"),
        ("unit", "Nowhere"),
        ("id", "x" * 201),
    ],
)
def test_each_wrong_cell_is_told_with_a_remedy(
    database: Session, world: World, tmp_path: Path, field: str, value: str
) -> None:
    path = csv_file(tmp_path, [{**NEED, field: value}, dict(NEED, id="good", title="Good nurses")])
    report = run(database, world, path, defaults={})
    expected = "external_id" if field == "id" else field
    assert errors_in(report) == [(2, expected)]
    assert report.errors[0].problem
    assert report.errors[0].remedy
    assert len(report.errors[0].problem) < 200
    assert [post.external_id for post in imported(database)] == ["good"]


def test_a_need_is_of_a_kind_of_needs_however_it_is_written(
    database: Session, world: World, tmp_path: Path
) -> None:
    rows = [{**NEED, "kind": "Data samples"}, {**NEED, "id": "m", "kind": "funding"}]
    report = run(database, world, csv_file(tmp_path, rows), defaults={})
    assert [post.kind for post in imported(database)] == [PostKind.DATA_SAMPLES]
    assert errors_in(report) == [(3, "kind")]
    # Who writes the word of the other side is told the right one.
    assert "co_funding" in report.errors[0].remedy


def test_formula_texts_are_kept_and_made_harmless_in_the_list_of_errors(
    database: Session, world: World, tmp_path: Path
) -> None:
    text = '=HYPERLINK("http://x";"y") and +1 and @SUM(A1)'
    rows = [{"id": "=1+1", "title": "=2+2", "text": text, "=menu": ""}]
    run(database, world, csv_file(tmp_path, rows))
    post = imported(database)[0]
    assert (post.external_id, post.title, post.text) == ("=1+1", "=2+2", text)
    rows = [{"=how": "x", "title": "Nursing", "text": "Wards."}]
    report = run(database, world, csv_file(tmp_path, rows), mapping={"quantity": "=how"})
    assert report.errors_path is not None
    assert ",'=how," in report.errors_path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"title,text\nElektrochemie,f\xfcr Zellen\n", "not UTF-8 text (line 2, byte 0xFC)"),
        ("title,text\nNursing,Wards".encode("utf-16"), "not UTF-8"),
        (b'title,text\n"Nursing,Wards\nMilling,Axes\n', "quotation marks are broken"),
        (b'title,text\n"Nur"sing,Wards\n', "quotation marks are broken"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf  \n", "is empty"),
        (b"one,two\n1,2\n", "No column is the title"),
        (b"title,title\na,b\n", "stand twice"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_as_a_whole(
    database: Session, world: World, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError) as refused:
        run(database, world, path)
    assert words in str(refused.value)
    assert imported(database) == []


def test_other_files_are_refused(database: Session, world: World, tmp_path: Path) -> None:
    (tmp_path / "posts.xlsx").write_bytes(b"PK")
    (tmp_path / "posts.pdf").write_text("title")
    for name in ("posts.xlsx", "posts.pdf", "missing.csv"):
        with pytest.raises(ImportRefusedError):
            run(database, world, tmp_path / name)


def test_rows_of_another_width_and_empty_rows_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("title,text\nNursing,Wards\n\n,\nMilling\nA,B,C\n", encoding="utf-8")
    rows = read_rows(path, {}).rows
    assert [(row.number, bool(row.problem)) for row in rows] == [(2, False), (5, True), (6, True)]
