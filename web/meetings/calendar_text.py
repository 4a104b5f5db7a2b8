"""Meetings as calendars read them: iCalendar (RFC 5545) and its messages between calendars (RFC 5546).

Times are told in UTC, which needs no description of a zone and cannot be an hour wrong. Folding and escaping of long
and odd texts is the library's work. Nothing private is ever put in: only what both sides see.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText

from models.meeting import Attendance

PRODUCT = "-//Counterpart//Counterpart//EN"
# How often a calendar that subscribed may ask again.
REFRESH = timedelta(hours=1)
ANSWERS = {
    Attendance.WAITING: "NEEDS-ACTION",
    Attendance.ACCEPTED: "ACCEPTED",
    Attendance.DECLINED: "DECLINED",
}


class Method(StrEnum):
    """What an invitation wants of the calendar that gets it: an updated one is a REQUEST again."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Invitee:
    name: str
    email: str
    attendance: Attendance


@dataclass(frozen=True)
class CalendarEvent:
    """One meeting. ``uid`` stays for ever, ``sequence`` rises with each change; moments are aware."""

    uid: str
    sequence: int
    summary: str
    description: str
    location: str
    url: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    is_cancelled: bool


@dataclass(frozen=True)
class CalendarDay:
    """Something that is due on a day."""

    uid: str
    summary: str
    url: str
    day: date
    changed_at: datetime


@dataclass(frozen=True)
class Invitation:
    """An event with the people who are asked. ``organiser`` is one of ``invitees``; ``sender_email`` is the portal's
    address, which writes for the organiser.
    """

    event: CalendarEvent
    organiser: Invitee
    invitees: tuple[Invitee, ...]
    sender_email: str


def invitation_text(invitation: Invitation, method: Method, stamped_at: datetime) -> str:
    """The text of the calendar part of a mail. ``stamped_at`` is when this text is made."""
    calendar = _calendar()
    calendar.add("method", method.value)
    entry = _entry(invitation.event, stamped_at)
    entry.add("organizer", _organiser(invitation))
    for invitee in invitation.invitees:
        entry.add("attendee", _attendee(invitee, is_organiser=invitee == invitation.organiser))
    calendar.add_component(entry)
    return _text(calendar)


def feed_text(name: str, events: list[CalendarEvent], days: list[CalendarDay]) -> str:
    """The text of a calendar that somebody subscribed to. The same records make the same text."""
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for event in events:
        calendar.add_component(_entry(event, event.changed_at))
    for day in days:
        calendar.add_component(_day_entry(day))
    return _text(calendar)


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _entry(event: CalendarEvent, stamped_at: datetime) -> Event:
    entry = Event()
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", stamped_at)
    entry.add("last-modified", event.changed_at)
    entry.add("dtstart", event.starts_at)
    entry.add("dtend", event.ends_at)
    entry.add("summary", event.summary)
    entry.add("description", event.description)
    if event.location:
        entry.add("location", event.location)
    entry.add("url", event.url)
    entry.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT" if event.is_cancelled else "OPAQUE")
    return entry


def _day_entry(day: CalendarDay) -> Event:
    entry = Event()
    entry.add("uid", day.uid)
    entry.add("dtstamp", day.changed_at)
    entry.add("dtstart", day.day)
    entry.add("dtend", day.day + timedelta(days=1))
    entry.add("summary", day.summary)
    entry.add("url", day.url)
    # It takes no time away: the day stays free for meetings.
    entry.add("transp", "TRANSPARENT")
    return entry


def _organiser(invitation: Invitation) -> vCalAddress:
    """Answers of calendars go to the person who organises; the portal only writes for them."""
    address = vCalAddress(f"mailto:{invitation.organiser.email}")
    address.params["CN"] = vText(invitation.organiser.name)
    address.params["SENT-BY"] = vText(f"mailto:{invitation.sender_email}")
    return address


def _attendee(invitee: Invitee, is_organiser: bool) -> vCalAddress:
    address = vCalAddress(f"mailto:{invitee.email}")
    address.params["CN"] = vText(invitee.name)
    address.params["CUTYPE"] = vText("INDIVIDUAL")
    address.params["ROLE"] = vText("CHAIR" if is_organiser else "REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText(ANSWERS[invitee.attendance])
    address.params["RSVP"] = vText("TRUE" if invitee.attendance is Attendance.WAITING else "FALSE")
    return address


def _text(calendar: Calendar) -> str:
    return str(calendar.to_ical(), "utf-8")
