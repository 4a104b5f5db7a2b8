"""Starting and stopping: web server and worker live and die together, and the first page does not wait."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType

import pytest
from flask import Flask

from matching import reading
from tests.browsing import Browser
from tests.commanding import ROOT, free_port, production
from tests.real_browser import served
from tests.world import World
from web.children import _answers, _asked_to_stop, run_together
from web.database_commands import upgrade_database
from web.serving import Listening, check_port, prepare_folder, warm_up
from web.settings import StartError

# Generous, because several test processes share the machine; the promise is three seconds on an idle one.
LONGEST_START = 30.0


class Server:
    """``serve`` in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port

    def get(self, path: str) -> tuple[int, Message]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
                return response.status, response.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + LONGEST_START
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server ended while it started"
            try:
                self.get("/healthz")
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server never answered")

    def children(self) -> list[int]:
        """Process ids of the web server and the worker."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in path.read_text(encoding="ascii").split()]

    def is_gone(self) -> bool:
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5)
        return True


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    url = f"sqlite:///{folder / 'counterpart.sqlite3'}"
    upgrade_database(url)
    # An encoder that needs no weights: this is about processes.
    environment = production(folder) | {"COUNTERPART_ENCODER": "hash-64"}
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "serve", "--port", str(port)],
        env=os.environ | environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = Server(process, port)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_serve_answers_says_where_and_stops_with_all_its_children_on_a_signal(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.get("/healthz")[0] == 200
        _only_static_files_may_be_cached(server)
        children = server.children()
        assert len(children) == 2
        server.process.send_signal(signal.SIGTERM)
        output, _ = server.process.communicate(timeout=30)
        assert server.process.returncode == 0
        assert "Counterpart runs at https://partners.example.org" in output
        assert server.is_gone()
        assert not [child for child in children if Path(f"/proc/{child}").exists()]


def _only_static_files_may_be_cached(server: Server) -> None:
    status, headers = server.get("/static/css/counterpart.css")
    assert status == 200
    assert headers["Cache-Control"] == "max-age=3600, public"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["ETag"] or headers["Last-Modified"]
    assert server.get("/help")[1]["Cache-Control"] == "no-store"
    assert server.get("/static/../app.py")[0] == 404


@pytest.mark.parametrize("victim", [0, 1], ids=["the web server", "the worker"])
def test_if_one_child_dies_the_other_is_stopped_and_the_exit_code_tells(tmp_path: Path, victim: int) -> None:
    with serving(tmp_path) as server:
        children = server.children()
        os.kill(children[victim], signal.SIGKILL)
        output, _ = server.process.communicate(timeout=30)
        assert server.process.returncode == 1
        assert "ended by itself" in output
        assert not [child for child in children if Path(f"/proc/{child}").exists()]


def test_the_server_is_asked_by_a_name_that_it_goes_by(app: Flask) -> None:
    # As where it listens on an address of version 6 alone.
    app.config["TRUSTED_HOSTS"] = ["localhost"]
    with served(app) as address:
        assert _answers(address)


def test_a_busy_port_is_told_before_anything_starts() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 cannot be used: Address"):
            check_port(Listening("127.0.0.1", port))
    check_port(Listening("127.0.0.1", port))


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0


def test_the_index_is_full_before_the_first_visitor(app: Flask, world: World) -> None:
    warm_up(app)
    assert len(app.extensions["matcher"].index) > 0


def test_a_warm_up_that_fails_is_told_and_leaves_the_pages_working(
    app: Flask,
    world: World,
    browse: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("the disk is gone for a moment")

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read_posts", refuse)
        warm_up(app)
    assert "the index could not be filled" in caplog.text
    browse.sign_in("max").get(f"/units/{world.units['alba plant']}/partners/")
    assert len(app.extensions["matcher"].index) > 0


def _leave_a_trace_and_end(path: Path) -> None:
    path.touch()


def test_a_task_that_ends_by_itself_ends_everything(tmp_path: Path) -> None:
    tasks = {"short": partial(_leave_a_trace_and_end, tmp_path / "ran"), "long": partial(time.sleep, 60)}
    started = time.monotonic()
    assert run_together(tasks, "http://127.0.0.1:1", lambda: None) == 1
    assert (tmp_path / "ran").exists()
    assert time.monotonic() - started < 20


def _heed(_signal: int, _frame: FrameType | None) -> None:
    """Stands for the end of the program, which a signal would be that nobody waits for."""


@pytest.mark.parametrize(("inherited", "is_asked"), [(_heed, True), (signal.SIG_IGN, False)])
def test_a_closed_terminal_stops_what_is_not_to_outlive_it(
    inherited: Callable[[int, FrameType | None], None] | signal.Handlers, is_asked: bool
) -> None:
    before = signal.signal(signal.SIGHUP, inherited)
    try:
        with _asked_to_stop() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert bool(wait([stop], timeout=0)) is is_asked
    finally:
        signal.signal(signal.SIGHUP, before)


def _hang_up_on_itself_and_go_on(path: Path) -> None:
    signal.raise_signal(signal.SIGHUP)
    path.touch()


@pytest.mark.parametrize(("inherited", "goes_on"), [(_heed, False), (signal.SIG_IGN, True)])
def test_a_child_does_not_answer_a_closed_terminal_in_the_name_of_its_parent(
    tmp_path: Path, inherited: Callable[[int, FrameType | None], None] | signal.Handlers, goes_on: bool
) -> None:
    before = signal.signal(signal.SIGHUP, inherited)
    try:
        task = partial(_hang_up_on_itself_and_go_on, tmp_path / "went on")
        assert run_together({"child": task}, "http://127.0.0.1:1", lambda: None) == 1
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (tmp_path / "went on").exists() is goes_on
