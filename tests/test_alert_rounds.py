"""When alerts that are not told at once go out."""

from datetime import UTC, datetime

import pytest

from models.alert import Frequency, latest_round


@pytest.mark.parametrize(
    ("frequency", "zone", "now", "expected"),
    [
        (Frequency.DAILY, "UTC", "2027-03-03T07:00", "2027-03-03T07:00"),
        (Frequency.DAILY, "UTC", "2027-03-03T06:59", "2027-03-02T07:00"),
        (Frequency.DAILY, "Asia/Tokyo", "2027-03-02T22:00", "2027-03-02T22:00"),
        (Frequency.DAILY, "America/New_York", "2027-03-03T11:59", "2027-03-02T12:00"),
        (Frequency.WEEKLY, "UTC", "2027-03-03T12:00", "2027-03-01T07:00"),
        (Frequency.WEEKLY, "UTC", "2027-03-01T06:00", "2027-02-22T07:00"),
        # The clocks went forward that night: seven in the morning is an hour earlier in UTC.
        (Frequency.DAILY, "Europe/Berlin", "2027-03-28T12:00", "2027-03-28T05:00"),
    ],
)
def test_rounds_are_in_the_morning_where_the_person_lives(
    frequency: Frequency, zone: str, now: str, expected: str
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert latest_round(frequency, zone, moment) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
