"""In a market too large to be read, PostgreSQL names who is worth a comparison: by meaning, words, place, activity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from sqlalchemy import ColumnElement, delete, literal, select, text, update
from sqlalchemy.orm import Session

from matching import database_market, first_look, named_organisations, nearest_posts
from matching.answers import Filters, Request
from matching.candidates import Acting, OwnPosts
from matching.columns import POST
from matching.database_market import DatabaseHome
from matching.demand import Demand
from matching.first_look import Looked, joined, look, places_of_units
from matching.index import Index
from matching.looked_vectors import LookedVectors
from matching.market import Home
from matching.nearest_posts import Stored, is_known_language, nearest, nearest_by_index, settle
from matching.passages import active_encoder
from matching.ranking import rank_partners
from matching.sql_filters import allowed
from matching.stored_posts import read_vectors
from matching.stored_vectors import recipe_of
from matching.words import packed_weights, word_weights
from models.base import utc_now
from models.database import begin_write
from models.organisation import Organisation, OrganisationKind
from models.post import Post, PostSide
from models.post_vector import PostVector
from tests.made_market import MadeOrganisation, MadePost, actor_of, write_market
from tests.on_pgvector import keep, opened, session

__all__ = ["opened", "session"]

pytestmark = pytest.mark.postgresql

DIMENSIONS = 16
MANY = 1200
RARE = 25


@pytest.fixture
def crowd(session: Session) -> Stored:
    """Many universities and a few others, each with one capability somewhere in space; all stored and indexed."""
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


def _rare_ones(session: Session) -> list[ColumnElement[bool]]:
    acting = Acting(0, OrganisationKind.COMPANY, (), frozenset())
    only_rare = Filters(kinds=frozenset({OrganisationKind.OTHER}))
    return allowed(session, acting, only_rare, utc_now(), Demand())


def _by_index_only(session: Session) -> None:
    """A table of this size is sorted rather than looked up in the index, unless the planner may not."""
    session.execute(text("SET LOCAL enable_sort = off"))
    session.execute(text("SET LOCAL enable_bitmapscan = off"))
    session.execute(text("SET LOCAL enable_seqscan = off"))


def test_a_filtered_question_to_the_index_is_answered_in_full(session: Session, crowd: Stored) -> None:
    ours = session.scalars(select(PostVector).limit(1)).one()
    vector = np.frombuffer(ours.vector or b"", dtype=np.float32).reshape(1, -1)
    _by_index_only(session)
    conditions = _rare_ones(session)
    settle(session)
    found = nearest_by_index(session, crowd, PostSide.CAPABILITY, vector, conditions, 20)
    assert len({one.post_id for one in found}) == 20
    # The danger is real: without going on, the same index gives up among those that the filter refuses.
    session.execute(text("SET LOCAL hnsw.iterative_scan = off"))
    assert len(nearest_by_index(session, crowd, PostSide.CAPABILITY, vector, conditions, 20)) < 20


def test_what_the_index_gives_up_is_looked_for_exactly(
    session: Session, crowd: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest_posts, "MOST_SCANNED", 1)
    ours = session.scalars(select(PostVector).limit(1)).one()
    vector = np.frombuffer(ours.vector or b"", dtype=np.float32).reshape(1, -1)
    _by_index_only(session)
    conditions = _rare_ones(session)
    settle(session)
    found = nearest(session, crowd, PostSide.CAPABILITY, vector, conditions, RARE + 5)
    assert len({one.post_id for one in found}) == RARE
    similarities = [one.similarity for one in found]
    assert similarities == sorted(similarities, reverse=True)


def test_the_planner_knows_how_many_posts_are_in_a_known_language(session: Session, crowd: Stored) -> None:
    """If it expected few, it would rather look at every vector of a large market than ask the index."""
    session.execute(text("ANALYZE post"))
    query = select(Post.id).where(is_known_language(crowd))
    asked = query.compile(session.connection(), compile_kwargs={"literal_binds": True})
    (plan,) = session.scalars(text(f"EXPLAIN (FORMAT JSON) {asked}".replace(":", r"\:"))).one()
    assert plan["Plan"]["Plan Rows"] > 0.9 * MANY
    assert len(session.scalars(query).all()) == MANY


US = 1
NEAREST = 150
# The last three organisations: near to us, active, and with our words; all of them behind the nearest in meaning.
NEAR, ACTIVE, WORDY = NEAREST + 2, NEAREST + 3, NEAREST + 4
OUR_WORDS = "Perovskite zirconia sputtering"


@pytest.fixture
def large_market(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd nearer in meaning than three others that the ranking sets above it; no market counts as small."""
    monkeypatch.setattr(database_market, "SMALL_MARKET", 0)
    monkeypatch.setattr(database_market, "MOST_LOOKED_AT", 0)
    monkeypatch.setattr(named_organisations, "NEIGHBOURS", 20)
    monkeypatch.setattr(named_organisations, "MOST_NEAR_AND_ACTIVE", 5)
    monkeypatch.setattr(named_organisations, "MOST_ACTIVE", 5)
    cosines = [*np.linspace(0.52, 0.56, NEAREST).tolist(), 0.5, 0.5, 0.4]
    made = [MadeOrganisation(OrganisationKind.COMPANY, "DE", [_post(PostSide.NEED, 1.0, 0, OUR_WORDS)])]
    for number, cosine in enumerate(cosines, start=US + 1):
        country = "DE" if number == NEAR else "FR"
        words = OUR_WORDS if number == WORDY else "Capability"
        post = _post(PostSide.CAPABILITY, cosine, number, words)
        made.append(MadeOrganisation(OrganisationKind.UNIVERSITY, country, [post]))
    write_market(session, made, DIMENSIONS)
    begin_write(session)
    session.execute(update(Organisation).where(Organisation.id == ACTIVE).values(activity=80))
    session.commit()
    keep(session)


