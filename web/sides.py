"""The two sides of an introduction, a meeting or a partnership: for which the person acts, and what each is called."""

from collections.abc import Collection, Mapping

from sqlalchemy import Select
from sqlalchemy.orm import joinedload, selectinload

from models.introduction import Introduction
from models.partnership import Partnership
from models.side import Side
from web.acting import acting_unit
from web.labels import name_of_unit


def side_among(sides: Collection[Side], units: Mapping[Side, int], turn: Side | None = None) -> Side:
    """Of the ``sides`` that the person may act for, the one for which they do; ``units`` are the ids of both units.

    Whoever could act for both acts for the unit in the address, and without one for the side whose ``turn`` it is.
    """
    if len(sides) == 1:
        return next(iter(sides))
    unit = acting_unit()
    for side in Side:
        if unit is not None and units[side] == unit.id:
            return side
    return turn or Side.ASKING


def units_of(dealing: Introduction | Partnership) -> dict[Side, int]:
    """The ids of both units, as ``side_among`` takes them."""
    return {side: dealing.unit_id_of(side) for side in Side}


def side_name(dealing: Introduction | Partnership, side: Side) -> str:
    """ "Boreal University, Engineering"; a root unit is the organisation itself."""
    unit = dealing.unit_of(side)
    return name_of_unit(dealing.organisation_of(side).name, unit.name, unit.parent_id)


def short_side_name(introduction: Introduction, side: Side) -> str:
    """The organisation of this side; the unit, where both sides belong to one organisation."""
    if introduction.asking_organisation_id == introduction.asked_organisation_id:
        return introduction.unit_of(side).name
    return introduction.organisation_of(side).name


def with_sides(statement: Select[Partnership]) -> Select[Partnership]:
    """The same partnerships, with the names of both sides and whom each names loaded along."""
    return statement.options(
        joinedload(Partnership.asking_organisation),
        joinedload(Partnership.asked_organisation),
        joinedload(Partnership.asking_unit),
        joinedload(Partnership.asked_unit),
        selectinload(Partnership.counterparts),
    )
