"""Weights of the ranking's signals that were learned from use. Rows are added; the newest that was not taken back is in
force, and without one the weights that the program brings are.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now


class RankingWeights(Base):
    """Five weights in log-odds, for a signal of 1 against 0. ``learned_from`` says in words what use they stem from
    and what was measured on use that was held out.
    """

    __tablename__ = "ranking_weights"
    __table_args__ = (
        CheckConstraint(
            "nearness >= 0 AND activity >= 0 AND freshness >= 0 AND history >= 0 AND reply >= 0",
            name="none_negative",
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    nearness: Mapped[float]
    activity: Mapped[float]
    freshness: Mapped[float]
    history: Mapped[float]
    reply: Mapped[float]
    learned_from: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    taken_back_at: Mapped[datetime | None]


def weights_in_force(session: Session) -> RankingWeights | None:
    """The newest weights that were not taken back, None if there are none."""
    return session.scalar(
        select(RankingWeights)
        .where(RankingWeights.taken_back_at.is_(None))
        .order_by(RankingWeights.id.desc())
        .limit(1)
    )
