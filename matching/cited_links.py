"""Which links between two sides are shown: what fits before what only weighs more."""

from __future__ import annotations

from collections.abc import Sequence

from matching.explanation import Link
from matching.scoring import LEAST_FIT, Grade

REASONS_IN_LISTS = 2
REASONS_OF_A_PAIR = 12
LEAST_COVER = LEAST_FIT[Grade.POSSIBLE]


def cited_in_list(by_weight: Sequence[Link]) -> list[Link]:
    """Return the weightiest links that fit; where none does, the nearest there is for the weightiest need."""
    fitting = [link for link in by_weight if link.by_words_only or link.fit >= LEAST_COVER]
    return (fitting or list(by_weight[:1]))[:REASONS_IN_LISTS]


def cited_of_pair(by_weight: Sequence[Link], by_fit: Sequence[Link]) -> list[Link]:
    """Return the links of the list first, so that whoever opens a pair finds what its card said; then the others that
    fit, and last the nearest there is for the weightiest need.
    """
    cited = dict.fromkeys([*cited_in_list(by_weight), *by_fit, *by_weight[:1]])
    return list(cited)[:REASONS_OF_A_PAIR]
