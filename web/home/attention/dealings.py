"""What waits between us and a partner: our turn, theirs that runs out, outcomes, summaries, and needs they heard."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import format_date, gettext
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.introduction import (
    Introduction,
    IntroductionPerson,
    IntroductionState,
    Proposal,
    ProposalState,
    Slot,
)
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.organisation import Organisation
from models.outcome import HeardNeed, HeardState, Outcome, SharedSummary, SummaryState
from models.side import Side
from web.database import db
from web.home.attention.line import (
    MOST_LINES_OF_A_KIND,
    AttentionLine,
    Scope,
    address,
    capped,
    since,
)

ENDS_SOON = timedelta(days=7)
FIRST_TIME_SOON = timedelta(days=3)
# After this long nobody remembers what was said.
OUTCOME_WITHIN = timedelta(days=2)
TALKING = (IntroductionState.PROPOSED, IntroductionState.ACCEPTED)

Asking = aliased(Organisation)
Asked = aliased(Organisation)


def my_turn(scope: Scope) -> list[AttentionLine]:
    """Times that wait for our answer."""
    first, second = _is_ours(scope, Side.ASKED), _is_ours(scope, Side.ASKING)
    waits_for_us = or_(
        and_(Proposal.made_by == Side.ASKING, first), and_(Proposal.made_by == Side.ASKED, second)
    )
    rows = db.session.execute(
        _open_proposals(scope.now)
        .where(waits_for_us)
        .order_by(Introduction.expires_at, Introduction.id)
        .limit(MOST_LINES_OF_A_KIND)
    ).all()
    lines = [
        AttentionLine(
            what=gettext("%(partner)s waits for your answer", partner=_proposing_name(row)),
            who=gettext("until %(day)s", day=format_date(row.expires_at, "d MMMM")),
            since=since(row.created_at),
            action_label=gettext("Answer"),
            action_url=address("introductions.show", {"introduction_id": row.id}),
            icon="handshake",
            is_urgent=True,
        )
        for row in rows
    ]
    return capped(lines, _total(rows), address("introductions.index", {"unit_id": _unit_id(scope)}))


def their_turn_runs_out(scope: Scope) -> list[AttentionLine]:
    """Times that we hold for a partner who has not answered, when the time to answer or the first of them is near."""
    first_start = select(func.min(Slot.starts_at)).where(Slot.proposal_id == Proposal.id).scalar_subquery()
    is_near = or_(
        Introduction.expires_at <= scope.now + ENDS_SOON, first_start <= scope.now + FIRST_TIME_SOON
    )
    we_wait = or_(
        and_(Proposal.made_by == Side.ASKING, _is_ours(scope, Side.ASKING)),
        and_(Proposal.made_by == Side.ASKED, _is_ours(scope, Side.ASKED)),
    )
    rows = db.session.execute(
        _open_proposals(scope.now)
        .where(we_wait, is_near)
        .order_by(Introduction.expires_at, Introduction.id)
        .limit(MOST_LINES_OF_A_KIND)
    ).all()
    lines = [
        AttentionLine(
            what=gettext("%(partner)s has not answered yet", partner=_answering_name(row)),
            who=gettext("your times are held until %(day)s", day=format_date(row.expires_at, "d MMMM")),
            since=since(row.created_at),
            action_label=gettext("Look"),
            action_url=address("introductions.show", {"introduction_id": row.id}),
            icon="clock",
        )
        for row in rows
    ]
    return capped(lines, _total(rows), address("introductions.index", {"unit_id": _unit_id(scope)}))


def meetings_without_them(scope: Scope) -> list[AttentionLine]:
    """Meetings ahead to which everybody of the other side said that they do not come."""
    we_come_alone = or_(
        *(and_(_is_ours(scope, side), _is_invited(side.other), ~_is_coming(side.other)) for side in Side)
    )
    rows = db.session.execute(
        _of_meetings(scope, Meeting.id, Meeting.starts_at)
        .where(Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > scope.now, we_come_alone)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MOST_LINES_OF_A_KIND)
    ).all()
    lines = [
        AttentionLine(
            what=gettext("Nobody of %(partner)s comes to your meeting", partner=row.partner),
            who=gettext("on %(day)s", day=format_date(row.starts_at, "d MMMM")),
            since=None,
            action_label=gettext("Move or cancel it"),
            action_url=address("meetings.show", {"meeting_id": row.id}),
            icon="calendar",
            is_urgent=True,
        )
        for row in rows
    ]
    return capped(lines, _total(rows), address("meetings.index", {}))


def missing_outcomes(scope: Scope) -> list[AttentionLine]:
    """Meetings that are over and of which our side has told nothing."""
    lacking = or_(*(and_(_is_ours(scope, side), ~_is_told(side)) for side in Side))
    rows = db.session.execute(
        _of_meetings(scope, Meeting.id, Meeting.ends_at)
        .where(
            Meeting.ends_at <= scope.now,
            Meeting.state.in_((MeetingState.SCHEDULED, MeetingState.HELD)),
            lacking,
        )
        .order_by(Meeting.ends_at, Meeting.id)
        .limit(MOST_LINES_OF_A_KIND)
    ).all()
    lines = [
        AttentionLine(
            what=gettext("What came of the meeting with %(partner)s?", partner=row.partner),
            who=gettext("the outcome is missing"),
            since=since(row.ends_at),
            action_label=gettext("Log it"),
            action_url=address("outcomes.log", {"meeting_id": row.id}),
            icon="calendar",
            is_urgent=row.ends_at <= scope.now - OUTCOME_WITHIN,
        )
        for row in rows
    ]
    return capped(lines, _total(rows), address("outcomes.several", {}))


def summaries_to_confirm(scope: Scope) -> list[AttentionLine]:
    """What the other side wrote down for both, and we have neither confirmed nor corrected."""
    by_them = or_(*(and_(SharedSummary.written_by == side.other, _is_ours(scope, side)) for side in Side))
    rows = db.session.execute(
        _of_meetings(scope, Meeting.id, SharedSummary.created_at)
        .join(SharedSummary, SharedSummary.meeting_id == Meeting.id)
        .where(SharedSummary.state == SummaryState.PROPOSED, by_them)
        .order_by(SharedSummary.created_at, SharedSummary.id)
        .limit(MOST_LINES_OF_A_KIND)
    ).all()
    lines = [
        AttentionLine(
            what=gettext("%(partner)s summed up your meeting: is it right?", partner=row.partner),
            who=None,
            since=since(row.created_at),
            action_label=gettext("Read it"),
            action_url=address("outcomes.show", {"meeting_id": row.id}),
            icon="file-text",
        )
        for row in rows
    ]
    return capped(lines, _total(rows), address("meetings.index", {}))


def needs_they_heard(scope: Scope) -> list[AttentionLine]:
    """Needs of ours in a partner's words, which we have not answered."""
    rows = db.session.execute(
        select(
            HeardNeed.id,
            HeardNeed.title,
            HeardNeed.created_at,
            Organisation.name.label("partner"),
            func.count().over().label("total"),
        )
        .join(Organisation, Organisation.id == HeardNeed.by_organisation_id)
        .where(HeardNeed.about_unit_id.in_(scope.written), HeardNeed.state == HeardState.WAITING)
        .order_by(HeardNeed.created_at, HeardNeed.id)
        .limit(MOST_LINES_OF_A_KIND)
    ).all()
    lines = [
        AttentionLine(
            what=gettext("“%(title)s”: is that what you need?", title=row.title),
            who=gettext("in the words of %(partner)s", partner=row.partner),
            since=since(row.created_at),
            action_label=gettext("Answer"),
            action_url=address("heard_needs.show", {"heard_need_id": row.id}),
            icon="message-square",
        )
        for row in rows
    ]
    return capped(lines, _total(rows), address("heard_needs.index", {}))


