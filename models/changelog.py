"""The changelog: what a search index must look at again. Written in the transaction of each change."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now


class Change(Base):
    """One post changed, or something about an organisation that all its posts carry (kind, approval, places,
    activity).

    ``post_id`` carries no foreign key: the row must outlive a deleted post, to tell the indexes that it is
    gone.
    ``seq`` rises in commit order on SQLite, whose one writer makes it so. On PostgreSQL it does not, so there each row
    tells by itself whether ``post_vector`` has taken it in.
    """

    __tablename__ = "changelog"
    __table_args__ = (
        CheckConstraint("(post_id IS NULL) <> (organisation_id IS NULL)", name="one_subject"),
        Index(
            "ix_changelog_not_taken_in",
            "post_id",
            sqlite_where=text("NOT is_taken_in"),
            postgresql_where=text("NOT is_taken_in"),
        ),
        NEVER_REUSE_IDS,
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    at: Mapped[datetime] = mapped_column(default=utc_now)
    is_taken_in: Mapped[bool] = mapped_column(default=False, server_default=false())


def note_post_change(session: Session, post_id: int) -> None:
    session.add(Change(post_id=post_id))


def note_organisation_change(session: Session, organisation_id: int) -> None:
    session.add(Change(organisation_id=organisation_id))
