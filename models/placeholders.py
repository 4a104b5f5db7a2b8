"""Placeholders for who asks and when: with them a statement is built once and asked with the values of each request.

Building a statement takes longer than asking it for a few rows. Nothing of a person is kept between requests: the
statement holds names, and whoever executes it gives the values under them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Integer, bindparam

from models.actor import Actor
from models.base import UtcDateTime


@dataclass(frozen=True)
class AnyActor:
    """Stands for an ``Actor`` while a statement is built; the fields mean what they mean there."""

    person_id: BindParameter[int]
    organisation_ids: BindParameter[int]
    units_written: BindParameter[int]
    units_overseen: BindParameter[int]


def ids_placeholder(name: str) -> BindParameter[int]:
    """For the right side of ``in_``: a list of ids."""
    return bindparam(name, type_=Integer(), expanding=True)


def moment_placeholder(name: str) -> BindParameter[datetime]:
    """For an aware moment."""
    return bindparam(name, type_=UtcDateTime())


ANY_ACTOR = AnyActor(
    person_id=bindparam("person_id", type_=Integer()),
    organisation_ids=ids_placeholder("organisation_ids"),
    units_written=ids_placeholder("units_written"),
    units_overseen=ids_placeholder("units_overseen"),
)


def values_of_actor(actor: Actor) -> dict[str, Any]:
    """The values for the placeholders of ``ANY_ACTOR``."""
    return {
        "person_id": actor.person_id,
        "organisation_ids": list(actor.organisation_ids),
        "units_written": list(actor.units_written),
        "units_overseen": list(actor.units_overseen),
    }
