"""Counters behind the rate limits, shared by all web processes through the database."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class RateLimitCounter(Base):
    """How often ``key`` was hit in the window that ends at ``expires_at``."""

    __tablename__ = "rate_limit_counter"
    __table_args__ = ()

    key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
