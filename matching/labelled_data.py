"""Labelled data for measuring the ranking: queries, documents, who is relevant, read from a folder of plain files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.post import PostSide

# Words of a folder's name, left of "_to_", that tell which side its queries stand on.
NEED_WORDS = frozenset({"need", "needs", "onet", "occupation", "company", "employer", "job", "vacancy"})
CAPABILITY_WORDS = frozenset(
    {"capability", "cip", "programme", "program", "course", "graduate", "university", "college", "laboratory"}
)


class LabelledDataError(Exception):
    """The folder is missing, or a file in it is not what it should be; the message is one clear line."""


@dataclass(frozen=True)
class LabelledPlace:
    """Where a seeker or an organisation is; what is not known is None."""

    country: str | None
    region: str | None = None
    city: str | None = None


@dataclass(frozen=True)
class Query:
    """A text that seeks, and where whoever seeks is."""

    identity: str
    text: str
    places: tuple[LabelledPlace, ...] = ()


@dataclass(frozen=True)
class Document:
    """A text to be found. `owner` is its organisation's id; without organisations each document is its own owner."""

    identity: str
    text: str
    owner: str


@dataclass(frozen=True)
class LabelledOrganisation:
    """Whose documents are ranked. `collaborations` is None where the data do not tell."""

    identity: str
    name: str
    place: LabelledPlace | None = None
    collaborations: int | None = None


@dataclass(frozen=True)
class LabelledData:
    """One folder and split. `grades` is query id → id → grade, only of queries with something relevant."""

    query_side: PostSide
    queries: list[Query]
    documents: list[Document]
    organisations: list[LabelledOrganisation]
    has_organisations: bool
    grades: dict[str, dict[str, float]]
    excluded: dict[str, frozenset[str]] = field(default_factory=dict)


def read_labelled_data(folder: Path, split: str = "test", query_side: PostSide | None = None) -> LabelledData:
    """Read a folder. `query_side` None takes it from the folder's name. Raises LabelledDataError."""
    if not folder.is_dir():
        raise LabelledDataError(f"There is no folder {folder}.")
    grades = read_grades(folder / f"qrels_{split}.tsv")
    queries = [query for query in _queries(folder / "queries.jsonl") if query.identity in grades]
    missing = grades.keys() - {query.identity for query in queries}
    if missing:
        raise LabelledDataError(
            f"{folder / 'queries.jsonl'} lacks the query {min(missing)} of qrels_{split}.tsv."
        )
    if not queries:
        raise LabelledDataError(f"{folder / f'qrels_{split}.tsv'} names no query with a relevant document.")
    documents = _documents(folder / "corpus.jsonl")
    organisations_file = folder / "orgs.jsonl"
    has_organisations = organisations_file.is_file()
    return LabelledData(
        query_side=query_side or side_of_queries(folder.resolve().name),
        queries=queries,
        documents=documents,
        organisations=_organisations(organisations_file, documents),
        has_organisations=has_organisations,
        grades=grades,
        excluded=_excluded(folder / f"exclude_{split.split('_')[0]}.tsv"),
    )


def side_of_queries(folder_name: str) -> PostSide:
    """Return what a folder's name says its queries are: "cip_to_onet" holds capabilities; in doubt they are needs."""
    words = set(folder_name.lower().partition("_to_")[0].split("_"))
    if words & CAPABILITY_WORDS and not words & NEED_WORDS:
        return PostSide.CAPABILITY
    return PostSide.NEED


def _queries(path: Path) -> list[Query]:
    return [
        Query(
            _text(row, "id", path),
            _text(row, "text", path),
            tuple(_place(one) for one in row.get("places") or ()),
        )
        for row in json_lines(path)
    ]


def _documents(path: Path) -> list[Document]:
    documents = [
        Document(
            _text(row, "id", path), _text(row, "text", path), str(row.get("org_id") or _text(row, "id", path))
        )
        for row in json_lines(path)
    ]
    if not documents:
        raise LabelledDataError(f"{path} holds no document.")
    return documents


def _organisations(path: Path, documents: list[Document]) -> list[LabelledOrganisation]:
    """Return every owner of a document, with what orgs.jsonl says of it."""
    known = {str(row.get("org_id")): row for row in json_lines(path)} if path.is_file() else {}
    organisations: list[LabelledOrganisation] = []
    for owner in dict.fromkeys(document.owner for document in documents):
        row = known.get(owner, {})
        collaborations = row.get("n_posts")
        organisations.append(
            LabelledOrganisation(
                identity=owner,
                name=str(row.get("name") or owner),
                place=_place(row) if _known(row.get("country")) else None,
                collaborations=None if collaborations is None else int(collaborations),
            )
        )
    return organisations


def _place(row: dict[str, Any]) -> LabelledPlace:
    country, region, city = (_known(row.get(name)) for name in ("country", "region", "city"))
    return LabelledPlace(country, region, city)


def _known(value: Any) -> str | None:
    """What is not known may be missing, empty, or the NaN that some tables write."""
    return value if isinstance(value, str) and value else None


def read_grades(path: Path) -> dict[str, dict[str, float]]:
    """Return query → id → grade, without queries that nothing is relevant for. Raises LabelledDataError."""
    grades: dict[str, dict[str, float]] = {}
    for number, columns in _rows(path):
        try:
            query_id, identity, grade = columns[0], columns[1], float(columns[2])
        except (IndexError, ValueError) as error:
            raise LabelledDataError(f"{path}, line {number}: expected query-id, id and grade.") from error
        grades.setdefault(query_id, {})[identity] = grade
    return {query: some for query, some in grades.items() if any(grade > 0 for grade in some.values())}


def _excluded(path: Path) -> dict[str, frozenset[str]]:
    excluded: dict[str, set[str]] = {}
    if path.is_file():
        for number, columns in _rows(path):
            if len(columns) < 2:
                raise LabelledDataError(f"{path}, line {number}: expected query-id and id.")
            excluded.setdefault(columns[0], set()).add(columns[1])
    return {query: frozenset(some) for query, some in excluded.items()}


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and columns of a file with tabs, without its heading and blank lines."""
    for number, line in enumerate(_lines(path), start=1):
        columns = line.rstrip("\r\n").split("\t")
        if line.strip() and not (number == 1 and columns[0] == "query-id"):
            yield number, columns


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the object of each line. Raises LabelledDataError."""
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise LabelledDataError(f"{path}, line {number}: not valid JSON.") from error
        if not isinstance(row, dict):
            raise LabelledDataError(f"{path}, line {number}: expected an object.")
        yield row


def _lines(path: Path) -> list[str]:
    # Not splitlines(), which also breaks at separators that may stand inside a JSON text.
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelledDataError(f"{path} is missing or cannot be read.") from error


def _text(row: dict[str, Any], key: str, path: Path) -> str:
    value = row.get(key)
    if value is None or not str(value).strip():
        raise LabelledDataError(f'{path}: a line has no "{key}".')
    return str(value)
