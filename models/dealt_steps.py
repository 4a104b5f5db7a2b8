"""The steps that dealings ask for, as statements: each kind for the side that has to take it.

Those are our answers to times of an introduction that runs, to a proposed partnership and to a pilot that is to grow;
to what the other side wrote down after a talk, be it a summary for both or a need that it heard of us; what a promise
asks of us (``models.promise_steps``); a meeting that is set; and our account of one that is over.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from models.base import UtcDateTime
from models.commitment import Commitment
from models.dealings_policy import (
    is_introduction_visible,
    is_left_to_members,
    is_relationship_readable,
    takes_part_by_name,
)
from models.introduction import Introduction, IntroductionState, Proposal, ProposalState
from models.meeting import Meeting, MeetingState
from models.organisation import Organisation, OrganisationState
from models.outcome import HeardNeed, HeardState, Outcome, SharedSummary, SummaryState
from models.partnership import (
    Partnership,
    PartnershipEvent,
    PartnershipEventKind,
    PartnershipState,
)
from models.partnership_policy import visible_partnerships
from models.placeholders import ANY_ACTOR, constant, moment_placeholder
from models.promise_steps import (
    HeldTerms,
    LastMove,
    due_of_kind,
    has_held_terms,
    is_last_move,
    kind_asked_of,
    since_of_kind,
)
from models.relationship import Relationship, Stage
from models.side import Side
from models.step_kind import StepKind

NO_MOMENT = null().cast(UtcDateTime())
NO_DAY = null().cast(Date())
NO_WORDS = literal("")

# The card of whoever heard a need, where ``Relationship`` is that of the unit which it is about.
Hearing = aliased(Relationship, name="hearing")


def dealt_steps(which: ColumnElement[bool], are_theirs: bool) -> CompoundSelect[Any]:
    """Ours or theirs of ``which`` relationships, each as ``relationship_id`` and the fields of
    ``models.next_step.DealtStep``, with placeholders for who asks and when.

    From a partner that is closed nobody waits for an answer. What it promised stays owed.
    """
    answers = (_introductions, _partnerships, _summaries)
    kinds = answers if are_theirs else (*answers, _meetings)
    of_sides = [steps_of(side, side.other if are_theirs else side) for steps_of in kinds for side in Side]
    promises = [_promises(side, side.other if are_theirs else side) for side in Side]
    may_wait = ~_is_partner_closed() if are_theirs else true()
    waiting = [steps.where(may_wait) for steps in (*of_sides, _heard_needs(are_theirs))]
    return union_all(*(steps.where(which) for steps in (*waiting, *promises)))


def _is_partner_closed() -> ColumnElement[bool]:
    is_closed = Organisation.state == constant(OrganisationState.CLOSED)
    return exists().where(Organisation.id == Relationship.partner_id, is_closed)


def _columns(
    kind: Any,
    record_id: Any,
    due_at: Any,
    since: Any = NO_MOMENT,
    due_on: Any = NO_DAY,
    what: Any = NO_WORDS,
) -> list[Any]:
    return [
        Relationship.id.label("relationship_id"),
        kind.label("kind"),
        record_id.label("record_id"),
        due_at.label("due_at"),
        due_on.label("due_on"),
        what.label("what"),
        since.label("since"),
    ]


def _introductions(side: Side, owner: Side) -> Select[Any]:
    """Those in which ``side`` has to answer the open times, for relationships of the side ``owner``."""
    waits_first = Introduction.state == constant(IntroductionState.PROPOSED)
    kind = case((waits_first, constant(StepKind.REQUEST)), else_=constant(StepKind.TIMES))
    asked_for = kind if side is Side.ASKED else constant(StepKind.TIMES)
    return (
        select(Introduction)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .join(Relationship, is_between(Introduction, owner))
        .where(
            is_introduction_visible(ANY_ACTOR),
            Proposal.state == constant(ProposalState.OPEN),
            Proposal.made_by == side.other,
            Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
            Introduction.expires_at > moment_placeholder("steps_at"),
        )
        .with_only_columns(
            *_columns(asked_for, Introduction.id, Introduction.expires_at, Proposal.created_at)
        )
    )


def _partnerships(side: Side, owner: Side) -> Select[Any]:
    """Those about which ``side`` has to answer."""
    proposed, active = constant(PartnershipState.PROPOSED), constant(PartnershipState.ACTIVE)
    is_proposed = and_(Partnership.state == proposed, Partnership.proposed_by == side.other)
    is_to_grow = and_(Partnership.state == active, Partnership.growth_asked_by == side.other)
    kind = case((is_proposed, constant(StepKind.PARTNERSHIP)), else_=constant(StepKind.GROWTH))
    since = case((is_proposed, Partnership.created_at), else_=_growth_asked_at())
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, is_between(Partnership, owner))
        .where(or_(is_proposed, is_to_grow))
        .with_only_columns(*_columns(kind, Partnership.id, NO_MOMENT, since))
    )


def _growth_asked_at() -> ScalarSelect[datetime]:
    """When it was last asked whether ``Partnership`` grows."""
    asked_at = select(func.max(PartnershipEvent.at)).where(
        PartnershipEvent.partnership_id == Partnership.id,
        PartnershipEvent.kind == constant(PartnershipEventKind.GROWTH_ASKED),
    )
    return asked_at.correlate(Partnership).scalar_subquery()


def _promises(side: Side, owner: Side) -> Select[Any]:
    """What promises ask of ``side`` in a partnership that goes on or is closed: what is owed then stays owed. They were
    sent, so both sides see them.
    """
    begun = constant(PartnershipState.ACTIVE), constant(PartnershipState.CLOSED)
    now = moment_placeholder("steps_at")
    kind = kind_asked_of(side, now, moment_placeholder("silent_since"))
    on_their_day = kind.in_((constant(StepKind.PROMISE), constant(StepKind.CHANGE_WAITS)))
    due_on = case((on_their_day, HeldTerms.due_on))
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, is_between(Partnership, owner))
        .join(Commitment, Commitment.partnership_id == Partnership.id)
        .join(LastMove, is_last_move())
        .join(HeldTerms, has_held_terms())
        .where(Partnership.state.in_(begun), kind.is_not(None))
        .with_only_columns(
            *_columns(kind, Commitment.id, due_of_kind(kind), since_of_kind(kind), due_on, HeldTerms.what)
        )
    )


def _meetings(side: Side, owner: Side) -> Select[Any]:
    """Those ahead, and those of which ``side`` has told nothing; on a closed card nobody waits for that."""
    now = moment_placeholder("steps_at")
    is_told = exists().where(Outcome.meeting_id == Meeting.id, Outcome.side == side)
    is_ahead = and_(Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > now)
    lacks_outcome = and_(
        Meeting.state.in_((MeetingState.SCHEDULED, MeetingState.HELD)), Meeting.ends_at <= now, ~is_told
    )
    kind = case((is_ahead, constant(StepKind.MEETING)), (lacks_outcome, constant(StepKind.OUTCOME)))
    return (
        select(Introduction)
        .join(Meeting, Meeting.introduction_id == Introduction.id)
        .join(Relationship, is_between(Introduction, owner))
        # As one value: SQLite would look up the meetings of everybody by their state rather than ours.
        .where(is_introduction_visible(ANY_ACTOR), Relationship.stage != Stage.CLOSED, kind.is_not(None))
        .with_only_columns(*_columns(kind, Meeting.id, Meeting.ends_at))
    )


def _summaries(side: Side, owner: Side) -> Select[Any]:
    """Meetings that the other side summed up for both, and ``side`` has neither confirmed nor corrected it."""
    may_read = or_(
        is_relationship_readable(ANY_ACTOR),
        takes_part_by_name(ANY_ACTOR),
        is_left_to_members(ANY_ACTOR, owner),
    )
    return (
        select(Introduction)
        .join(Meeting, Meeting.introduction_id == Introduction.id)
        .join(SharedSummary, SharedSummary.meeting_id == Meeting.id)
        .join(Relationship, is_between(Introduction, owner))
        .where(
            is_introduction_visible(ANY_ACTOR),
            may_read,
            SharedSummary.state == constant(SummaryState.PROPOSED),
            SharedSummary.written_by == side.other,
        )
        .with_only_columns(
            *_columns(constant(StepKind.SUMMARY), Meeting.id, NO_MOMENT, SharedSummary.created_at)
        )
    )


def _heard_needs(are_theirs: bool) -> Select[Any]:
    """Needs that one side heard of the other, whose unit has not said yet whether that is right."""
    if are_theirs:
        heard = (
            select(HeardNeed)
            .join(Relationship, Relationship.id == HeardNeed.relationship_id)
            .where(is_relationship_readable(ANY_ACTOR))
        )
    else:
        is_ours = and_(
            Relationship.unit_id == HeardNeed.about_unit_id, Relationship.partner_unit_id == Hearing.unit_id
        )
        heard = (
            select(HeardNeed)
            .join(Hearing, Hearing.id == HeardNeed.relationship_id)
            .join(Relationship, is_ours)
            .where(HeardNeed.about_unit_id.in_(ANY_ACTOR.units_written))
        )
    kind = constant(StepKind.HEARD_NEED)
    waiting = heard.where(HeardNeed.state == HeardState.WAITING)
    return waiting.with_only_columns(
        *_columns(kind, HeardNeed.id, NO_MOMENT, HeardNeed.created_at, what=HeardNeed.title)
    )


def is_between(record: type[Introduction] | type[Partnership], owner: Side) -> ColumnElement[bool]:
    """Whether ``Relationship`` is the one that the side ``owner`` of the record has with the other side."""
    ours, theirs = record.asking_unit_id, record.asked_unit_id
    if owner is Side.ASKED:
        ours, theirs = theirs, ours
    return and_(Relationship.unit_id == ours, Relationship.partner_unit_id == theirs)
