"""The statements of what waits between us and a partner: built once for a person's list and once for an office's."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.dealings_policy import is_of_own_organisations
from models.dealt_steps import is_between
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import (
    Introduction,
    IntroductionState,
    Proposal,
    ProposalState,
    Slot,
    ThreadMessage,
)
from models.meeting import Attendance, Meeting, MeetingAttendee, MeetingState
from models.organisation import TAKES_NO_PART, Organisation
from models.outcome import Outcome, SharedSummary, SummaryState
from models.placeholders import constant, moment_placeholder, with_words_written
from models.relationship import Contact, Direction, Relationship, Stage
from models.side import Side
from models.tending import is_here
from web.home.attention.concerning import answers, is_ours, organisation_of
from web.home.attention.line import MOST_LINES_OF_A_KIND, AnyScope, any_scope

TALKING = (IntroductionState.PROPOSED, IntroductionState.ACCEPTED)
# Said as what they are not: a state that they are leads SQLite to the meetings of everybody in it rather than to ours.
NOT_TO_BE_TOLD = (MeetingState.NOT_HELD, MeetingState.CANCELLED)
NOT_AHEAD = (MeetingState.HELD, *NOT_TO_BE_TOLD)
TAKES_PLACE = (MeetingState.SCHEDULED, MeetingState.HELD)

Asking = aliased(Organisation)
Asked = aliased(Organisation)


@cache
def waits_for_us(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    waits = or_(*(and_(Proposal.made_by == side.other, is_ours(scope, side)) for side in Side))
    return first_of(_open_proposals(scope).where(waits), Introduction.expires_at, Introduction.id)


@cache
def we_wait(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    first_start = select(func.min(Slot.starts_at)).where(Slot.proposal_id == Proposal.id).scalar_subquery()
    is_near = or_(
        Introduction.expires_at <= moment_placeholder("ends_soon"),
        first_start <= moment_placeholder("first_time_soon"),
    )
    ours = or_(*(and_(Proposal.made_by == side, is_ours(scope, side)) for side in Side))
    return first_of(_open_proposals(scope).where(ours, is_near), Introduction.expires_at, Introduction.id)


@cache
def we_come_alone(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    alone = or_(
        *(and_(is_ours(scope, side), _is_invited(side.other), ~_is_coming(side.other)) for side in Side)
    )
    meetings = _of_meetings(scope, Meeting.starts_at).where(
        Meeting.ends_at > scope.now, Meeting.state.not_in(NOT_AHEAD), alone
    )
    return first_of(meetings, Meeting.starts_at, Meeting.id)


@cache
def they_come_alone(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    alone = or_(*(and_(is_ours(scope, side), _is_left_alone(side)) for side in Side))
    meetings = _of_meetings(scope, Meeting.starts_at).where(
        Meeting.ends_at > scope.now, Meeting.state.not_in(NOT_AHEAD), alone
    )
    return first_of(meetings, Meeting.starts_at, Meeting.id)


@cache
def without_outcome(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    lacking = or_(*(and_(is_ours(scope, side), ~_is_told(side)) for side in Side))
    meetings = _of_meetings(scope, Meeting.ends_at).where(
        Meeting.ends_at <= scope.now, Meeting.state.not_in(NOT_TO_BE_TOLD), lacking
    )
    return first_of(meetings, Meeting.ends_at, Meeting.id)


@cache
def fell_through(is_office: bool) -> Select[Any]:
    """Meetings that were called off, or not held, of sides that have neither planned nor said anything since."""
    scope = any_scope(is_office)
    left = or_(*(and_(is_ours(scope, side), ~went_on(side, Meeting.changed_at)) for side in Side))
    other = aliased(Meeting)
    meets_anyway = exists().where(
        other.introduction_id == Meeting.introduction_id,
        or_(other.ends_at > scope.now, other.changed_at > Meeting.changed_at),
        other.state.not_in(NOT_TO_BE_TOLD),
    )
    are_times_open = exists().where(
        Proposal.introduction_id == Meeting.introduction_id, Proposal.state == constant(ProposalState.OPEN)
    )
    meetings = _of_meetings(scope, Meeting.changed_at).where(
        Meeting.state.not_in(TAKES_PLACE),
        Meeting.changed_at > moment_placeholder("fell_since"),
        left,
        ~meets_anyway,
        ~are_times_open,
        both_take_part(),
    )
    return first_of(meetings, Meeting.changed_at, Meeting.id)


@cache
def summed_up_by_them(is_office: bool) -> Select[Any]:
    scope = any_scope(is_office)
    by_them = or_(*(and_(SharedSummary.written_by == side.other, answers(scope, side)) for side in Side))
    meetings = (
        _of_meetings(scope, SharedSummary.created_at)
        .join(SharedSummary, SharedSummary.meeting_id == Meeting.id)
        .where(SharedSummary.state == constant(SummaryState.PROPOSED), by_them)
    )
    return first_of(meetings, SharedSummary.created_at, SharedSummary.id)


@cache
def turned_down(is_office: bool) -> Select[Any]:
    """Times for a further meeting that they declined without a word, of sides that have neither planned nor said
    anything since. A word would be a message that waits for an answer.
    """
    scope = any_scope(is_office)
    words = exists().where(
        ThreadMessage.introduction_id == Introduction.id,
        ThreadMessage.side != Proposal.made_by,
        ThreadMessage.created_at == Proposal.answered_at,
    )
    left = or_(
        *(
            and_(
                Proposal.made_by == side,
                is_ours(scope, side),
                _were_heard(side, Proposal.answered_at),
                ~went_on(side, Proposal.answered_at),
            )
            for side in Side
        )
    )
    declined = (
        of_introductions(scope, Proposal.answered_at)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .where(
            Introduction.state == constant(IntroductionState.ACCEPTED),
            Proposal.state == constant(ProposalState.CLOSED),
            Proposal.answered_at > moment_placeholder("fell_since"),
            left,
            ~words,
            ~is_going_on(scope),
            both_take_part(),
        )
    )
    return first_of(declined, Proposal.answered_at, Proposal.id)


def both_take_part() -> ColumnElement[bool]:
    """Whether the two can still agree on a time."""
    return and_(Asking.state.not_in(TAKES_NO_PART), Asked.state.not_in(TAKES_NO_PART))


def first_of(statement: Select[Any], *order: Any) -> Select[Any]:
    """The few that are shown."""
    return with_words_written(statement.order_by(*order).limit(MOST_LINES_OF_A_KIND))


def _is_left_alone(side: Side) -> ColumnElement[bool]:
    """Whether those who were to come on this side do not belong to it any more."""
    is_still_here = is_here(MeetingAttendee.person_id, organisation_of(side))
    may_come = or_(MeetingAttendee.person_id.is_(None), is_still_here)
    return and_(_is_invited(side), ~_is_invited(side).where(may_come))


def _is_invited(side: Side) -> Exists:
    return exists().where(MeetingAttendee.meeting_id == Meeting.id, MeetingAttendee.side == side)


def _is_coming(side: Side) -> ColumnElement[bool]:
    return exists().where(
        MeetingAttendee.meeting_id == Meeting.id,
        MeetingAttendee.side == side,
        MeetingAttendee.attendance != Attendance.DECLINED,
    )


def _were_heard(side: Side, at: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether the partner of this side was heard at that very moment: so it was they who moved."""
    card = exists().where(is_between(Introduction, side))
    return card.where(
        Contact.relationship_id == Relationship.id, Contact.direction == Direction.THEIRS, Contact.at == at
    )


