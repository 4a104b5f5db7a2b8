"""The next step of a card: the follow-up that is due first, or our turn, when a partner waits for our answer.

We answer times of an introduction that runs, a proposed partnership, and whether a pilot grows.
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
from models.partnership import Partnership, PartnershipState
from models.partnership_policy import visible_partnerships
from models.placeholders import ANY_ACTOR, moment_placeholder, values_of_actor
from models.relationship import Relationship
from models.side import Side


class Question(StrEnum):
    """What we are asked: a first meeting, other times for it or times for a further one, a partnership, its growth."""

    MEETING = "meeting"
    TIMES = "times"
    PARTNERSHIP = "partnership"
    GROWTH = "growth"


@dataclass(frozen=True)
class Turn:
    """``record_id`` is that of the introduction or partnership. What is asked about a partnership has no last day."""

    question: Question
    record_id: int
    answer_by: datetime | None


def turns_of(
    session: Session, actor: Actor, relationship_ids: Collection[int], now: datetime
) -> dict[int, Turn]:
    """By the relationship, what of that which the actor may see waits longest for us: one statement."""
    waiting = _turns().subquery()
    rows = session.execute(
        select(waiting).where(waiting.c.relationship_id.in_(relationship_ids)), values_of_turns(actor, now)
    )
    turns: dict[int, Turn] = {}
    for row in sorted(rows, key=lambda row: (row.answer_by is not None, row.answer_by, row.record_id)):
        turns.setdefault(row.relationship_id, Turn(Question(row.question), row.record_id, row.answer_by))
    return turns


def values_of_turns(actor: Actor, now: datetime) -> dict[str, Any]:
    """What has to be given to whoever executes ``soonest_steps``."""
    return values_of_actor(actor) | {"turns_at": now}


def soonest_steps(actor: Actor, organisation_id: int) -> Subquery:
    """When the next step of each relationship is due, as far as the actor may read it: ``relationship_id``, ``due_at``.

    Whoever executes it gives ``values_of_turns``. An answer without a last day is a step that is due at no moment.
    """
    follow_ups = visible_follow_ups(actor).where(
        FollowUp.organisation_id == organisation_id,
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
    )
    turns = _turns().subquery()
    steps = union_all(
        follow_ups.with_only_columns(FollowUp.relationship_id, FollowUp.due_at),
        select(turns.c.relationship_id, turns.c.answer_by),
    ).subquery()
    due_at = func.min(steps.c.due_at).label("due_at")
    return select(steps.c.relationship_id, due_at).group_by(steps.c.relationship_id).subquery("soonest")


@cache
def _turns() -> CompoundSelect[Any]:
    """Every turn as ``relationship_id``, ``question``, ``record_id`` and ``answer_by``, with placeholders for who asks
    and when.
    """
    introductions = [_introductions(side) for side in Side]
    partnerships = [_partnerships(side) for side in Side]
    return union_all(*introductions, *partnerships)


def _introductions(side: Side) -> Select[Any]:
    """Those in which the side ``side`` of the relationship has to answer the open times."""
    waits_first = Introduction.state == IntroductionState.PROPOSED
    question = case((waits_first, Question.MEETING.value), else_=Question.TIMES.value)
    columns: list[Any] = [
        Relationship.id.label("relationship_id"),
        (question if side is Side.ASKED else literal(Question.TIMES.value)).label("question"),
        Introduction.id.label("record_id"),
        Introduction.expires_at.label("answer_by"),
    ]
    return (
        visible_introductions(ANY_ACTOR)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .join(Relationship, _is_between(Introduction, side))
        .where(
            Proposal.state == ProposalState.OPEN,
            Proposal.made_by == side.other,
            Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
            Introduction.expires_at > moment_placeholder("turns_at"),
        )
        .with_only_columns(*columns)
    )


def _partnerships(side: Side) -> Select[Any]:
    is_proposed = and_(Partnership.state == PartnershipState.PROPOSED, Partnership.proposed_by == side.other)
    is_to_grow = and_(Partnership.state == PartnershipState.ACTIVE, Partnership.growth_asked_by == side.other)
    question = case((is_proposed, Question.PARTNERSHIP.value), else_=Question.GROWTH.value)
    columns: list[Any] = [
        Relationship.id.label("relationship_id"),
        question.label("question"),
        Partnership.id.label("record_id"),
        null().cast(UtcDateTime()).label("answer_by"),
    ]
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, _is_between(Partnership, side))
        .where(or_(is_proposed, is_to_grow))
        .with_only_columns(*columns)
    )


def _is_between(record: type[Introduction] | type[Partnership], side: Side) -> Any:
    ours, theirs = record.asking_unit_id, record.asked_unit_id
    if side is Side.ASKED:
        ours, theirs = theirs, ours
    return and_(Relationship.unit_id == ours, Relationship.partner_unit_id == theirs)
