"""Meetings of today and tomorrow: what somebody has to be at, or to prepare, before anything else."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from models.database import rows_of
from models.dealings_policy import is_of_own_organisations
from models.introduction import Introduction
from models.meeting import Attendance, Meeting, MeetingAttendee
from models.placeholders import moment_placeholder
from models.planning import DAY, day_in, end_of
from models.side import Side
from web.addresses import record_url
from web.database import db
from web.home.attention.concerning import is_ours, organisation_of
from web.home.attention.dealing_statements import NOT_AHEAD, Asked, Asking, first_of
from web.home.attention.line import AnyScope, AttentionLine, Scope, address, any_scope, capped, total_of
from web.localisation import gettext
from web.moments import clock_words


def meetings_soon(scope: Scope) -> list[AttentionLine]:
    """Those to which the person goes, or of the office's units, today and tomorrow by the clock of whoever looks."""
    today = day_in(scope.now, scope.zone)
    ends = {"tomorrow_ends": end_of(today + DAY, scope.zone)}
    rows = rows_of(db.session, _soon(scope.is_office), scope.values | ends)
    lines = [_line(row, scope, is_today=day_in(row.starts_at, scope.zone) <= today) for row in rows]
    return capped(lines, total_of(rows), address("meetings.index", {}))


def _line(row: Any, scope: Scope, is_today: bool) -> AttentionLine:
    clock = clock_words(row.starts_at, scope.zone)
    return AttentionLine(
        what=gettext("Meeting with %(partner)s", partner=row.partner),
        who=gettext("today at %(time)s", time=clock)
        if is_today
        else gettext("tomorrow at %(time)s", time=clock),
        since=row.where or None,
        action_label=gettext("Prepare"),
        action_url=record_url("meetings.show", "meeting_id", row.id),
        icon="calendar",
        is_urgent=is_today,
    )


@cache
def _soon(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    partner = case((_concerns(scope, Side.ASKING), Asked.name), else_=Asking.name)
    columns: list[Any] = [
        Meeting.id,
        Meeting.starts_at,
        Meeting.where,
        partner.label("partner"),
        func.count().over().label("total"),
    ]
    statement = (
        select(*columns)
        .select_from(Introduction)
        .join(Asking, Asking.id == Introduction.asking_organisation_id)
        .join(Asked, Asked.id == Introduction.asked_organisation_id)
        .join(Meeting, Meeting.introduction_id == Introduction.id)
        .where(
            is_of_own_organisations(scope.actor),
            Meeting.ends_at > scope.now,
            Meeting.starts_at < moment_placeholder("tomorrow_ends"),
            Meeting.state.not_in(NOT_AHEAD),
            or_(*(_concerns(scope, side) for side in Side)),
        )
    )
    return first_of(statement, Meeting.starts_at, Meeting.id)


def _concerns(scope: AnyScope, side: Side) -> ColumnElement[bool]:
    """For the office every meeting of its units; a person's own are those to which they are invited and go."""
    if scope.is_office:
        return is_ours(scope, side)
    goes = exists().where(
        MeetingAttendee.meeting_id == Meeting.id,
        MeetingAttendee.side == side,
        MeetingAttendee.person_id == scope.actor.person_id,
        MeetingAttendee.attendance != Attendance.DECLINED,
    )
    return and_(organisation_of(side).in_(scope.actor.organisation_ids), goes)