def is_going_on(scope: AnyScope) -> ColumnElement[bool]:
    """Whether times were proposed after those of ``Proposal``, or a meeting is ahead."""
    later = aliased(Proposal)
    return or_(
        exists().where(later.introduction_id == Introduction.id, later.id > Proposal.id),
        exists().where(
            Meeting.introduction_id == Introduction.id,
            Meeting.ends_at > scope.now,
            Meeting.state.not_in(NOT_TO_BE_TOLD),
        ),
    )


def went_on(side: Side, since: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether this side planned a step, said something or closed its card since that moment."""
    card = exists().where(is_between(Introduction, side))
    is_planned = card.where(
        FollowUp.relationship_id == Relationship.id,
        # Asking how things are going is no plan, and what was planned before is none for after it.
        FollowUp.kind != FollowUpKind.NUDGE,
        FollowUp.created_at >= since,
    )
    was_heard = card.where(
        Contact.relationship_id == Relationship.id,
        Contact.direction != Direction.THEIRS,
        Contact.created_at > since,
    )
    return or_(is_planned, was_heard, card.where(Relationship.stage == Stage.CLOSED))


def _is_told(side: Side) -> ColumnElement[bool]:
    return exists().where(Outcome.meeting_id == Meeting.id, Outcome.side == side)


def _open_proposals(scope: AnyScope) -> Select[Any]:
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
            is_of_own_organisations(scope.actor),
            Proposal.state == constant(ProposalState.OPEN),
            Introduction.state.in_(TALKING),
            Introduction.expires_at > scope.now,
        )
    )


def _of_meetings(scope: AnyScope, moment: Any) -> Select[Any]:
    """Meetings with a moment, the partner's name and how many there are in all."""
    return (
        of_introductions(scope, moment)
        .add_columns(Meeting.id)
        .join(Meeting, Meeting.introduction_id == Introduction.id)
    )


def of_introductions(scope: AnyScope, moment: Any) -> Select[Any]:
    """Introductions with a moment, the partner's name and how many there are in all."""
    partner = case((is_ours(scope, Side.ASKING), Asked.name), else_=Asking.name)
    return (
        select(
            Introduction.id.label("introduction_id"),
            moment,
            partner.label("partner"),
            func.count().over().label("total"),
        )
        .select_from(Introduction)
        .join(Asking, Asking.id == Introduction.asking_organisation_id)
        .join(Asked, Asked.id == Introduction.asked_organisation_id)
        .where(is_of_own_organisations(scope.actor))
    )
