"""A unit and all units below it: what an office looks after."""

from models.actor import Actor
from models.organisation import Unit
from models.unit_people import reach
from web.database import db


def units_below(unit: Unit, actor: Actor) -> frozenset[int]:
    """What ``reach`` says, without a question where the actor's rights, read in the same transaction, say it."""
    for right in actor.rights:
        if right.unit_id == unit.id:
            return right.reach
    return reach(db.session, unit)
