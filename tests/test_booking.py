"""Nobody is in two places at once: holds, bookings, and threads that try both at the same time."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.booking import Booking, BookingConflict, book, conflicts, hold, release
from models.database import begin_write
from tests.booking_race import (
    Attempt,
    Wish,
    book_attempt,
    either_attempt,
    engine_for,
    halves,
    hold_attempt,
    make_wishes,
    overlaps,
    put_guard_back,
    race,
    take_guard_away,
    unguarded_attempt,
)

MINUTE = timedelta(minutes=1)
THREADS = 8


@pytest.fixture
def wishes(either_session: Session) -> list[Wish]:
    """Ten times; the tests set who wants them, and when."""
    made = make_wishes(either_session.get_bind(), 10)  # type: ignore[arg-type] # Bound to an engine.
    begin_write(either_session)
    return made


def taken(session: Session) -> set[tuple[int, int | None, int | None]]:
    return {
        (booking.person_id, booking.slot_id, booking.meeting_id)
        for booking in session.scalars(select(Booking))
    }


def test_a_held_time_is_held_for_those_who_are_free(either_session: Session, wishes: list[Wish]) -> None:
    session, first, second = either_session, wishes[0], wishes[1]
    ada, olga = first.person_ids[0], first.person_ids[1]
    assert hold(session, first.slot_id, first.starts_at, first.ends_at, [ada]) == []
    (conflict,) = hold(session, second.slot_id, first.starts_at, first.ends_at, [ada, olga])
    assert (conflict.person_id, conflict.slot_id, conflict.is_firm) == (ada, first.slot_id, False)
    assert taken(session) == {(ada, first.slot_id, None), (olga, second.slot_id, None)}


def test_a_meeting_pushes_a_mere_hold_aside_and_gives_way_to_no_one(
    either_session: Session, wishes: list[Wish]
) -> None:
    session, first, second = either_session, wishes[0], wishes[1]
    ada = first.person_ids[0]
    hold(session, first.slot_id, first.starts_at, first.ends_at, [ada])
    (gave_way,) = book(session, second.meeting_id, first.starts_at, first.ends_at, [ada])
    assert gave_way.slot_id == first.slot_id
    assert taken(session) == {(ada, None, second.meeting_id)}
    with pytest.raises(BookingConflict) as refused:
        book(session, first.meeting_id, first.ends_at - MINUTE, first.ends_at + MINUTE, [ada])
    (conflict,) = refused.value.conflicts
    assert conflict.person_name in str(refused.value)
    assert (conflict.starts_at, conflict.is_firm) == (first.starts_at, True)
    assert taken(session) == {(ada, None, second.meeting_id)}, "a refused booking changes nothing"


def test_meetings_may_touch_each_other(either_session: Session, wishes: list[Wish]) -> None:
    session, first, second, third = either_session, *wishes[:3]
    ada = first.person_ids[0]
    book(session, first.meeting_id, first.starts_at, first.ends_at, [ada])
    book(session, second.meeting_id, first.ends_at, first.ends_at + 30 * MINUTE, [ada])
    book(session, third.meeting_id, first.starts_at - 30 * MINUTE, first.starts_at, [ada])
    assert len(taken(session)) == 3


def test_a_moved_meeting_does_not_stand_in_its_own_way(either_session: Session, wishes: list[Wish]) -> None:
    session, first = either_session, wishes[0]
    ada, olga = first.person_ids
    book(session, first.meeting_id, first.starts_at, first.ends_at, [ada, olga])
    later = first.starts_at + 10 * MINUTE, first.ends_at + 10 * MINUTE
    assert conflicts(session, [ada, olga], *later, except_meeting_id=first.meeting_id) == []
    assert len(conflicts(session, [ada, olga], *later)) == 2
    book(session, first.meeting_id, *later, [ada])
    assert [booking.starts_at for booking in session.scalars(select(Booking))] == [later[0]]


def test_released_time_is_free_again(either_session: Session, wishes: list[Wish]) -> None:
    session, first, second = either_session, wishes[0], wishes[1]
    ada = first.person_ids[0]
    book(session, first.meeting_id, first.starts_at, first.ends_at, [ada])
    hold(session, second.slot_id, first.ends_at, first.ends_at + MINUTE, [ada])
    assert not conflicts(session, [ada], first.ends_at, first.ends_at + MINUTE, None, [second.slot_id])
    release(session, meeting_id=first.meeting_id)
    release(session, slot_ids=[second.slot_id])
    assert not taken(session)


def test_the_database_itself_refuses_an_overlap(either_session: Session, wishes: list[Wish]) -> None:
    session, first, second = either_session, wishes[0], wishes[1]
    book(session, first.meeting_id, first.starts_at, first.ends_at, first.person_ids)
    session.add(
        Booking(
            person_id=first.person_ids[0],
            starts_at=first.ends_at - MINUTE,
            ends_at=first.ends_at + MINUTE,
            slot_id=second.slot_id,
        )
    )
    with pytest.raises(IntegrityError, match="overlap"):
        session.flush()
    session.rollback()


@pytest.mark.parametrize("attempt", [hold_attempt, book_attempt, either_attempt])
def test_threads_never_book_somebody_twice(either_database_url: str, attempt: Attempt) -> None:
    engine = engine_for(either_database_url, THREADS)
    answers = race(engine, make_wishes(engine, 40), THREADS, attempt)
    assert overlaps(engine) == 0
    assert halves(engine) == 0
    assert set(answers) <= {"held", "booked", "taken"}, answers
    assert answers.total() == THREADS * 40
    engine.dispose()


def test_without_the_guard_the_race_would_show_overlaps(either_database_url: str) -> None:
    engine = engine_for(either_database_url, THREADS)
    wishes = make_wishes(engine, 40)
    take_guard_away(engine)
    try:
        race(engine, wishes, THREADS, unguarded_attempt)
        assert overlaps(engine) > 0, "a race that shows nothing proves nothing"
    finally:
        put_guard_back(engine)
        engine.dispose()
