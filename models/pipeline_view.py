"""Saved views of the pipeline."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now


class PipelineView(Base):
    """The filters as they stand in the URL, under a name. It belongs to one person, who opens the pipeline with the
    default one. A removed one keeps its row, so that removing can be undone.
    """

    __tablename__ = "pipeline_view"
    __table_args__ = (
        UniqueConstraint("person_id", "name"),
        Index(
            "uq_pipeline_view_default",
            "person_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    query: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    removed_at: Mapped[datetime | None]
