"""An encoder that cannot be loaded: pages work by words, nothing typed is lost, and it is tried again by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from matching.encoder import Encoder, EncoderError, HashEncoder
from tests.browsing import Browser
from tests.conftest import settings_for
from tests.posting import GOOD, new_form, only_post
from tests.test_search_pages import search
from tests.world import World
from web import matcher
from web.database import db

WHY = "The encoder /nowhere cannot be loaded: no such folder."


class Disk:
    """Where the weights lie; away at first."""

    def __init__(self) -> None:
        self.is_there = False
        self.asked = 0

    def load(self) -> Encoder:
        self.asked += 1
        if not self.is_there:
            raise EncoderError(WHY)
        return HashEncoder()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def away(world: World, database_url: str, tmp_path: Path, disk: Disk) -> Iterator[Flask]:
    """The application with a filled database and an encoder that cannot be loaded."""
    made = create_app(settings_for(database_url, tmp_path), load_encoder=disk.load)
    with pytest.raises(matcher.EncoderIsMissingError):
        made.extensions["matcher"].encoder_after_waiting()
    yield made
    with made.app_context():
        db.engine.dispose()


def test_what_was_typed_is_shown_again_and_the_operator_reads_why(away: Flask, world: World) -> None:
    browse = Browser(away)
    page = browse.submit(new_form(browse, world), "Publish", GOOD, 503)
    assert GOOD["title"] in str(page.select("textarea"))
    assert int(page.response.headers["Retry-After"]) > 0
    words = browse.sign_in("opal").get("/jobs").words
    assert WHY in words
    assert "Until it can be loaded, texts cannot be published" in words


def test_nobody_is_told_to_check_again_for_a_preview_that_is_not_being_prepared(
    away: Flask, world: World
) -> None:
    browse = Browser(away)
    page = browse.submit(new_form(browse, world), "Check my text", GOOD, 200)
    assert "not running at the moment" in page.words
    assert "few seconds" not in page.words


def test_search_finds_by_words_and_says_so(away: Flask, world: World) -> None:
    page = Browser(away).sign_in("olga").get(search(world, "alba", q="battery"))
    assert "not running at the moment" in page.words
    assert not page.select("[hx-trigger^=load]"), "a page that asks again every few seconds would never end"


def test_it_is_tried_again_after_a_while_and_not_for_every_page(
    away: Flask, world: World, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    browse = Browser(away)
    disk.is_there = True
    browse.submit(new_form(browse, world), "Publish", GOOD, 503)
    assert disk.asked == 1
    monkeypatch.setattr(matcher, "SECONDS_BETWEEN_ATTEMPTS", 0.0)
    browse.submit(new_form(browse, world), "Publish", GOOD)
    assert disk.asked == 2
    assert only_post(away, GOOD["title"]).id
    assert WHY not in browse.sign_in("opal").get("/jobs").words
