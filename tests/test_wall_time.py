"""Wall times in twelve zones: where the clock leaves an hour out, shows one twice, and on ordinary days."""

import random
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from models.wall_time import (
    NoSuchTimeError,
    comes_twice,
    moment_of,
    moment_of_or_next,
    on_a_day_before,
    wall_time_of,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Zone, the first wall time that the clock left out, and the first that it showed again; how long each lasted.
ZONES = (
    ("Europe/Berlin", "2027-03-28 02:00", "2027-10-31 02:00", 60),
    ("Europe/London", "2027-03-28 01:00", "2027-10-31 01:00", 60),
    ("Europe/Lisbon", "2027-03-28 01:00", "2027-10-31 01:00", 60),
    ("America/New_York", "2027-03-14 02:00", "2027-11-07 01:00", 60),
    ("America/Los_Angeles", "2027-03-14 02:00", "2027-11-07 01:00", 60),
    ("America/St_Johns", "2027-03-14 02:00", "2027-11-07 01:00", 60),
    ("America/Havana", "2027-03-14 00:00", "2027-11-07 00:00", 60),
    ("America/Santiago", "2027-09-05 00:00", "2027-04-03 23:00", 60),
    ("Australia/Sydney", "2027-10-03 02:00", "2027-04-04 02:00", 60),
    ("Australia/Lord_Howe", "2027-10-03 02:00", "2027-04-04 01:30", 30),
    ("Pacific/Auckland", "2027-09-26 02:00", "2027-04-04 02:00", 60),
    ("Africa/Cairo", "2027-04-30 00:00", "2027-10-28 23:00", 60),
)
NINE = time(9)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("zone", "gap", "_twice", "minutes"), ZONES)
def test_a_time_that_the_clock_leaves_out_is_refused_and_the_next_one_named(
    zone: str, gap: str, _twice: str, minutes: int
) -> None:
    start, length = wall(gap), timedelta(minutes=minutes)
    for inside in (start, start + length / 2, start + length - timedelta(minutes=1)):
        with pytest.raises(NoSuchTimeError) as refused:
            moment_of(inside, zone)
        assert refused.value.next_valid == start + length
        assert wall_time_of(moment_of_or_next(inside, zone), zone) == start + length
    last, first = moment_of(start - timedelta(minutes=1), zone), moment_of(start + length, zone)
    assert first - last == timedelta(minutes=1), "the clock jumps, the time does not"


@pytest.mark.parametrize(("zone", "_gap", "twice", "minutes"), ZONES)
def test_of_a_time_that_comes_twice_the_first_is_meant(
    zone: str, _gap: str, twice: str, minutes: int
) -> None:
    start, length = wall(twice), timedelta(minutes=minutes)
    for inside in (start, start + length / 2, start + length - timedelta(minutes=1)):
        assert comes_twice(inside, zone)
        first = moment_of(inside, zone)
        assert wall_time_of(first, zone) == inside
        assert wall_time_of(first + length, zone) == inside, "the same time again"
        assert wall_time_of(first - length, zone) != inside, "this is the first of the two"
    assert not comes_twice(start - timedelta(minutes=1), zone)
    assert not comes_twice(start + length, zone)


@pytest.mark.parametrize(("zone", "gap", "twice", "_minutes"), ZONES)
def test_days_around_a_change_keep_their_wall_time(zone: str, gap: str, twice: str, _minutes: int) -> None:
    for change in (gap, twice):
        middays = [datetime.combine(wall(change).date(), time(12)) + days * DAY for days in (-2, -1, 0, 1, 2)]
        moments = [moment_of(midday, zone) for midday in middays]
        assert [wall_time_of(moment, zone) for moment in moments] == middays
        lengths = {second - first for first, second in pairwise(moments)}
        assert len(lengths) == 2, "exactly one of these days is shorter or longer than the others"
        assert DAY in lengths


@pytest.mark.parametrize(("zone", "gap", "twice", "_minutes"), ZONES)
def test_a_reminder_the_day_before_at_nine_lands_at_nine(
    zone: str, gap: str, twice: str, _minutes: int
) -> None:
    for change in (gap, twice):
        for days in (-1, 0, 1, 2):
            meeting = datetime.combine(wall(change).date(), time(15)) + days * DAY
            reminder = on_a_day_before(moment_of(meeting, zone), zone, 1, NINE)
            assert wall_time_of(reminder, zone) == datetime.combine(meeting.date() - DAY, NINE)


def test_a_reminder_that_would_fall_into_the_gap_comes_right_after_it() -> None:
    meeting = moment_of(wall("2027-03-29 15:00"), "Europe/Berlin")
    reminder = on_a_day_before(meeting, "Europe/Berlin", 1, time(2, 30))
    assert reminder == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_known_moments() -> None:
    assert moment_of(wall("2027-03-03 10:00"), "Europe/Berlin") == datetime(2027, 3, 3, 9, tzinfo=UTC)
    assert moment_of(wall("2027-07-03 10:00"), "Europe/Berlin") == datetime(2027, 7, 3, 8, tzinfo=UTC)
    assert moment_of(wall("2027-10-31 02:30"), "Europe/Berlin") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert moment_of(wall("2027-03-03 10:00"), "Asia/Kolkata") == datetime(2027, 3, 3, 4, 30, tzinfo=UTC)
    with pytest.raises(NoSuchTimeError) as refused:
        moment_of(wall("2011-12-30 12:00"), "Pacific/Apia")
    assert refused.value.next_valid == wall("2011-12-31 00:00"), "Samoa left a whole day out"


def test_ten_thousand_random_instants_come_back() -> None:
    draw = random.Random(20271031)
    beginning = datetime(2015, 1, 1, tzinfo=UTC)
    zones = [zone for zone, _gap, _twice, _minutes in ZONES]
    for _ in range(10_000):
        moment = beginning + timedelta(minutes=draw.randrange(20 * 366 * 24 * 60))
        zone = draw.choice(zones)
        shown = wall_time_of(moment, zone)
        back = moment_of(shown, zone)
        assert wall_time_of(back, zone) == shown, (moment, zone)
        if comes_twice(shown, zone):
            assert moment - back in {timedelta(0), timedelta(minutes=30), HOUR}, (moment, zone)
        else:
            assert back == moment, (moment, zone)
        reminder = on_a_day_before(moment, zone, 1, NINE)
        assert wall_time_of(reminder, zone) == datetime.combine(shown.date() - DAY, NINE)


def test_what_is_neither_one_nor_the_other_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        moment_of(datetime(2027, 3, 3, 10, tzinfo=UTC), "Europe/Berlin")
    with pytest.raises(ValueError, match="needs its time zone"):
        wall_time_of(wall("2027-03-03 10:00"), "Europe/Berlin")