def _post(side: PostSide, cosine: float, number: int, words: str) -> MadePost:
    """A post of this cosine with the first axis; the rest of its vector differs from post to post."""
    rest = np.random.default_rng(number).normal(size=DIMENSIONS - 1)
    rest *= np.sqrt(1 - cosine**2) / np.linalg.norm(rest)
    return MadePost(side, np.array([cosine, *rest], dtype=np.float32), words)


def _first(session: Session, home: Home) -> list[int]:
    request = Request(US, Filters(least_grade=None))
    ranking = rank_partners(session, home, request, actor_of(US, OrganisationKind.COMPANY), utc_now())
    session.rollback()
    return [match.organisation.id for match in ranking.one_way[:10]]


def _no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_organisations, "NEARNESS_NEUTRAL", 2.0)


def _no_activity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_organisations, "_activity", lambda: literal(0.0))


def _no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_posts, "RARE_WORDS", 0)


def test_whoever_comes_first_is_gathered_from_behind_the_nearest(
    session: Session, large_market: None
) -> None:
    expected = _first(session, Index())
    assert {NEAR, ACTIVE, WORDY} == set(expected[:3])
    assert _first(session, DatabaseHome()) == expected


@pytest.mark.parametrize(
    ("plant", "missing"), [(_no_place, NEAR), (_no_activity, ACTIVE), (_no_words, WORDY)]
)
def test_each_way_of_gathering_finds_what_no_other_finds(
    session: Session,
    large_market: None,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    missing: int,
) -> None:
    plant(monkeypatch)
    found = set(_first(session, DatabaseHome()))
    assert {NEAR, ACTIVE, WORDY} - found == {missing}


