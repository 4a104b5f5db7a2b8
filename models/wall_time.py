"""Wall time, an IANA zone and the moment in UTC that the two mean.

Once a year a clock leaves an hour out (the gap) and once it shows an hour twice. Here, a time in the gap is
refused and the next time that exists is named; a time that comes twice means the first of the two, which
``comes_twice`` lets a page say.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class NoSuchTimeError(ValueError):
    """The clock of ``zone`` never shows ``wall``; ``next_valid`` is the first wall time after the gap."""

    def __init__(self, wall: datetime, zone: str, next_valid: datetime) -> None:
        super().__init__(f"{wall:%Y-%m-%d %H:%M} does not exist in {zone}, {next_valid:%H:%M} does")
        self.wall = wall
        self.zone = zone
        self.next_valid = next_valid


def moment_of(wall: datetime, zone: str) -> datetime:
    """The moment in UTC at which the clock of ``zone`` first shows ``wall`` (naive).

    Raises NoSuchTimeError for a time in the gap, ValueError for an aware ``wall``.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time carries no zone of its own")
    moment = wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    if wall_time_of(moment, zone) != wall.replace(fold=0):
        raise NoSuchTimeError(wall, zone, _first_after_gap(wall, zone))
    return moment


def moment_of_or_next(wall: datetime, zone: str) -> datetime:
    """As ``moment_of``, but a time in the gap means the first that exists after it: for times that nobody
    chose, such as those of reminders.
    """
    try:
        return moment_of(wall, zone)
    except NoSuchTimeError as gap:
        return moment_of(gap.next_valid, zone)


def wall_time_of(moment: datetime, zone: str) -> datetime:
    """What the clock of ``zone`` shows at an aware ``moment``: naive, and the same for both hours of a pair."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def comes_twice(wall: datetime, zone: str) -> bool:
    """Whether the clock of ``zone`` shows ``wall`` twice, because it is put back in between."""
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


def on_a_day_before(moment: datetime, zone: str, days: int, at: time) -> datetime:
    """The moment at which the clock of ``zone`` shows ``at``, ``days`` days before the day of ``moment``."""
    day: date = wall_time_of(moment, zone).date() - days * DAY
    return moment_of_or_next(datetime.combine(day, at), zone)


def _first_after_gap(wall: datetime, zone: str) -> datetime:
    """The first wall time after the gap that ``wall`` lies in, found by halving the day around it."""
    clock = ZoneInfo(zone)
    before, after = (wall.replace(tzinfo=clock, fold=fold).utcoffset() for fold in (0, 1))
    assert before is not None
    assert after is not None
    # Read with the offset of after, the time lies before the change of the clock; read with that of before, behind it.
    low, high = ((wall - offset).replace(tzinfo=UTC) for offset in (after, before))
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(clock).utcoffset() == before:
            low = middle
        else:
            high = middle
    return wall_time_of(high, zone)
