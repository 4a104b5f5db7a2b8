"""Measure the signals of every organisation of the index, from the columns of the posts that were compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from matching.candidates import Acting, Facing, kilometres_to
from matching.index import Index
from matching.nearness import best_by_owner, nearness
from matching.signals import Signals, activity_signal, unknown_signals


def signals_of(index: Index, acting: Acting, facings: Sequence[Facing]) -> Signals:
    """Return the signals of each organisation, nearness over the places of its compared posts."""
    owners, places = _owners_and_places(facings)
    count = len(index.organisations)
    return replace(
        unknown_signals(count),
        nearness=best_by_owner(nearness(acting.places, index.places)[places], owners, count),
        activity=activity_signal(index.organisations["activity"]),
    )


def distances_of(index: Index, acting: Acting, facings: Sequence[Facing]) -> npt.NDArray[np.float64]:
    """Return kilometres to the nearest compared post of each organisation, NaN where unknown."""
    owners, places = _owners_and_places(facings)
    kilometres = np.full(len(index.organisations), np.nan)
    np.fmin.at(kilometres, owners, kilometres_to(index, acting.places)[places])
    return kilometres


def _owners_and_places(facings: Sequence[Facing]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Owner and place row of every compared post whose place is known."""
    owners = np.concatenate([facing.posts["owner"] for facing in facings])
    places = np.concatenate([facing.posts["place"] for facing in facings])
    return owners[places >= 0], places[places >= 0]
