"""Whether anybody is ever booked twice: 50 threads that each try 200 times of six people, on both databases.

Run: ``python -m tests.benchmarks.bench_booking [threads] [times]``. It prints, for holding (the way of a request), for
booking (the way of an answer) and for both at once, how many bookings of one person overlap: 0. The last line of each
database has the guard taken away, and must show overlaps, or the race would prove nothing.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine

from models.base import Base
from tests.booking_race import (
    Attempt,
    book_attempt,
    either_attempt,
    engine_for,
    halves,
    hold_attempt,
    make_wishes,
    overlaps,
    race,
    take_guard_away,
    unguarded_attempt,
)
from tests.own_postgresql import empty_database, own_postgresql

WAYS: tuple[tuple[str, Attempt, bool], ...] = (
    ("request", hold_attempt, True),
    ("confirm", book_attempt, True),
    ("both at once", either_attempt, True),
    ("no guard", unguarded_attempt, False),
)


def main(threads: int, times: int) -> None:
    """Run every way on a fresh database of each kind, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="counterpart-booking-"))
    for number, (name, attempt, is_guarded) in enumerate(WAYS):
        _measure("SQLite", name, f"sqlite:///{folder}/{number}.sqlite3", attempt, is_guarded, threads, times)
    with own_postgresql() as server:
        for number, (name, attempt, is_guarded) in enumerate(WAYS):
            url = empty_database(server, f"booking_{number}")
            _measure("PostgreSQL", name, url, attempt, is_guarded, threads, times)
    shutil.rmtree(folder, ignore_errors=True)


def _measure(
    database: str, way: str, url: str, attempt: Attempt, is_guarded: bool, threads: int, times: int
) -> None:
    plain = create_engine(url)
    Base.metadata.create_all(plain)
    plain.dispose()
    engine = engine_for(url, threads)
    wishes = make_wishes(engine, times)
    if not is_guarded:
        take_guard_away(engine)
    started = time.perf_counter()
    answers = race(engine, wishes, threads, attempt)
    seconds = time.perf_counter() - started
    found = f"{overlaps(engine)} overlaps, {halves(engine)} half-booked meetings"
    print(f"{database}, {way}: {found}; {dict(answers)} in {seconds:.0f} s", flush=True)
    engine.dispose()


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers or (50, 200)))
