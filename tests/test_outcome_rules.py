"""The rules of outcomes: what shows when, whether it counts as held, and that counts follow every change."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.meeting import Meeting, MeetingState
from models.outcome import FEEDBACK_HIDDEN_FOR, Decision, Interest, Outcome, SummaryState
from models.outcome_rules import (
    OUTCOME_MISSING,
    ask_for_outcome,
    has_given_feedback,
    is_feedback_open,
    state_told,
    their_account,
)
from models.relationship import Contact, Relationship, Stage, StageChange, move_stage
from models.reminder import Reminder, ReminderState
from models.settling import settle_meeting
from models.side import Side
from models.summaries import confirm_summary, open_summary, propose_summary, summaries_of
from tests.dealings import Dealings, add_dealings
from tests.world import World, build_world

ENDED = datetime(2027, 3, 1, 10, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def dealt(session: Session) -> tuple[World, Dealings, Meeting]:
    """Dealings whose past meeting nobody has told anything of yet."""
    world = build_world(session)
    dealings = add_dealings(session, world)
    begin_write(session)
    session.delete(session.get_one(Outcome, dealings.outcome))
    session.commit()
    begin_write(session)
    return world, dealings, session.get_one(Meeting, dealings.past_meeting)


def tell(session: Session, dealings: Dealings, side: Side, held: bool = True) -> Outcome:
    ours = session.get_one(Relationship, dealings.ours if side is Side.ASKING else dealings.theirs)
    outcome = Outcome(
        meeting_id=dealings.past_meeting,
        side=side,
        organisation_id=ours.organisation_id,
        relationship_id=ours.id,
        person_id=ours.owner_id,
        held=held,
        our_interest=Interest.HIGH,
        their_interest=Interest.SOME,
        decision=Decision.PILOT,
        feedback=f"feedback of {side}",
    )
    session.add(outcome)
    session.flush()
    return outcome


@pytest.mark.parametrize(
    ("gave", "after", "is_open"),
    [
        ([], timedelta(), False),
        ([Side.ASKING], timedelta(), False),
        ([Side.ASKED], FEEDBACK_HIDDEN_FOR - MOMENT, False),
        ([Side.ASKED], FEEDBACK_HIDDEN_FOR, True),
        ([], FEEDBACK_HIDDEN_FOR, True),
        ([Side.ASKING, Side.ASKED], timedelta(), True),
    ],
)
def test_feedback_opens_when_both_gave_it_or_exactly_when_the_time_is_over(
    gave: list[Side], after: timedelta, is_open: bool
) -> None:
    assert is_feedback_open(ENDED, gave, ENDED + after) is is_open


@pytest.mark.parametrize(
    ("interest", "feedback", "has_given"),
    [
        (Interest.UNKNOWN, "", False),
        (Interest.UNKNOWN, "Good", True),
        (Interest.NONE, "", True),
    ],
)
def test_an_account_that_says_nothing_of_itself_opens_nothing(
    interest: Interest, feedback: str, has_given: bool
) -> None:
    assert has_given_feedback(Outcome(our_interest=interest, feedback=feedback)) is has_given


def test_whoever_says_that_it_was_held_was_there() -> None:
    assert state_told([]) is MeetingState.SCHEDULED
    for said in product([True, False], repeat=2):
        assert state_told(said) is (MeetingState.HELD if any(said) else MeetingState.NOT_HELD)
    assert state_told([False]) is MeetingState.NOT_HELD


def test_the_other_side_knows_the_decision_at_once_and_the_rest_later(session: Session) -> None:
    _, dealings, meeting = dealt(session)
    tell(session, dealings, Side.ASKING)
    before = their_account(session, meeting, Side.ASKED, meeting.ends_at + FEEDBACK_HIDDEN_FOR - MOMENT)
    assert before is not None
    assert (before.decision, before.interest, before.interest_they_saw, before.feedback) == (
        Decision.PILOT,
        None,
        None,
        "",
    )
    after = their_account(session, meeting, Side.ASKED, meeting.ends_at + FEEDBACK_HIDDEN_FOR)
    assert after is not None
    assert (after.interest, after.feedback) == (Interest.HIGH, "feedback of asking")
    tell(session, dealings, Side.ASKED)
    now = their_account(session, meeting, Side.ASKED, utc_now())
    assert now is not None
    assert now.is_open
    assert their_account(session, meeting, Side.ASKING, utc_now()) is not None


def counts(session: Session, dealings: Dealings) -> list[tuple[Stage, int]]:
    """Stage and contacts by this meeting, of each side."""
    found = []
    for relationship_id in (dealings.ours, dealings.theirs):
        ours = session.get_one(Relationship, relationship_id)
        of_meeting = select(Contact).where(
            Contact.relationship_id == ours.id, Contact.meeting_id == dealings.past_meeting
        )
        found.append((ours.stage, len(session.scalars(of_meeting).all())))
    return found


def test_a_meeting_that_was_held_counts_once_on_both_sides_and_moves_both_cards(
    either_session: Session,
) -> None:
    session = either_session
    world, dealings, meeting = dealt(session)
    tell(session, dealings, Side.ASKING)
    settle_meeting(session, meeting, Side.ASKING, world.people["max"], utc_now())
    tell(session, dealings, Side.ASKED)
    settle_meeting(session, meeting, Side.ASKED, world.people["dora"], utc_now())
    session.commit()
    assert meeting.state is MeetingState.HELD
    assert counts(session, dealings) == [(Stage.FOLLOW_UP, 1), (Stage.FOLLOW_UP, 1)]
    theirs = session.scalars(
        select(Contact.person_id).where(Contact.relationship_id == dealings.theirs, Contact.meeting_id > 0)
    ).all()
    assert theirs == [None], "the other side's history names nobody of ours"
    for relationship_id in (dealings.ours, dealings.theirs):
        assert session.get_one(Relationship, relationship_id).last_contact_at == meeting.ends_at


def test_saying_later_that_it_was_not_held_takes_everything_back(session: Session) -> None:
    world, dealings, meeting = dealt(session)
    was = [
        session.get_one(Relationship, number).last_contact_at for number in (dealings.ours, dealings.theirs)
    ]
    outcome = tell(session, dealings, Side.ASKING)
    settle_meeting(session, meeting, Side.ASKING, world.people["max"], utc_now())
    outcome.held = False
    settle_meeting(session, meeting, Side.ASKING, world.people["max"], utc_now())
    session.commit()
    assert meeting.state is MeetingState.NOT_HELD
    assert counts(session, dealings) == [(Stage.MEETING, 0), (Stage.MEETING, 0)]
    assert was == [
        session.get_one(Relationship, number).last_contact_at for number in (dealings.ours, dealings.theirs)
    ]


def test_a_card_that_goes_back_stands_there_since_it_first_did(either_session: Session) -> None:
    session = either_session
    world, dealings, meeting = dealt(session)
    begin_write(session)
    ours = session.get_one(Relationship, dealings.ours)
    moved_at = meeting.ends_at - timedelta(days=9)
    ours.stage = Stage.INTRODUCED
    move_stage(session, ours, Stage.MEETING, None, moved_at)
    outcome = tell(session, dealings, Side.ASKING)
    settle_meeting(session, meeting, Side.ASKING, world.people["max"], utc_now())
    session.delete(outcome)
    settle_meeting(session, meeting, Side.ASKING, world.people["max"], utc_now())
    session.commit()
    assert (ours.stage, ours.stage_since) == (Stage.MEETING, moved_at)


def test_a_card_that_was_moved_on_since_stays_where_it_is(session: Session) -> None:
    world, dealings, meeting = dealt(session)
    outcome = tell(session, dealings, Side.ASKING)
    settle_meeting(session, meeting, Side.ASKING, world.people["max"], utc_now())
    ours = session.get_one(Relationship, dealings.ours)
    move_stage(session, ours, Stage.PARTNERSHIP, world.people["max"], utc_now())
    session.flush()
    session.delete(outcome)
    settle_meeting(session, meeting, Side.ASKING, world.people["max"], utc_now())
    assert counts(session, dealings) == [(Stage.PARTNERSHIP, 0), (Stage.MEETING, 0)]
    assert meeting.state is MeetingState.SCHEDULED
    undone = session.scalars(select(StageChange).where(StageChange.undone_at.is_not(None))).all()
    assert [change.relationship_id for change in undone] == [dealings.theirs]


def test_summaries_go_back_and_forth_and_only_the_other_side_confirms(either_session: Session) -> None:
    session = either_session
    world, _, meeting = dealt(session)
    first = open_summary(session, meeting)
    assert first is not None
    with pytest.raises(ValueError, match="other side"):
        confirm_summary(first, Side.ASKING, world.people["max"], utc_now())
    second = propose_summary(session, meeting, Side.ASKED, world.people["dora"], "Second", utc_now())
    third = propose_summary(session, meeting, Side.ASKING, world.people["max"], "Third", utc_now())
    confirm_summary(third, Side.ASKED, world.people["dora"], utc_now())
    session.commit()
    states = [summary.state for summary in summaries_of(session, meeting)]
    assert states == [SummaryState.CORRECTED, SummaryState.CORRECTED, SummaryState.CONFIRMED]
    with pytest.raises(ValueError, match="waits"):
        confirm_summary(second, Side.ASKING, world.people["max"], utc_now())


def test_the_organiser_is_asked_twice_and_then_the_office_and_a_move_asks_anew(session: Session) -> None:
    world, _, meeting = dealt(session)
    ask_for_outcome(session, meeting)
    ask_for_outcome(session, meeting)
    session.commit()
    rows = session.scalars(
        select(Reminder).where(Reminder.kind == OUTCOME_MISSING).order_by(Reminder.due_at)
    ).all()
    day = timedelta(days=1)
    assert [(row.person_id, row.due_at - meeting.ends_at, row.lapses_at) for row in rows] == [
        (world.people["max"], timedelta(), meeting.ends_at + day),
        (world.people["max"], day, None),
        (world.people["olga"], 2 * day, None),
    ]
    begin_write(session)
    meeting.starts_at += day
    meeting.ends_at += day
    ask_for_outcome(session, meeting)
    session.commit()
    states = [row.state for row in session.scalars(select(Reminder).order_by(Reminder.id))]
    assert states == [ReminderState.OBSOLETE] * 3 + [ReminderState.WAITING] * 3
