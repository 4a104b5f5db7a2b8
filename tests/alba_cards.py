"""Alba's pipeline and Boreal's, asked without an application on either database; import the fixture by name."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actor import Actor, load_actor
from models.base import utc_now
from models.database import begin_write
from models.introduction import IntroductionState
from models.meeting import Meeting, MeetingState
from models.next_step import DealtStep
from models.organisation import Unit
from models.pipeline import PipelineRow, table_rows
from models.pipeline_filters import PipelineFilters, Scope, Sort
from tests.dealings import Dealings, add_dealings, answer_what_was_written
from tests.world import World, build_world


@pytest.fixture
def alba(either_session: Session) -> tuple[Session, World, Unit]:
    """A session that may write, on either database, in the fixed world."""
    world = build_world(either_session)
    begin_write(either_session)
    return either_session, world, either_session.get_one(Unit, world.units["alba plant"])


def scope_of(session: Session, world: World, name: str) -> Scope:
    actor: Actor = load_actor(session, world.people[name])
    reach = frozenset({world.units["alba"], world.units["alba plant"]})
    return Scope(actor, world.organisations["alba"], reach)


def rows_for(session: Session, world: World, name: str, filters: PipelineFilters) -> list[PipelineRow]:
    scope = scope_of(session, world, name)
    return table_rows(session, scope, filters, {}, utc_now(), Sort.PARTNER, 100, 0)


def dealt_steps_for(session: Session, world: World, name: str) -> list[DealtStep | None]:
    """What waits for the answer of whoever it is, on the cards of their side."""
    rows = rows_for(session, world, name, PipelineFilters())
    return [row.dealt_step for row in rows or rows_of_boreal(session, world, name, PipelineFilters())]


def rows_of_boreal(session: Session, world: World, name: str, filters: PipelineFilters) -> list[PipelineRow]:
    actor: Actor = load_actor(session, world.people[name])
    reach = frozenset({world.units["boreal"], world.units["boreal engineering"]})
    scope = Scope(actor, world.organisations["boreal"], reach)
    return table_rows(session, scope, filters, {}, utc_now(), Sort.NEXT, 100, 0)


def dealings_without_meetings(session: Session, world: World, state: IntroductionState) -> Dealings:
    dealt = add_dealings(session, world, state=state)
    begin_write(session)
    for meeting in session.scalars(select(Meeting)):
        meeting.state = MeetingState.CANCELLED
    answer_what_was_written(session)
    session.commit()
    return dealt
