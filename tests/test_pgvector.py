"""On PostgreSQL the database compares the vectors, and every answer is the one that the index in memory gives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from matching import database_market, nearest_posts
from matching.answers import Draft, Filters, Match, Pair, Ranking, Reason, Request
from matching.candidates import Acting, eligible
from matching.database_market import DatabaseHome
from matching.demand import Demand
from matching.encoder import HashEncoder
from matching.index import Index
from matching.market import Home
from matching.nearest_posts import Stored, allowed, nearest, nearest_by_index
from matching.new_posts import fitting_posts
from matching.own_side import own_side
from matching.passages import active_encoder
from matching.ranking import pair, rank_for_post, rank_for_text, rank_partners
from matching.search import SearchFilters, search_posts
from matching.stored_vectors import (
    forget_old_recipes,
    made_vectors,
    prepare_indexes,
    recipe_of,
    take_in_changes,
    take_in_missing,
)
from models.base import Base, utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import Organisation, OrganisationKind, Sector
from models.post import Post, PostKind, PostSide, Visibility
from models.post_vector import PostVector
from tests.conftest import new_database, session_on
from tests.made_market import MadeOrganisation, MadePost, write_market
from tests.market import Market
from tests.random_world import RandomWorld

pytestmark = pytest.mark.postgresql

ORGANISATIONS = 9
FILTERS = (
    Filters(),
    Filters(least_grade=None),
    Filters(countries=frozenset({"DE"})),
    Filters(within_km=400.0),
    Filters(countries=frozenset({"DE", "ES"}), within_km=900.0),
    Filters(kinds=frozenset({OrganisationKind.UNIVERSITY})),
    Filters(sectors=frozenset({Sector.FOOD, Sector.ENERGY})),
    Filters(post_kinds=frozenset({PostKind.TALENT, PostKind.PROGRAMME})),
)
SEARCHES = (
    SearchFilters(),
    SearchFilters(sides=frozenset({PostSide.NEED})),
    SearchFilters(kinds=frozenset({PostKind.TALENT, PostKind.LABORATORY, PostKind.JOBS})),
    SearchFilters(sectors=frozenset({Sector.FOOD})),
    SearchFilters(countries=frozenset({"DE"})),
    SearchFilters(open_on=(utc_now() + timedelta(days=20)).date()),
    SearchFilters(organisation_kinds=frozenset({OrganisationKind.COMPANY})),
    SearchFilters(from_day=(utc_now() + timedelta(days=20)).date()),
)


@pytest.fixture(scope="module")
def vectors_database(postgresql_server: str) -> str:
    """The URL of a database with pgvector and today's tables, for this file alone: it makes indexes of its own."""
    return new_database(postgresql_server, "counterpart_vectors")


@pytest.fixture
def opened(vectors_database: str) -> Iterator[Callable[[], Session]]:
    """Opens a session of its own, each on a connection of its own, as another machine would."""
    engine = create_engine(vectors_database)
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    engine.dispose()
    sessions: list[Session] = []

    def open_session() -> Session:
        sessions.append(session_on(vectors_database))
        return sessions[-1]

    yield open_session
    for session in sessions:
        bound = session.get_bind()
        session.close()
        bound.dispose()  # type: ignore[union-attr] # Bound to an engine just above.


@pytest.fixture
def session(opened: Callable[[], Session]) -> Session:
    return opened()


def keep(session: Session) -> None:
    """Do what the worker does."""
    begin_write(session)
    while take_in_changes(session) or take_in_missing(session):
        pass
    prepare_indexes(session)
    forget_old_recipes(session)
    session.commit()


