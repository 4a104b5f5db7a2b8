"""The index kept on disk, so that a process starts in a second instead of reading every post again.

A folder `index` beside the database holds one array a file, and `index.json`, which names what it belongs to and the
checksum of each file. Whatever is wrong with it (a file missing, cut short or changed, another encoder, calibration,
database or version of this file), it is as if there were none: the database is the truth. It is written under another
name and then renamed, so that nobody meets half of it; of two processes that write at once, one wins. What a killed
writer left beside it is removed by a later one.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.columns import ORGANISATION, POST, Columns
from matching.growing import Growing
from matching.nearness import Place
from matching.side_table import SideTable
from matching.vectors import CoarseVectors, VectorTable
from matching.word_table import WordTable
from models.post import PostSide

# To be raised whenever what is kept, or how it is computed from the database, changes.
VERSION = 2
LIST_FILE = "index.json"
BYTES_AT_ONCE = 1 << 24
# Far longer than it takes to write an index, in seconds: so old a folder is nobody's work any more.
LEFT_BEHIND = 3_600

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Belonging:
    """What a kept index was made from. `posts` describes the columns, so that a new column makes it another index."""

    encoder_id: int
    encoder_key: str
    calibration: str
    languages: str
    posts: str = str(POST.descr) + str(ORGANISATION.descr)
    version: int = VERSION


@dataclass(frozen=True)
class KeptIndex:
    """What an index is made of, up to the change `sequence` of the changelog; `last_change` tells that change apart
    from one of the same number in another database, or in an older copy of this one that went its own way.
    """

    sequence: int
    last_change: str
    sides: dict[PostSide, SideTable]
    organisations: Columns
    place_rows: dict[int, int]
    places: list[Place]


def write_index(folder: Path, belonging: Belonging, kept: KeptIndex) -> None:
    """Keep the index in a folder, in place of what was kept there before. Raises OSError, as on a full disk."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_behind(folder)
    new = Path(tempfile.mkdtemp(prefix=f"{folder.name}.new-", dir=folder.parent))
    try:
        for name, array in _arrays(kept).items():
            np.save(new / f"{name}.npy", array)
        for side, table in kept.sides.items():
            if table.coarse is not None:
                table.coarse.write(new / f"{side}.faiss")
        written = {path.name: [path.stat().st_size, _checksum(path)] for path in sorted(new.iterdir())}
        content = {
            "belonging": asdict(belonging),
            "sequence": kept.sequence,
            "last_change": kept.last_change,
            "place_rows": list(kept.place_rows.items()),
            "places": [asdict(place) for place in kept.places],
            "files": written,
        }
        text = json.dumps(content)
        (new / LIST_FILE).write_text(f"{zlib.crc32(text.encode()):08x}\n{text}", encoding="utf-8")
        _take_the_place_of(folder, new)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def read_index(folder: Path, belonging: Belonging) -> KeptIndex | None:
    """Return what was kept, None if there is nothing or if anything about it is in doubt."""
    try:
        listed = (folder / LIST_FILE).read_text(encoding="utf-8")
        checksum, _, text = listed.partition("\n")
        if checksum != f"{zlib.crc32(text.encode()):08x}":
            return None
        content = json.loads(text)
        if content["belonging"] != asdict(belonging):
            return None
        for name, (size, expected) in content["files"].items():
            path = folder / name
            if path.stat().st_size != size or _checksum(path) != expected:
                return None
        kept = KeptIndex(
            sequence=int(content["sequence"]),
            last_change=str(content["last_change"]),
            sides={side: _side(folder, side, content["files"]) for side in PostSide},
            organisations=np.load(folder / "organisations.npy"),
            place_rows={int(place_id): int(row) for place_id, row in content["place_rows"]},
            places=[Place(**place) for place in content["places"]],
        )
        # Another process may have put its own folder there after the checksums were taken.
        return kept if (folder / LIST_FILE).read_text(encoding="utf-8") == listed else None
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None


def _arrays(kept: KeptIndex) -> Arrays:
    arrays: Arrays = {"organisations": kept.organisations}
    for side, table in kept.sides.items():
        arrays[f"{side}.posts"] = table.posts
        arrays[f"{side}.vectors"] = table.vectors.stored
        arrays[f"{side}.coarse_numbers"] = table.coarse_numbers
        arrays |= {f"{side}.words.{name}": array for name, array in table.words.arrays().items()}
    return arrays


def _side(folder: Path, side: PostSide, names: dict[str, Any]) -> SideTable:
    vectors = np.load(folder / f"{side}.vectors.npy", mmap_mode="c")
    words = {
        name.removeprefix(f"{side}.words.").removesuffix(".npy"): np.load(folder / name, mmap_mode="c")
        for name in names
        if name.startswith(f"{side}.words.")
    }
    table = SideTable(vectors.shape[1])
    table.adopt(
        Growing(np.load(folder / f"{side}.posts.npy")),
        # Mapped, so that the system reads it when it is needed; a change is kept in memory and never reaches the file.
        VectorTable(vectors.shape[1], Growing(vectors)),
        WordTable.from_arrays(words),
    )
    if f"{side}.faiss" in names:
        numbers = np.load(folder / f"{side}.coarse_numbers.npy")
        table.adopt_coarse(CoarseVectors.read(folder / f"{side}.faiss"), numbers)
    return table


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while part := file.read(BYTES_AT_ONCE):
            checksum = zlib.crc32(part, checksum)
    return checksum


def _take_the_place_of(folder: Path, new: Path) -> None:
    """Put a complete folder where another may stand. A folder cannot be renamed over one that holds files."""
    old = folder.with_name(f"{new.name}.old")
    try:
        if folder.exists():
            folder.replace(old)
        # Whoever starts between these two lines finds none and reads the database.
        new.replace(folder)
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _remove_left_behind(folder: Path) -> None:
    """Remove what writers that were killed left beside the folder; a younger one may still be at work."""
    for path in folder.parent.glob(f"{folder.name}.new-*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - LEFT_BEHIND:
                shutil.rmtree(path, ignore_errors=True)
