"""On which side of a partnership the person of this request works."""

from models.partnership import Partnership
from models.partnership_policy import partner_sides_of
from models.side import Side
from web.access import current_actor
from web.sides import side_among, units_of


def my_side(partnership: Partnership) -> Side:
    """The side that the person works on. Who works on both sides works on that of the acting unit."""
    return side_among(partner_sides_of(current_actor(), partnership), units_of(partnership))
