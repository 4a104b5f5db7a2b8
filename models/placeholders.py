"""Placeholders for who asks and when: with them a statement is built once and asked with the values of each request.

Building a statement takes longer than asking it for a few rows. Nothing of a person is kept between requests: the
statement holds names, and whoever executes it gives the values under them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    literal_column,
)
from sqlalchemy.sql.visitors import replacement_traverse

from models.actor import Actor
from models.base import UtcDateTime
from models.organisation import OrganisationKind

Statement = TypeVar("Statement", Select[Any], CompoundSelect[Any])


# Compared by identity: two with the same placeholders are not the same if they stand for other kinds.
@dataclass(frozen=True, eq=False)
class AnyActor:
    """Stands for an ``Actor`` while a statement is built; the fields mean what they mean there."""

    person_id: BindParameter[int]
    organisation_ids: BindParameter[int]
    units_acted_for: BindParameter[int]
    units_written: BindParameter[int]
    units_overseen: BindParameter[int]


@dataclass(frozen=True, eq=False)
class AnyActorOfKinds(AnyActor):
    """One whose role on the platform and whose approved kinds are known: what is shown of others depends on them."""

    is_operator: bool
    approved_kinds: frozenset[OrganisationKind]


def ids_placeholder(name: str) -> BindParameter[int]:
    """For the right side of ``in_``: a list of ids."""
    return bindparam(name, type_=Integer(), expanding=True)


def constant(word: StrEnum) -> ColumnElement[str]:
    """A word of ours that stands in the statement itself: for the column that the condition of a partial index names.

    If it were bound, SQLite would plan the statement anew at each execution, to see whether the index serves the value
    that is bound now. For long statements that takes ten times as long as asking them.
    """
    return literal_column(f"'{word.value}'", String())


def with_words_written(statement: Statement) -> Statement:
    """The statement with every word of ours standing in it, as by ``constant``.

    For the long ones: hundreds of bound words, and lists of them above all, take longer to be bound than to be asked.
    """
    return cast("Statement", replacement_traverse(statement, {}, _written))


def moment_placeholder(name: str) -> BindParameter[datetime]:
    """For an aware moment."""
    return bindparam(name, type_=UtcDateTime())


def _written(element: Any, **_: Any) -> ColumnElement[Any] | None:
    """What stands in the place of a bound word or list of words; None for everything else."""
    if not isinstance(element, BindParameter):
        return None
    if isinstance(element.value, StrEnum):
        return literal_column(f"'{element.value.value}'", element.type)
    if element.expanding and element.value and all(isinstance(word, StrEnum) for word in element.value):
        return literal_column(
            "(" + ", ".join(f"'{word.value}'" for word in element.value) + ")", element.type
        )
    return None


ANY_ACTOR = AnyActor(
    person_id=bindparam("person_id", type_=Integer()),
    organisation_ids=ids_placeholder("organisation_ids"),
    units_acted_for=ids_placeholder("units_acted_for"),
    units_written=ids_placeholder("units_written"),
    units_overseen=ids_placeholder("units_overseen"),
)


def any_actor_like(actor: Actor) -> AnyActorOfKinds:
    """The same object for all actors of the same role and kinds, so that statements can be kept under it."""
    return _of_kinds(actor.is_operator, actor.approved_kinds)


@cache
def _of_kinds(is_operator: bool, approved_kinds: frozenset[OrganisationKind]) -> AnyActorOfKinds:
    return AnyActorOfKinds(
        person_id=ANY_ACTOR.person_id,
        organisation_ids=ANY_ACTOR.organisation_ids,
        units_acted_for=ANY_ACTOR.units_acted_for,
        units_written=ANY_ACTOR.units_written,
        units_overseen=ANY_ACTOR.units_overseen,
        is_operator=is_operator,
        approved_kinds=approved_kinds,
    )


def values_of_actor(actor: Actor) -> dict[str, Any]:
    """The values for the placeholders of ``ANY_ACTOR``."""
    return {
        "person_id": actor.person_id,
        "organisation_ids": list(actor.organisation_ids),
        "units_acted_for": list(actor.units_acted_for),
        "units_written": list(actor.units_written),
        "units_overseen": list(actor.units_overseen),
    }
