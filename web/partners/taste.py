"""What a person weighs themselves: read from the address, and put back into it, so that an order can be shared."""

from collections.abc import Mapping
from typing import Any

from matching.signals import PlaceTaste, Taste

HISTORY_OFF = "off"


def taste_of(values: Mapping[str, str]) -> Taste:
    """The taste that an address names; anything unknown counts as not chosen."""
    place = values.get("place", "")
    if not place and values.get("nearby") == "0":
        # Addresses from before there were three choices.
        place = PlaceTaste.ANY
    return Taste(
        place=PlaceTaste(place) if place in set(PlaceTaste) else PlaceTaste.NEAR,
        history_counts=values.get("history") != HISTORY_OFF,
    )


def taste_values(taste: Taste) -> dict[str, Any]:
    """The arguments of an address that name this taste; nothing for the usual one."""
    values: dict[str, Any] = {}
    if taste.place is not PlaceTaste.NEAR:
        values["place"] = taste.place.value
    if not taste.history_counts:
        values["history"] = HISTORY_OFF
    return values
