"""Freshness: what one process saves, another one ranks on its very next request. Counted over 10,000 saves.

PAIRS share one database and work at the same time. One of a pair saves: a new capability, an edited one or a withdrawn
one, in the transaction that the application itself would use. Then the other, a process with its own index and its own
sessions, is asked at once who answers exactly these words: the saved post must be cited, and a withdrawn one must not.
Every answer that does not know of the save is stale. The encoder is the one of the tests, because freshness does not
depend on meaning. On PostgreSQL one more process takes the changes in meanwhile, as the worker does, and every second
reader looks at the market as if it were a large one.

``python -m tests.benchmarks.bench_freshness [--saves 10000] [--posts 600] [--postgresql] [--json FILE]``
With ``--without-refresh`` the reader looks at the changelog only once: then stale answers must be counted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sqlalchemy.orm import Session

from matching import database_market
from matching.answers import Draft
from matching.encoder import HashEncoder
from matching.index import Index
from matching.market import Home
from matching.passages import passages_for, store_passages
from matching.ranking import rank_for_text
from matching.stored_vectors import take_in_changes
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import OrganisationKind
from models.post import Post, PostKind, PostSide, Visibility
from tests.benchmarks.real_texts import real_texts
from tests.benchmarks.world_database import write_world
from tests.benchmarks.worlds import World
from tests.conftest import session_on
from tests.made_market import actor_of
from tests.own_postgresql import own_postgresql
from web.matcher import Matcher

START_POSTS = 600
PAIRS = 2
WORDS = 5_000
WORDS_OF_A_POST = 14
READER = 1
WRITERS = 18
LOOKED_AT = 3
# So many saves leave posts behind, so that what is edited or withdrawn was not saved just before.
KEPT = 60
WORKER_PAUSE_SECONDS = 0.05
ANSWER_SECONDS = 120


@dataclass(frozen=True)
class Saved:
    """What the reader is asked: whether this post is cited for these words, and whether it should be."""

    post_id: int
    text: str
    is_open: bool


@dataclass(frozen=True)
class PairFigures:
    """How many answers of a pair were stale, and the seconds of each save and of each answer."""

    stale: int
    saving: list[float]
    asking: list[float]


class DeafIndex(Index):
    """An index that takes in the changelog once and never again: the defect that this benchmark must see."""

    is_filled = False

    def _refresh(self, session: Session) -> None:
        if not self.is_filled:
            super()._refresh(session)
            self.is_filled = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=10_000)
    parser.add_argument("--posts", type=int, default=START_POSTS, help="how many there are at the start")
    parser.add_argument(
        "--postgresql", action="store_true", help="on PostgreSQL, by default on a SQLite file"
    )
    parser.add_argument("--without-refresh", action="store_true", help="break the refresh (SQLite only)")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        sqlite = f"sqlite:///{folder}/freshness.sqlite3"
        url = opened.enter_context(own_postgresql()) if given.postgresql else sqlite
        write_world(url, World(real_texts(HashEncoder(), None, Path(folder)), given.posts))
        found = measure(url, Path(folder), given.saves, given.without_refresh)
    for name, figure in found.items():
        sys.stdout.write(f"{name:<34}{figure:>12,.2f}\n")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")
    # A stale answer is a failure for whoever runs this in a script.
    sys.exit(1 if found["stale answers"] else 0)


def measure(url: str, folder: Path, saves: int, is_deaf: bool) -> dict[str, float]:
    """Save and ask; return how many answers were stale, and milliseconds of saving and of asking."""
    processes = multiprocessing.get_context("spawn")
    is_over = processes.Event()
    worker = processes.Process(target=_take_in, args=(url, is_over))
    if url.startswith("postgresql"):
        worker.start()
    began = time.perf_counter()
    try:
        with ThreadPoolExecutor(PAIRS) as pool:
            each = [
                pool.submit(_work_as_pair, url, folder, len(range(number, saves, PAIRS)), is_deaf, number)
                for number in range(PAIRS)
            ]
            pairs = [one.result() for one in each]
    finally:
        is_over.set()
        if worker.is_alive():
            worker.join(ANSWER_SECONDS)
    found = {
        "saves": float(saves),
        "stale answers": float(sum(pair.stale for pair in pairs)),
        "seconds": time.perf_counter() - began,
        "milliseconds to save, median": 1000
        * statistics.median(one for pair in pairs for one in pair.saving),
    }
    for number, pair in enumerate(pairs, start=1):
        found[f"milliseconds to rank, {number}, median"] = 1000 * statistics.median(pair.asking)
        found[f"milliseconds to rank, {number}, p95"] = 1000 * statistics.quantiles(pair.asking, n=20)[-1]
    return found


def _work_as_pair(url: str, folder: Path, saves: int, is_deaf: bool, number: int) -> PairFigures:
    ours, theirs = multiprocessing.Pipe()
    arguments = (url, folder / str(number), is_deaf, number % 2 == 1, theirs)
    reader = multiprocessing.get_context("spawn").Process(target=_read, args=arguments)
    reader.start()
    stale, saving, asking = 0, [], []
    try:
        _answer(ours, Saved(0, "a first look fills the index", is_open=False))
        began = time.perf_counter()
        for saved in _saves(url, saves, number):
            committed = time.perf_counter()
            saving.append(committed - began)
            stale += _answer(ours, saved) is not saved.is_open
            began = time.perf_counter()
            asking.append(began - committed)
    finally:
        ours.send(None)
        reader.join(ANSWER_SECONDS)
    return PairFigures(stale, saving, asking)


def _answer(reader: Connection, saved: Saved) -> bool:
    reader.send(saved)
    if not reader.poll(ANSWER_SECONDS):
        raise RuntimeError("the reading process gave no answer")
    is_cited: bool = reader.recv()
    return is_cited


def _saves(url: str, count: int, seed: int) -> Iterator[Saved]:
    """Save one thing after another: a new post, an edited one, a withdrawn one, so that the market keeps its size."""
    session, encoder, random = session_on(url), HashEncoder(), np.random.default_rng(seed)
    post_ids: list[int] = []
    for number in range(count):
        text = " ".join(f"word{one}" for one in random.integers(WORDS, size=WORDS_OF_A_POST))
        passages = passages_for(text, "en", encoder, 1)
        begin_write(session)
        if number % 3 == 2:
            post = session.get_one(Post, post_ids.pop(0))
            text = post.text
            post.withdraw(utc_now(), "")
        else:
            is_new = number % 3 == 0 or number < KEPT
            post = _new_post(session, number) if is_new else session.get_one(Post, post_ids[-2])
            post.text = text
            session.flush()
            store_passages(post, passages)
            if is_new:
                post_ids.append(post.id)
        note_post_change(session, post.id)
        saved = Saved(post.id, text, number % 3 != 2)
        session.commit()
        yield saved
    session.close()


def _new_post(session: Session, number: int) -> Post:
    owner = READER + 1 + number % WRITERS
    post = Post(
        organisation_id=owner,
        unit_id=owner,
        side=PostSide.CAPABILITY,
        kind=PostKind.PROGRAMME,
        title="",
        text="",
        visibility=Visibility.NETWORK,
    )
    post.publish(utc_now())
    session.add(post)
    return post


def _take_in(url: str, is_over: Event) -> None:
    """Take changes in until it is over, as the worker does."""
    with session_on(url) as session:
        while not is_over.is_set():
            begin_write(session)
            taken_in = take_in_changes(session)
            session.commit()
            if not taken_in:
                is_over.wait(WORKER_PAUSE_SECONDS)


def _read(url: str, folder: Path, is_deaf: bool, is_large: bool, asked: Connection) -> None:
    """Answer, until told to stop, whether a post is cited to somebody who seeks exactly its words."""
    if is_large:
        # No market is small enough to be read whole, none so small that all posts are looked at.
        database_market.SMALL_MARKET = database_market.MOST_LOOKED_AT = 0
    encoder = HashEncoder()
    home: Home = DeafIndex() if is_deaf else Matcher(HashEncoder, encoder.languages, url, folder).index
    actor = actor_of(READER, OrganisationKind.COMPANY)
    engine = session_on(url).get_bind()
    while (saved := asked.recv()) is not None:
        draft = Draft(READER, PostSide.NEED, PostKind.TALENT, "", saved.text)
        # A session of its own, as each request has.
        with Session(engine) as session:
            matches = rank_for_text(session, home, encoder, draft, actor, utc_now(), LOOKED_AT)
        cited = {reason.capability.post.post_id for match in matches for reason in match.reasons_get}
        asked.send(saved.post_id in cited)


if __name__ == "__main__":
    main()
