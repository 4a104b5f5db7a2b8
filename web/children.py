"""One parent and its children: started together, stopped together by a signal or one's own end."""

import contextlib
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from types import FrameType
from typing import Any

import click

from web.settings import StartError

SECONDS_TO_FINISH = 10
SECONDS_BETWEEN_LOOKS = 0.05


def run_in_child(task: Callable[[], None]) -> None:
    """Run the task in a process of its own and wait for it. Ends the program if it fails; it has said why."""
    child = get_context("fork").Process(target=_run_child, args=(task,))
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(child.exitcode)


def run_together(tasks: Mapping[str, Callable[[], None]], address: str, announce: Callable[[], None]) -> int:
    """Run each task in a child until asked to stop by a signal, or until one of them ends; then stop them all.

    ``announce`` is called once, when the address answers. Returns the exit code: 0 if a signal asked to stop.
    """
    with _asked_to_stop() as stop:
        # Forked before any engine, encoder or index exists: these do not survive a fork.
        children = [
            get_context("fork").Process(target=_run_child, args=(task,), name=name)
            for name, task in tasks.items()
        ]
        for child in children:
            child.start()
        ended = _watch(children, stop, address, announce)
        _stop(children)
    for child in ended:
        click.echo(f"Error: the {child.name} ended by itself, so everything was stopped.", err=True)
    return 1 if ended else 0


def _watch(
    children: list[ForkProcess], stop: int, address: str, announce: Callable[[], None]
) -> list[ForkProcess]:
    """Wait for a signal or the end of a child; return the children that ended by themselves."""
    is_announced = False
    while True:
        watched: list[Any] = [stop, *(child.sentinel for child in children)]
        ready = wait(watched, timeout=None if is_announced else SECONDS_BETWEEN_LOOKS)
        if stop in ready:
            return []
        ended = [child for child in children if child.sentinel in ready]
        if ended:
            return ended
        if not is_announced and _answers(address):
            is_announced = True
            announce()


def _run_child(task: Callable[[], None]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # The handler of the parent would answer in its name.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        task()
    except KeyboardInterrupt:
        sys.exit(130)
    except StartError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


def _stop(children: list[ForkProcess]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + SECONDS_TO_FINISH + 2
    for child in children:
        child.join(max(0, deadline - time.monotonic()))
        if child.is_alive():
            child.kill()
            child.join()


def _answers(address: str) -> bool:
    # By this name it answers wherever it listens; an address of version 6 is no name that it goes by.
    asked = urllib.request.Request(f"{address}/healthz", headers={"Host": "localhost"})  # noqa: S310 - Our own address.
    try:
        with urllib.request.urlopen(asked, timeout=5) as response:  # noqa: S310 - As above.
            return bool(response.status == 200)
    except OSError:
        return False


@contextlib.contextmanager
def _asked_to_stop() -> Iterator[int]:
    """A file descriptor that becomes readable at SIGINT, SIGTERM, or SIGHUP of a terminal that is closed."""
    readable, writable = os.pipe()
    # Whoever ignores it from the start, as under nohup, is to outlive the terminal.
    outlives_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    stops = [signal.SIGINT, signal.SIGTERM, *([] if outlives_terminal else [signal.SIGHUP])]

    def note(_signal: int, _frame: FrameType | None) -> None:
        os.write(writable, b".")

    previous = {number: signal.signal(number, note) for number in stops}
    try:
        yield readable
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        os.close(readable)
        os.close(writable)
