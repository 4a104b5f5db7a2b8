"""Rankings of 10 needs and 10 capabilities among 10,000 to a million posts, beside what they are measured against.

Run on an idle machine: ``python -m tests.benchmarks.bench_scale [--sizes 10000 100000 1000000] [--labelled FOLDER]
[--json FILE] [--no-hnsw] [--no-database]``. Prints a table and, with ``--json``, writes all figures.

Each size runs in a process of its own, so that its memory is its own. A ranking is everything between our posts and the
three lists of Partners: filters, similarities both ways, signals, order; the statements that load names are left out.
``exact`` is the same with everybody compared, the oracle of the recall: of the first ten of each list, how many are
there. Raw products and raw FAISS answer only which posts are nearest to each of our 20, one after the other side.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from matching.answers import Filters
from matching.calibration import load_calibration
from matching.candidates import OwnPosts
from matching.demand import Demand
from matching.directions import score
from matching.encoder import load_encoder
from matching.index import Index
from matching.index_file import Belonging, KeptIndex, read_index, write_index
from matching.recipe import fingerprint
from matching.scoring import Grade
from matching.signals import DEFAULT_WEIGHTS
from matching.spreading import lists_of, spread_out
from models.base import utc_now
from models.database import prepare_engine
from models.organisation import OrganisationKind
from models.post import PostSide
from tests.benchmarks.raw_search import RawSearch, Vectors, txtai_seconds
from tests.benchmarks.real_texts import real_texts
from tests.benchmarks.world_database import write_world
from tests.benchmarks.world_index import WorldIndex
from tests.benchmarks.world_plan import LOOKERS
from tests.benchmarks.worlds import CACHE, World

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 5
BEST = 10
# A row of the table for each of these; the filters let about a third of all posts through.
FILTERS = {
    "no filters": Filters(),
    "filters": Filters(
        countries=frozenset({"DE", "FR", "PT", "ES", "IT"}),
        kinds=frozenset({OrganisationKind.COMPANY, OrganisationKind.OTHER}),
    ),
}
# Writing more posts than these into SQLite takes longer than ten minutes.
MOST_IN_DATABASE = 100_000


@dataclass
class Figures:
    """All figures of one size: milliseconds (median, 95th percentile), megabytes, seconds, shares."""

    posts: int
    organisations: int
    milliseconds: dict[str, tuple[float, float]] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)
    megabytes: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def main() -> None:
    """Measure each size in its own process and print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--no-hnsw", action="store_true", help="leave out raw HNSW, which takes minutes to build"
    )
    parser.add_argument("--no-database", action="store_true", help="leave out the start from a database")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one is not None:
        figures = measure(chosen.sizes[0], chosen.labelled, not chosen.no_hnsw, not chosen.no_database)
        chosen.one.write_text(json.dumps(asdict(figures)), encoding="utf-8")
        return
    found = [_in_a_process(size, sys.argv[1:]) for size in chosen.sizes]
    sys.stdout.write(table_of(found))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")


def measure(size: int, labelled: Path | None, with_hnsw: bool, with_database: bool) -> Figures:
    """Measure one size in this process."""
    world = World(real_texts(load_encoder(), labelled, CACHE), size)
    made = WorldIndex(world)
    figures = Figures(len(world), len(world.organisations))
    figures.seconds["fill the tables"] = made.seconds
    own = [made.own(looker) for looker in range(LOOKERS)]
    with tempfile.TemporaryDirectory() as folder:
        made.index = _kept_and_read_again(made, Path(folder) / "index", figures)
        _measure_rankings(made, own, figures)
        # Measured before the raw indexes are made, which need as much again.
        figures.megabytes = _resident_megabytes()
        _measure_raw(made, own, figures, with_hnsw)
    if with_database and size <= MOST_IN_DATABASE:
        _measure_database(world, figures)
    return figures


def table_of(found: list[Figures]) -> str:
    """Return all figures as lines of a table, one column a size."""
    lines = [f"{'':<44}" + "".join(f"{one.posts:>20,}" for one in found)]
    lines.append(f"{'organisations':<44}" + "".join(f"{one.organisations:>20,}" for one in found))
    for name in dict.fromkeys(name for one in found for name in one.milliseconds):
        cells = [one.milliseconds.get(name) for one in found]
        lines.append(f"{name + ', p50 / p95 ms':<44}" + "".join(f"{_pair(cell):>20}" for cell in cells))
    for name in dict.fromkeys(name for one in found for name in one.recall):
        shares = [one.recall.get(name) for one in found]
        lines.append(f"{name:<44}" + "".join(f"{'–' if one is None else f'{one:.3f}':>20}" for one in shares))
    lines.append(f"{'resident memory, MB':<44}" + "".join(f"{one.megabytes:>20,.0f}" for one in found))
    for name in dict.fromkeys(name for one in found for name in one.seconds):
        seconds = [one.seconds.get(name) for one in found]
        lines.append(
            f"{name + ', s':<44}" + "".join(f"{'–' if one is None else f'{one:.2f}':>20}" for one in seconds)
        )
    notes = dict.fromkeys(note for one in found for note in one.notes)
    return "\n".join([*lines, *notes]) + "\n"


