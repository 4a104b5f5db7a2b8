"""The next step of a card that the dealings ask for: answers, meetings and their outcomes, and which comes first."""

from sqlalchemy.orm import Session

from models.base import utc_now
from models.commitment import Commitment, Move
from models.commitment_rules import add_move
from models.database import begin_write
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting, MeetingState
from models.next_step import DealtStep
from models.organisation import Unit
from models.partnership import Partnership, PartnershipState
from models.pipeline_filters import PipelineFilters, StepFilter
from models.relationship import RelationshipPerson
from models.side import Side
from models.step_kind import StepKind
from tests.alba_cards import alba as alba
from tests.alba_cards import (
    dealings_without_meetings,
    dealt_steps_for,
    rows_of_boreal,
)
from tests.cards import add_card, add_step
from tests.dealings import add_dealings, answer_what_was_written
from tests.partnering import add_partnership, move_of
from tests.world import World


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
    # What is asked for in it waits for an answer of its own.
    add_move(session.get_one(Commitment, partnering.request), move_of(world, Move.WITHDRAW, Side.ASKING))
    session.flush()
    assert dealt_steps_for(session, world, "dora") == [None]
    partnership.growth_asked_by = Side.ASKED
    session.flush()
    assert dealt_steps_for(session, world, "max") == [
        DealtStep(StepKind.GROWTH, partnering.partnership, None)
    ]


def test_what_is_overdue_comes_before_an_answer_without_a_last_day(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = add_dealings(session, world)
    add_partnership(session, world, state=PartnershipState.PROPOSED)
    begin_write(session)
    answer_what_was_written(session)
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


def test_a_meeting_ahead_is_the_next_step_until_it_is_over_and_then_its_outcome_is(
    alba: tuple[Session, World, Unit],
) -> None:
    session, world, _unit = alba
    session.commit()
    dealt = add_dealings(session, world)
    begin_write(session)
    answer_what_was_written(session)
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
