"""The next step of a card: the follow-up that is due first, or a step that the dealings themselves ask for.

Those are our answers to times of an introduction that runs, to a proposed partnership and to a pilot that is to grow; a
meeting that is set; and our account of one that is over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from models.actor import Actor
from models.base import UtcDateTime
from models.dealings_policy import visible_follow_ups, visible_introductions
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState, Proposal, ProposalState
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.partnership import Partnership, PartnershipState
from models.partnership_policy import visible_partnerships
from models.placeholders import ANY_ACTOR, moment_placeholder, values_of_actor
from models.relationship import Relationship, Stage
from models.side import Side


class StepKind(StrEnum):
    """An answer to a request, to other times or times of a further meeting, to a proposed partnership, to its growth; a
    meeting ahead; an outcome that we have not told.
    """

    REQUEST = "request"
    TIMES = "times"
    PARTNERSHIP = "partnership"
    GROWTH = "growth"
    MEETING = "meeting"
    OUTCOME = "outcome"


@dataclass(frozen=True)
class DealtStep:
    """``record_id`` is that of the introduction, partnership or meeting. An answer is due before its time runs out, a
    meeting and its outcome when it ends; what is asked about a partnership has no last day.
    """

    kind: StepKind
    record_id: int
    due_at: datetime | None


def urgency(due_at: datetime | None, now: datetime) -> tuple[int, datetime]:
    """To sort steps by: what is overdue; then an answer without a last day, because somebody waits for it; then what is
    still to come.
    """
    if due_at is None:
        return 1, now
    return (0 if due_at <= now else 2), due_at


def dealt_steps_of(
    session: Session, actor: Actor, relationship_ids: Collection[int], now: datetime
) -> dict[int, DealtStep]:
    """By the relationship, the first of those that the actor may see: one statement."""
    all_steps = _dealt_steps().subquery()
    wanted = select(all_steps).where(all_steps.c.relationship_id.in_(relationship_ids))
    rows = session.execute(wanted, values_of_dealt_steps(actor, now))
    steps: dict[int, DealtStep] = {}
    for row in sorted(rows, key=lambda row: (urgency(row.due_at, now), row.record_id)):
        steps.setdefault(row.relationship_id, DealtStep(StepKind(row.kind), row.record_id, row.due_at))
    return steps


def values_of_dealt_steps(actor: Actor, now: datetime) -> dict[str, Any]:
    """What has to be given to whoever executes ``soonest_steps``."""
    return values_of_actor(actor) | {"steps_at": now}


def soonest_steps(actor: Actor, organisation_id: int) -> Subquery:
    """When the next step of each relationship is due, as far as the actor may read it: ``relationship_id``, ``due_at``.

    Whoever executes it gives ``values_of_dealt_steps``. An answer without a last day is due at no moment.
    """
    follow_ups = visible_follow_ups(actor).where(
        FollowUp.organisation_id == organisation_id,
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
    )
    dealt = _dealt_steps().subquery()
    steps = union_all(
        follow_ups.with_only_columns(FollowUp.relationship_id, FollowUp.due_at),
        select(dealt.c.relationship_id, dealt.c.due_at),
    ).subquery()
    due_at = func.min(steps.c.due_at).label("due_at")
    return select(steps.c.relationship_id, due_at).group_by(steps.c.relationship_id).subquery("soonest")


@cache
def _dealt_steps() -> CompoundSelect[Any]:
    """Every one as ``relationship_id``, ``kind``, ``record_id`` and ``due_at``, with placeholders for who asks and
    when.
    """
    introductions = [_introductions(side) for side in Side]
    partnerships = [_partnerships(side) for side in Side]
    meetings = [_meetings(side) for side in Side]
    return union_all(*introductions, *partnerships, *meetings)


def _introductions(side: Side) -> Select[Any]:
    """Those in which the side ``side`` of the relationship has to answer the open times."""
    waits_first = Introduction.state == IntroductionState.PROPOSED
    kind = case((waits_first, StepKind.REQUEST.value), else_=StepKind.TIMES.value)
    columns: list[Any] = [
        Relationship.id.label("relationship_id"),
        (kind if side is Side.ASKED else literal(StepKind.TIMES.value)).label("kind"),
        Introduction.id.label("record_id"),
        Introduction.expires_at.label("due_at"),
    ]
    return (
        visible_introductions(ANY_ACTOR)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .join(Relationship, _is_between(Introduction, side))
        .where(
            Proposal.state == ProposalState.OPEN,
            Proposal.made_by == side.other,
            Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
            Introduction.expires_at > moment_placeholder("steps_at"),
        )
        .with_only_columns(*columns)
    )


def _partnerships(side: Side) -> Select[Any]:
    is_proposed = and_(Partnership.state == PartnershipState.PROPOSED, Partnership.proposed_by == side.other)
    is_to_grow = and_(Partnership.state == PartnershipState.ACTIVE, Partnership.growth_asked_by == side.other)
    kind = case((is_proposed, StepKind.PARTNERSHIP.value), else_=StepKind.GROWTH.value)
    columns: list[Any] = [
        Relationship.id.label("relationship_id"),
        kind.label("kind"),
        Partnership.id.label("record_id"),
        null().cast(UtcDateTime()).label("due_at"),
    ]
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, _is_between(Partnership, side))
        .where(or_(is_proposed, is_to_grow))
        .with_only_columns(*columns)
    )


def _meetings(side: Side) -> Select[Any]:
    """Those ahead, and those of which this side has told nothing; on a closed card nobody waits for that."""
    now = moment_placeholder("steps_at")
    is_told = exists().where(Outcome.meeting_id == Meeting.id, Outcome.side == side)
    is_ahead = and_(Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > now)
    lacks_outcome = and_(
        Meeting.state.in_((MeetingState.SCHEDULED, MeetingState.HELD)), Meeting.ends_at <= now, ~is_told
    )
    kind = case((is_ahead, StepKind.MEETING.value), else_=StepKind.OUTCOME.value)
    columns: list[Any] = [
        Relationship.id.label("relationship_id"),
        kind.label("kind"),
        Meeting.id.label("record_id"),
        Meeting.ends_at.label("due_at"),
    ]
    return (
        visible_introductions(ANY_ACTOR)
        .join(Meeting, Meeting.introduction_id == Introduction.id)
        .join(Relationship, _is_between(Introduction, side))
        .where(Relationship.stage != Stage.CLOSED, or_(is_ahead, lacks_outcome))
        .with_only_columns(*columns)
    )


def _is_between(record: type[Introduction] | type[Partnership], side: Side) -> Any:
    ours, theirs = record.asking_unit_id, record.asked_unit_id
    if side is Side.ASKED:
        ours, theirs = theirs, ours
    return and_(Relationship.unit_id == ours, Relationship.partner_unit_id == theirs)
