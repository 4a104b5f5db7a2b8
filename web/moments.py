"""The words of a moment as the person who reads them lives it: their time zone, their language.

Every page and every mail takes its dates and times from here. A moment is kept in UTC; ``zone`` is an IANA name.
"""

from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

from babel import Locale, dates
from flask import Flask, has_app_context

from models.base import utc_now
from models.wall_time import wall_time_of
from web.localisation import gettext, reader, reader_locale

# Without a country, "en" would mean American dates.
WRITTEN_AS = {"en": "en_GB"}
MOST_DAYS_KEPT = 10_000
MINUTES_OF_A_DAY = 24 * 60
MINUTE = timedelta(minutes=1)
NO_TIME = timedelta(0)


def init_moments(app: Flask) -> None:
    """Let templates write ``moment | moment_words(zone)``; without a zone, the viewer's."""
    app.add_template_filter(moment_words)
    app.add_template_filter(short_moment_words)
    app.add_template_filter(day_words)
    app.add_template_filter(since_words)


def viewer_zone() -> str:
    """The time zone of the person who looks or is written to; UTC for a visitor and in a command."""
    person = reader() if has_app_context() else None
    return str(person.zone) if person is not None else "UTC"


def today() -> date:
    """The day where that person is."""
    return wall_time_of(utc_now(), viewer_zone()).date()


def moment_words(at: datetime, zone: str | None = None) -> str:
    """ "Wednesday, 3 March 2027, 10:00, Berlin time"."""
    zone = zone or viewer_zone()
    wall = wall_time_of(at, zone)
    return _in_zone(f"{_full_date(wall.date())}, {_clock(wall)}", zone)


def short_moment_words(at: datetime, zone: str | None = None) -> str:
    """ "3 Mar 2027, 10:00", for lists that say elsewhere in which zone."""
    wall = wall_time_of(at, zone or viewer_zone())
    return _written_minute(wall.replace(second=0, microsecond=0), _locale())


def clock_words(at: datetime, zone: str | None = None) -> str:
    """ "10:00", for what says elsewhere on which day and in which zone."""
    return _clock(wall_time_of(at, zone or viewer_zone()))


def period_words(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """ "Wednesday, 3 March 2027, 10:00–11:00, Berlin time"."""
    return _in_zone(_period(starts_at, ends_at, zone), zone)


def period_words_for_both(starts_at: datetime, ends_at: datetime, zone: str, other_zone: str) -> str:
    """As ``period_words`` in the reader's ``zone``, with the other side's words behind it where its clock differs."""
    own = period_words(starts_at, ends_at, zone)
    if wall_time_of(starts_at, zone) == wall_time_of(starts_at, other_zone):
        return own
    return f"{own} ({_for_the_other(starts_at, ends_at, zone, other_zone)})"


def day_words(day: date) -> str:
    """ "Wednesday, 3 March 2027" for a date; a moment needs ``moment_words``."""
    if isinstance(day, datetime):
        raise TypeError("a moment is a day only in a zone")
    return _full_date(day)


def since_words(at: datetime) -> str:
    """ "3 days ago", "in 2 hours", counted from now; nobody counts seconds."""
    distance = at - utc_now()
    if abs(distance) < MINUTE:
        return str(gettext("just now") if distance <= NO_TIME else gettext("in a moment"))
    words = dates.format_timedelta(
        distance, granularity="minute", add_direction=True, threshold=1.2, locale=_locale()
    )
    return str(words)


def zone_words(zone: str) -> str:
    """ "Berlin time", or "UTC"."""
    if zone == "UTC":
        return zone
    town = dates.get_timezone_location(dates.get_timezone(zone), locale=_locale(), return_city=True)
    return str(gettext("%(town)s time", town=town.rpartition("/")[2]))


def _for_the_other(starts_at: datetime, ends_at: datetime, zone: str, other_zone: str) -> str:
    is_same_day = wall_time_of(starts_at, zone).date() == wall_time_of(starts_at, other_zone).date()
    if is_same_day:
        return _in_zone(_clocks(starts_at, ends_at, other_zone), other_zone)
    return period_words(starts_at, ends_at, other_zone)


def _period(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    day = _full_date(wall_time_of(starts_at, zone).date())
    return f"{day}, {_clocks(starts_at, ends_at, zone)}"


def _clocks(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    start, end = wall_time_of(starts_at, zone), wall_time_of(ends_at, zone)
    if start.date() == end.date():
        return f"{_clock(start)}–{_clock(end)}"
    return f"{_clock(start)} – {_full_date(end.date())}, {_clock(end)}"


def _in_zone(words: str, zone: str) -> str:
    return f"{words}, {zone_words(zone)}"


def _full_date(day: date) -> str:
    return written_day(day, "full", _locale())


def _clock(wall: datetime) -> str:
    return _written_time(wall.time().replace(second=0, microsecond=0), _locale())


@lru_cache(MOST_DAYS_KEPT)
def written_day(day: date, pattern: str, locale: Locale) -> str:
    """The day in a pattern of Babel's. A list writes the same few days in each of its lines."""
    return str(dates.format_date(day, pattern, locale=locale))


@lru_cache(MOST_DAYS_KEPT)
def _written_minute(wall: datetime, locale: Locale) -> str:
    return f"{written_day(wall.date(), 'medium', locale)}, {_written_time(wall.time(), locale)}"


@lru_cache(MINUTES_OF_A_DAY)
def _written_time(time_of_day: time, locale: Locale) -> str:
    return str(dates.format_time(time_of_day, "short", locale=locale))


def _locale() -> Locale:
    return _written_as(reader_locale())


@cache
def _written_as(locale: Locale) -> Locale:
    return Locale.parse(WRITTEN_AS.get(str(locale), locale))
