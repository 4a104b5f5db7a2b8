"""A real browser, and the application served to it on loopback."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from web.serving import beside_static_files

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which the application answers, with its static files beside it as in production: the browser
    keeps them, and asking for one neither opens a session nor sends a cookie back.
    """
    server = make_server("127.0.0.1", 0, _read_at_once(beside_static_files(app)), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read_at_once(application: "WSGIApplication") -> "WSGIApplication":
    """The same answers, each read to its end before it is sent. When a browser goes away halfway, the test server
    does not close what it was sending, and a file would stay open.
    """

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with closing(ClosingIterator(application(environ, start_response))) as answered:
            return [b"".join(answered)]

    return answer


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser. Start it last: Flask's database extension refuses to work beside its event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
