"""Rankings of 10 needs and 10 capabilities among 10,000 to a million posts, beside what they are measured against.

Run on an idle machine: ``python -m tests.benchmarks.bench_scale [--sizes 10000 100000 1000000] [--labelled FOLDER]
[--json FILE] [--txtai PYTHON] [--without faiss hnsw pgvector database]``. Prints a table and, with ``--json``,
writes all figures. HNSW of FAISS is built once and kept beside the encoded texts, as is a large database: a later run
reads them.

Each size runs in a process of its own, so that its memory is its own. A ranking is everything between our posts and the
three lists of Partners: filters, similarities both ways, signals, order; the statements that load names are left out.
The exact ranking is the same with everybody compared, the oracle of the recall: of the first ten of each list, how many
are there. Raw products, FAISS and pgvector answer only which 100 posts are nearest to each of our 20, on one side after
the other; txtai groups them by organisation. HNSW is also asked for so many that the organisations which our ranking
lists are among their owners, to the same recall; to order them would still be to do. One thread each, PostgreSQL's own
process beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from matching.answers import Filters
from matching.calibration import load_calibration
from matching.candidates import OwnPosts
from matching.encoder import load_encoder
from matching.index import Index
from matching.index_file import Belonging, KeptIndex, read_index, write_index
from matching.recipe import fingerprint
from models.database import prepare_engine
from models.post import PostSide
from tests.benchmarks.first_ten import FILTERS, Lists, first_ten, share_found
from tests.benchmarks.real_texts import real_texts
from tests.benchmarks.scale_beside import PARTS, Parts, measure_beside
from tests.benchmarks.scale_figures import Figures, table_of, times
from tests.benchmarks.world_database import write_world
from tests.benchmarks.world_index import WorldIndex
from tests.benchmarks.world_plan import LOOKERS
from tests.benchmarks.worlds import CACHE, World

SIZES = (10_000, 100_000, 1_000_000)
# Writing more posts than these into SQLite takes longer than ten minutes: it is done once, when it is asked for.
MOST_IN_DATABASE = 100_000


def main() -> None:
    """Measure each size in its own process and print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument(
        "--labelled", type=Path, help="folder of the labelled sets; else only the demo's texts"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--txtai", type=Path, metavar="PYTHON", help="an interpreter that has txtai")
    parser.add_argument("--without", nargs="+", choices=PARTS, default=[], help="leave these parts out")
    parser.add_argument(
        "--write-large-database", action="store_true", help=f"write more than {MOST_IN_DATABASE} posts"
    )
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    parts = Parts(frozenset(PARTS) - set(chosen.without), chosen.txtai, chosen.write_large_database)
    if chosen.one is not None:
        figures = measure(chosen.sizes[0], chosen.labelled, parts)
        chosen.one.write_text(json.dumps(asdict(figures)), encoding="utf-8")
        return
    found = [_in_a_process(size, sys.argv[1:]) for size in chosen.sizes]
    sys.stdout.write(table_of(found))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")


def measure(size: int, labelled: Path | None, parts: Parts) -> Figures:
    """Measure one size in this process."""
    world = World(real_texts(load_encoder(), labelled, CACHE), size)
    made = WorldIndex(world)
    figures = Figures(len(world), len(world.organisations))
    figures.seconds["fill the tables"] = made.seconds
    own = [made.own(looker) for looker in range(LOOKERS)]
    with tempfile.TemporaryDirectory() as folder:
        made.index = _kept_and_read_again(made, Path(folder) / "index", figures)
        # Measured before anything else is made, which needs as much again.
        _measure_rankings(made, own, figures)
        figures.megabytes = _resident_megabytes()
        exact = _measure_recall(made, own, figures)
        measure_beside(made, own, exact, figures, parts)
    if parts.has("database"):
        _measure_database(world, figures, parts)
    for name in PARTS:
        if not parts.has(name):
            figures.notes.append(f"{name}: left out, because it was asked for")
    return figures


def _measure_rankings(made: WorldIndex, own: list[dict[PostSide, OwnPosts]], figures: Figures) -> None:
    for name, filters in FILTERS.items():
        figures.milliseconds[f"ranking, {name}"] = times(
            [partial(_lists, made, own, looker, filters) for looker in range(LOOKERS)]
        )


def _measure_recall(made: WorldIndex, own: list[dict[PostSide, OwnPosts]], figures: Figures) -> list[Lists]:
    """Compare with the ranking that compares everybody, which a market without a coarse copy does anyway; return its
    lists of each looker without filters.
    """
    tables = made.index.sides
    lookers = range(LOOKERS)
    if any(table.coarse is None for table in tables.values()):
        return [_lists(made, own, looker, Filters()) for looker in lookers]
    quick = {name: [_lists(made, own, looker, one) for looker in lookers] for name, one in FILTERS.items()}
    coarse = {side: table.coarse for side, table in tables.items()}
    for table in tables.values():
        table.coarse = None
    exact = {name: [_lists(made, own, looker, one) for looker in lookers] for name, one in FILTERS.items()}
    for name, filters in FILTERS.items():
        figures.milliseconds[f"exact ranking, {name}"] = times(
            [partial(_lists, made, own, looker, filters) for looker in range(4)], rounds=2
        )
        figures.recall[f"recall@10 of organisations, {name}"] = share_found(quick[name], exact[name])
    for side, table in tables.items():
        table.coarse = coarse[side]
    return exact["no filters"]


def _lists(made: WorldIndex, own: list[dict[PostSide, OwnPosts]], looker: int, filters: Filters) -> Lists:
    sides = own[looker]
    needs, capabilities = sides[PostSide.NEED], sides[PostSide.CAPABILITY]
    return first_ten(made.index, needs, capabilities, made.acting(looker), filters, looker + 1)


def _kept_and_read_again(made: WorldIndex, folder: Path, figures: Figures) -> Index:
    """Keep the index on disk and start from there, as a process does; return what was read."""
    index = made.index
    belonging = Belonging(1, index.encoder_key, fingerprint(index.calibration), "en")
    rows, places = index.known_places()
    started = time.perf_counter()
    write_index(folder, belonging, KeptIndex(1, "", index.sides, index.organisations, rows, places))
    figures.seconds["keep on disk"] = time.perf_counter() - started
    started = time.perf_counter()
    kept = read_index(folder, belonging)
    figures.seconds["start from disk"] = time.perf_counter() - started
    assert kept is not None
    figures.seconds["size on disk, GB"] = sum(path.stat().st_size for path in folder.iterdir()) / 1e9
    again = Index()
    again.calibration = load_calibration(index.encoder_key, index.calibration.centre.shape[0])
    again.encoder_id, again.encoder_key = 1, index.encoder_key
    again.sides, again.organisations = kept.sides, kept.organisations
    again.know(kept.place_rows, kept.places)
    return again


def _measure_database(world: World, figures: Figures, parts: Parts) -> None:
    """Measure the start of a process that reads everything from SQLite."""
    digest = f"{world.real.encoder_key}-{len(world.real.texts)}-{len(world)}".replace(":", "-")
    path = CACHE / f"world-{digest}.sqlite3"
    if not path.is_file():
        if len(world) > 1.1 * MOST_IN_DATABASE and not parts.writes_large_database:
            figures.notes.append("database: more posts than are written unasked (--write-large-database)")
            return
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        write_world(f"sqlite:///{unfinished}", world)
        unfinished.rename(path)
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    started = time.perf_counter()
    with Session(engine) as session:
        Index().refresh(session)
    figures.seconds["start from the database"] = time.perf_counter() - started
    engine.dispose()


def _resident_megabytes() -> float:
    """What is resident now, mapped files among it; the peak while filling says nothing about a running process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def _in_a_process(size: int, arguments: list[str]) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "tests.benchmarks.bench_scale", *arguments]
        subprocess.run([*command, "--sizes", str(size), "--one", str(answer)], check=True)
        return Figures(**json.loads(answer.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
