"""The weights of the signals that are in force: those that were learned from use here, else those of the program."""

from __future__ import annotations

from sqlalchemy.orm import Session

from matching.signals import DEFAULT_WEIGHTS, SignalWeights
from models.ranking_weights import RankingWeights, weights_in_force


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
        # Read from texts as the fit is, and not learned from use.
        breadth=DEFAULT_WEIGHTS.breadth,
    )


def remember_weights(session: Session, weights: SignalWeights, learned_from: str) -> RankingWeights:
    """Add the row that puts these weights in force once the caller commits; it has its id."""
    row = RankingWeights(
        nearness=weights.nearness,
        activity=weights.activity,
        freshness=weights.freshness,
        history=weights.history,
        reply=weights.reply,
        learned_from=learned_from,
    )
    session.add(row)
    session.flush()
    return row
