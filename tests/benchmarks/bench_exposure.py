"""Who is shown on the first page of a market, with and without spreading over equals, and what that costs.

Every organisation looks once a week at its ten best two-way partners, of which there are about twice as many in its
field; some stand nearer to the middle of the field than others. Each seeker then asks the first on its page whom it has
not asked yet, and nobody answers, so queues fill.
Run: ``OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_exposure [organisations] [weeks]``
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from matching.answers import Match, Request
from matching.demand import Demand
from matching.exposure import FIRST_PAGE, measure_exposure
from matching.index import Index
from matching.ranking import rank_partners
from models.base import Base, utc_now
from models.database import prepare_engine
from models.introduction import MOST_PENDING_REQUESTS
from models.organisation import OrganisationKind
from models.post import PostSide
from tests.made_market import MadeOrganisation, MadePost, actor_of, write_market

DIMENSIONS = 384
SUBJECTS = 6
FIRST_WEEK = 202_640
COMPANY, UNIVERSITY = OrganisationKind.COMPANY, OrganisationKind.UNIVERSITY


@dataclass
class Looks:
    """What the first pages showed: whom, best first, and how well they fitted; and whom seekers asked."""

    pages: list[list[int]] = field(default_factory=list)
    fits: list[float] = field(default_factory=list)
    first_fits: list[float] = field(default_factory=list)
    queues: Counter[int] = field(default_factory=Counter)
    overflows: int = 0

    def ask(self, unasked: list[Match]) -> None:
        """Ask the first one, and note whether its queue was full while another of its grade had room."""
        chosen = unasked[0]
        if self.queues[chosen.organisation_id] >= MOST_PENDING_REQUESTS:
            self.overflows += any(
                match.grade is chosen.grade and self.queues[match.organisation_id] < MOST_PENDING_REQUESTS
                for match in unasked
            )
        self.queues[chosen.organisation_id] += 1

    def look(self, matches: tuple[Match, ...]) -> None:
        self.pages.append([match.organisation_id for match in matches])
        self.fits += [match.fit for match in matches]
        self.first_fits += [match.fit for match in matches[:1]]


def main(organisations: int, weeks: int) -> None:
    """Print one line for each way of ranking."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/bench.sqlite3")
        Base.metadata.create_all(engine)
        prepare_engine(engine)
        made = made_organisations(organisations)
        index = Index()
        with Session(engine) as session:
            write_market(session, made, DIMENSIONS)
            index.refresh(session)
            print(
                f"{organisations} organisations, {len(index)} posts, {weeks} weeks, first page of {FIRST_PAGE}"
            )
            for name, is_turned, is_counted in (
                ("by value alone", False, False),
                ("turns among equals", True, False),
                ("turns and queues", True, True),
            ):
                _tell(name, _simulate(session, index, made, weeks, is_turned, is_counted), organisations)
        engine.dispose()


def made_organisations(count: int) -> list[MadeOrganisation]:
    """Each has two needs of one subject and two capabilities of another; the other kind mirrors it."""
    random = np.random.default_rng(20_261_121)
    subjects = random.normal(size=(SUBJECTS, DIMENSIONS)).astype(np.float32)
    made: list[MadeOrganisation] = []
    for number in range(count):
        pair = random.permutation(SUBJECTS // 2)[:2]
        kind = COMPANY if number % 2 else UNIVERSITY
        # What companies need is what universities give, and the other way round.
        needed, given = (
            (pair[0], pair[1] + SUBJECTS // 2) if number % 2 else (pair[1] + SUBJECTS // 2, pair[0])
        )
        # Some stand at the middle of their subject, where most seekers look; most stray from it.
        noise = (0.9, 1.2, 1.5)[number // 2 % 3]
        posts = [
            MadePost(side, _near(random, subjects[subject], noise), f"{side.value} {subject}")
            for side, subject in ((PostSide.NEED, needed), (PostSide.CAPABILITY, given))
            for _ in range(2)
        ]
        made.append(MadeOrganisation(kind, "DE", posts))
    return made


def _near(
    random: np.random.Generator, subject: npt.NDArray[np.float32], noise: float
) -> npt.NDArray[np.float32]:
    vector = subject + noise * random.normal(size=DIMENSIONS).astype(np.float32)
    near: npt.NDArray[np.float32] = vector / np.linalg.norm(vector)
    return near


def _simulate(
    session: Session,
    index: Index,
    made: list[MadeOrganisation],
    weeks: int,
    is_turned: bool,
    is_counted: bool,
) -> Looks:
    looks = Looks()
    asked: set[tuple[int, int]] = set()
    for week in range(weeks):
        for number, one in enumerate(made, start=1):
            demand = Demand(
                waiting_units=dict(looks.queues) if is_counted else {},
                week=FIRST_WEEK + week if is_turned else None,
            )
            request = Request(unit_id=number, limit=len(made), explained=0)
            ranking = rank_partners(session, index, request, actor_of(number, one.kind), utc_now(), demand)
            listed = ranking.best + ranking.others
            looks.look(listed[:FIRST_PAGE])
            unasked = [match for match in listed if (number, match.organisation_id) not in asked]
            if unasked and unasked[0] in listed[:FIRST_PAGE]:
                asked.add((number, unasked[0].organisation_id))
                looks.ask(unasked)
    return looks


def _tell(name: str, looks: Looks, organisations: int) -> None:
    exposure = measure_exposure(looks.pages, range(1, organisations + 1))
    print(
        f"{name}: Gini {exposure.gini:.3f}, of first places {exposure.gini_of_first:.3f}; never shown "
        f"{exposure.never_shown:.1%}; mean fit of the page {np.mean(looks.fits):.4f}, "
        f"of first places {np.mean(looks.first_fits):.4f}; longest queue {max(looks.queues.values())}, "
        f"asked with a full queue while one of the same grade had room: {looks.overflows}"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:] or ("240", "6"))))
