"""The pipeline: one query over our side's relationships, asked by the board and by the table alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.actor import Actor
from models.dealings_policy import visible_follow_ups, visible_relationships
from models.follow_up import FollowUp, FollowUpKind
from models.next_step import DealtStep, dealt_steps_of, soonest_steps, values_of_dealt_steps
from models.organisation import Organisation, OrganisationKind, Unit
from models.person import Person
from models.quietness import is_shown_as, quiet_since
from models.relationship import ClosedReason, Quietness, Relationship, Stage

OPEN_STAGES = tuple(stage for stage in Stage if stage is not Stage.CLOSED)

Ours = aliased(Relationship, name="ours")
OurUnit = aliased(Unit, name="our_unit")
TheirUnit = aliased(Unit, name="their_unit")
Owner = aliased(Person, name="owner")
NextStep = aliased(FollowUp, name="next_step")
NextOwner = aliased(Person, name="next_owner")


class StepFilter(StrEnum):
    OVERDUE = "overdue"
    NONE = "none"


class Sort(StrEnum):
    NEXT = "next"
    PARTNER = "partner"
    STAGE = "stage"
    OWNER = "owner"
    QUIET = "quiet"


@dataclass(frozen=True)
class Scope:
    """Whose cards are asked for: those of the units in ``reach``, and those in which the actor takes part though they
    do not write for the unit.
    """

    actor: Actor
    organisation_id: int
    reach: frozenset[int]


@dataclass(frozen=True)
class PipelineFilters:
    """What the address of the page says; None and "" let everything pass. ``owner_id`` 0 asks for cards without one."""

    text: str = ""
    stages: tuple[Stage, ...] = OPEN_STAGES
    unit_id: int | None = None
    owner_id: int | None = None
    quietness: frozenset[Quietness] = frozenset(Quietness)
    step: StepFilter | None = None
    partner_kind: OrganisationKind | None = None


@dataclass(frozen=True)
class PipelineRow:
    """One card. ``position`` counts from 1 in its column, ``of`` is how many the column has (both 0 in the table).

    The next step is None where there is none, and where the actor may not read it. ``dealt_step`` is what the
    dealings themselves ask for, beside that.
    """

    id: int
    stage: Stage
    stage_since: datetime
    closed_reason: ClosedReason | None
    partner_id: int
    partner: str
    unit: str
    partner_unit_id: int
    partner_unit: str
    is_with_root: bool
    owner: str | None
    quiet_since: datetime
    quiet_after_days: int
    cold_after_days: int
    step: str | None
    step_kind: FollowUpKind | None
    step_due_on: date | None
    step_due_at: datetime | None
    step_is_theirs: bool | None
    step_owner: str | None
    dealt_step: DealtStep | None = None
    position: int = 0
    of: int = 0


def board_rows(
    session: Session,
    scope: Scope,
    filters: PipelineFilters,
    usual: Mapping[Stage, timedelta],
    now: datetime,
    most: int,
) -> list[PipelineRow]:
    """The first ``most`` cards of each stage, what is due first on top, with the size of each column."""
    soonest = soonest_steps(scope.actor, scope.organisation_id)
    ranked = (
        _chosen(scope, filters, usual, now, soonest)
        .add_columns(
            func.row_number()
            .over(partition_by=Ours.stage, order_by=_orders(Sort.NEXT, soonest))
            .label("position"),
            func.count().over(partition_by=Ours.stage).label("of"),
        )
        .subquery()
    )
    first = session.execute(
        select(ranked.c.id, ranked.c.position, ranked.c.of).where(ranked.c.position <= most),
        values_of_dealt_steps(scope.actor, now),
    ).all()
    cards = _cards(session, scope, [row.id for row in first], now)
    rows = [replace(cards[row.id], position=row.position, of=row.of) for row in first]
    return sorted(rows, key=lambda row: row.position)


def table_rows(
    session: Session,
    scope: Scope,
    filters: PipelineFilters,
    usual: Mapping[Stage, timedelta],
    now: datetime,
    sort: Sort,
    most: int,
    skipped: int,
) -> list[PipelineRow]:
    """One page of the table."""
    soonest = (
        soonest_steps(scope.actor, scope.organisation_id)
        if filters.step is not None or sort is Sort.NEXT
        else None
    )
    page = _chosen(scope, filters, usual, now, soonest).order_by(*_orders(sort, soonest))
    ids = list(session.scalars(page.limit(most).offset(skipped), values_of_dealt_steps(scope.actor, now)))
    cards = _cards(session, scope, ids, now)
    return [cards[card_id] for card_id in ids]


def count_rows(
    session: Session,
    scope: Scope,
    filters: PipelineFilters,
    usual: Mapping[Stage, timedelta],
    now: datetime,
) -> int:
    soonest = soonest_steps(scope.actor, scope.organisation_id) if filters.step is not None else None
    ids = _chosen(scope, filters, usual, now, soonest).subquery()
    count = select(func.count()).select_from(ids)
    return session.scalar(count, values_of_dealt_steps(scope.actor, now)) or 0


def owners_of(session: Session, scope: Scope) -> list[tuple[int, str]]:
    """Id and name of everybody who owns a card of this scope, by name."""
    owners = (
        select(Person.id, Person.name)
        .join(Ours, Ours.owner_id == Person.id)
        .where(_is_in_scope(scope))
        .distinct()
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in session.execute(owners)]


def _chosen(
    scope: Scope,
    filters: PipelineFilters,
    usual: Mapping[Stage, timedelta],
    now: datetime,
    soonest: Subquery | None,
) -> Select[int]:
    """Ids of the cards that pass the filters. The outer joins always find a row; databases leave out unused ones."""
    now = now.replace(microsecond=0)
    chosen = (
        select(Ours.id)
        .outerjoin(Organisation, Organisation.id == Ours.partner_id)
        .outerjoin(OurUnit, OurUnit.id == Ours.unit_id)
        .outerjoin(TheirUnit, TheirUnit.id == Ours.partner_unit_id)
        .outerjoin(Owner, Owner.id == Ours.owner_id)
        .where(_is_in_scope(scope), *_conditions(filters, usual, now))
    )
    if soonest is None:
        return chosen
    chosen = chosen.outerjoin(soonest, soonest.c.relationship_id == Ours.id)
    if filters.step is StepFilter.OVERDUE:
        return chosen.where(soonest.c.due_at <= now)
    return chosen.where(soonest.c.relationship_id.is_(None)) if filters.step is StepFilter.NONE else chosen


def _cards(session: Session, scope: Scope, ids: Sequence[int], now: datetime) -> dict[int, PipelineRow]:
    """What stands on the cards of these ids, in two queries."""
    columns: list[Any] = [
        Ours.id,
        Ours.stage,
        Ours.stage_since,
        Ours.closed_reason,
        Ours.partner_id,
        Organisation.name.label("partner"),
        OurUnit.name.label("unit"),
        Ours.partner_unit_id,
        TheirUnit.name.label("partner_unit"),
        TheirUnit.parent_id.is_(None).label("is_with_root"),
        Owner.name.label("owner"),
        quiet_since(Ours).label("quiet_since"),
        Ours.quiet_after_days,
        Ours.cold_after_days,
        NextStep.text.label("step"),
        NextStep.kind,
        NextStep.due_on,
        NextStep.due_at,
        NextStep.is_theirs,
        NextOwner.name.label("step_owner"),
    ]
    statement = (
        select(*columns)
        .select_from(Ours)
        .join(Organisation, Organisation.id == Ours.partner_id)
        .join(OurUnit, OurUnit.id == Ours.unit_id)
        .join(TheirUnit, TheirUnit.id == Ours.partner_unit_id)
        .outerjoin(Owner, Owner.id == Ours.owner_id)
        .outerjoin(NextStep, NextStep.id == _next_step_id(scope.actor))
        .outerjoin(NextOwner, NextOwner.id == NextStep.owner_id)
        .where(Ours.id.in_(ids))
    )
    dealt = dealt_steps_of(session, scope.actor, ids, now)
    return {
        row.id: replace(PipelineRow(*row), dealt_step=dealt.get(row.id)) for row in session.execute(statement)
    }


def _is_in_scope(scope: Scope) -> ColumnElement[bool]:
    visible = visible_relationships(scope.actor).with_only_columns(Relationship.id)
    return and_(
        Ours.organisation_id == scope.organisation_id,
        or_(Ours.unit_id.in_(scope.reach), Ours.unit_id.not_in(scope.actor.units_written)),
        Ours.id.in_(visible),
    )


def _next_step_id(actor: Actor) -> Any:
    """The earliest open follow-up that the actor may read."""
    return (
        visible_follow_ups(actor)
        .with_only_columns(FollowUp.id)
        .where(
            FollowUp.relationship_id == Ours.id,
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
        )
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(1)
        .correlate(Ours)
        .scalar_subquery()
    )


def _conditions(
    filters: PipelineFilters, usual: Mapping[Stage, timedelta], now: datetime
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Ours.stage.in_(filters.stages)]
    if filters.text:
        names = (Organisation.name, OurUnit.name, TheirUnit.name)
        conditions.append(or_(*(name.icontains(filters.text, autoescape=True) for name in names)))
    if filters.unit_id is not None:
        conditions.append(Ours.unit_id == filters.unit_id)
    if filters.owner_id is not None:
        conditions.append(Ours.owner_id == filters.owner_id if filters.owner_id else Ours.owner_id.is_(None))
    if filters.partner_kind is not None:
        conditions.append(Organisation.kind == filters.partner_kind)
    if filters.quietness != frozenset(Quietness):
        shown = [is_shown_as(Ours, quietness, usual, now) for quietness in sorted(filters.quietness)]
        conditions.append(or_(*shown))
    return conditions


def _orders(sort: Sort, soonest: Subquery | None) -> list[Any]:
    by_sort: dict[Sort, list[Any]] = {
        Sort.NEXT: [quiet_since(Ours)],
        Sort.PARTNER: [func.lower(Organisation.name)],
        Sort.STAGE: [Ours.stage_since],
        Sort.OWNER: [func.lower(Owner.name).asc().nulls_last()],
        Sort.QUIET: [quiet_since(Ours)],
    }
    first = [soonest.c.urgent_at.asc().nulls_last()] if sort is Sort.NEXT and soonest is not None else []
    return [*first, *by_sort[sort], Ours.id]
