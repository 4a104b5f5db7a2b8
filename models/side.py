"""The two sides of an introduction and of all that comes of it."""

from enum import StrEnum


class Side(StrEnum):
    """Which of the two sides of an introduction did, wrote or owes something."""

    ASKING = "asking"
    ASKED = "asked"

    @property
    def other(self) -> "Side":
        return Side.ASKED if self is Side.ASKING else Side.ASKING
