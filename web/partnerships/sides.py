"""On which side the person of this request works, and what the two sides are called."""

from models.partnership import Partnership
from models.partnership_policy import partner_sides_of
from models.side import Side
from web.access import current_actor
from web.acting import acting_unit


def my_side(partnership: Partnership) -> Side:
    """The side that the person works on. Who works on both sides works on that of the acting unit."""
    sides = partner_sides_of(current_actor(), partnership)
    unit = acting_unit()
    for side in sides:
        if unit is not None and partnership.unit_id_of(side) == unit.id:
            return side
    return Side.ASKING if Side.ASKING in sides else Side.ASKED


def side_name(partnership: Partnership, side: Side) -> str:
    """The organisation, and the unit where that is not the whole of it."""
    unit = partnership.unit_of(side)
    organisation = partnership.organisation_of(side)
    return organisation.name if unit.is_root else f"{unit.name}, {organisation.name}"
