"""Tasks remind their owner on their own days, and not when it is too late."""

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cadence import hand_over, open_nudge
from models.planning import postpone
from models.relationship import Direction, Relationship
from models.reminder import Reminder, ReminderState
from tests.keeping_in_touch import MONDAY, plan_task, talk, waiting
from tests.keeping_in_touch import ours as ours
from tests.keeping_in_touch import world as world
from tests.world import World


def test_a_task_reminds_on_the_day_before_on_the_day_and_once_afterwards_at_nine(
    session: Session, ours: Relationship
) -> None:
    task = plan_task(session, ours, date(2027, 3, 28))
    assert task.due_at == datetime(2027, 3, 28, 22, tzinfo=UTC)
    assert waiting(session, task) == [
        ("day before 2027-03-28", datetime(2027, 3, 27, 8, tzinfo=UTC)),
        ("on the day 2027-03-28", datetime(2027, 3, 28, 7, tzinfo=UTC)),
        ("overdue 2027-03-28", datetime(2027, 3, 29, 7, tzinfo=UTC)),
    ]


def test_what_is_past_or_ownerless_rings_never(session: Session, ours: Relationship) -> None:
    assert waiting(session, plan_task(session, ours, date(2027, 2, 27))) == []
    assert [name for name, _ in waiting(session, plan_task(session, ours, date(2027, 3, 1)))] == [
        "overdue 2027-03-01"
    ]
    hand_over(session, ours, None, MONDAY)
    assert waiting(session, plan_task(session, ours, date(2027, 3, 9))) == []


def test_postponing_moves_the_reminders_and_a_new_owner_gets_them(
    session: Session, ours: Relationship, world: World
) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    nudge = open_nudge(session, ours)
    assert nudge is not None
    postpone(session, nudge, date(2027, 3, 10), MONDAY)
    assert [name for name, _ in waiting(session, nudge)] == ["on the day 2027-03-10", "overdue 2027-03-10"]
    hand_over(session, ours, world.people["max"], MONDAY)
    assert nudge.zone == "UTC"
    people = session.scalars(select(Reminder.person_id).where(Reminder.state == ReminderState.WAITING))
    assert set(people) == {world.people["max"]}