@pytest.fixture(params=["read whole", "by candidates"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small market is read whole; with no market small, candidates are asked for in every one, the weakest too."""
    if request.param == "by candidates":
        monkeypatch.setattr(database_market, "SMALL_MARKET", 0)
        monkeypatch.setattr(nearest_posts, "RAREST_WORDS", 1000)


def told(matches: tuple[Match, ...]) -> list[tuple[object, ...]]:
    """What a list tells, in its order."""
    return [
        (
            match.organisation.id, match.grade, match.by_words_only, match.unit_id, match.distance_km,
            _rounded(match.get), _rounded(match.give), _rounded(match.fit), _rounded(match.rank_value),
            [line.post_id for line in match.uncovered], _cited(match.reasons_get), _cited(match.reasons_give),
        )
        for match in matches
    ]  # fmt: skip


def _rounded(number: float | None) -> object:
    return None if number is None else pytest.approx(number, abs=1e-4)


def _cited(reasons: tuple[Reason, ...]) -> list[tuple[object, ...]]:
    return [(one.need.post.post_id, one.capability.post.post_id, one.need.text) for one in reasons]


def told_of_all(ranking: Ranking) -> list[list[tuple[object, ...]]]:
    return [told(ranking.best), told(ranking.others), told(ranking.one_way)]


def told_of_pair(one: Pair | None) -> object:
    if one is None:
        return None
    lines = [
        one.our_needs,
        one.our_capabilities,
        one.their_needs,
        one.their_capabilities,
        one.their_uncovered,
    ]
    ids = [[line.post_id for line in some] for some in lines]
    return told((one.match,)), _cited(one.links_get), _cited(one.links_give), ids


def asked_everything(home: Home, world: RandomWorld, session: Session) -> Iterator[object]:
    """Whatever a page may ask of a home, by every organisation."""
    for number, organisation_id in enumerate(world.ids):
        root, actor = world.market.root(organisation_id), world.market.actor(organisation_id)
        for filters in FILTERS if number == 1 else FILTERS[:1]:
            yield told_of_all(rank_partners(session, home, Request(root, filters), actor, world.now))
        other = world.ids[number - 1]
        yield told_of_pair(pair(session, home, Request(root), other, actor, world.now))
        draft = Draft(root, PostSide.NEED, PostKind.TALENT, "", "Welding robots for turbines. Steel coating.")
        yield told(rank_for_text(session, home, HashEncoder(), draft, actor, world.now))
    actor = world.market.actor(world.ids[1])
    for post_id in world.post_ids[:6]:
        yield told(rank_for_post(session, home, session.get_one(Post, post_id), actor, world.now))
    for wanted, encoder in product(SEARCHES, (HashEncoder(), None)):
        question = "welding robots and software for nursing" if wanted == SEARCHES[0] else "hydrogen storage"
        found = search_posts(session, home, encoder, question, wanted, actor, world.now)
        yield [(hit.post.id, _rounded(hit.similarity)) for hit in found.hits]
    fitting = fitting_posts(session, home, world.post_ids, world.now)
    yield sorted((one.new_post_id, one.own_post_id, one.own_unit_id) for one in fitting)


@pytest.mark.parametrize("seed", range(2))
def test_both_homes_tell_the_same(session: Session, size: None, seed: int) -> None:
    world = RandomWorld(session, seed, ORGANISATIONS)
    # Some posts are stored, some are not taken in yet.
    keep(session)
    world.market.edit(world.post_ids[0], world.sentence(15))
    world.post_ids.append(world.market.need(world.ids[2], world.sentence(10)))
    expected = list(asked_everything(Index(), world, session))
    found = list(asked_everything(DatabaseHome(), world, session))
    assert sum(1 for answer in expected if answer) > len(expected) // 3
    assert found == expected


@pytest.mark.parametrize("filters", FILTERS)
def test_every_filter_means_the_same_in_sql(session: Session, filters: Filters) -> None:
    world = RandomWorld(session, 7, 20)
    demand = Demand(taken={world.post_ids[1]: 1}, limits={world.post_ids[1]: 1})
    index = Index()
    ours = own_side(session, world.market.root(world.ids[0]), world.now)
    with index.fresh(session):
        for side in PostSide:
            passes = eligible(index, side, ours.acting, filters, world.now, demand)
            in_memory = set(index.sides[side].posts["id"][passes].tolist())
            conditions = allowed(session, ours.acting, filters, world.now, demand)
            query = select(Post.id).join(Organisation, Organisation.id == Post.organisation_id)
            assert set(session.scalars(query.where(Post.side == side, *conditions))) == in_memory
            assert len(in_memory) < len(index.sides[side].posts)


DIMENSIONS = 16
MANY = 1200
RARE = 25


@pytest.fixture
def crowd(session: Session) -> Stored:
    """Many universities and a few others, each with one capability somewhere in space; all stored and indexed."""
    import numpy as np

    numbers = np.random.default_rng(5)
    vectors = numbers.normal(size=(MANY, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kinds = [OrganisationKind.OTHER] * RARE + [OrganisationKind.UNIVERSITY] * (MANY - RARE)
    made = [
        MadeOrganisation(kind, "DE", [MadePost(PostSide.CAPABILITY, vector, "capability")])
        for kind, vector in zip(kinds, vectors, strict=True)
    ]
    write_market(session, made, DIMENSIONS)
    keep(session)
    encoder = active_encoder(session)
    assert encoder is not None
    return Stored(recipe_of(encoder), DIMENSIONS, frozenset({"en"}))


def _rare_ones(session: Session) -> list[object]:
    acting = Acting(0, OrganisationKind.COMPANY, (), frozenset())
    only_rare = Filters(kinds=frozenset({OrganisationKind.OTHER}))
    return list(allowed(session, acting, only_rare, utc_now(), Demand()))


def _by_index_only(session: Session) -> None:
    """A table of this size is sorted rather than looked up in the index, unless the planner may not."""
    session.execute(text("SET LOCAL enable_sort = off"))
    session.execute(text("SET LOCAL enable_bitmapscan = off"))
    session.execute(text("SET LOCAL enable_seqscan = off"))


def test_a_filtered_question_to_the_index_is_answered_in_full(session: Session, crowd: Stored) -> None:
    ours = session.scalars(select(PostVector).limit(1)).one()
    import numpy as np

    vector = np.frombuffer(ours.vector or b"", dtype=np.float32)
    _by_index_only(session)
    conditions = _rare_ones(session)
    found = nearest_by_index(session, crowd, PostSide.CAPABILITY, vector, conditions, 20)  # type: ignore[arg-type]
    assert len({one.post_id for one in found}) == 20
    # The danger is real: without going on, the same index gives up among those that the filter refuses.
    session.execute(text("SET LOCAL hnsw.iterative_scan = off"))
    query = nearest_posts._nearest(crowd, PostSide.CAPABILITY, vector, conditions, 20, is_exact=False)  # type: ignore[arg-type]
    assert len(session.execute(query).all()) < 20


def test_what_the_index_gives_up_is_looked_for_exactly(
    session: Session, crowd: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    monkeypatch.setattr(nearest_posts, "MOST_SCANNED", 1)
    ours = session.scalars(select(PostVector).limit(1)).one()
    vector = np.frombuffer(ours.vector or b"", dtype=np.float32)
    _by_index_only(session)
    conditions = _rare_ones(session)
    found = nearest(session, crowd, PostSide.CAPABILITY, vector, conditions, RARE + 5)  # type: ignore[arg-type]
    assert len({one.post_id for one in found}) == RARE
    similarities = [one.similarity for one in found]
    assert similarities == sorted(similarities, reverse=True)


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
    import numpy as np

    from matching.calibration import load_calibration

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
