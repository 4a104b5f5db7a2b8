"""What the pages of meetings show, ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from models.actor import Actor
from models.asking import are_in_network
from models.dealings_policy import sides_of
from models.introduction import Introduction
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingMode, MeetingState
from models.met_in_person import first_met_in_person
from models.side import Side
from models.tending import who_is_here
from models.wall_time import comes_twice, wall_time_of
from web.localisation import gettext
from web.meetings.words import ATTENDANCES, MODES, STATES, when_words, where_words
from web.moments import day_words, short_moment_words, viewer_zone, zone_words
from web.sides import side_name


@dataclass(frozen=True)
class AttendeeView:
    name: str
    answer: str
    is_organiser: bool


@dataclass(frozen=True)
class SideView:
    """One side and who comes from it; ``is_ours``: the reader may act for it."""

    side: Side
    name: str
    is_ours: bool
    people: tuple[AttendeeView, ...]


@dataclass(frozen=True)
class MeetingView:
    """``link`` is set where the place is an address that can be opened, ``outcome_url`` once it is over. ``my_answer``:
    None, if not invited oneself. ``absent``: the side of which everybody said that they do not come, or "".
    """

    id: int
    title: str
    state: str
    state_word: str
    when: str
    twice_note: str
    mode: str
    where: str
    link: str
    organiser: str
    sides: tuple[SideView, ...]
    reason: str
    met: str
    has_met: bool
    my_answer: str | None
    is_open: bool
    absent: str
    lacks_outcome: bool
    can_meet_again: bool
    outcome_url: str
    introduction_url: str
    introduction_title: str


@dataclass(frozen=True)
class MeetingLine:
    """One row of the list; ``outcome_url`` is set where the one thing to do is to say what came of it."""

    url: str
    title: str
    with_whom: str
    when: str
    where: str
    note: str
    outcome_url: str


def meeting_view(session: Session, actor: Actor, meeting: Meeting, now: datetime) -> MeetingView:
    """The meeting as this actor may see it."""
    introduction = meeting.introduction
    ours = sides_of(actor, introduction)
    met_at = first_met_in_person(session, introduction.asking_unit_id, introduction.asked_unit_id)
    mine = next((entry for entry in meeting.attendees if entry.person_id == actor.person_id), None)
    is_scheduled = meeting.state is MeetingState.SCHEDULED
    return MeetingView(
        id=meeting.id,
        title=meeting.title,
        state=meeting.state.value,
        state_word=str(STATES[meeting.state]),
        when=when_words(meeting),
        twice_note=_twice_note(meeting) if is_scheduled and meeting.ends_at > now else "",
        mode=str(MODES[meeting.mode]),
        where=meeting.where,
        link=_openable(meeting),
        organiser=meeting.organiser.name,
        sides=tuple(_side_view(session, meeting, side, side in ours) for side in _ours_first(ours)),
        reason=meeting.cancelled_reason,
        met=_met_words(met_at),
        has_met=met_at is not None,
        my_answer=mine.attendance.value if mine is not None else None,
        is_open=is_scheduled and meeting.ends_at > now,
        absent=_absent_side(meeting) if is_scheduled and meeting.ends_at > now else "",
        lacks_outcome=meeting.lacks_outcome(now),
        can_meet_again=are_in_network(introduction),
        outcome_url=_outcome_url(meeting, now),
        introduction_url=url_for("introductions.show", introduction_id=introduction.id),
        introduction_title=introduction.purpose,
    )


def meeting_lines(actor: Actor, meetings: Sequence[Meeting], now: datetime) -> list[MeetingLine]:
    """One line a meeting, in the order given."""
    return [
        MeetingLine(
            url=url_for("meetings.show", meeting_id=meeting.id),
            title=meeting.title,
            with_whom=_partner(actor, meeting.introduction),
            when=short_moment_words(meeting.starts_at),
            where=where_words(meeting.mode, meeting.where),
            note=_line_note(actor, meeting),
            outcome_url=_outcome_url(meeting, now) if meeting.lacks_outcome(now) else "",
        )
        for meeting in meetings
    ]


def _outcome_url(meeting: Meeting, now: datetime) -> str:
    """Where to say what came of it, or to read it; "" while there is nothing to say."""
    if meeting.lacks_outcome(now):
        return url_for("outcomes.log", meeting_id=meeting.id)
    if meeting.state in {MeetingState.HELD, MeetingState.NOT_HELD}:
        return url_for("outcomes.show", meeting_id=meeting.id)
    return ""


def _side_view(session: Session, meeting: Meeting, side: Side, is_ours: bool) -> SideView:
    """Of our own side alone it is told who left: that is nobody else's business."""
    organisation_id = meeting.introduction.organisation_of(side).id
    entries = [entry for entry in meeting.attendees if entry.side is side]
    invited = {entry.person_id for entry in entries if entry.person_id is not None}
    left = invited - who_is_here(session, invited, [organisation_id]) if is_ours else set()
    people = tuple(_attendee_view(meeting, entry, entry.person_id in left) for entry in entries)
    return SideView(side, side_name(meeting.introduction, side), is_ours, people)


def _absent_side(meeting: Meeting) -> str:
    for side in Side:
        answers = [entry.attendance for entry in meeting.attendees if entry.side is side]
        if answers and all(answer is Attendance.DECLINED for answer in answers):
            return side_name(meeting.introduction, side)
    return ""


def _attendee_view(meeting: Meeting, attendee: MeetingAttendee, has_left: bool) -> AttendeeView:
    return AttendeeView(
        name=attendee.name,
        answer=gettext("no longer with you") if has_left else str(ATTENDANCES[attendee.attendance]),
        is_organiser=attendee.person_id == meeting.organiser_id,
    )


def _ours_first(ours: frozenset[Side]) -> list[Side]:
    return sorted(Side, key=lambda side: side not in ours)


def _partner(actor: Actor, introduction: Introduction) -> str:
    """The side across the table; the asked one, if both are the actor's own."""
    ours = sides_of(actor, introduction)
    theirs = Side.ASKING if ours == {Side.ASKED} else Side.ASKED
    return side_name(introduction, theirs)


def _openable(meeting: Meeting) -> str:
    is_link = meeting.where.startswith(("https://", "http://"))
    return meeting.where if meeting.mode is MeetingMode.VIDEO and is_link else ""


def _twice_note(meeting: Meeting) -> str:
    if not comes_twice(meeting.starts_local, meeting.zone):
        return ""
    return str(
        gettext(
            "On this day the clock shows %(time)s twice in %(zone)s. The first of the two is meant.",
            time=f"{meeting.starts_local:%H:%M}",
            zone=zone_words(meeting.zone),
        )
    )


def _met_words(met_at: datetime | None) -> str:
    if met_at is None:
        return str(gettext("The two sides have not met in person yet."))
    day = day_words(wall_time_of(met_at, viewer_zone()).date())
    return str(gettext("The two sides first met in person on %(day)s.", day=day))


def _line_note(actor: Actor, meeting: Meeting) -> str:
    """What is not plain from where the line stands."""
    if meeting.state is not MeetingState.SCHEDULED:
        return str(STATES[meeting.state])
    mine = next((entry for entry in meeting.attendees if entry.person_id == actor.person_id), None)
    if mine is not None and mine.attendance is Attendance.DECLINED:
        return str(gettext("you do not come"))
    return ""
