"""The weights of the signals that are in force: those that were learned from use here, else those of the program."""

from __future__ import annotations

from sqlalchemy.orm import Session

from matching.signals import DEFAULT_WEIGHTS, SignalWeights
from models.ranking_weights import weights_in_force


def current_weights(session: Session) -> SignalWeights:
    """Return the newest learned weights that were not taken back, else DEFAULT_WEIGHTS: one statement."""
    row = weights_in_force(session)
    if row is None:
        return DEFAULT_WEIGHTS
    return SignalWeights(
        nearness=row.nearness,
        activity=row.activity,
        freshness=row.freshness,
        history=row.history,
        reply=row.reply,
    )
