"""The next step of a card: the follow-up that is due first, or a step that the dealings themselves ask for.

Those are our answers to times of an introduction that runs, to a proposed partnership and to a pilot that is to grow;
what we promised; a meeting that is set; and our account of one that is over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Subquery,
    and_,
    bindparam,
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
from models.commitment import Commitment
from models.database import rows_of
from models.dealings_policy import is_introduction_visible, visible_follow_ups
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState, Proposal, ProposalState
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.partnership import Partnership, PartnershipState
from models.partnership_policy import visible_partnerships
from models.placeholders import ANY_ACTOR, constant, ids_placeholder, moment_placeholder, values_of_actor
from models.promises_owed import HeldTerms, has_held_terms, is_owed
from models.relationship import Relationship, Stage
from models.side import Side

NO_MOMENT = null().cast(UtcDateTime())
NO_DAY = null().cast(Date())
NO_WORDS = literal("")


class StepKind(StrEnum):
    """An answer to a request, to other times or times of a further meeting, to a proposed partnership, to its growth; a
    promise that we owe; a meeting ahead; an outcome that we have not told.
    """

    REQUEST = "request"
    TIMES = "times"
    PARTNERSHIP = "partnership"
    GROWTH = "growth"
    PROMISE = "promise"
    MEETING = "meeting"
    OUTCOME = "outcome"


@dataclass(frozen=True)
class DealtStep:
    """``record_id`` is that of the introduction, partnership, commitment or meeting. An answer is due before its time
    runs out, a meeting and its outcome when it ends; what is asked about a partnership has no last day.

    ``due_on`` and ``what`` are those of a promise: its day as it was agreed, wherever it is read, and its words.
    """

    kind: StepKind
    record_id: int
    due_at: datetime | None
    due_on: date | None = None
    what: str = ""


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
    values = values_of_dealt_steps(actor, now) | {"relationship_ids": list(relationship_ids)}
    rows = rows_of(session, _dealt_steps_of(), values)
    steps: dict[int, DealtStep] = {}
    for row in sorted(rows, key=lambda row: (urgency(row.due_at, now), row.record_id)):
        step = DealtStep(StepKind(row.kind), row.record_id, row.due_at, row.due_on, row.what)
        steps.setdefault(row.relationship_id, step)
    return steps


def values_of_dealt_steps(actor: Actor, now: datetime) -> dict[str, Any]:
    """What has to be given to whoever executes ``soonest_steps``."""
    return values_of_actor(actor) | {"steps_at": now}


@cache
def soonest_steps() -> Subquery:
    """When the next step of each relationship is due, as far as the actor may read it: ``relationship_id``, ``due_at``
    and ``urgent_at``, which puts cards in the order of ``urgency``.

    Whoever executes it gives ``values_of_dealt_steps`` and an ``organisation_id``. An answer without a last day is due
    at no moment, and urgent now.
    """
    follow_ups = visible_follow_ups(ANY_ACTOR).where(
        FollowUp.organisation_id == bindparam("organisation_id"),
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
    )
    dealt = _dealt_steps(Relationship.organisation_id == bindparam("organisation_id")).subquery()
    steps = union_all(
        follow_ups.with_only_columns(FollowUp.relationship_id, FollowUp.due_at),
        select(dealt.c.relationship_id, dealt.c.due_at),
    ).subquery()
    urgent_at = func.coalesce(steps.c.due_at, moment_placeholder("steps_at"))
    soonest = select(
        steps.c.relationship_id,
        func.min(steps.c.due_at).label("due_at"),
        func.min(urgent_at).label("urgent_at"),
    )
    return soonest.group_by(steps.c.relationship_id).subquery("soonest")


@cache
def _dealt_steps_of() -> CompoundSelect[Any]:
    """Those of the relationships ``relationship_ids``."""
    return _dealt_steps(Relationship.id.in_(ids_placeholder("relationship_ids")))


def _dealt_steps(which: ColumnElement[bool]) -> CompoundSelect[Any]:
    """Those of ``which`` relationships, each as ``relationship_id`` and the fields of ``DealtStep``, with placeholders
    for who asks and when.
    """
    kinds = (_introductions, _partnerships, _promises, _meetings)
    return union_all(*(steps_of(side).where(which) for steps_of in kinds for side in Side))


def _columns(kind: Any, record_id: Any, due_at: Any, due_on: Any = NO_DAY, what: Any = NO_WORDS) -> list[Any]:
    return [
        Relationship.id.label("relationship_id"),
        kind.label("kind"),
        record_id.label("record_id"),
        due_at.label("due_at"),
        due_on.label("due_on"),
        what.label("what"),
    ]


def _introductions(side: Side) -> Select[Any]:
    """Those in which the side ``side`` of the relationship has to answer the open times."""
    waits_first = Introduction.state == constant(IntroductionState.PROPOSED)
    kind = case((waits_first, constant(StepKind.REQUEST)), else_=constant(StepKind.TIMES))
    asked_for = kind if side is Side.ASKED else constant(StepKind.TIMES)
    return (
        select(Introduction)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .join(Relationship, _is_between(Introduction, side))
        .where(
            is_introduction_visible(ANY_ACTOR),
            Proposal.state == constant(ProposalState.OPEN),
            Proposal.made_by == side.other,
            Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
            Introduction.expires_at > moment_placeholder("steps_at"),
        )
        .with_only_columns(*_columns(asked_for, Introduction.id, Introduction.expires_at))
    )


def _partnerships(side: Side) -> Select[Any]:
    proposed, active = constant(PartnershipState.PROPOSED), constant(PartnershipState.ACTIVE)
    is_proposed = and_(Partnership.state == proposed, Partnership.proposed_by == side.other)
    is_to_grow = and_(Partnership.state == active, Partnership.growth_asked_by == side.other)
    kind = case((is_proposed, constant(StepKind.PARTNERSHIP)), else_=constant(StepKind.GROWTH))
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, _is_between(Partnership, side))
        .where(or_(is_proposed, is_to_grow))
        .with_only_columns(*_columns(kind, Partnership.id, NO_MOMENT))
    )


def _promises(side: Side) -> Select[Any]:
    """Those that the side ``side`` owes in a partnership that goes on. What is owed was sent, so both sides see it."""
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, _is_between(Partnership, side))
        .join(
            Commitment,
            and_(Commitment.partnership_id == Partnership.id, Commitment.performer_side == side),
        )
        .join(HeldTerms, has_held_terms())
        .where(
            Partnership.state == constant(PartnershipState.ACTIVE), is_owed(moment_placeholder("steps_at"))
        )
        .with_only_columns(
            *_columns(
                constant(StepKind.PROMISE),
                Commitment.id,
                HeldTerms.due_at,
                HeldTerms.due_on,
                HeldTerms.what,
            )
        )
    )


def _meetings(side: Side) -> Select[Any]:
    """Those ahead, and those of which this side has told nothing; on a closed card nobody waits for that."""
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
        .join(Relationship, _is_between(Introduction, side))
        # As one value: SQLite would look up the meetings of everybody by their state rather than ours.
        .where(is_introduction_visible(ANY_ACTOR), Relationship.stage != Stage.CLOSED, kind.is_not(None))
        .with_only_columns(*_columns(kind, Meeting.id, Meeting.ends_at))
    )


def _is_between(record: type[Introduction] | type[Partnership], side: Side) -> Any:
    """Joins our relationship to the record of which we are the side ``side``."""
    ours, theirs = record.asking_unit_id, record.asked_unit_id
    if side is Side.ASKED:
        ours, theirs = theirs, ours
    return and_(Relationship.unit_id == ours, Relationship.partner_unit_id == theirs)
