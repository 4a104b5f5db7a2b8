"""Dismissals: "not a fit, because …". They hide an organisation from one unit's partners until undone."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.organisation import Organisation


class DismissalReason(StrEnum):
    WRONG_FIELD = "wrong_field"
    TOO_FAR = "too_far"
    WRONG_SIZE = "wrong_size"
    ALREADY_PARTNERS = "already_partners"
    NOT_NOW = "not_now"
    OTHER = "other"


class Dismissal(Base):
    """Private to the side that dismissed: ``unit_id`` of ``organisation_id`` does not want
    ``dismissed_id`` suggested.
    """

    __tablename__ = "dismissal"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "organisation_id"], ["unit.id", "unit.organisation_id"]),
        Index(
            "uq_dismissal_current",
            "unit_id",
            "dismissed_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_id: Mapped[int]
    dismissed_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[DismissalReason]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    undone_at: Mapped[datetime | None]

    dismissed: Mapped[Organisation] = relationship(foreign_keys=[dismissed_id])
