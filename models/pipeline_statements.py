"""The statements of the pipeline: each is built once and asked with the values of ``values_of_filters``."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from models.dealings_policy import visible_follow_ups, visible_relationships
from models.follow_up import FollowUp
from models.next_step import awaited_relationships, soonest_steps
from models.organisation import Organisation, Unit
from models.person import Person
from models.pipeline_filters import ESCAPE, Shape, Sort, StepFilter
from models.placeholders import ANY_ACTOR, ids_placeholder, with_words_written
from models.quietness import is_resting_at, is_shown_at, moments_of_patience, quiet_since, this_second
from models.relationship import Quietness, Relationship, Stage

# People choose few filters at once; more shapes than these are built anew.
MOST_SHAPES = 200

Ours = aliased(Relationship, name="ours")
OurUnit = aliased(Unit, name="our_unit")
TheirUnit = aliased(Unit, name="their_unit")
Owner = aliased(Person, name="owner")
NextStep = aliased(FollowUp, name="next_step")
NextOwner = aliased(Person, name="next_owner")


@lru_cache(MOST_SHAPES)
def first_of_each_stage(shape: Shape) -> Select[Any]:
    """``id``, ``position`` and ``of`` of the first ``most`` cards of each stage, what is due first on top."""
    soonest = soonest_steps()
    ranked = (
        _chosen(shape, soonest)
        .add_columns(
            func.row_number()
            .over(partition_by=Ours.stage, order_by=_orders(Sort.NEXT, soonest))
            .label("position"),
            func.count().over(partition_by=Ours.stage).label("of"),
        )
        .subquery()
    )
    return with_words_written(select(ranked).where(ranked.c.position <= bindparam("most")))


@lru_cache(MOST_SHAPES)
def one_page(shape: Shape, sort: Sort) -> Select[int]:
    """Ids of ``most`` cards, without the first ``skipped`` ones."""
    soonest = soonest_steps() if shape.step is not None or sort is Sort.NEXT else None
    in_order = _chosen(shape, soonest).order_by(*_orders(sort, soonest))
    return with_words_written(in_order.limit(bindparam("most")).offset(bindparam("skipped")))


@lru_cache(MOST_SHAPES)
def how_many(shape: Shape) -> Select[int]:
    soonest = soonest_steps() if shape.step is not None else None
    return with_words_written(select(func.count()).select_from(_chosen(shape, soonest).subquery()))


@cache
def owners() -> Select[int, str]:
    """Id and name of everybody who owns a card of the scope, by name."""
    return (
        select(Person.id, Person.name)
        .join(Ours, Ours.owner_id == Person.id)
        .where(_is_in_scope())
        .distinct()
        .order_by(Person.name, Person.id)
    )


@cache
def cards() -> Select[Any]:
    """What stands on the cards with the ids ``cards`` at ``this_second``: the fields of ``PipelineRow`` in order."""
    columns: list[Any] = [
        Ours.id,
        Ours.stage,
        Ours.stage_since,
        Ours.closed_reason,
        Ours.partner_id,
        Organisation.name.label("partner"),
        Organisation.state.label("partner_state"),
        (Ours.partner_id == Ours.organisation_id).label("is_within"),
        OurUnit.name.label("unit"),
        Ours.partner_unit_id,
        TheirUnit.name.label("partner_unit"),
        TheirUnit.parent_id.is_(None).label("is_with_root"),
        Owner.name.label("owner"),
        quiet_since(Ours).label("quiet_since"),
        Ours.quiet_after_days,
        Ours.cold_after_days,
        is_resting_at(Ours, this_second()).label("is_resting"),
        NextStep.id.label("step_id"),
        NextStep.text.label("step"),
        NextStep.kind,
        NextStep.due_on,
        NextStep.due_at,
        NextStep.is_theirs,
        NextOwner.name.label("step_owner"),
    ]
    return (
        select(*columns)
        .select_from(Ours)
        .join(Organisation, Organisation.id == Ours.partner_id)
        .join(OurUnit, OurUnit.id == Ours.unit_id)
        .join(TheirUnit, TheirUnit.id == Ours.partner_unit_id)
        .outerjoin(Owner, Owner.id == Ours.owner_id)
        .outerjoin(NextStep, NextStep.id == _next_step_id())
        .outerjoin(NextOwner, NextOwner.id == NextStep.owner_id)
        .where(Ours.id.in_(ids_placeholder("cards")))
    )


def _chosen(shape: Shape, soonest: Subquery | None) -> Select[int]:
    """Ids of the cards that pass the filters. The outer joins always find a row; databases leave out unused ones."""
    chosen = (
        select(Ours.id)
        .outerjoin(Organisation, Organisation.id == Ours.partner_id)
        .outerjoin(OurUnit, OurUnit.id == Ours.unit_id)
        .outerjoin(TheirUnit, TheirUnit.id == Ours.partner_unit_id)
        .outerjoin(Owner, Owner.id == Ours.owner_id)
        .where(_is_in_scope(), *_conditions(shape))
    )
    if soonest is None:
        return chosen
    chosen = chosen.outerjoin(soonest, soonest.c.relationship_id == Ours.id)
    if shape.step is StepFilter.OVERDUE:
        return chosen.where(soonest.c.due_at <= this_second())
    if shape.step is None:
        return chosen
    waits = and_(Ours.stage != Stage.CLOSED, Ours.id.in_(awaited_relationships()))
    return chosen.where(
        soonest.c.relationship_id.is_(None), waits if shape.step is StepFilter.AWAITED else ~waits
    )


def _is_in_scope() -> ColumnElement[bool]:
    visible = visible_relationships(ANY_ACTOR).with_only_columns(Relationship.id)
    return and_(
        Ours.organisation_id == bindparam("organisation_id"),
        or_(Ours.unit_id.in_(ids_placeholder("reach")), Ours.unit_id.not_in(ANY_ACTOR.units_written)),
        Ours.id.in_(visible),
    )


def _next_step_id() -> Any:
    """The earliest open follow-up that the actor may read."""
    return (
        visible_follow_ups(ANY_ACTOR)
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


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Ours.stage.in_(bindparam("stages", expanding=True))]
    if shape.has_text:
        names = (Organisation.name, OurUnit.name, TheirUnit.name)
        conditions.append(or_(*(name.icontains(bindparam("text"), escape=ESCAPE) for name in names)))
    if shape.has_unit:
        conditions.append(Ours.unit_id == bindparam("unit_id"))
    if shape.has_owner:
        conditions.append(Ours.owner_id == bindparam("owner_id"))
    if shape.is_without_owner:
        conditions.append(Ours.owner_id.is_(None))
    if shape.has_partner_kind:
        conditions.append(Organisation.kind == bindparam("partner_kind"))
    moments = this_second(), moments_of_patience()
    if len(shape.quietness) == 1:
        conditions += [is_shown_at(Ours, shown, *moments) for shown in shape.quietness]
    else:
        conditions += [~is_shown_at(Ours, hidden, *moments) for hidden in set(Quietness) - shape.quietness]
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
