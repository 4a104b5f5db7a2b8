"""Posting, importing and looking while the encoder changes: nothing is lost, and vectors never meet others' vectors."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from matching.encoder import HashEncoder, Progress, Vectors
from matching.passages import active_encoder, check_passages
from models.passage import EncoderRecord, EncoderState, Passage
from models.post import Post
from tests.browsing import Browser
from tests.conftest import session_on, settings_for
from tests.imported_posts import ROWS, csv_file, run
from tests.posting import GOOD, GOOD_TEXT, new_form, only_post
from tests.test_search_pages import search, titles
from tests.world import World
from web.database import db
from web.encoder_change import change_encoder
from web.self_check import problems_of
from web.worker import lacks_passages


class OtherEncoder(HashEncoder):
    """Other weights, and vectors of another width."""

    name = "other"
    key = "other:1"
    dimensions = 32


class SwitchedMeanwhile(HashEncoder):
    """While it encodes, the worker finishes the change to another encoder."""

    def __init__(self, switch: Callable[[], None]) -> None:
        self._switch = switch

    def encode(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        self._switch()
        return super().encode(texts, on_progress)


def switch_by(url: str) -> Callable[[], None]:
    """What another process does."""

    def switch() -> None:
        session = session_on(url)
        change_encoder(session, OtherEncoder())
        engine = session.get_bind()
        session.close()
        engine.dispose()  # type: ignore[union-attr] # Bound to an engine of its own.

    return switch


def assert_only_the_new_encoder_has_passages() -> None:
    active = active_encoder(db.session)
    assert active is not None
    assert active.key == OtherEncoder.key
    kept = select(Passage).join(EncoderRecord).where(EncoderRecord.state == EncoderState.RETIRED)
    assert db.session.scalars(kept).all() == []


def assert_the_worker_mends_what_is_missing(waiting: int) -> None:
    active = active_encoder(db.session)
    assert active is not None
    assert [found.problem for found in check_passages(db.session, active)] == ["missing"] * waiting
    assert lacks_passages(db.session)
    assert change_encoder(db.session, OtherEncoder())
    assert check_passages(db.session, active) == []
    assert not lacks_passages(db.session)


@pytest.fixture
def new_app(app: Flask, world: World, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A web process that was started with the new encoder, while the old one's vectors serve."""
    made = create_app(settings_for(database_url, tmp_path), load_encoder=OtherEncoder)
    made.extensions["matcher"].encoder_after_waiting()
    yield made
    with made.app_context():
        db.engine.dispose()


def test_a_post_whose_encoder_is_retired_while_it_is_encoded_is_mended_by_the_worker(
    app: Flask, browse: Browser, world: World, database_url: str
) -> None:
    form = new_form(browse, world)
    matcher = app.extensions["matcher"]
    matcher._encoder = SwitchedMeanwhile(switch_by(database_url))
    browse.submit(form, "Publish", GOOD)
    matcher._encoder = HashEncoder()
    post_id = only_post(app, GOOD["title"]).id
    with app.app_context():
        assert_only_the_new_encoder_has_passages()
    # Until then it is found by its words.
    page = browse.sign_in("dora").get(search(world, "boreal engineering", q=GOOD["title"]))
    assert GOOD["title"] in titles(page)
    with app.app_context():
        assert_the_worker_mends_what_is_missing(waiting=1)
        app.extensions["matcher"].index.refresh(db.session)
        table = app.extensions["matcher"].index.sides[db.session.get_one(Post, post_id).side]
        assert table.posts["is_known_language"][table.posts["id"] == post_id].tolist() == [True]


def test_an_import_whose_encoder_is_retired_meanwhile_is_mended_by_the_worker(
    app: Flask, world: World, database_url: str, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, ROWS)
    with app.app_context():
        run(db.session, world, path, SwitchedMeanwhile(switch_by(database_url)))
        assert_only_the_new_encoder_has_passages()
        assert_the_worker_mends_what_is_missing(waiting=len(ROWS))


def test_everything_works_in_a_process_with_the_new_encoder_while_the_old_one_serves(
    new_app: Flask, world: World, database_url: str
) -> None:
    browse = Browser(new_app)
    preview = browse.submit(new_form(browse, world), "Check my text", GOOD, 200)
    assert "may answer" in preview.words or "Nobody answers" in preview.words
    browse.submit(new_form(browse, world), "Publish", GOOD)
    post_id = only_post(new_app, GOOD["title"]).id
    edited = {"text": f"{GOOD_TEXT} And knowledge of zymurgy."}
    browse.submit(browse.sign_in("max").get(f"/posts/{post_id}/edit"), "Save", edited)

    page = browse.sign_in("dora").get(search(world, "boreal engineering", q="zymurgy"))
    assert titles(page) == [GOOD["title"]]
    assert "being renewed" in page.words
    page = browse.get(f"/units/{world.units['boreal engineering']}/partners/")
    assert page.heading
    with new_app.app_context():
        assert problems_of_posts(database_url) == []
        assert change_encoder(db.session, OtherEncoder())
        assert_only_the_new_encoder_has_passages()
        assert problems_of_posts(database_url) == []
    page = browse.get(search(world, "boreal engineering", q="zymurgy"))
    assert titles(page)[0] == GOOD["title"]
    assert "being renewed" not in page.words


def problems_of_posts(database_url: str) -> list[str]:
    return [line for line in problems_of(db.session, database_url) if line.startswith("Post")]
