"""When each periodic job ran last, and who runs it now: one row a job.

A job is claimed by a compare-and-swap of its row, so no two workers run it at once. A claim lasts until it is
finished, or until its holder has not renewed it for a while because it was killed.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.once import add_once


class JobRun(Base):
    """The last run of the job ``name``: ``finished_at`` is None while it runs or after its worker was killed.

    ``count`` is how much it did, ``error`` what went wrong. ``succeeded_at`` is when it last finished without one;
    if it does not by ``stale_at``, something is wrong.
    """

    __tablename__ = "job_run"
    __table_args__ = ()

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    count: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    holder: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    stale_at: Mapped[datetime]


def is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody runs it at this moment."""
    return or_(JobRun.claimed_until.is_(None), JobRun.claimed_until <= now)


def claim_job(
    session: Session,
    name: str,
    holder: str,
    now: datetime,
    claim: timedelta,
    stale_at: datetime,
    started_before: datetime | None = None,
) -> bool:
    """Take the job for ``holder``; return False if somebody runs it, or it began after ``started_before``.

    Within the current write transaction. ``stale_at`` counts for a job that never ran.
    """
    add_once(session, JobRun, "name", {"name": name, "stale_at": stale_at})
    may = and_(JobRun.name == name, is_free(now))
    if started_before is not None:
        may = and_(may, or_(JobRun.started_at.is_(None), JobRun.started_at <= started_before, _was_killed()))
    taken = {"holder": holder, "started_at": now, "finished_at": None, "claimed_until": now + claim}
    return session.scalar(update(JobRun).where(may).values(taken).returning(JobRun.name)) is not None


def _was_killed() -> ColumnElement[bool]:
    return and_(JobRun.holder.is_not(None), JobRun.finished_at.is_(None))


def renew_claim(session: Session, name: str, holder: str, until: datetime) -> bool:
    """Hold the job longer; return False if it has another holder by now."""
    held = (JobRun.name == name, JobRun.holder == holder)
    change = update(JobRun).where(*held).values(claimed_until=until)
    return session.scalar(change.returning(JobRun.name)) is not None


def finish_job(
    session: Session, name: str, holder: str, now: datetime, stale_at: datetime, count: int, error: str
) -> None:
    """Note how the run ended and let go of the job, unless it has another holder by now."""
    values: dict[str, object] = {
        "finished_at": now,
        "count": count,
        "error": error,
        "holder": None,
        "claimed_until": None,
    }
    if not error:
        values["succeeded_at"] = now
        values["stale_at"] = stale_at
    session.execute(update(JobRun).where(JobRun.name == name, JobRun.holder == holder).values(values))
