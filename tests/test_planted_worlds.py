"""In small worlds with one true two-way pair, that pair stands above better-looking one-sided near-misses.

All worlds share one database; each has a country of its own, and the hard filter for it keeps the others out.
"""

from itertools import product
from string import ascii_uppercase

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from matching.answers import Filters, Match, Request
from matching.calibration import unit
from matching.index import Index
from matching.ranking import rank_partners
from models.base import utc_now
from models.organisation import OrganisationKind
from models.post import PostSide
from tests.made_market import MadeOrganisation, MadePost, actor_of, write_market

WORLDS = 500
LEAST_SHARE = 0.95
DIMENSIONS = 64
ORGANISATIONS_A_WORLD = 8
COMPANY, UNIVERSITY = OrganisationKind.COMPANY, OrganisationKind.UNIVERSITY
# How far a post strays from its subject, as the length of the noise beside a subject of length 1: the true pair fits
# about half (a cosine near 0.45), a near-miss nearly fully in its one direction, so that a plain mean prefers it.
TRUE_NOISE, NEAR_MISS_NOISE = 1.9, 0.3

Vector = npt.NDArray[np.float32]


class World:
    """One world's organisations: 0 seeks, 1 completes it, 2 to 5 fit better but one way only, 6 and 7 not at all."""

    def __init__(self, random: np.random.Generator, country: str) -> None:
        self.random = random
        self.country = country
        self.needs = [self.subject() for _ in range(2)]
        self.capabilities = [self.subject() for _ in range(2)]

    def subject(self) -> Vector:
        vector = self.random.normal(size=DIMENSIONS).astype(np.float32)
        return unit(vector)

    def near(self, subject: Vector, noise: float) -> Vector:
        strayed = subject + noise * self.subject()
        return unit(strayed)

    def organisation(
        self, kind: OrganisationKind, needs: list[Vector], capabilities: list[Vector]
    ) -> MadeOrganisation:
        posts = [MadePost(PostSide.NEED, vector, "need") for vector in needs]
        posts += [MadePost(PostSide.CAPABILITY, vector, "capability") for vector in capabilities]
        return MadeOrganisation(kind, self.country, posts)

    def organisations(self) -> list[MadeOrganisation]:
        def answers(noise: float) -> list[Vector]:
            return [self.near(subject, noise) for subject in self.needs]

        def seeks(noise: float) -> list[Vector]:
            return [self.near(subject, noise) for subject in self.capabilities]

        def unrelated() -> list[Vector]:
            return [self.subject() for _ in range(2)]

        return [
            self.organisation(COMPANY, self.needs, self.capabilities),
            self.organisation(UNIVERSITY, seeks(TRUE_NOISE), answers(TRUE_NOISE)),
            *(self.organisation(UNIVERSITY, unrelated(), answers(NEAR_MISS_NOISE)) for _ in range(2)),
            *(self.organisation(UNIVERSITY, seeks(NEAR_MISS_NOISE), unrelated()) for _ in range(2)),
            *(self.organisation(UNIVERSITY, unrelated(), unrelated()) for _ in range(2)),
        ]


def test_the_true_two_way_pair_ranks_first(session: Session) -> None:
    random = np.random.default_rng(20_261_121)
    countries = ["".join(letters) for letters in product(ascii_uppercase, repeat=2)][:WORLDS]
    made = [one for country in countries for one in World(random, country).organisations()]
    write_market(session, made, DIMENSIONS)
    index, right = Index(), 0
    for number, country in enumerate(countries):
        seeker = number * ORGANISATIONS_A_WORLD + 1
        filters = Filters(countries=frozenset({country}), least_grade=None)
        request = Request(unit_id=seeker, filters=filters, explained=0)
        ranking = rank_partners(session, index, request, actor_of(seeker, COMPANY), utc_now())
        listed: list[Match] = [*ranking.best, *ranking.others]
        assert {match.organisation_id for match in listed} == set(
            range(seeker + 1, seeker + ORGANISATIONS_A_WORLD)
        )
        right += listed[0].organisation_id == seeker + 1
    assert right / WORLDS >= LEAST_SHARE, f"the true pair ranked first in {right} of {WORLDS} worlds"
