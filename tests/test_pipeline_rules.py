"""The rules of the pipeline: what counts as quiet, what is usual, what a stage asks for, what is undone."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actor import Actor, load_actor
from models.base import utc_now
from models.cadence import was_in_touch
from models.commitment import Commitment, Move
from models.commitment_rules import add_move
from models.commitment_standing import Step
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting, MeetingState
from models.next_step import DealtStep, StepKind
from models.organisation import Unit
from models.partnership import Partnership, PartnershipState
from models.pipeline import PipelineRow, board_rows, table_rows
from models.pipeline_filters import PipelineFilters, Scope, Sort, StepFilter
from models.pipeline_moves import Fact, give_owner, missing_fact, move
from models.pipeline_undo import Undoing, relationships_of_batch, relationships_to_undo, undo
from models.quietness import is_shown_as, quietness_now, usual_times
from models.relationship import (
    ClosedReason,
    ContactKind,
    Direction,
    Quietness,
    Relationship,
    RelationshipPerson,
    Stage,
    StageChange,
)
from models.side import Side
from tests.cards import DAY, add_card, add_stay, add_step
from tests.dealings import Dealings, add_dealings
from tests.partnering import add_partnership
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
            )
        }
        found = select(Relationship.id).where(is_shown_as(Relationship, quietness, usual, now))
        assert set(session.scalars(found)) == told
        assert told


def test_nothing_is_cold_before_the_usual_time_has_passed() -> None:
    now = utc_now()
    for usual, shown in ((10, Quietness.COLD), (40, Quietness.QUIET)):
        stage = Stage.INTRODUCED
        given = (now - 30 * DAY, now - 100 * DAY, 21, 60, {stage: usual * DAY}, now)
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


def dealings_without_meetings(session: Session, world: World, state: IntroductionState) -> Dealings:
    dealt = add_dealings(session, world, state=state)
    begin_write(session)
    for meeting in session.scalars(select(Meeting)):
        meeting.state = MeetingState.CANCELLED
    session.commit()
    return dealt


def test_what_they_wait_for_is_our_next_step(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = dealings_without_meetings(session, world, IntroductionState.PROPOSED)
    introduction = session.get_one(Introduction, dealt.introduction)
    turn = DealtStep(StepKind.REQUEST, dealt.introduction, introduction.expires_at)
    assert dealt_steps_for(session, world, "dora") == [turn]
    assert dealt_steps_for(session, world, "max") == [None]
    assert rows_of_boreal(session, world, "dora", PipelineFilters(step=StepFilter.NONE)) == []
    begin_write(session)
    introduction.expires_at = utc_now()
    session.flush()
    assert dealt_steps_for(session, world, "dora") == [None]
    assert len(rows_of_boreal(session, world, "dora", PipelineFilters(step=StepFilter.NONE))) == 1


def test_a_proposed_partnership_is_our_next_step_until_it_is_answered(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world, state=PartnershipState.PROPOSED)
    assert dealt_steps_for(session, world, "dora") == [
        DealtStep(StepKind.PARTNERSHIP, partnering.partnership, None)
    ]
    assert dealt_steps_for(session, world, "max") == [None]
    assert rows_of_boreal(session, world, "dora", PipelineFilters(step=StepFilter.NONE)) == []
    begin_write(session)
    partnership = session.get_one(Partnership, partnering.partnership)
    partnership.state = PartnershipState.ACTIVE
    session.flush()
    assert dealt_steps_for(session, world, "dora") == [None]
    partnership.growth_asked_by = Side.ASKED
    session.flush()
    assert dealt_steps_for(session, world, "max") == [
        DealtStep(StepKind.GROWTH, partnering.partnership, None)
    ]


def test_a_promise_that_we_owe_is_our_next_step_until_it_is_delivered(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    promise = session.get_one(Commitment, partnering.promise)
    terms = promise.moves[0]
    owed = DealtStep(StepKind.PROMISE, promise.id, terms.due_at, terms.due_on, "Send the cells")
    for name, steps in (("max", [owed]), ("olga", [owed]), ("dora", [None]), ("ada", [])):
        assert dealt_steps_for(session, world, name) == steps, name
    assert rows_for(session, world, "olga", PipelineFilters(step=StepFilter.NONE)) == []
    assert rows_for(session, world, "olga", PipelineFilters(step=StepFilter.OVERDUE)) == []
    terms.due_at = utc_now() - DAY
    session.flush()
    assert len(rows_for(session, world, "olga", PipelineFilters(step=StepFilter.OVERDUE))) == 1
    add_move(promise, Step(Move.DELIVER, Side.ASKING, world.people["max"], utc_now()))
    session.flush()
    assert dealt_steps_for(session, world, "max") == [None]
    assert rows_for(session, world, "olga", PipelineFilters(step=StepFilter.OVERDUE)) == []


def test_a_promise_asks_nothing_once_its_partnership_is_closed(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    session.commit()
    dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    add_partnership(session, world, state=PartnershipState.WITHDRAWN)
    assert dealt_steps_for(session, world, "max") == [None]


def test_a_promise_shows_only_to_whoever_may_see_it(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    request = session.get_one(Commitment, partnering.request)
    add_move(request, Step(Move.PROMISE, Side.ASKED, world.people["dora"], utc_now()))
    # Boris takes part in the card alone, so he may read the notes of it and no promise.
    session.add(RelationshipPerson(relationship_id=dealt.theirs, person_id=world.people["boris"]))
    session.flush()
    assert [step and step.what for step in dealt_steps_for(session, world, "dora")] == ["Age the cells"]
    assert dealt_steps_for(session, world, "boris") == [None]


def test_what_is_overdue_comes_before_an_answer_without_a_last_day(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = add_dealings(session, world)
    add_partnership(session, world, state=PartnershipState.PROPOSED)
    begin_write(session)
    past = session.get_one(Meeting, dealt.past_meeting)
    assert dealt_steps_for(session, world, "dora") == [DealtStep(StepKind.OUTCOME, past.id, past.ends_at)]
    assert len(rows_of_boreal(session, world, "dora", PipelineFilters(step=StepFilter.OVERDUE))) == 1
    # A meeting that is still ahead is not missed, whereas somebody waits for the answer.
    past.state = MeetingState.NOT_HELD
    session.flush()
    assert [step and step.kind for step in dealt_steps_for(session, world, "dora")] == [StepKind.PARTNERSHIP]


def test_our_turn_shows_only_to_whoever_may_see_what_is_asked(alba: tuple[Session, World, Unit]) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = dealings_without_meetings(session, world, IntroductionState.PROPOSED)
    begin_write(session)
    # Boris takes part in the card alone, so he may read the notes of it and no introduction.
    session.add(RelationshipPerson(relationship_id=dealt.theirs, person_id=world.people["boris"]))
    session.flush()
    assert dealt_steps_for(session, world, "boris") == [None]


def test_what_is_due_first_stands_on_top_be_it_a_step_or_an_answer(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealings_without_meetings(session, world, IntroductionState.PROPOSED)
    begin_write(session)
    unit = session.get_one(Unit, world.units["boreal engineering"])
    for name, days in (("Later", 20), ("Sooner", 3), ("Never", None)):
        ours = add_card(session, unit, name)
        if days is not None:
            add_step(session, ours, "Write", days, world.people["dora"])
    rows = rows_of_boreal(session, world, "dora", PipelineFilters())
    assert [row.partner for row in rows] == ["Sooner", "Alba Cells", "Later", "Never"]


def test_cards_stand_in_the_order_of_the_steps_that_they_show(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    session.commit()
    dealt = dealings_without_meetings(session, world, IntroductionState.ACCEPTED)
    partnering = add_partnership(session, world)
    begin_write(session)
    session.get_one(FollowUp, dealt.follow_up).done_at = utc_now()
    for name, days in (("Late", -2), ("Soon", 3), ("Far", 30), ("Never", None)):
        ours = add_card(session, unit, name)
        if days is not None:
            add_step(session, ours, "Write", days, world.people["max"])

    def order() -> list[str]:
        scope = scope_of(session, world, "max")
        rows = table_rows(session, scope, PipelineFilters(), {}, utc_now(), Sort.NEXT, 100, 0)
        return [row.partner for row in rows]

    promised = "Boreal University"
    assert order() == ["Late", "Soon", promised, "Far", "Never"]
    # Somebody waits for this answer, which has no last day.
    session.get_one(Partnership, partnering.partnership).growth_asked_by = Side.ASKED
    session.flush()
    assert order() == ["Late", promised, "Soon", "Far", "Never"]
    session.get_one(Commitment, partnering.promise).moves[0].due_at = utc_now() - 5 * DAY
    session.flush()
    assert order() == [promised, "Late", "Soon", "Far", "Never"]


def test_a_meeting_ahead_is_the_next_step_until_it_is_over_and_then_its_outcome_is(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = add_dealings(session, world)
    begin_write(session)
    past = session.get_one(Meeting, dealt.past_meeting)
    coming = session.get_one(Meeting, dealt.next_meeting)
    ahead = DealtStep(StepKind.MEETING, coming.id, coming.ends_at)
    missing = DealtStep(StepKind.OUTCOME, past.id, past.ends_at)
    # Max told of the past meeting, Dora did not.
    assert dealt_steps_for(session, world, "max") == [ahead]
    assert dealt_steps_for(session, world, "dora") == [missing]
    assert len(rows_of_boreal(session, world, "dora", PipelineFilters(step=StepFilter.OVERDUE))) == 1
    past.state = MeetingState.NOT_HELD
    session.flush()
    assert dealt_steps_for(session, world, "dora") == [ahead]
    coming.state = MeetingState.CANCELLED
    session.flush()
    assert dealt_steps_for(session, world, "dora") == [None]


def dealt_steps_for(session: Session, world: World, name: str) -> list[DealtStep | None]:
    """What waits for the answer of whoever it is, on the cards of their side."""
    rows = rows_for(session, world, name, PipelineFilters())
    return [row.dealt_step for row in rows or rows_of_boreal(session, world, name, PipelineFilters())]


def rows_of_boreal(session: Session, world: World, name: str, filters: PipelineFilters) -> list[PipelineRow]:
    actor: Actor = load_actor(session, world.people[name])
    reach = frozenset({world.units["boreal"], world.units["boreal engineering"]})
    scope = Scope(actor, world.organisations["boreal"], reach)
    return table_rows(session, scope, filters, {}, utc_now(), Sort.NEXT, 100, 0)


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
    assert not session.scalars(relationships_of_batch("one")).all()


def test_a_card_that_was_moved_since_stays(alba: tuple[Session, World, Unit]) -> None:
    session, _world, unit = alba
    ours = add_card(session, unit, "Partner", Stage.SUGGESTED)
    move(session, ours, Stage.INTRODUCED, None, "one", utc_now())
    move(session, ours, Stage.MEETING, None, "two", utc_now())
    session.flush()
    assert session.scalars(relationships_to_undo("one")).all() == []
    assert undo(session, ours, "one", utc_now()) is Undoing.NOTHING
    assert ours.stage is Stage.MEETING
    assert undo(session, ours, "two", utc_now()) is Undoing.WHOLE
    assert session.scalars(relationships_to_undo("one")).all() == [ours.id]
    assert undo(session, ours, "one", utc_now()) is Undoing.WHOLE
    assert str(ours.stage) == "suggested"


def test_an_owner_is_given_back(alba: tuple[Session, World, Unit]) -> None:
    session, world, unit = alba
    ours = add_card(session, unit, "Partner", owner_id=world.people["max"])
    give_owner(session, ours, world.people["olga"], None, "one", utc_now())
    session.flush()
    assert ours.owner_id == world.people["olga"]
    assert session.scalars(relationships_to_undo("one")).all() == [ours.id]
    ours.owner_id = None
    session.flush()
    assert session.scalars(relationships_to_undo("one")).all() == []
    ours.owner_id = world.people["olga"]
    session.flush()
    assert undo(session, ours, "one", utc_now()) is Undoing.WHOLE
    assert ours.owner_id == world.people["max"]