def test_a_post_that_only_words_compare_is_gathered_by_any_of_them(
    session: Session, large_market: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a language that the encoder does not know there is no meaning to be near to ours, and no word need be rare."""
    monkeypatch.setattr(database_market, "MOST_LOOKED_AT", 1000)
    monkeypatch.setattr(first_look, "MOST_TWO_WAY", 5)
    monkeypatch.setattr(first_look, "MOST_ONE_WAY", 5)
    begin_write(session)
    foreign = update(Post).where(Post.organisation_id == US + 50)
    session.execute(foreign.values(language="es", text=f"Universidad {OUR_WORDS.split()[0]}"))
    session.execute(delete(PostVector).where(PostVector.post_id == US + 50))
    session.commit()
    keep(session)
    monkeypatch.setattr(nearest_posts, "RARE_WORDS", 0)
    assert US + 50 in _shown(session, Index()) & _shown(session, DatabaseHome())
    monkeypatch.setattr(named_organisations, "ONLY_BY_WORDS", 0)
    assert US + 50 not in _shown(session, DatabaseHome())


def test_an_organisation_of_many_posts_crowds_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_organisations, "ONLY_BY_WORDS", 2)
    owners = np.array([7, 7, 7, 8, 9])
    words = packed_weights(
        [(one, "en") for one in ("battery", "battery", "battery", "battery cells", "wheat")]
    )
    assert named_organisations.sharing_most([word_weights("battery", "en")], owners, words) == {7, 8}


def _shown(session: Session, home: Home) -> set[int]:
    request = Request(US, Filters(least_grade=None), limit=1000)
    ranking = rank_partners(session, home, request, actor_of(US, OrganisationKind.COMPANY), utc_now())
    session.rollback()
    return {match.organisation.id for match in ranking.one_way}


@pytest.mark.parametrize("most_at_once", [1, 2, 100])
def test_the_first_look_compares_all_posts_that_pass_the_filters(
    session: Session, crowd: Stored, monkeypatch: pytest.MonkeyPatch, most_at_once: int
) -> None:
    monkeypatch.setattr(first_look, "MOST_AT_ONCE", most_at_once)
    vectors = np.eye(3, DIMENSIONS, dtype=np.float32)
    nothing = np.zeros(3, dtype=POST)
    own = OwnPosts(PostSide.NEED, nothing, vectors, [{}] * 3, np.ones(3, dtype=np.bool_))
    looked = look(session, crowd, own, _rare_ones(session), places_of_units(session))
    assert looked.post_ids.tolist() == list(range(1, RARE + 1))
    assert looked.place_ids.tolist() == [1] * RARE
    np.testing.assert_array_equal(looked.ours, vectors)
    stored = read_vectors(session, crowd, looked.post_ids)
    np.testing.assert_allclose(looked.cosines, vectors @ stored.T, atol=1e-6)


def test_who_came_or_went_between_two_portions_is_left_out() -> None:
    def part(share: float, ids: list[int]) -> Looked:
        numbers = np.array(ids)
        cosines = np.array([share * numbers], dtype=np.float32)
        ours = np.full((1, 4), share, dtype=np.float32)
        return Looked(ours, numbers, numbers, numbers, numbers, numbers, numbers, cosines)

    parts = [part(1.0, [10, 11, 13, 14]), part(2.0, [10, 12, 13, 14])]
    whole = joined(parts)
    assert whole.post_ids.tolist() == whole.activity.tolist() == whole.weights.tolist() == [10, 13, 14]
    np.testing.assert_array_equal(whole.cosines, [[10, 13, 14], [20, 26, 28]])
    np.testing.assert_array_equal(whole.ours[:, 0], [1, 2])


def test_vectors_that_were_not_looked_at_are_read_when_they_are_asked_for(
    session: Session, crowd: Stored
) -> None:
    ids = np.arange(1, RARE + 1)
    stored = read_vectors(session, crowd, ids)
    own = OwnPosts(PostSide.NEED, np.zeros(1, dtype=POST), stored[:1], [{}], np.ones(1, dtype=np.bool_))
    only_first = [Post.id <= 5, *_rare_ones(session)]
    looked = look(session, crowd, own, only_first, places_of_units(session))
    asked: list[int] = []

    def read(post_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        asked.extend(post_ids.tolist())
        return read_vectors(session, crowd, post_ids)

    # The second was made anew, and is not what was stored and looked at.
    is_read, vectors = ids == 2, np.zeros_like(stored)
    vectors[1] = -stored[1]
    table = LookedVectors(vectors, is_read, ids, looked, read)
    expected = stored[:1] @ stored.T
    expected[0, 1] *= -1
    np.testing.assert_allclose(table.products(stored[:1], np.arange(5)), expected[:, :5], atol=1e-6)
    assert asked == []
    np.testing.assert_allclose(table.products(stored[:1]), expected, atol=1e-6)
    assert asked == list(range(6, RARE + 1))
    np.testing.assert_allclose(table.products(stored[1:2]), stored[1:2] @ table.rows(ids - 1).T, atol=1e-6)
    assert sorted(asked) == [1, *range(3, RARE + 1)]
