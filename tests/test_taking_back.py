"""What is done, stopped or written down by mistake can be taken back, and the nudges are what they were."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.cadence import (
    done,
    drop,
    open_nudge,
    stop_cadence,
    stop_everything,
    take_back,
    take_back_contact,
    take_back_stop,
)
from models.pipeline_moves import move
from models.pipeline_undo import Undoing, undo
from models.planning import open_follow_ups
from models.relationship import ClosedReason, Direction, Relationship, Stage, move_stage
from tests.keeping_in_touch import DAY, MONDAY, nudges, plan_task, talk, write_down
from tests.keeping_in_touch import ours as ours
from tests.keeping_in_touch import world as world


def test_done_goes_on_and_taking_back_opens_again(session: Session, ours: Relationship) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    first = open_nudge(session, ours)
    assert first is not None
    done(session, ours, first, ours.owner_id, MONDAY + 3 * DAY)
    assert nudges(session, ours) == [(1, date(2027, 3, 8))]
    assert not take_back(session, ours, first, MONDAY + 3 * DAY)
    second = open_nudge(session, ours)
    assert second is not None
    drop(session, ours, second, MONDAY + 4 * DAY)
    assert take_back(session, ours, second, MONDAY + 4 * DAY)
    assert nudges(session, ours) == [(1, date(2027, 3, 8))]
    assert ours.cadence_from == MONDAY


def test_undoing_a_closing_brings_back_what_it_dropped(session: Session, ours: Relationship) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    task = plan_task(session, ours, date(2027, 3, 9))
    now = MONDAY + DAY
    move_stage(session, ours, Stage.CLOSED, None, now, ClosedReason.OTHER)
    stop_everything(session, ours, now)
    assert task.dropped_at == now
    move_stage(session, ours, Stage.INTRODUCED, None, now + DAY)
    take_back_stop(session, ours, now, now + DAY)
    assert task.is_open
    assert nudges(session, ours) == [(0, date(2027, 3, 4))]


def test_a_card_that_undoing_closes_again_keeps_what_was_planned_and_asks_no_more(
    session: Session, ours: Relationship
) -> None:
    now = MONDAY + DAY
    move(session, ours, Stage.CLOSED, None, "closed", now, ClosedReason.OTHER)
    move(session, ours, Stage.INTRODUCED, None, "reopened", now + DAY)
    talk(session, ours, now + DAY, Direction.BOTH, now + DAY)
    task = plan_task(session, ours, date(2027, 3, 9))
    assert undo(session, ours, "reopened", now + 2 * DAY) is Undoing.WHOLE
    assert ours.stage is Stage.CLOSED
    assert open_follow_ups(session, ours) == [task]


@pytest.mark.parametrize("direction", list(Direction))
def test_a_contact_that_is_taken_back_was_never_there(
    session: Session, ours: Relationship, direction: Direction
) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    before = (ours.last_contact_at, ours.cadence_from, nudges(session, ours))
    wrong = write_down(session, ours, direction, MONDAY + DAY)
    assert (ours.last_contact_at, ours.cadence_from, nudges(session, ours)) != before
    take_back_contact(session, ours, wrong, MONDAY + 2 * DAY)
    assert (ours.last_contact_at, ours.cadence_from, nudges(session, ours)) == before


def test_the_first_contact_is_taken_back_with_the_cadence_that_it_began(
    session: Session, ours: Relationship
) -> None:
    wrong = write_down(session, ours, Direction.BOTH, MONDAY)
    assert open_nudge(session, ours) is not None
    take_back_contact(session, ours, wrong, MONDAY + DAY)
    assert (ours.last_contact_at, ours.cadence_from, nudges(session, ours)) == (None, None, [])


@pytest.mark.parametrize("direction", list(Direction))
def test_taking_back_a_contact_leaves_what_came_after_it(
    session: Session, ours: Relationship, direction: Direction
) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    wrong = write_down(session, ours, Direction.THEIRS, MONDAY + DAY)
    write_down(session, ours, direction, MONDAY + 2 * DAY)
    after = (ours.last_contact_at, ours.cadence_from, nudges(session, ours))
    take_back_contact(session, ours, wrong, MONDAY + 3 * DAY)
    assert (ours.last_contact_at, ours.cadence_from, nudges(session, ours)) == after


def test_a_cadence_that_somebody_stopped_since_stays_stopped(session: Session, ours: Relationship) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    wrong = write_down(session, ours, Direction.BOTH, MONDAY + DAY)
    stop_cadence(session, ours, MONDAY + 2 * DAY)
    take_back_contact(session, ours, wrong, MONDAY + 3 * DAY)
    assert (ours.last_contact_at, ours.cadence_from, nudges(session, ours)) == (MONDAY, None, [])
