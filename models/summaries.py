"""Shared summaries: one side writes what was said, the other confirms or corrects it, in turns until both agree."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.meeting import Meeting
from models.outcome import SharedSummary, SummaryState
from models.side import Side


def summaries_of(session: Session, meeting: Meeting) -> list[SharedSummary]:
    """Every version, oldest first. Both sides see all of them."""
    every = select(SharedSummary).where(SharedSummary.meeting_id == meeting.id)
    return list(session.scalars(every.order_by(SharedSummary.id)))


def open_summary(session: Session, meeting: Meeting) -> SharedSummary | None:
    """The version that waits for an answer. Whose turn it is: the side that did not write it."""
    return session.scalar(
        select(SharedSummary).where(
            SharedSummary.meeting_id == meeting.id, SharedSummary.state == SummaryState.PROPOSED
        )
    )


def propose_summary(
    session: Session, meeting: Meeting, side: Side, person_id: int, text: str, now: datetime
) -> SharedSummary:
    """Add a version of ``side`` that waits for the other side. It corrects the one that waits, whoever wrote that.

    Within the current write transaction; flushes, so it has its id.
    """
    waiting = open_summary(session, meeting)
    if waiting is not None:
        waiting.state = SummaryState.CORRECTED
        waiting.answered_at = now
        waiting.answered_by_id = person_id
        # No two versions may wait at once, not even within the transaction.
        session.flush()
    summary = SharedSummary(
        meeting_id=meeting.id, written_by=side, person_id=person_id, text=text, created_at=now
    )
    session.add(summary)
    session.flush()
    return summary


def confirm_summary(summary: SharedSummary, side: Side, person_id: int, now: datetime) -> None:
    """Agree to what the other side wrote. Raises ValueError for one's own words or for an answered version."""
    if summary.written_by is side or summary.state is not SummaryState.PROPOSED:
        raise ValueError("only the other side confirms, and only what waits")
    summary.state = SummaryState.CONFIRMED
    summary.answered_at = now
    summary.answered_by_id = person_id
