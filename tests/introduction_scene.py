"""The fixed world on the stage where introductions are asked for and answered; import the fixture by name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actor import load_actor
from models.asking import IntroductionRefused
from models.booking import Booking
from models.database import begin_write
from models.introduction import Introduction
from models.introduction_steps import Party, TimeOffer, Times
from models.organisation import Unit
from models.relationship import Relationship
from models.requesting import MeetingRequest, ask
from models.side import Side
from tests.world import World, build_world

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)

HOUR = timedelta(hours=1)


def wall(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """What a clock on the wall shows, in a year that nobody names again."""
    return datetime(2027, month, day, hour, minute)  # noqa: DTZ001 - A wall time carries no zone of its own.


FIRST = wall(3, 8)

PARTIES = {Side.ASKING: "max", Side.ASKED: "dora"}


@dataclass
class Scene:
    """A session inside a write transaction, with the world in it."""

    session: Session
    world: World

    def unit(self, name: str) -> Unit:
        return self.session.get_one(Unit, self.world.units[name])

    def party(self, side: Side) -> Party:
        return Party(side, self.world.people[PARTIES[side]])

    def request(
        self,
        asking: str = "alba plant",
        asked: str = "boreal engineering",
        first: datetime = FIRST,
        post_ids: tuple[int, ...] = (),
        people_ids: tuple[int, ...] = (),
        addressed_to_id: int | None = None,
    ) -> MeetingRequest:
        return MeetingRequest(
            unit=self.unit(asking),
            asked_unit=self.unit(asked),
            purpose="Ageing tests, together.",
            times=times(first),
            post_ids=post_ids,
            people_ids=people_ids,
            addressed_to_id=addressed_to_id,
        )

    def ask(
        self, request: MeetingRequest | None = None, asker: str = "max", now: datetime = NOW
    ) -> Introduction:
        actor = load_actor(self.session, self.world.people[asker])
        return ask(self.session, request or self.request(), actor, now)

    def refusal(
        self, request: MeetingRequest, asker: str = "max", now: datetime = NOW
    ) -> IntroductionRefused:
        with pytest.raises(IntroductionRefused) as refused:
            self.ask(request, asker, now)
        return refused.value

    def card(self, unit: str, partner: str) -> Relationship:
        return self.session.scalars(
            select(Relationship).where(
                Relationship.unit_id == self.world.units[unit],
                Relationship.partner_unit_id == self.world.units[partner],
            )
        ).one()

    def held(self) -> set[tuple[int, datetime]]:
        return {(row.person_id, row.starts_at) for row in self.session.scalars(select(Booking))}


def times(first: datetime, zone: str = "Europe/Berlin") -> Times:
    return Times(
        offers=tuple(TimeOffer(first + timedelta(days=days), zone, HOUR) for days in range(3)),
        where="Laboratory 3",
    )


@pytest.fixture
def stage(session: Session) -> Scene:
    world = build_world(session)
    begin_write(session)
    return Scene(session, world)
