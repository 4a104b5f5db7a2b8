"""Reminders survive a worker that is killed while it sends. The full measurement is the benchmark of the same name."""

from pathlib import Path

from tests.benchmarks.bench_outbox import measure_kills, measure_two_at_once


def test_killed_workers_lose_no_reminder_and_repeat_at_most_one_each(tmp_path: Path) -> None:
    result = measure_kills(tmp_path, reminders=60, kills=3, is_away_for=0)
    assert (result.lost, result.unsettled, result.other_ids) == (0, 0, 0)
    assert result.repeats_of_one_kill <= 1


def test_two_processes_that_sweep_and_send_at_once_repeat_nothing(tmp_path: Path) -> None:
    result = measure_two_at_once(tmp_path, reminders=60)
    assert (result.lost, result.unsettled, result.repeats) == (0, 0, 0)
