"""The audit trail: who did what, for which unit, to which record, and what changed. Rows are added, never
altered.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now


class AuditEntry(Base):
    """``changes`` maps a field to [old, new]; texts of posts and reasons are named but not copied. Those of a
    merger keep as well what ``models.separating`` gives back.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_record", "record_kind", "record_id"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    action: Mapped[str]
    record_kind: Mapped[str]
    record_id: Mapped[int]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def note_action(
    session: Session,
    person_id: int | None,
    action: str,
    record: Base,
    unit_id: int | None = None,
    changes: dict[str, Any] | None = None,
) -> None:
    """Add the audit row of one action. ``record`` must have its id (flush first); ``person_id`` is None
    for the system.
    """
    session.add(
        AuditEntry(
            person_id=person_id,
            unit_id=unit_id,
            action=action,
            record_kind=record.__tablename__,
            record_id=record.id,  # type: ignore[attr-defined] # Every audited record has an integer id.
            changes=changes or {},
        )
    )
