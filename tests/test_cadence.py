"""Cadences: what contacts, answers and meetings do to the nudges of a relationship, in any order."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from models.base import Base, utc_now
from models.cadence import (
    are_sound_days,
    done,
    drop,
    due_day,
    open_nudge,
    start_cadence,
    stop_cadence,
    stop_everything,
)
from models.database import begin_write, prepare_engine
from models.follow_up import Cadence
from models.introducing import accept
from models.introduction import Introduction, IntroductionState, Slot
from models.introduction_steps import Party
from models.relationship import ClosedReason, Direction, Relationship, Stage, move_stage
from models.side import Side
from tests.dealings import add_dealings
from tests.keeping_in_touch import DAY, MONDAY, alba_and_boreal, nudges, talk, waiting
from tests.keeping_in_touch import ours as ours
from tests.keeping_in_touch import world as world
from tests.world import World, build_world


def test_a_talk_asks_again_after_three_days_then_seven_then_fourteen_and_then_no_more(
    session: Session, ours: Relationship
) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    assert nudges(session, ours) == [(0, date(2027, 3, 4))]
    talk(session, ours, MONDAY + 3 * DAY, Direction.OURS, MONDAY + 3 * DAY)
    assert nudges(session, ours) == [(1, date(2027, 3, 8))]
    talk(session, ours, MONDAY + 7 * DAY, Direction.OURS, MONDAY + 7 * DAY)
    assert nudges(session, ours) == [(2, date(2027, 3, 15))]
    talk(session, ours, MONDAY + 14 * DAY, Direction.OURS, MONDAY + 14 * DAY)
    assert nudges(session, ours) == []
    assert ours.cadence_from is None


def test_a_call_written_down_later_counts_from_its_own_day(session: Session, ours: Relationship) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    talk(session, ours, MONDAY + 2 * DAY, Direction.BOTH, MONDAY + 4 * DAY)
    assert nudges(session, ours) == [(0, date(2027, 3, 6))]


def test_writing_down_an_old_call_moves_nothing(session: Session, ours: Relationship) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    talk(session, ours, MONDAY - 40 * DAY, Direction.BOTH, MONDAY)
    assert nudges(session, ours) == [(0, date(2027, 3, 4))]
    assert ours.last_contact_at == MONDAY


@pytest.mark.parametrize(
    ("days_later", "due_on"),
    [
        (2, date(2027, 3, 4)),
        (3, date(2027, 3, 5)),
        (6, date(2027, 3, 8)),
        (11, date(2027, 3, 15)),
        (12, date(2027, 3, 15)),
        (30, date(2027, 4, 1)),
    ],
    ids=["in time", "on its day", "on a Sunday", "on a Friday", "on a Saturday", "a month later"],
)
def test_what_is_written_down_late_is_asked_on_the_next_working_day_and_never_overdue_at_once(
    session: Session, ours: Relationship, days_later: int, due_on: date
) -> None:
    now = MONDAY + days_later * DAY
    talk(session, ours, MONDAY, Direction.BOTH, now)
    assert nudges(session, ours) == [(0, due_on)]
    nudge = open_nudge(session, ours)
    assert nudge is not None
    assert not nudge.is_overdue(now)
    day = due_on.isoformat()
    assert [name for name, _ in waiting(session, nudge)] == [f"on the day {day}", f"overdue {day}"]


def test_after_a_call_of_long_ago_the_second_step_keeps_its_distance(
    session: Session, ours: Relationship
) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY + 30 * DAY)
    then = MONDAY + 31 * DAY
    talk(session, ours, then, Direction.OURS, then)
    assert nudges(session, ours) == [(1, date(2027, 4, 5))]


def test_after_a_late_nudge_the_next_is_no_nearer_than_the_steps_are_apart(
    session: Session, ours: Relationship
) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    talk(session, ours, MONDAY + 10 * DAY, Direction.OURS, MONDAY + 10 * DAY)
    assert nudges(session, ours) == [(1, date(2027, 3, 15))]


def test_several_messages_of_one_day_are_one_step(session: Session, ours: Relationship) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    for hours in (72, 73, 74):
        at = MONDAY + timedelta(hours=hours)
        talk(session, ours, at, Direction.OURS, at)
    assert nudges(session, ours) == [(1, date(2027, 3, 8))]


@pytest.mark.parametrize("how", ["answer", "meeting", "dropped", "closed"])
def test_an_answer_a_set_meeting_giving_up_and_closing_stop_it(
    session: Session, ours: Relationship, how: str
) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    nudge = open_nudge(session, ours)
    assert nudge is not None
    now = MONDAY + DAY
    match how:
        case "answer":
            talk(session, ours, now, Direction.THEIRS, now)
        case "meeting":
            stop_cadence(session, ours, now)
        case "dropped":
            drop(session, ours, nudge, now)
        case "closed":
            move_stage(session, ours, Stage.CLOSED, None, now, ClosedReason.NO_ANSWER)
            stop_everything(session, ours, now)
            talk(session, ours, now + DAY, Direction.BOTH, now + DAY)
            start_cadence(session, ours, None, now + DAY)
    assert nudges(session, ours) == []
    assert waiting(session, nudge) == []


def test_of_one_day_what_is_written_down_last_counts(session: Session, ours: Relationship) -> None:
    noon, evening = MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=6)
    talk(session, ours, evening, Direction.BOTH, evening)
    # Somebody says "they answered today", which is kept as noon.
    talk(session, ours, noon, Direction.THEIRS, evening + timedelta(hours=1))
    assert nudges(session, ours) == []
    talk(session, ours, noon, Direction.BOTH, evening + timedelta(hours=2))
    assert nudges(session, ours) == [(0, date(2027, 3, 4))]


def test_accepting_a_time_ends_the_cadences_of_both_sides(session: Session, world: World) -> None:
    dealt = add_dealings(session, world, state=IntroductionState.PROPOSED)
    begin_write(session)
    now = utc_now()
    cards = [session.get_one(Relationship, card) for card in (dealt.ours, dealt.theirs)]
    for card in cards:
        start_cadence(session, card, None, now)
    introduction = session.get_one(Introduction, dealt.introduction)
    slot = session.get_one(Slot, dealt.slot)
    accept(session, introduction, slot, Party(Side.ASKED, world.people["dora"]), [], now)
    assert [nudges(session, card) for card in cards] == [[], []]


def test_an_answer_from_before_the_talk_stops_nothing(session: Session, ours: Relationship) -> None:
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    talk(session, ours, MONDAY - DAY, Direction.THEIRS, MONDAY + DAY)
    assert nudges(session, ours) == [(0, date(2027, 3, 4))]


def test_days_are_those_of_the_owners_clock(session: Session, ours: Relationship) -> None:
    late = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)
    talk(session, ours, late, Direction.BOTH, late)
    assert nudges(session, ours) == [(0, date(2027, 3, 5))]


def test_in_a_partnership_a_talk_starts_no_cadence_by_itself(session: Session, ours: Relationship) -> None:
    move_stage(session, ours, Stage.PARTNERSHIP, None, MONDAY)
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    assert nudges(session, ours) == []
    start_cadence(session, ours, None, MONDAY)
    talk(session, ours, MONDAY + DAY, Direction.BOTH, MONDAY + DAY)
    assert nudges(session, ours) == [(0, date(2027, 3, 5))]


def test_the_office_may_have_days_of_its_own(session: Session, ours: Relationship) -> None:
    usual = Cadence(organisation_id=ours.organisation_id, name="Usual", days=[5], is_default=True)
    brisk = Cadence(organisation_id=ours.organisation_id, name="Brisk", days=[1, 2])
    session.add_all([usual, brisk])
    session.flush()
    talk(session, ours, MONDAY, Direction.BOTH, MONDAY)
    assert nudges(session, ours) == [(0, date(2027, 3, 6))]
    start_cadence(session, ours, brisk, MONDAY)
    assert nudges(session, ours) == [(0, date(2027, 3, 2))]


@pytest.mark.parametrize(
    ("days", "is_sound"),
    [
        ([3, 7, 14], True),
        ([1], True),
        ([1, 2, 3, 4, 5, 365], True),
        ([], False),
        ([0, 3], False),
        ([3, 3], False),
        ([7, 3], False),
        ([3, 366], False),
        ([1, 2, 3, 4, 5, 6, 7], False),
    ],
)
def test_days_are_one_to_six_rising_numbers_up_to_a_year(days: list[int], is_sound: bool) -> None:
    assert are_sound_days(days) is is_sound


sound_days = st.lists(st.integers(1, 365), min_size=1, max_size=6, unique=True).map(sorted)


@given(sound_days, st.integers(0, 6), st.integers(0, 800))
def test_a_step_is_never_before_its_day_nor_nearer_than_the_gap(
    days: list[int], step: int, late: int
) -> None:
    base = date(2027, 1, 1)
    due = due_day(days, step, base, base + timedelta(days=late))
    assert (due is None) == (step >= len(days))
    if due is not None:
        assert due >= base + timedelta(days=days[step])
        assert step == 0 or due >= base + timedelta(days=late + days[step] - days[step - 1])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, World]]:
    """One database for all examples: each of them is rolled back."""
    path: Path = tmp_path_factory.mktemp("cadence") / "counterpart.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    prepare_engine(engine)
    with Session(engine) as session:
        yield session, build_world(session)
    engine.dispose()


EVENTS = ("both", "ours", "theirs", "old talk", "meeting set", "start", "close", "reopen", "done", "drop")


@settings(max_examples=150, deadline=None)
@given(events=st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 200)), max_size=14))
def test_however_things_come_at_most_one_nudge_is_open_and_none_after_an_answer_or_an_end(
    shared: tuple[Session, World], events: list[tuple[str, int]]
) -> None:
    session, world = shared
    begin_write(session)
    ours = alba_and_boreal(session, world)
    now, has_ended = MONDAY, True
    for event, hours in events:
        now += timedelta(hours=hours)
        began = _happens(session, ours, event, now)
        has_ended = (has_ended and not began) or event in {"theirs", "meeting set", "close", "drop"}
        open_ones = nudges(session, ours)
        assert len(open_ones) <= 1
        if has_ended or ours.stage is Stage.CLOSED:
            assert open_ones == []
        assert bool(open_ones) <= (ours.cadence_from is not None)
    session.rollback()


def _happens(session: Session, ours: Relationship, event: str, now: datetime) -> bool:
    """Let it happen; return whether it may begin a cadence."""
    nudge = open_nudge(session, ours)
    match event:
        case "both" | "ours" | "theirs":
            talk(session, ours, now, Direction(event), now)
        case "old talk":
            talk(session, ours, now - 30 * DAY, Direction.BOTH, now)
        case "meeting set":
            stop_cadence(session, ours, now)
        case "start":
            start_cadence(session, ours, None, now)
        case "close":
            move_stage(session, ours, Stage.CLOSED, None, now, ClosedReason.OTHER)
            stop_everything(session, ours, now)
        case "reopen":
            move_stage(session, ours, Stage.INTRODUCED, None, now)
        case "done" if nudge is not None:
            done(session, ours, nudge, None, now)
        case "drop" if nudge is not None:
            drop(session, ours, nudge, now)
    is_open = ours.stage is not Stage.CLOSED
    return is_open and (event in {"both", "start"} or (event == "old talk" and ours.cadence_from is not None))
