"""Moments in words, for whoever reads them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale
from flask_login import login_user

from models.database import begin_write
from models.person import Person
from tests.world import World
from web.accounts.account import Account
from web.database import db
from web.moments import (
    day_words,
    moment_words,
    period_words,
    period_words_for_both,
    short_moment_words,
    since_words,
    viewer_zone,
    zone_words,
)

MARCH = datetime(2027, 3, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _inside_the_application(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_moment_says_day_time_and_zone() -> None:
    assert moment_words(MARCH, "Europe/Berlin") == "Wednesday, 3 March 2027, 10:00, Berlin time"
    assert moment_words(MARCH, "UTC") == "Wednesday, 3 March 2027, 09:00, UTC"
    assert moment_words(MARCH + timedelta(days=120), "Europe/Berlin").endswith("11:00, Berlin time")
    assert short_moment_words(MARCH, "America/New_York") == "3 Mar 2027, 04:00"


def test_a_period_says_its_day_once_unless_it_ends_on_another() -> None:
    words = period_words(MARCH, MARCH + HOUR, "Europe/Berlin")
    assert words == "Wednesday, 3 March 2027, 10:00–11:00, Berlin time"
    words = period_words(MARCH, MARCH + HOUR, "Pacific/Auckland")
    assert words == "Wednesday, 3 March 2027, 22:00–23:00, Auckland time"
    words = period_words(MARCH, MARCH + 3 * HOUR, "Pacific/Auckland")
    assert words == "Wednesday, 3 March 2027, 22:00 – Thursday, 4 March 2027, 01:00, Auckland time"


def test_both_sides_read_their_own_time_where_their_clocks_differ() -> None:
    end = MARCH + HOUR
    words = period_words_for_both(MARCH, end, "Europe/Berlin", "Europe/Lisbon")
    assert words == "Wednesday, 3 March 2027, 10:00–11:00, Berlin time (09:00–10:00, Lisbon time)"
    words = period_words_for_both(MARCH, end, "Europe/Berlin", "Europe/Madrid")
    assert words == "Wednesday, 3 March 2027, 10:00–11:00, Berlin time"
    late = MARCH + 14 * HOUR
    words = period_words_for_both(late, late + HOUR / 2, "Europe/Berlin", "America/Los_Angeles")
    assert words == (
        "Thursday, 4 March 2027, 00:00–00:30, Berlin time "
        "(Wednesday, 3 March 2027, 15:00–15:30, Los Angeles time)"
    )


def test_zones_are_called_after_their_town() -> None:
    assert zone_words("America/Argentina/Buenos_Aires") == "Buenos Aires time"
    assert zone_words("Asia/Kolkata") == "Kolkata time"
    assert zone_words("UTC") == "UTC"


def test_other_languages_write_dates_their_way() -> None:
    with force_locale("de"):
        assert moment_words(MARCH, "Europe/Berlin").startswith("Mittwoch, 3. März 2027, 10:00")


def test_days_and_distances() -> None:
    assert day_words(date(2027, 3, 3)) == "Wednesday, 3 March 2027"
    with pytest.raises(TypeError, match="only in a zone"):
        day_words(MARCH)
    with time_machine.travel(MARCH, tick=False):
        assert since_words(MARCH - timedelta(days=3)) == "3 days ago"
        assert since_words(MARCH + 2 * HOUR) == "in 2 hours"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-3, "just now"),
        (-59.9, "just now"),
        (-60, "1 minute ago"),
        (-65, "1 minute ago"),
        (-95, "2 minutes ago"),
        (3, "in a moment"),
        (60, "in 1 minute"),
    ],
)
def test_nobody_counts_seconds(seconds: float, words: str) -> None:
    with time_machine.travel(MARCH, tick=False):
        assert since_words(MARCH + timedelta(seconds=seconds)) == words


def test_a_page_shows_the_zone_of_whoever_looks(app: Flask, world: World) -> None:
    begin_write(db.session)
    db.session.get_one(Person, world.people["dora"]).zone = "Europe/Lisbon"
    db.session.commit()
    assert viewer_zone() == "UTC", "nobody looks"
    with app.test_request_context():
        dora = db.session.query(Account).filter_by(person_id=world.people["dora"]).one()
        login_user(dora)
        assert viewer_zone() == "Europe/Lisbon"
        template = app.jinja_env.from_string("{{ moment | moment_words }}")
        assert template.render(moment=MARCH) == "Wednesday, 3 March 2027, 09:00, Lisbon time"
