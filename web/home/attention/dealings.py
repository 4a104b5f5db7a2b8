"""What waits between us and a partner: our turn, theirs that runs out, meetings, their outcomes and summaries."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from models.database import rows_of
from models.side import Side
from web.addresses import record_url
from web.database import db
from web.home.attention.dealing_statements import (
    fell_through,
    summed_up_by_them,
    they_come_alone,
    turned_down,
    waits_for_us,
    we_come_alone,
    we_wait,
    without_outcome,
)
from web.home.attention.line import AttentionLine, Scope, address, capped, day_and_month, since, total_of
from web.localisation import gettext

ENDS_SOON = timedelta(days=7)
FIRST_TIME_SOON = timedelta(days=3)
# After this long it is left to the alarm about silence.
FALLEN_WITHIN = timedelta(days=30)
# After this long nobody remembers what was said.
OUTCOME_WITHIN = timedelta(days=2)


def my_turn(scope: Scope) -> list[AttentionLine]:
    """Times that wait for our answer."""
    rows = rows_of(db.session, waits_for_us(scope.is_office), scope.values)
    lines = [
        AttentionLine(
            what=gettext("%(partner)s waits for your answer", partner=_proposing_name(row)),
            who=gettext("until %(day)s", day=day_and_month(row.expires_at, scope.zone)),
            since=since(row.created_at, scope.zone),
            action_label=gettext("Answer"),
            action_url=record_url("introductions.show", "introduction_id", row.id),
            icon="handshake",
            is_urgent=True,
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), _introductions_url(scope, "ours"))


def their_turn_runs_out(scope: Scope) -> list[AttentionLine]:
    """Times that we hold for a partner who has not answered, when the time to answer or the first of them is near."""
    soon = {"ends_soon": scope.now + ENDS_SOON, "first_time_soon": scope.now + FIRST_TIME_SOON}
    rows = rows_of(db.session, we_wait(scope.is_office), scope.values | soon)
    lines = [
        AttentionLine(
            what=gettext("%(partner)s has not answered yet", partner=_answering_name(row)),
            who=gettext("your times are held until %(day)s", day=day_and_month(row.expires_at, scope.zone)),
            since=since(row.created_at, scope.zone),
            action_label=gettext("Look"),
            action_url=record_url("introductions.show", "introduction_id", row.id),
            icon="clock",
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), _introductions_url(scope, "theirs"))


def meetings_without_them(scope: Scope) -> list[AttentionLine]:
    """Meetings ahead to which everybody of the other side said that they do not come."""
    rows = rows_of(db.session, we_come_alone(scope.is_office), scope.values)
    what = [gettext("Nobody of %(partner)s comes to your meeting", partner=row.partner) for row in rows]
    return _one_side_alone(scope, rows, what, gettext("Move or cancel it"))


def meetings_without_us(scope: Scope) -> list[AttentionLine]:
    """Meetings ahead to which nobody of ours is invited who is still here."""
    rows = rows_of(db.session, they_come_alone(scope.is_office), scope.values)
    what = [
        gettext("Nobody of yours goes to the meeting with %(partner)s", partner=row.partner) for row in rows
    ]
    return _one_side_alone(scope, rows, what, gettext("Send somebody"))


def _one_side_alone(
    scope: Scope, rows: Sequence[Any], what: list[str], action_label: str
) -> list[AttentionLine]:
    """A line for each of these meetings ahead."""
    lines = [
        AttentionLine(
            what=words,
            who=gettext("on %(day)s", day=day_and_month(row.starts_at, scope.zone)),
            since=None,
            action_label=action_label,
            action_url=record_url("meetings.show", "meeting_id", row.id),
            icon="calendar",
            is_urgent=True,
        )
        for row, words in zip(rows, what, strict=True)
    ]
    return capped(lines, total_of(rows), address("meetings.index", {}))


def meetings_that_fell_through(scope: Scope) -> list[AttentionLine]:
    """Meetings that were called off or not held, with nothing in their place: nudges stopped when they were set."""
    since_when = {"fell_since": scope.now - FALLEN_WITHIN}
    rows = rows_of(db.session, fell_through(scope.is_office), scope.values | since_when)
    lines = [
        _to_propose(
            row.introduction_id,
            gettext("The meeting with %(partner)s did not come about", partner=row.partner),
            since(row.changed_at, scope.zone),
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), address("meetings.index", {}))


def times_turned_down(scope: Scope) -> list[AttentionLine]:
    """Times of ours that they declined without a word: the nudges stopped with it, and silence speaks weeks later."""
    since_when = {"fell_since": scope.now - FALLEN_WITHIN}
    rows = rows_of(db.session, turned_down(scope.is_office), scope.values | since_when)
    lines = [
        _to_propose(
            row.introduction_id,
            gettext("%(partner)s turned down the times that you proposed", partner=row.partner),
            since(row.answered_at, scope.zone),
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), address("introductions.index", {"unit_id": _unit_id(scope)}))


def _to_propose(introduction_id: int, what: str, since_when: str) -> AttentionLine:
    """The line of a meeting that is to be arranged anew."""
    return AttentionLine(
        what=what,
        who=gettext("propose other times, or plan what comes next"),
        since=since_when,
        action_label=gettext("Propose times"),
        action_url=address("introductions.propose", {"introduction_id": introduction_id}),
        icon="calendar",
    )


def missing_outcomes(scope: Scope) -> list[AttentionLine]:
    """Meetings that are over and of which our side has told nothing."""
    rows = rows_of(db.session, without_outcome(scope.is_office), scope.values)
    lines = [
        AttentionLine(
            what=gettext("What came of the meeting with %(partner)s?", partner=row.partner),
            who=gettext("the outcome is missing"),
            since=since(row.ends_at, scope.zone),
            action_label=gettext("Log it"),
            action_url=record_url("outcomes.log", "meeting_id", row.id),
            icon="calendar",
            is_urgent=row.ends_at <= scope.now - OUTCOME_WITHIN,
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), address("outcomes.several", {}))


def summaries_to_confirm(scope: Scope) -> list[AttentionLine]:
    """What the other side wrote down for both, and we have neither confirmed nor corrected."""
    rows = rows_of(db.session, summed_up_by_them(scope.is_office), scope.values)
    lines = [
        AttentionLine(
            what=gettext("%(partner)s summed up your meeting: is it right?", partner=row.partner),
            who=None,
            since=since(row.created_at, scope.zone),
            action_label=gettext("Read it"),
            action_url=record_url("outcomes.show", "meeting_id", row.id),
            icon="file-text",
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), address("meetings.index", {}))


def _introductions_url(scope: Scope, show: str) -> str:
    """The list of introductions in which it is the turn of the side that ``show`` names."""
    return address("introductions.index", {"unit_id": _unit_id(scope), "show": show})


def _proposing_name(row: Any) -> str:
    """The side that made the proposal."""
    name: str = row.asking if row.made_by is Side.ASKING else row.asked
    return name


def _answering_name(row: Any) -> str:
    """The side that has to answer the proposal."""
    name: str = row.asked if row.made_by is Side.ASKING else row.asking
    return name


def _unit_id(scope: Scope) -> int | None:
    return scope.unit.id if scope.unit is not None else None
