"""A unit and all units below it: what an office looks after."""

from sqlalchemy import select

from models.organisation import Unit, reach_of
from web.database import db


def units_below(unit: Unit) -> frozenset[int]:
    """The ids of the unit and of everything beneath it."""
    rows = db.session.execute(
        select(Unit.id, Unit.parent_id).where(Unit.organisation_id == unit.organisation_id)
    )
    return reach_of(unit.id, {row.id: row.parent_id for row in rows})
