"""A relationship of the fixed world, its contacts and its nudges; import the fixtures by name."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cadence import was_in_touch
from models.database import begin_write
from models.follow_up import FollowUp, FollowUpKind
from models.organisation import Unit
from models.person import Person
from models.planning import FOLLOW_UP_REMINDER, plan_follow_up
from models.relationship import Contact, ContactKind, Direction, Relationship, relationship_between
from models.reminder import Reminder, ReminderState
from tests.world import World, build_world

MONDAY = datetime(2027, 3, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session) -> World:
    world = build_world(session)
    begin_write(session)
    session.get_one(Person, world.people["olga"]).zone = "Europe/Berlin"
    session.commit()
    return world


@pytest.fixture
def ours(session: Session, world: World) -> Relationship:
    begin_write(session)
    return alba_and_boreal(session, world)


def alba_and_boreal(session: Session, world: World) -> Relationship:
    unit = session.get_one(Unit, world.units["alba"])
    ours = relationship_between(session, unit, session.get_one(Unit, world.units["boreal engineering"]))
    ours.owner_id = world.people["olga"]
    return ours


def write_down(session: Session, ours: Relationship, direction: Direction, at: datetime) -> Contact:
    contact = was_in_touch(session, ours, at, ContactKind.CALL, direction, ours.owner_id, "", None, at)
    session.flush()
    return contact


def talk(session: Session, ours: Relationship, at: datetime, direction: Direction, now: datetime) -> None:
    was_in_touch(session, ours, at, ContactKind.CALL, direction, ours.owner_id, "", None, now)


def nudges(session: Session, ours: Relationship) -> list[tuple[int | None, date]]:
    return [
        (item.step, item.due_on)
        for item in session.scalars(select(FollowUp).where(FollowUp.relationship_id == ours.id))
        if item.is_open and item.kind is FollowUpKind.NUDGE
    ]


def waiting(session: Session, follow_up: FollowUp) -> list[tuple[str, datetime]]:
    found = session.scalars(
        select(Reminder)
        .where(
            Reminder.kind == FOLLOW_UP_REMINDER,
            Reminder.record_id == follow_up.id,
            Reminder.state == ReminderState.WAITING,
        )
        .order_by(Reminder.due_at)
    )
    return [(reminder.occurrence, reminder.due_at) for reminder in found]


def plan_task(session: Session, ours: Relationship, due_on: date, now: datetime = MONDAY) -> FollowUp:
    return plan_follow_up(
        session, ours, FollowUpKind.TASK, "Send the plan", ours.owner_id, due_on, "Europe/Berlin",
        False, None, ours.owner_id, now,
    )  # fmt: skip
