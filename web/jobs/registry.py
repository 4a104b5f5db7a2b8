"""The periodic jobs: each a function with a name and a rhythm, registered by the feature that it belongs to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

Work = Callable[[Session, datetime], int]


@dataclass(frozen=True)
class Job:
    """``work`` gets a session that reads and the current moment; it makes its own write transactions and returns how
    much it did. ``stale_after``: without a success for this long the operator's page turns red.
    """

    name: str
    every: timedelta
    work: Work
    stale_after: timedelta


_jobs: dict[str, Job] = {}

# However often a job runs: one that is late by less than this may only be waiting for its turn.
SOONEST_STALE = timedelta(minutes=10)


def periodic(name: str, every: timedelta) -> Callable[[Work], Work]:
    """Run the function ``every`` so often, after downtime once as soon as a worker is back.

    It never runs twice at once, but it may be killed halfway: let it write in small transactions of which each is
    right by itself, and let a mail or row that it adds have a key. The first line of its docstring is shown by
    ``app.py jobs list``. Raises ValueError if another function has this name.
    """

    def register(work: Work) -> Work:
        if name in _jobs:
            raise ValueError(f"two periodic jobs are named {name!r}")
        _jobs[name] = Job(name, every, work, stale_after=max(3 * every, SOONEST_STALE))
        return work

    return register


def all_jobs() -> list[Job]:
    """Every registered job, by name."""
    return sorted(_jobs.values(), key=lambda job: job.name)


def job_named(name: str) -> Job | None:
    return _jobs.get(name)
