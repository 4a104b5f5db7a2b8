"""How long a ranking takes, as a multiple of one exact NumPy product over the same vectors.

Processor time of one thread.
Run: ``OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_ranking [posts] [organisations]``
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from matching.answers import Filters, Request
from matching.index import Index
from matching.ranking import rank_partners
from models.base import Base, utc_now
from models.database import prepare_engine
from models.organisation import OrganisationKind
from models.post import PostSide
from tests.made_market import MadeOrganisation, MadePost, actor_of, write_market

DIMENSIONS = 384
CLUSTERS = 200
WORDS_OF_A_POST = 60
VOCABULARY = 20_000
ROUNDS = 15


def main(posts: int, organisations: int) -> None:
    """Build the market, then print the median of each figure in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/bench.sqlite3")
        Base.metadata.create_all(engine)
        prepare_engine(engine)
        made = made_organisations(posts, organisations)
        with Session(engine) as session:
            write_market(session, made, DIMENSIONS)
        _measure(engine, made)
        engine.dispose()


def made_organisations(posts: int, organisations: int) -> list[MadeOrganisation]:
    random = np.random.default_rng(20_261_121)
    centres = random.normal(size=(CLUSTERS, DIMENSIONS)).astype(np.float32)
    frequencies = 1 / np.arange(1, VOCABULARY + 1)
    vocabulary = [f"word{number}" for number in range(VOCABULARY)]
    each = posts // organisations
    made: list[MadeOrganisation] = []
    for number in range(organisations):
        kind = OrganisationKind.COMPANY if number % 2 else OrganisationKind.UNIVERSITY
        own: list[MadePost] = []
        # The first organisation looks for partners, with ten posts of each side.
        for place in range(20 if number == 0 else each):
            vector = centres[random.integers(CLUSTERS)] + random.normal(size=DIMENSIONS).astype(np.float32)
            words = random.choice(VOCABULARY, size=WORDS_OF_A_POST, p=frequencies / frequencies.sum())
            text = " ".join(vocabulary[word] for word in words)
            side = PostSide.NEED if place % 2 else PostSide.CAPABILITY
            own.append(MadePost(side, vector / np.linalg.norm(vector), text, sentences=5))
        made.append(MadeOrganisation(kind, ("DE", "PT", "FR")[number % 3], own))
    return made


def _measure(engine: Engine, made: list[MadeOrganisation]) -> None:
    index, actor = Index(), actor_of(1, OrganisationKind.UNIVERSITY)
    started = time.perf_counter()
    with Session(engine) as session:
        index.refresh(session)
    print(f"fill the index with {len(index)} posts: {time.perf_counter() - started:.1f} s")
    needs, capabilities = (index.sides[side].vectors for side in (PostSide.NEED, PostSide.CAPABILITY))
    own = np.stack([post.vector for post in made[0].posts])
    stored = {id(table): table.rows(np.arange(len(table))) for table in (needs, capabilities)}
    across = _median(lambda: [own[:10] @ stored[id(capabilities)].T, own[10:] @ stored[id(needs)].T])
    print(f"product, our 10 needs x capabilities and 10 capabilities x needs: {across:.1f} ms")
    everything = np.concatenate(list(stored.values()))
    whole = _median(lambda: own @ everything.T)
    print(f"product, our 20 posts x all posts: {whole:.1f} ms")
    filters = Filters(countries=frozenset({"DE", "FR"}), kinds=frozenset({OrganisationKind.COMPANY}))
    for name, chosen, explained in (
        ("no filters, without reasons", Filters(), 0),
        ("filters, without reasons", filters, 0),
        ("filters, reasons for 10 a list", filters, 10),
        ("filters, reasons for 20 a list", filters, 20),
    ):
        request = Request(unit_id=1, filters=chosen, limit=50, explained=explained)

        def ranked(request: Request = request) -> None:
            with Session(engine) as session:
                rank_partners(session, index, request, actor, utc_now())

        taken = _median(ranked)
        print(f"rank_partners, {name}: {taken:.1f} ms = {taken / across:.1f} x / {taken / whole:.1f} x")
    print(f"resident memory, at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _median(work: Callable[[], object]) -> float:
    work()
    taken: list[float] = []
    for _ in range(ROUNDS):
        # Processor time of one thread: a busy machine stretches the wall's time, but hardly the ratio.
        started = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - started))
    return statistics.median(taken)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers or [20_000, 2_000]))
