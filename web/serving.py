"""Starting the web server and the worker together, on a port and a folder that were checked before."""

import gc
import logging
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from web.children import SECONDS_TO_FINISH, run_together
from web.database import db
from web.matcher import EncoderIsWarmingError
from web.settings import Settings, StartError
from web.worker import run_worker

STATIC_MAX_AGE = 3600
SECONDS_BEFORE_WARMING = 0.5
# A large page makes about as many; Python's own 700 means a dozen searches for each.
NEW_OBJECTS_BEFORE_SEARCH = 20_000

logger = logging.getLogger("counterpart.web")


@dataclass(frozen=True)
class Listening:
    """Where the web server listens, and with how many processes of how many threads."""

    host: str
    port: int
    processes: int = 1
    threads: int = 8

    @property
    def address(self) -> str:
        # Whoever listens on every address is reached on the machine's own.
        own = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - Compared, not bound.
        host = own.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def check_port(listening: Listening) -> None:
    """Raise StartError if the port cannot be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in listening.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listening.host, listening.port))
        except OSError as error:
            raise StartError(
                f"Port {listening.port} on {listening.host} cannot be used: {error.strerror}. "
                "Choose another one with --port or PORT=…"
            ) from error


def prepare_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. Raise StartError if it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StartError(f"Cannot write to the folder {folder}: {error.strerror}.") from error


def run_web_and_worker(
    settings: Settings,
    listening: Listening,
    make_app: Callable[[], Flask],
    change_encoder: Callable[[Settings], None],
    welcome: list[str],
) -> None:
    """Serve until stopped; print the address and the lines of ``welcome`` once pages are served.

    Ends the program with exit code 1 if a child ended by itself.
    """

    def announce() -> None:
        lines = [f"Counterpart runs at {settings.public_url}", *welcome, "Ctrl-C stops it."]
        click.echo("\n".join(lines))

    tasks = {
        "web server": partial(run_web, make_app, listening, settings.trusted_proxies),
        "worker": partial(run_worker, make_app, change_encoder),
    }
    exit_code = run_together(tasks, listening.address, announce)
    if exit_code:
        sys.exit(exit_code)


def run_web(make_app: Callable[[], Flask], listening: Listening, trusted_proxies: int) -> None:
    """Serve until SIGINT or SIGTERM. Each web process makes its own application, after the fork."""
    WebServer(lambda: _served(make_app(), trusted_proxies), listening).run()


def _served(app: Flask, trusted_proxies: int) -> Flask:
    """The application with static files beside it, a proxy before it, and encoder and index warming up."""
    static = beside_static_files(app)
    app.wsgi_app = static  # type: ignore[method-assign] # Flask's documented place for middleware.
    if trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # As above.
            static, x_for=trusted_proxies, x_proto=trusted_proxies, x_host=trusted_proxies
        )
    # Loading the encoder holds the interpreter often; the first page goes first.
    warming = Timer(SECONDS_BEFORE_WARMING, warm_up, [app])
    warming.daemon = True
    warming.start()
    return app


def beside_static_files(app: Flask) -> WhiteNoise:
    """The application, behind what answers for its static files without asking it."""
    static = WhiteNoise(
        app.wsgi_app,
        max_age=STATIC_MAX_AGE,
        allow_all_origins=False,
        add_headers_function=_protect_static_file,
    )
    static.add_files(str(app.static_folder), prefix="static/")
    return static


def warm_up(app: Flask) -> None:
    """Load the encoder and fill the index, so that the first visitor does not wait. Whatever fails is tried again by
    the first page that needs it.
    """
    matcher = app.extensions["matcher"]
    # Words are compared without an encoder, so the index is filled all the same.
    with suppress(EncoderIsWarmingError):
        matcher.encoder_after_waiting()
    try:
        with app.app_context():
            matcher.index.refresh(db.session)
    except Exception:
        logger.exception("the index could not be filled")
    spare_from_garbage_search()


def spare_from_garbage_search() -> None:
    """Never look again for garbage in what is loaded by now, and look less often in what pages make.

    Each look through encoder and index stops every page for a tenth of a second and finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_BEFORE_SEARCH)


def _protect_static_file(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


class WebServer(BaseApplication):
    """Gunicorn with threads, configured here and by no file or variable of its own."""

    def __init__(self, make_served: Callable[[], Flask], listening: Listening) -> None:
        self.make_served = make_served
        self.listening = listening
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.listening.host}]" if ":" in self.listening.host else self.listening.host
        self.cfg.set("bind", f"{host}:{self.listening.port}")
        self.cfg.set("workers", self.listening.processes)
        self.cfg.set("threads", self.listening.threads)
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("graceful_timeout", SECONDS_TO_FINISH)
        self.cfg.set("loglevel", "warning")
        # A question of 500 characters in any script; half the length would cut some off.
        self.cfg.set("limit_request_line", 8190)
        # An encoder that is being loaded can hold the interpreter for seconds.
        self.cfg.set("timeout", 120)
        # An older version has no control socket to switch off.
        if "control_socket_disable" in self.cfg.settings:
            self.cfg.set("control_socket_disable", True)

    def load(self) -> Flask:
        return self.make_served()
