"""Organisations with posts of every visibility, place, language and date, at random: the same for the same seed."""

import random
from datetime import timedelta

from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.dismissal import Dismissal, DismissalReason
from models.organisation import OrganisationKind, OrganisationState, Sector
from models.person import Person
from models.place import Place
from models.post import KINDS_OF_SIDE, Post, PostSide, PostState, Visibility
from tests.market import Market

WORDS = [
    "battery",
    "cells",
    "pilot",
    "line",
    "nursing",
    "staff",
    "welding",
    "robots",
    "logistics",
    "software",
    "enzymes",
    "protein",
    "turbines",
    "blades",
    "sensors",
    "maintenance",
    "students",
    "placement",
    "laboratory",
    "analysis",
    "coating",
    "steel",
    "hydrogen",
    "storage",
]
MUNICH, BERLIN, PARIS = ("DE", "BY", 48.1, 11.6), ("DE", "BE", 52.5, 13.4), ("FR", "IDF", 48.9, 2.3)
SPAIN = ("ES", None, None, None)


class RandomWorld:
    """`ids` are those of the organisations; the first one has dismissed the fourth."""

    def __init__(self, session: Session, seed: int, organisations: int) -> None:
        self.random = random.Random(seed)
        self.session = session
        self.market = Market(session)
        self.now = utc_now()
        self.post_ids: list[int] = []
        self.ids = [self._organisation(number) for number in range(organisations)]
        self._dismiss(self.ids[0], self.ids[3])

    def sentence(self, words: int) -> str:
        return " ".join(self.random.choices(WORDS, k=words)) + "."

    def _organisation(self, number: int) -> int:
        pick = self.random
        organisation_id = self.market.organisation(
            f"Organisation {number}",
            pick.choice(list(OrganisationKind)),
            state=pick.choices([OrganisationState.APPROVED, OrganisationState.PENDING], [9, 1])[0],
            place=self._place() if pick.random() < 0.8 else None,
            activity=pick.choice([None, 0, 3, 40]),
            sector=pick.choice([Sector.ENERGY, Sector.FOOD, Sector.SOFTWARE]),
        )
        below = self.market.unit(organisation_id, f"Below {number}")
        for _ in range(pick.randint(1, 5)):
            self.post_ids.append(self._post(organisation_id, pick.choice([None, below])))
        return organisation_id

    def _post(self, organisation_id: int, unit_id: int | None) -> int:
        pick = self.random
        side = pick.choice(list(PostSide))
        post_id = self.market.post(
            organisation_id,
            side,
            f"{self.sentence(12)} {self.sentence(8)}",
            language=pick.choices(["en", "de"], [5, 1])[0],
            visibility=pick.choices(list(Visibility), [1, 3, 6])[0],
            closes_at=pick.choice([None, None, self.now + timedelta(days=9), self.now - timedelta(days=1)]),
            unit_id=unit_id,
            weight=pick.randint(1, 3),
            is_remote=pick.random() < 0.2,
            state=pick.choices([PostState.PUBLISHED, PostState.DRAFT], [9, 1])[0],
        )
        begin_write(self.session)
        post = self.session.get_one(Post, post_id)
        post.kind = pick.choice(KINDS_OF_SIDE[side])
        if pick.random() < 0.2:
            post.place = self._place()
        self.session.commit()
        return post_id

    def _place(self) -> Place:
        country, region, north, east = self.random.choice([MUNICH, BERLIN, PARIS, SPAIN])
        return Place(
            name="Somewhere", country=country, region=region, latitude=north, longitude=east, zone="UTC"
        )

    def _dismiss(self, organisation_id: int, dismissed_id: int) -> None:
        root = self.market.root(organisation_id)
        begin_write(self.session)
        person = Person(name="Somebody", email=f"somebody{organisation_id}@example.org")
        self.session.add(person)
        self.session.flush()
        self.session.add(
            Dismissal(
                organisation_id=organisation_id,
                unit_id=root,
                dismissed_id=dismissed_id,
                person_id=person.id,
                reason=DismissalReason.TOO_FAR,
            )
        )
        self.session.commit()
