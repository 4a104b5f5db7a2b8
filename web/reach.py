"""A unit and all units below it: what an office looks after."""

from sqlalchemy import bindparam, select

from models.actor import Actor
from models.organisation import Unit, reach_of
from web.database import db

_UNITS = select(Unit.id, Unit.parent_id).where(Unit.organisation_id == bindparam("organisation_id"))


def units_below(unit: Unit, actor: Actor) -> frozenset[int]:
    """The ids of the unit and of everything beneath it, whatever of it ``actor`` may act for."""
    for right in actor.rights:
        # Found out already when the rights were read, in the same transaction.
        if right.unit_id == unit.id:
            return right.reach
    rows = db.session.execute(_UNITS, {"organisation_id": unit.organisation_id})
    return reach_of(unit.id, {row.id: row.parent_id for row in rows})