def _is_ours(scope: Scope, side: Side) -> ColumnElement[bool]:
    """Whether the introduction concerns the scope on this side: the office's units, or oneself by name.

    A person's own are also those of their unit in which nobody is named yet: somebody has to answer.
    """
    unit_id = Introduction.asking_unit_id if side is Side.ASKING else Introduction.asked_unit_id
    if scope.is_office:
        return unit_id.in_(scope.written)
    organisation_id = (
        Introduction.asking_organisation_id if side is Side.ASKING else Introduction.asked_organisation_id
    )
    anybody = exists().where(
        IntroductionPerson.introduction_id == Introduction.id, IntroductionPerson.side == side
    )
    oneself = anybody.where(IntroductionPerson.person_id == scope.actor.person_id)
    return or_(
        and_(organisation_id.in_(scope.actor.organisation_ids), oneself),
        and_(unit_id.in_(scope.actor.units_written), ~anybody),
    )


def _is_invited(side: Side) -> ColumnElement[bool]:
    return exists().where(MeetingAttendee.meeting_id == Meeting.id, MeetingAttendee.side == side)


def _is_coming(side: Side) -> ColumnElement[bool]:
    return exists().where(
        MeetingAttendee.meeting_id == Meeting.id,
        MeetingAttendee.side == side,
        MeetingAttendee.attendance != Attendance.DECLINED,
    )


def _is_told(side: Side) -> ColumnElement[bool]:
    return exists().where(Outcome.meeting_id == Meeting.id, Outcome.side == side)


def _open_proposals(now: datetime) -> Select[Any]:
    """Open times of introductions that still run, with the names of both sides and how many there are in all."""
    columns: list[Any] = [
        Introduction.id,
        Introduction.expires_at,
        Proposal.created_at,
        Proposal.made_by,
        Asking.name.label("asking"),
        Asked.name.label("asked"),
        func.count().over().label("total"),
    ]
    return (
        select(*columns)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .join(Asking, Asking.id == Introduction.asking_organisation_id)
        .join(Asked, Asked.id == Introduction.asked_organisation_id)
        .where(
            Proposal.state == ProposalState.OPEN,
            Introduction.state.in_(TALKING),
            Introduction.expires_at > now,
        )
    )


def _of_meetings(scope: Scope, meeting_id: Any, moment: Any) -> Select[Any]:
    """Meetings with a moment, the partner's name and how many there are in all."""
    partner = case((_is_ours(scope, Side.ASKING), Asked.name), else_=Asking.name)
    return (
        select(meeting_id, moment, partner.label("partner"), func.count().over().label("total"))
        .select_from(Meeting)
        .join(Introduction, Introduction.id == Meeting.introduction_id)
        .join(Asking, Asking.id == Introduction.asking_organisation_id)
        .join(Asked, Asked.id == Introduction.asked_organisation_id)
    )


def _proposing_name(row: Any) -> str:
    """The side that made the proposal."""
    name: str = row.asking if row.made_by is Side.ASKING else row.asked
    return name


def _answering_name(row: Any) -> str:
    """The side that has to answer the proposal."""
    name: str = row.asked if row.made_by is Side.ASKING else row.asking
    return name


def _total(rows: Any) -> int:
    return rows[0].total if rows else 0


def _unit_id(scope: Scope) -> int | None:
    return scope.unit.id if scope.unit is not None else None
