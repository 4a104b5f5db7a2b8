"""What one machine commits is what another ranks with pgvector, and what is stored stays true."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from matching.answers import Filters, Request
from matching.calibration import load_calibration
from matching.database_market import DatabaseHome
from matching.index import Index
from matching.market import Home
from matching.passages import active_encoder
from matching.ranking import rank_partners
from matching.stored_vectors import made_vectors
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.post import Post, Visibility
from models.post_vector import PostVector
from tests.market import Market
from tests.on_pgvector import keep, opened, session, size
from tests.random_world import RandomWorld
from tests.test_pgvector import told_of_all

__all__ = ["opened", "session", "size"]

pytestmark = pytest.mark.postgresql


def seen(session: Session, home: Home, market: Market, organisation_id: int) -> set[int]:
    """Which organisations another one finds."""
    request = Request(market.root(organisation_id), Filters(least_grade=None))
    ranking = rank_partners(session, home, request, market.actor(organisation_id), utc_now())
    matches = [*ranking.best, *ranking.others, *ranking.one_way]
    return {match.organisation.id for match in matches}


def test_what_one_machine_commits_another_ranks_at_once(opened: Callable[[], Session], size: None) -> None:
    here, there = opened(), opened()
    market, home = Market(here), DatabaseHome()
    seeker, answering = market.company("Seeker"), market.university("Answering")
    market.need(seeker, "Engineers for battery cells")
    reader = Market(there)
    assert seen(there, home, reader, seeker) == set()
    for number in range(3):
        there.rollback()
        post_id = market.capability(answering, "A programme on battery cells")
        assert seen(there, home, reader, seeker) == {answering}
        if number == 1:
            keep(here)
        there.rollback()
        market.edit(post_id, "Battery cells in the laboratory")
        request = Request(reader.root(seeker), Filters(least_grade=None))
        found = rank_partners(there, home, request, reader.actor(seeker), utc_now()).one_way[0]
        assert found.reasons_get[0].capability.text == "Battery cells in the laboratory"
        there.rollback()
        market.withdraw(post_id)
        assert seen(there, home, reader, seeker) == set()


def test_a_change_that_is_committed_after_a_later_one_is_not_missed(opened: Callable[[], Session]) -> None:
    here, slow = opened(), opened()
    market, home = Market(here), DatabaseHome()
    seeker, early, late = (market.company("Seeker"), market.university("Early"), market.university("Late"))
    market.need(seeker, "Engineers for battery cells")
    hidden = market.capability(early, "A programme on battery cells")
    market.show_to(hidden, Visibility.OWN_ORGANISATION)
    keep(here)
    assert seen(here, home, market, seeker) == set()
    here.rollback()
    # The earlier number in the changelog belongs to the transaction that is committed last.
    begin_write(slow)
    post = slow.get_one(Post, hidden)
    post.visibility = Visibility.NETWORK
    post.text, post.title = "Battery cells, taught anew", ""
    note_post_change(slow, hidden)
    slow.flush()
    market.capability(late, "A degree in battery cells")
    keep(here)
    assert seen(here, home, market, seeker) == {late}
    here.rollback()
    slow.commit()
    assert seen(here, home, market, seeker) == {early, late}
    keep(here)
    assert seen(here, home, market, seeker) == {early, late}
    stems = here.scalars(select(PostVector.stems).where(PostVector.post_id == hidden)).one()
    assert "anew" in stems.split(" ")


def test_stored_vectors_are_those_of_the_posts(session: Session) -> None:
    world = RandomWorld(session, 11, 6)
    keep(session)
    world.market.withdraw(world.post_ids[0])
    world.market.edit(world.post_ids[1], "Something else altogether")
    keep(session)
    encoder = active_encoder(session)
    assert encoder is not None
    calibration = load_calibration(encoder.key, encoder.dimensions)
    made = made_vectors(session, world.post_ids, encoder, calibration)
    stored = {one.post_id: one for one in session.scalars(select(PostVector))}
    assert stored.keys() == made.keys()
    assert world.post_ids[0] not in stored
    for post_id, one in made.items():
        assert one.vector is not None
        vector = np.frombuffer(stored[post_id].vector or b"", dtype=np.float32)
        np.testing.assert_allclose(vector, one.vector, atol=1e-6)
        assert stored[post_id].stems.split(" ") == list(one.words)


def test_vectors_that_were_never_stored_are_made_for_the_question(session: Session) -> None:
    """A process with other constants than those of the stored rows makes them for itself until the worker has."""
    world = RandomWorld(session, 3, 6)
    expected = told_of_all(
        rank_partners(
            session,
            Index(),
            Request(world.market.root(world.ids[1])),
            world.market.actor(world.ids[1]),
            world.now,
        )
    )
    keep(session)
    begin_write(session)
    session.execute(text("UPDATE post_vector SET recipe = 'of another time'"))
    session.commit()
    home = DatabaseHome()
    request, actor = Request(world.market.root(world.ids[1])), world.market.actor(world.ids[1])
    assert told_of_all(rank_partners(session, home, request, actor, world.now)) == expected
    keep(session)
    assert "of another time" not in set(session.scalars(select(PostVector.recipe)))
    assert told_of_all(rank_partners(session, home, request, actor, world.now)) == expected


ASK = """
import sys
from pathlib import Path
from matching.answers import Filters, Request
from matching.encoder import HashEncoder
from matching.ranking import rank_partners
from matching.search import SearchFilters, search_posts
from models.base import utc_now
from tests.conftest import session_on
from tests.market import Market
from web.matcher import Matcher

session = session_on(sys.argv[1])
home = Matcher(HashEncoder, frozenset({"en"}), sys.argv[1], Path(".")).index
home.refresh(session)
market = Market(session)
request = Request(market.root(1), Filters(least_grade=None))
ranking = rank_partners(session, home, request, market.actor(1), utc_now())
hits = search_posts(session, home, HashEncoder(), "battery", SearchFilters(), market.actor(1), utc_now()).hits
print(len(ranking.one_way), len(hits), "faiss" in sys.modules)
"""


def test_no_process_on_postgresql_loads_faiss(session: Session, vectors_database: str) -> None:
    market = Market(session)
    seeker, answering = market.company("Seeker"), market.university("Answering")
    market.need(seeker, "Engineers for battery cells")
    market.capability(answering, "A programme on battery cells")
    keep(session)
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK, vectors_database],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.split() == ["1", "2", "False"], found.stderr
