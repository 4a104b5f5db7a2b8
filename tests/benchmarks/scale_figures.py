"""Figures of markets of several sizes, and the table of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

ROUNDS = 5


@dataclass
class Figures:
    """All figures of one size: milliseconds (median, 95th percentile), megabytes, seconds, shares."""

    posts: int
    organisations: int
    milliseconds: dict[str, tuple[float, float]] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)
    megabytes: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def table_of(found: list[Figures]) -> str:
    """Return all figures as lines of a table, one column a size."""
    lines = [f"{'':<44}" + "".join(f"{one.posts:>20,}" for one in found)]
    lines.append(f"{'organisations':<44}" + "".join(f"{one.organisations:>20,}" for one in found))
    for name in dict.fromkeys(name for one in found for name in one.milliseconds):
        cells = [one.milliseconds.get(name) for one in found]
        lines.append(f"{name + ', p50 / p95 ms':<44}" + "".join(f"{_pair(cell):>20}" for cell in cells))
    for name in dict.fromkeys(name for one in found for name in one.recall):
        shares = [one.recall.get(name) for one in found]
        lines.append(f"{name:<44}" + "".join(f"{'–' if one is None else f'{one:.3f}':>20}" for one in shares))
    lines.append(f"{'resident memory, MB':<44}" + "".join(f"{one.megabytes:>20,.0f}" for one in found))
    for name in dict.fromkeys(name for one in found for name in one.seconds):
        seconds = [one.seconds.get(name) for one in found]
        lines.append(
            f"{name + ', s':<44}" + "".join(f"{'–' if one is None else f'{one:.2f}':>20}" for one in seconds)
        )
    notes = [f"{one.posts:,} posts: {note}" for one in found for note in one.notes]
    return "\n".join([*lines, *notes]) + "\n"


def times(works: Sequence[Callable[[], object]], rounds: int = ROUNDS) -> tuple[float, float]:
    """Milliseconds of each, some rounds of all: median and 95th percentile."""
    for work in works[:2]:
        work()
    taken: list[float] = []
    for _ in range(rounds):
        for work in works:
            started = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - started))
    return quantiles(taken)


def quantiles(taken: list[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    return float(np.quantile(taken, 0.5)), float(np.quantile(taken, 0.95))


def _pair(cell: tuple[float, float] | None) -> str:
    return "–" if cell is None else f"{cell[0]:.1f} / {cell[1]:.1f}"
