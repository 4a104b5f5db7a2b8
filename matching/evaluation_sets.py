"""Several labelled sets at once: which there are, their results together, and the page that shows the newest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matching.labelled_data import LabelledDataError

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def sets_of(folder: Path, splits: Sequence[str]) -> list[tuple[Path, str]]:
    """Return folder and split of all that is to be measured, in the order of names.

    A folder with queries is one set, of which every split is wanted: test, if none is named. Any other is looked
    through for sets, and each gives those of the splits that it has; if none is named, test and its variants. Raises
    LabelledDataError if nothing is found.
    """
    if (folder / "queries.jsonl").is_file():
        return [(folder, split) for split in splits or ("test",)]
    found = [
        (one.parent, split)
        for one in sorted(folder.glob("*/queries.jsonl"))
        for split in _splits_of(one.parent)
        if (split in splits if splits else split == "test" or split.startswith("test_"))
    ]
    if not found:
        raise LabelledDataError(f"{folder} holds neither queries.jsonl nor folders with it and such a split.")
    return found


def _splits_of(folder: Path) -> list[str]:
    return [path.stem.removeprefix("qrels_") for path in sorted(folder.glob("qrels_*.tsv"))]


def write_between_markers(page: Path, text: str) -> None:
    """Replace what stands between the two markers of a page. Raises LabelledDataError if it has not both, in order."""
    try:
        before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    except OSError as error:
        raise LabelledDataError(f"{page} is missing or cannot be read.") from error
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise LabelledDataError(f"{page} lacks the lines {BEGIN} and {END}.")
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")
