"""Rankings by PostgreSQL with pgvector: how long, and which of the exact answer's first ten organisations are there.

``python -m tests.benchmarks.bench_pgvector --labelled DATA [--posts 100000] [--lookers 20] [--json FILE]``

A drawn world is written into a database of its own, taken in as the worker does, and kept beside the encoded texts: a
later run starts it again. A ranking is everything from our ten needs and ten capabilities to the three lists of
Partners; the exact answer is that of the index in memory over the same database. ``by names`` is the way of markets of
more than MOST_LOOKED_AT posts, and the rows below it leave out one way of naming organisations each, to show what it is
worth.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from matching import database_market
from matching.answers import Filters
from matching.candidates import own_posts
from matching.database_market import DatabaseHome
from matching.encoder import load_encoder
from matching.index import Index
from matching.market import Home
from matching.own_side import own_side
from matching.stored_vectors import prepare_index, take_in_changes, take_in_missing
from models.base import utc_now
from models.database import begin_write
from models.post import PostSide
from tests.benchmarks.first_ten import FILTERS, Lists, first_ten, share_found
from tests.benchmarks.real_texts import real_texts
from tests.benchmarks.world_database import write_world
from tests.benchmarks.world_plan import LOOKERS
from tests.benchmarks.worlds import CACHE, World
from tests.conftest import session_on
from tests.own_postgresql import own_postgresql
from tests.statements import sent_statements

POSTS_PER_STEP = 2_000
WAYS = ("named_by_meaning", "named_by_words", "named_by_standing")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--lookers", type=int, default=LOOKERS)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    world = World(real_texts(load_encoder(), given.labelled, CACHE), given.posts)
    folder, found = _kept(world)
    with own_postgresql(folder) as url:
        # Nothing is to be done, unless the constants of the ranking changed since.
        _take_in(url)
        with session_on(url) as session:
            found |= measure(session, given.lookers)
    for name, figure in found.items():
        sys.stdout.write(f"{name:<60}{figure:>12,.3f}\n")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


def _kept(world: World) -> tuple[Path, dict[str, float]]:
    """Return the folder of a server that holds this world, and, if it had to be filled, how long that took."""
    digest = f"{world.real.encoder_key}-{len(world.real.texts)}-{len(world)}"
    # The path stands in an address, where a plus would be read as a space.
    folder = CACHE / f"postgresql-{digest.replace(':', '-').replace('+', '-')}"
    if folder.is_dir():
        return folder, {}
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    started = time.perf_counter()
    with own_postgresql(unfinished, waits_for_disk=False) as url:
        write_world(url, world)
        written = time.perf_counter()
        _take_in(url)
    unfinished.rename(folder)
    taken_in = time.perf_counter()
    return folder, {
        "write the world, s": written - started,
        "take it in, with indexes, s": taken_in - written,
    }


def measure(session: Session, lookers: int) -> dict[str, float]:
    """Measure the rankings of the first lookers, by name of the figure: milliseconds, statements, shares."""
    found: dict[str, float] = {}
    exact, stored = Index(), DatabaseHome()
    started = time.perf_counter()
    exact.refresh(session)
    session.rollback()
    found["index in memory, start from the database, s"] = time.perf_counter() - started
    found["posts"] = float(len(exact))
    for name, filters in FILTERS.items():
        wanted = [_lists(session, exact, looker, filters) for looker in range(lookers)]
        found |= _figures(session, stored, filters, wanted, f"pgvector, {name}")
        with _changed("MOST_LOOKED_AT", 0):
            found |= _figures(session, stored, filters, wanted, f"pgvector by names, {name}")
            for way in WAYS:
                with _changed(way, _nobody):
                    lists = [_lists(session, stored, looker, filters) for looker in range(lookers)]
                recall = share_found(lists, wanted)
                found[f"pgvector by names, {name}, recall@10 without {way}"] = recall
    return found


def _figures(
    session: Session, home: Home, filters: Filters, wanted: list[Lists], name: str
) -> dict[str, float]:
    # The first look of a connection reads the catalogue and warms the cache up.
    _lists(session, home, 0, filters)
    taken, statements, lists = [], 0, []
    for looker in range(len(wanted)):
        with sent_statements(session.get_bind().engine) as counted:
            started = time.perf_counter()
            lists.append(_lists(session, home, looker, filters))
            taken.append(1000 * (time.perf_counter() - started))
        statements += len(counted)
    return {
        f"{name}, ms p50": float(np.quantile(taken, 0.5)),
        f"{name}, ms p95": float(np.quantile(taken, 0.95)),
        f"{name}, statements": statements / len(wanted),
        f"{name}, recall@10": share_found(lists, wanted),
    }


def _lists(session: Session, home: Home, looker: int, filters: Filters) -> Lists:
    """The first organisations of each list of Partners, as the page ranks them, in a transaction of its own."""
    session.rollback()
    ours = own_side(session, looker + 1, utc_now())
    with home.fresh(session) as market:
        needs, capabilities = (own_posts(market, side, ours.texts[side]) for side in PostSide)
        return first_ten(market, needs, capabilities, ours.acting, filters, looker + 1)


def _take_in(url: str) -> None:
    """Do what the worker does, in larger steps."""
    with session_on(url) as session:
        begin_write(session)
        # With less, the index is written to disk while it is being built, which takes several times as long.
        session.execute(text("SET maintenance_work_mem = '1GB'"))
        while take_in_changes(session, POSTS_PER_STEP) or take_in_missing(session, POSTS_PER_STEP):
            session.commit()
            begin_write(session)
        while prepare_index(session):
            session.commit()
            begin_write(session)
        session.commit()
        with session.get_bind().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as settled:
            settled.exec_driver_sql("VACUUM ANALYZE")


def _nobody(*_given: object) -> set[int]:
    return set()


@contextmanager
def _changed(name: str, value: Any) -> Iterator[None]:
    """Have a name of `database_market` stand for something else meanwhile."""
    kept: int | Callable[..., set[int]] = getattr(database_market, name)
    setattr(database_market, name, value)
    try:
        yield
    finally:
        setattr(database_market, name, kept)


if __name__ == "__main__":
    main()
