"""What can be asked of the pipeline: whose cards, through which filters, in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.actor import Actor
from models.next_step import values_of_dealt_steps
from models.organisation import OrganisationKind
from models.quietness import values_of_quietness
from models.relationship import Quietness, Stage

OPEN_STAGES = tuple(stage for stage in Stage if stage is not Stage.CLOSED)
# Stands before a character of a typed text that would mean anything in SQL's LIKE.
ESCAPE = "/"


class StepFilter(StrEnum):
    """``awaited``: we have nothing to do, and wait for the partner. ``none``: nor do we wait for anything."""

    OVERDUE = "overdue"
    AWAITED = "awaited"
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
class Shape:
    """Which conditions filters come to: what differs in nothing but values is asked by the same statement."""

    has_text: bool
    has_unit: bool
    has_owner: bool
    is_without_owner: bool
    has_partner_kind: bool
    quietness: frozenset[Quietness]
    step: StepFilter | None


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

    @property
    def shape(self) -> Shape:
        return Shape(
            has_text=bool(self.text),
            has_unit=self.unit_id is not None,
            has_owner=bool(self.owner_id),
            is_without_owner=self.owner_id == 0,
            has_partner_kind=self.partner_kind is not None,
            quietness=self.quietness,
            step=self.step,
        )


def values_of_filters(
    scope: Scope, filters: PipelineFilters, usual: Mapping[Stage, timedelta], now: datetime
) -> dict[str, Any]:
    """The values for the placeholders of the statements in ``models.pipeline_statements``."""
    return (
        values_of_dealt_steps(scope.actor, now)
        | values_of_quietness(usual, now)
        | {
            "organisation_id": scope.organisation_id,
            "reach": list(scope.reach),
            "text": _escaped(filters.text),
            "stages": filters.stages,
            "unit_id": filters.unit_id,
            "owner_id": filters.owner_id,
            "partner_kind": filters.partner_kind,
        }
    )


def _escaped(text: str) -> str:
    for character in (ESCAPE, "%", "_"):
        text = text.replace(character, ESCAPE + character)
    return text
