"""What a day that has passed leaves no room for: which moves it stops, and the words that say so."""

from collections.abc import Collection
from datetime import datetime

from models.commitment import Move
from models.commitment_rules import Refusal, moves_open_to, refusal_of
from models.commitment_standing import Standing, Step
from models.side import Side
from web.commitments.words import REFUSALS, what_next
from web.localisation import gettext


def timely_and_late_moves(
    standing: Standing, side: Side, person_id: int, now: datetime
) -> tuple[list[Move], list[Move]]:
    """The moves open to this person for ``side``, and those that would be refused because their day is over,
    whatever one says with them.
    """
    timely: list[Move] = []
    late: list[Move] = []
    for move in moves_open_to(standing, side, person_id, now):
        is_late = refusal_of(standing, Step(move, side, person_id, now)) is Refusal.DATE_PASSED
        (late if is_late else timely).append(move)
    return timely, late


def next_words(standing: Standing, side: Side, late: Collection[Move]) -> str:
    """Whose turn it is, and why moves are left out that would be too ``late``."""
    if Move.SEND in late:
        return gettext("Only your side sees this draft. Its date is over: choose a later one, then send it.")
    words = str(what_next(standing, side))
    if Move.AGREE_CHANGE in late:
        reason = gettext("The date that they ask for is over, so it cannot be agreed to any more.")
        return f"{words} {reason}"
    return f"{words} {REFUSALS[Refusal.DATE_PASSED]}" if late else words
