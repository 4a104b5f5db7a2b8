"""A start from the database reads many posts some at a time; nothing is to be seen of where one part ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching import index as index_module
from matching import reading
from matching.calibration import post_vector
from matching.index import Index
from matching.passages import drop_passages, vectors_of
from matching.words import word_weights
from models.database import begin_write
from models.place import Place
from models.post import Post, PostSide
from tests.market import Market

TEXTS = (
    ("Nurses for our wards. And one who leads them.", "en"),
    ("Pflegekräfte für unsere Stationen", "de"),
    ("Turbines, rolled steel. Turbines once more. Harbours too.", "en"),
    ("Wards and nurses", "xx"),
)
OWNERS = 3
# Neither divides the number of posts, so that parts end within the posts of one text and of every owner.
POSTS_PER_QUERY, POSTS_AT_ONCE = 3, 7


@pytest.fixture
def market(session: Session) -> Market:
    """Owners whose posts come in by turns, the last of them named first; one post waits for its vectors."""
    market = Market(session)
    homes = [Place(name=f"Town {number}", country="DE", zone="UTC") for number in range(OWNERS)]
    owners = [market.organisation(f"Owner {number}", place=home) for number, home in enumerate(homes)]
    for text, language in TEXTS:
        for owner in reversed(owners):
            market.need(owner, f"{text} {owner}", language)
            market.capability(owner, f"{owner} {text}", language)
    begin_write(session)
    drop_passages(session.get_one(Post, 5))
    session.commit()
    return market


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "POSTS_PER_QUERY", POSTS_PER_QUERY)
    monkeypatch.setattr(index_module, "POSTS_AT_ONCE", POSTS_AT_ONCE)


def assert_is_all_of_the_database(index: Index, session: Session) -> None:
    for side, table in index.sides.items():
        posts = {post.id: post for post in session.scalars(select(Post).where(Post.side == side))}
        assert sorted(table.posts["id"].tolist()) == sorted(posts)
        assert table.posts["owner"].tolist() == sorted(table.posts["owner"].tolist())
        for row, columns in enumerate(table.posts):
            post = posts[int(columns["id"])]
            home = post.effective_place
            assert home is not None
            assert int(index.organisations["id"][columns["owner"]]) == post.organisation_id
            assert int(columns["place"]) == index.place_row(home.id) >= 0
            assert bool(columns["is_known_language"]) == (post.language == "en" and bool(post.passages))
            weights = word_weights(post.matching_text, post.language)
            own = table.words.similarities_of_rows([weights], table.word_rows[row : row + 1])
            assert own == pytest.approx(1)
            assert table.words.similarities_of_all(weights)[table.word_rows[row]] == pytest.approx(1)
            if post.passages:
                vector = post_vector(vectors_of([one.vector for one in post.passages]))
                placed = index.calibration.placed(vector, side, int(columns["kind"]))
                assert table.vectors.rows(np.array([row]))[0] == pytest.approx(placed, abs=1e-6)


def test_every_post_is_whole_wherever_a_part_ended(market: Market) -> None:
    index = Index()
    index.refresh(market.session)
    assert len(index) == 2 * OWNERS * len(TEXTS)
    assert_is_all_of_the_database(index, market.session)


def test_a_start_that_failed_half_way_is_begun_anew(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    index, read_posts, wanted = Index(), reading.read_posts, list[int]()

    def failing(session: Session, post_ids: Iterable[int], encoder_id: int) -> Iterator[reading.ReadPosts]:
        if wanted:
            raise OSError("the disk is gone for a moment")
        wanted.extend(post_ids)
        return read_posts(session, wanted, encoder_id)

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read_posts", failing)
        with pytest.raises(OSError, match="gone"):
            index.refresh(market.session)
    assert len(wanted) == POSTS_AT_ONCE
    index.refresh(market.session)
    assert_is_all_of_the_database(index, market.session)


def test_a_change_is_taken_in_on_top(market: Market) -> None:
    index = Index()
    index.refresh(market.session)
    market.edit(1, "Harbours instead. Twice over.")
    market.delete(2)
    market.need(1, "Enzymes")
    index.refresh(market.session)
    assert len(index.sides[PostSide.NEED]) == OWNERS * len(TEXTS) + 1
    fresh = Index()
    fresh.refresh(market.session)
    assert_is_all_of_the_database(fresh, market.session)
    for side, table in index.sides.items():
        order, again = (np.argsort(one.sides[side].posts["id"]) for one in (index, fresh))
        expected = fresh.sides[side].vectors.rows(again)
        np.testing.assert_allclose(table.vectors.rows(order), expected, atol=1e-6)