def _measure_rankings(made: WorldIndex, own: list[dict[PostSide, OwnPosts]], figures: Figures) -> None:
    for name, filters in FILTERS.items():
        quick = [_lists(made, own, looker, filters) for looker in range(LOOKERS)]
        figures.milliseconds[f"ranking, {name}"] = _times(
            [partial(_lists, made, own, looker, filters) for looker in range(LOOKERS)]
        )
        if any(table.coarse is None for table in made.index.sides.values()):
            continue
        coarse = {side: table.coarse for side, table in made.index.sides.items()}
        for table in made.index.sides.values():
            table.coarse = None
        exact = [_lists(made, own, looker, filters) for looker in range(LOOKERS)]
        figures.milliseconds[f"exact ranking, {name}"] = _times(
            [partial(_lists, made, own, looker, filters) for looker in range(4)]
        )
        for side, table in made.index.sides.items():
            table.coarse = coarse[side]
        figures.recall[f"recall@10 of organisations, {name}"] = _recall(quick, exact)


def _lists(
    made: WorldIndex, own: list[dict[PostSide, OwnPosts]], looker: int, filters: Filters
) -> list[list[int]]:
    """The first organisations of each list of Partners."""
    sides = own[looker]
    scored = score(
        made.index,
        sides[PostSide.NEED],
        sides[PostSide.CAPABILITY],
        made.acting(looker),
        filters,
        DEFAULT_WEIGHTS,
        utc_now(),
    )
    spreads = [
        spread_out(scored, wanted, Demand(), {}, looker + 1) for wanted in lists_of(scored, Grade.POSSIBLE)
    ]
    return [scored.organisation_ids[spread.order[:BEST]].tolist() for spread in spreads]


def _recall(quick: list[list[list[int]]], exact: list[list[list[int]]]) -> float:
    """The mean share of an exact list that is found, over all lists that are not empty."""
    shares = [
        len(set(found) & set(wanted)) / len(wanted)
        for found_lists, wanted_lists in zip(quick, exact, strict=True)
        for found, wanted in zip(found_lists, wanted_lists, strict=True)
        if wanted
    ]
    return statistics.fmean(shares)


def _measure_raw(
    made: WorldIndex, own: list[dict[PostSide, OwnPosts]], figures: Figures, with_hnsw: bool
) -> None:
    """Measure what only finds the posts nearest to each of ours."""
    pairs = [
        [(made.index.sides[side.opposite].vectors.stored, sides[side].vectors) for side in PostSide]
        for sides in own
    ]
    products = [partial(_products, one) for one in pairs]
    figures.milliseconds["raw NumPy product"] = _times(products)
    raw = RawSearch([stored for stored, _ in pairs[0]])
    queries = [[vectors for _, vectors in one] for one in pairs]
    figures.milliseconds["raw FAISS flat, 100 nearest"] = _times(raw.flat_searches(queries))
    if with_hnsw:
        effort, recall = raw.tune_hnsw(queries)
        figures.milliseconds["raw FAISS HNSW, 100 nearest"] = _times(raw.hnsw_searches(queries, effort))
        figures.recall["recall@100 of posts, raw FAISS HNSW"] = recall
        figures.seconds["build raw FAISS HNSW"] = raw.seconds
    times, note = txtai_seconds([stored for stored, _ in pairs[0]], queries)
    if times:
        figures.milliseconds["txtai, 100 nearest"] = _quantiles(times)
    figures.notes.append(note)


def _products(pairs: list[tuple[Vectors, Vectors]]) -> list[Vectors]:
    return [vectors @ stored.T for stored, vectors in pairs]


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


def _measure_database(world: World, figures: Figures) -> None:
    """Measure the start of a process that reads everything from SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/world.sqlite3"
        write_world(url, world)
        engine = create_engine(url)
        prepare_engine(engine)
        started = time.perf_counter()
        with Session(engine) as session:
            Index().refresh(session)
        figures.seconds["start from the database"] = time.perf_counter() - started
        engine.dispose()


def _times(works: Sequence[Callable[[], object]]) -> tuple[float, float]:
    """Milliseconds of each, some rounds of all: median and 95th percentile."""
    for work in works[:2]:
        work()
    taken: list[float] = []
    for _ in range(ROUNDS):
        for work in works:
            started = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - started))
    return _quantiles(taken)


def _quantiles(taken: list[float]) -> tuple[float, float]:
    return float(np.quantile(taken, 0.5)), float(np.quantile(taken, 0.95))


def _pair(cell: tuple[float, float] | None) -> str:
    return "–" if cell is None else f"{cell[0]:.1f} / {cell[1]:.1f}"


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
