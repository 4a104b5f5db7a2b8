"""The pipeline: one query over our side's relationships, asked by the board and by the table alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from models.database import rows_of
from models.follow_up import FollowUpKind
from models.next_step import DealtStep, awaited_steps_of, dealt_steps_of
from models.organisation import OrganisationState
from models.pipeline_filters import PipelineFilters, Scope, Sort, values_of_filters
from models.pipeline_statements import cards, first_of_each_stage, how_many, one_page, owners
from models.placeholders import values_of_actor
from models.relationship import ClosedReason, Stage


@dataclass(frozen=True)
class PipelineRow:
    """One card. ``position`` counts from 1 in its column, ``of`` is how many the column has (both 0 in the table).

    The next step is None where there is none, and where the actor may not read it. ``dealt_step`` is what the
    dealings themselves ask for, beside that. ``awaited_step`` is what we wait for from the partner; it is asked only of
    open cards on which nothing else stands. ``is_within``: both units are of one organisation.
    """

    id: int
    stage: Stage
    stage_since: datetime
    closed_reason: ClosedReason | None
    partner_id: int
    partner: str
    partner_state: OrganisationState
    is_within: bool
    unit: str
    partner_unit_id: int
    partner_unit: str
    is_with_root: bool
    owner: str | None
    quiet_since: datetime
    quiet_after_days: int
    cold_after_days: int
    is_resting: bool
    step_id: int | None
    step: str | None
    step_kind: FollowUpKind | None
    step_due_on: date | None
    step_due_at: datetime | None
    step_is_theirs: bool | None
    step_owner: str | None
    dealt_step: DealtStep | None = None
    awaited_step: DealtStep | None = None
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
    values = values_of_filters(scope, filters, usual, now) | {"most": most}
    first = rows_of(session, first_of_each_stage(filters.shape), values)
    rows = _rows(session, scope, {row.id: (row.position, row.of) for row in first}, now)
    return sorted(rows.values(), key=lambda row: row.position)


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
    values = values_of_filters(scope, filters, usual, now) | {"most": most, "skipped": skipped}
    ids = [row.id for row in rows_of(session, one_page(filters.shape, sort), values)]
    rows = _rows(session, scope, dict.fromkeys(ids, (0, 0)), now)
    return [rows[card_id] for card_id in ids]


def count_rows(
    session: Session,
    scope: Scope,
    filters: PipelineFilters,
    usual: Mapping[Stage, timedelta],
    now: datetime,
) -> int:
    values = values_of_filters(scope, filters, usual, now)
    return int(rows_of(session, how_many(filters.shape), values)[0][0])


def owners_of(session: Session, scope: Scope) -> list[tuple[int, str]]:
    """Id and name of everybody who owns a card of this scope, by name."""
    values = {"organisation_id": scope.organisation_id, "reach": list(scope.reach)}
    found = rows_of(session, owners(), values_of_actor(scope.actor) | values)
    return [(row.id, row.name) for row in found]


def _rows(
    session: Session, scope: Scope, places: Mapping[int, tuple[int, int]], now: datetime
) -> dict[int, PipelineRow]:
    """What stands on the cards of these ids with their ``position`` and ``of``, in three queries at most."""
    ids = list(places)
    dealt = dealt_steps_of(session, scope.actor, ids, now)
    values = values_of_actor(scope.actor) | {"cards": ids, "this_second": now.replace(microsecond=0)}
    found = rows_of(session, cards(), values)
    idle = [
        row.id for row in found if row.step is None and row.id not in dealt and row.stage is not Stage.CLOSED
    ]
    awaited = awaited_steps_of(session, scope.actor, idle, now) if idle else {}
    return {
        row.id: PipelineRow(*(*row, dealt.get(row.id), awaited.get(row.id), *places[row.id])) for row in found
    }
