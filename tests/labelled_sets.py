"""A small labelled set as files: five needs and a programme about the subject of each, of which four are labelled."""

import json
from pathlib import Path
from typing import Any

SUBJECTS = ("battery electrolyte", "nursing ward", "welding pipeline", "enzyme reactor", "port logistics")


def write_rows(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_labelled_set(folder: Path) -> Path:
    folder.mkdir()
    needs = [{"id": f"q{n}", "text": f"We seek {subject}."} for n, subject in enumerate(SUBJECTS)]
    programmes = [{"id": f"d{n}", "text": f"A programme in {subject}."} for n, subject in enumerate(SUBJECTS)]
    write_rows(folder, "queries.jsonl", needs)
    write_rows(folder, "corpus.jsonl", programmes)
    rows = "".join(f"q{n}\td{n}\t1\n" for n in range(4))
    (folder / "qrels_test.tsv").write_text(f"query-id\tcorpus-id\tgrade\n{rows}")
    return folder
