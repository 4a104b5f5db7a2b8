"""The next step of a card: the follow-up that is due first, or a step that the dealings themselves ask for.

Those are told by ``models.dealt_steps``. Whose turn it is follows from the same steps, those of both sides
(``models.turn``).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, Subquery, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from models.actor import Actor
from models.commitment_standing import SILENCE
from models.database import rows_of
from models.dealings_policy import visible_follow_ups
from models.dealt_steps import dealt_steps
from models.follow_up import FollowUp
from models.placeholders import (
    ANY_ACTOR,
    ids_placeholder,
    moment_placeholder,
    values_of_actor,
    with_words_written,
)
from models.relationship import Relationship
from models.step_kind import StepKind


@dataclass(frozen=True)
class DealtStep:
    """``record_id`` is that of the introduction, partnership, commitment, meeting or heard need. An answer is due
    before its time runs out, a meeting and its outcome when it ends; other answers have no last day, but one about a
    promise that was put off has the day of its return.

    ``what`` are the words of a promise or of a heard need, and ``due_on`` is the promise's day as it was agreed,
    wherever it is read. ``since`` is when it was asked for; it is told of a step, and does not make it another one.
    """

    kind: StepKind
    record_id: int
    due_at: datetime | None
    due_on: date | None = None
    what: str = ""
    since: datetime | None = field(default=None, compare=False)


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
    return _first_of_each(_steps_in_order(session, actor, relationship_ids, now, are_theirs=False))


def awaited_steps_of(
    session: Session, actor: Actor, relationship_ids: Collection[int], now: datetime
) -> dict[int, DealtStep]:
    """By the relationship, the first step of theirs that the actor may see, for which we wait: one statement."""
    return _first_of_each(_steps_in_order(session, actor, relationship_ids, now, are_theirs=True))


def steps_between(
    session: Session, actor: Actor, relationship_id: int, now: datetime
) -> tuple[list[DealtStep], list[DealtStep]]:
    """All of ours and all of theirs that the actor may see, the most urgent first: two statements.

    Theirs are without what they owe to nobody but themselves: their account of a meeting.
    """
    ours, theirs = (
        [_step(row) for row in _steps_in_order(session, actor, [relationship_id], now, are_theirs)]
        for are_theirs in (False, True)
    )
    return ours, theirs


def _steps_in_order(
    session: Session, actor: Actor, relationship_ids: Collection[int], now: datetime, are_theirs: bool
) -> list[Any]:
    values = values_of_dealt_steps(actor, now) | {"relationship_ids": list(relationship_ids)}
    rows = rows_of(session, _dealt_steps_of(are_theirs), values)
    return sorted(rows, key=lambda row: (urgency(row.due_at, now), row.record_id))


def _first_of_each(rows: list[Any]) -> dict[int, DealtStep]:
    # The first one to be written into the dictionary from behind is the last to stay.
    return {row.relationship_id: _step(row) for row in reversed(rows)}


def _step(row: Any) -> DealtStep:
    return DealtStep(StepKind(row.kind), row.record_id, row.due_at, row.due_on, row.what, row.since)


def values_of_dealt_steps(actor: Actor, now: datetime) -> dict[str, Any]:
    """What has to be given to whoever executes ``soonest_steps``."""
    return values_of_actor(actor) | {"steps_at": now, "silent_since": now - SILENCE}


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
    is_ours = Relationship.organisation_id == bindparam("organisation_id")
    dealt = dealt_steps(is_ours, are_theirs=False).subquery()
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
def awaited_relationships() -> Select[int]:
    """Ids of the relationships of which the partner has to take a step, as far as the actor may see it.

    Whoever executes it gives ``values_of_dealt_steps`` and an ``organisation_id``.
    """
    is_ours = Relationship.organisation_id == bindparam("organisation_id")
    return select(dealt_steps(is_ours, are_theirs=True).subquery().c.relationship_id)


@cache
def _dealt_steps_of(are_theirs: bool) -> CompoundSelect[Any]:
    """Those of the relationships ``relationship_ids``."""
    which = Relationship.id.in_(ids_placeholder("relationship_ids"))
    return with_words_written(dealt_steps(which, are_theirs))
