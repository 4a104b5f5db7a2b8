"""The rules of the pipeline: what counts as quiet, what is usual, what a stage asks for, what is undone."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.cadence import was_in_touch
from models.database import begin_write
from models.follow_up import FollowUp
from models.organisation import Unit
from models.pipeline import board_rows
from models.pipeline_filters import PipelineFilters, StepFilter
from models.pipeline_moves import Fact, give_owner, missing_fact, move
from models.pipeline_undo import Undoing, relationships_of_batch, relationships_to_undo, undo
from models.quietness import is_shown_as, quietness_now, usual_times
from models.relationship import (
    ClosedReason,
    ContactKind,
    Direction,
    Quietness,
    Relationship,
    Stage,
    StageChange,
)
from tests.alba_cards import alba as alba
from tests.alba_cards import rows_for, scope_of
from tests.cards import DAY, add_card, add_stay, add_step
from tests.dealings import add_dealings
from tests.world import World


def test_the_filter_and_the_card_agree_on_what_is_quiet(alba: tuple[Session, World, Unit]) -> None:
    session, _world, unit = alba
    number = 0
    for stage in (Stage.SUGGESTED, Stage.INTRODUCED, Stage.MEETING, Stage.CLOSED):
        for days_quiet in (0, 20.9, 21, 21.1, 59.9, 60, 60.1, 300):
            for days_in_stage in (1, 29.9, 30, 30.1, 200):
                number += 1
                add_card(session, unit, f"Partner {number}", stage, None, days_quiet, days_in_stage)
    usual = {Stage.INTRODUCED: timedelta(days=30), Stage.MEETING: timedelta(days=0)}
    now = utc_now()
    cards = session.scalars(select(Relationship)).all()
    for quietness in Quietness:
        told = {
            ours.id
            for ours in cards
            if quietness
            is quietness_now(
                ours.stage,
                ours.stage_since,
                ours.last_contact_at or ours.created_at,
                ours.quiet_after_days,
                ours.cold_after_days,
                usual,
                now,
                is_resting=False,
            )
        }
        found = select(Relationship.id).where(is_shown_as(Relationship, quietness, usual, now))
        assert set(session.scalars(found)) == told
        assert told


def test_nothing_is_cold_before_the_usual_time_has_passed() -> None:
    now = utc_now()
    for usual, shown in ((10, Quietness.COLD), (40, Quietness.QUIET)):
        stage = Stage.INTRODUCED
        given = (now - 30 * DAY, now - 100 * DAY, 21, 60, {stage: usual * DAY}, now, False)
        assert quietness_now(stage, *given) is shown


def test_the_usual_time_is_the_median_of_at_least_five_stays(alba: tuple[Session, World, Unit]) -> None:
    session, _world, unit = alba
    for number, days in enumerate((2, 4, 6, 100)):
        add_stay(session, unit, f"Partner {number}", Stage.MEETING, days)
    assert Stage.MEETING not in usual_times(session, unit.organisation_id)
    add_stay(session, unit, "Partner 5", Stage.MEETING, 50)
    assert usual_times(session, unit.organisation_id)[Stage.MEETING] == timedelta(days=6)


def test_undone_moves_say_nothing_about_what_is_usual(alba: tuple[Session, World, Unit]) -> None:
    session, _world, unit = alba
    for number in range(5):
        add_stay(session, unit, f"Partner {number}", Stage.MEETING, 5)
    session.scalars(select(StageChange)).all()[1].undone_at = utc_now()
    session.flush()
    assert Stage.MEETING not in usual_times(session, unit.organisation_id)


def test_the_board_shows_the_first_cards_of_each_stage_and_how_many_there_are(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, unit = alba
    for number in range(5):
        ours = add_card(session, unit, f"Partner {number}")
        add_step(session, ours, "Write", 10 - number, None)
    add_card(session, unit, "Alone", Stage.MEETING)
    rows = board_rows(session, scope_of(session, world, "olga"), PipelineFilters(), {}, utc_now(), 2)
    assert [(row.partner, row.of) for row in rows if row.stage is Stage.INTRODUCED] == [
        ("Partner 4", 5),
        ("Partner 3", 5),
    ]
    assert [row.partner for row in rows if row.stage is Stage.MEETING] == ["Alone"]


def test_each_filter_keeps_what_it_says(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    olga = world.people["olga"]
    late = add_card(session, unit, "Late 100%", Stage.MEETING, olga, 30)
    add_step(session, late, "Write", -1, olga)
    early = add_card(session, session.get_one(Unit, world.units["alba"]), "Early", Stage.INTRODUCED)
    add_step(session, early, "Write", 1, olga)
    add_card(session, unit, "Gone", Stage.CLOSED)
    for filters, names in (
        (PipelineFilters(), ["Early", "Late 100%"]),
        (PipelineFilters(text="0%"), ["Late 100%"]),
        (PipelineFilters(text="_"), []),
        (PipelineFilters(stages=(Stage.CLOSED,)), ["Gone"]),
        (PipelineFilters(owner_id=olga), ["Late 100%"]),
        (PipelineFilters(owner_id=0), ["Early"]),
        (PipelineFilters(unit_id=unit.id), ["Late 100%"]),
        (PipelineFilters(quietness=frozenset({Quietness.QUIET})), ["Late 100%"]),
        (PipelineFilters(step=StepFilter.OVERDUE), ["Late 100%"]),
        (PipelineFilters(step=StepFilter.NONE), []),
    ):
        assert [row.partner for row in rows_for(session, world, "olga", filters)] == names, filters


def test_a_member_sees_the_card_but_no_step_that_is_not_theirs(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    ours = add_card(session, unit, "Partner", Stage.MEETING, world.people["olga"])
    add_step(session, ours, "A secret step", 1, world.people["olga"])
    assert [row.step for row in rows_for(session, world, "olga", PipelineFilters())] == ["A secret step"]
    assert [row.step for row in rows_for(session, world, "max", PipelineFilters())] == [None]
    assert rows_for(session, world, "ada", PipelineFilters()) == []
    assert rows_for(session, world, "dora", PipelineFilters()) == []


def test_each_stage_asks_for_its_fact_and_going_back_for_none(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    ours = add_card(session, unit, "Partner", Stage.SUGGESTED)
    assert missing_fact(session, ours, Stage.INTRODUCED) is Fact.INTRODUCTION
    assert missing_fact(session, ours, Stage.MEETING) is Fact.MEETING
    assert missing_fact(session, ours, Stage.FOLLOW_UP) is Fact.NEXT_STEP
    assert missing_fact(session, ours, Stage.PARTNERSHIP) is Fact.PARTNERSHIP
    assert missing_fact(session, ours, Stage.CLOSED) is Fact.REASON
    now = utc_now()
    was_in_touch(session, ours, now, ContactKind.VISIT, Direction.BOTH, None, "", None, now)
    add_step(session, ours, "Write", 3, world.people["olga"])
    for stage in (Stage.INTRODUCED, Stage.MEETING, Stage.FOLLOW_UP):
        assert missing_fact(session, ours, stage) is None
    ours.stage = Stage.PARTNERSHIP
    assert missing_fact(session, ours, Stage.INTRODUCED) is None


def test_what_the_portal_knows_is_not_asked_for(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = add_dealings(session, world)
    begin_write(session)
    ours = session.get_one(Relationship, dealt.ours)
    ours.stage = Stage.SUGGESTED
    assert missing_fact(session, ours, Stage.INTRODUCED) is None
    assert missing_fact(session, ours, Stage.MEETING) is None
    assert missing_fact(session, ours, Stage.FOLLOW_UP) is None


def test_a_closed_card_comes_back_with_what_was_to_do(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    ours = add_card(session, unit, "Partner", Stage.MEETING)
    step = add_step(session, ours, "Write", 3, world.people["olga"])
    since = ours.created_at
    move(session, ours, Stage.CLOSED, None, "one", utc_now(), ClosedReason.NO_ANSWER)
    session.flush()
    assert step.dropped_at is not None
    assert undo(session, ours, "one", utc_now()) is Undoing.WHOLE
    assert (ours.stage, ours.closed_reason, ours.stage_since) == (Stage.MEETING, None, since)
    assert session.get_one(FollowUp, step.id).is_open
    assert not session.scalars(relationships_of_batch("one", utc_now())).all()


def test_a_card_that_was_moved_since_stays(alba: tuple[Session, World, Unit]) -> None:
    session, _world, unit = alba
    ours = add_card(session, unit, "Partner", Stage.SUGGESTED)
    move(session, ours, Stage.INTRODUCED, None, "one", utc_now())
    move(session, ours, Stage.MEETING, None, "two", utc_now())
    session.flush()
    assert session.scalars(relationships_to_undo("one", utc_now())).all() == []
    assert undo(session, ours, "one", utc_now()) is Undoing.CHANGED_SINCE
    assert ours.stage is Stage.MEETING
    assert undo(session, ours, "two", utc_now()) is Undoing.WHOLE
    assert session.scalars(relationships_to_undo("one", utc_now())).all() == [ours.id]
    assert undo(session, ours, "one", utc_now()) is Undoing.WHOLE
    assert str(ours.stage) == "suggested"


def test_an_owner_is_given_back(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    ours = add_card(session, unit, "Partner", owner_id=world.people["max"])
    give_owner(session, ours, world.people["olga"], None, "one", utc_now())
    session.flush()
    assert ours.owner_id == world.people["olga"]
    assert session.scalars(relationships_to_undo("one", utc_now())).all() == [ours.id]
    ours.owner_id = None
    session.flush()
    assert session.scalars(relationships_to_undo("one", utc_now())).all() == []
    ours.owner_id = world.people["olga"]
    session.flush()
    assert undo(session, ours, "one", utc_now()) is Undoing.WHOLE
    assert ours.owner_id == world.people["max"]
