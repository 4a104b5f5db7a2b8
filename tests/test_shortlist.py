"""In a large market, a coarse look says whose posts are compared: the first of each list must be among them."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching import index as index_module
from matching import shortlist as shortlist_module
from matching.answers import Filters, Match, Ranking, Request
from matching.candidates import Acting, Question, own_posts
from matching.directions import score
from matching.index import Index
from matching.ranking import pair, rank_partners
from models.base import utc_now
from models.organisation import OrganisationKind
from models.post import Post, PostSide, Visibility
from tests.made_market import MadeOrganisation, MadePost, actor_of, write_market

DIMENSIONS = 32
SUBJECTS = 12
ORGANISATIONS = 320
COUNTRIES = ("DE", "PT", "FR")


def made_organisations(seed: int) -> list[MadeOrganisation]:
    """Organisations of two subjects each; the first looks for partners, with six needs and six capabilities."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(SUBJECTS, DIMENSIONS))
    made = []
    for number in range(ORGANISATIONS):
        subjects = random.choice(SUBJECTS, 2)
        posts = []
        for place in range(12 if number == 0 else int(random.integers(2, 8))):
            subject = int(random.choice(subjects))
            vector = centres[subject] + 0.8 * random.normal(size=DIMENSIONS)
            side = PostSide.NEED if place % 2 else PostSide.CAPABILITY
            text = f"subject{subject} word{random.integers(400)} word{random.integers(400)}"
            posts.append(MadePost(side, (vector / np.linalg.norm(vector)).astype(np.float32), text))
        kind = OrganisationKind.COMPANY if number % 2 else OrganisationKind.UNIVERSITY
        made.append(MadeOrganisation(kind, COUNTRIES[number % 3], posts))
    return made


@pytest.fixture(params=[1, 2])
def market(request: pytest.FixtureRequest, session: Session) -> Session:
    write_market(session, made_organisations(request.param), DIMENSIONS)
    return session


@pytest.fixture
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that makes a market large, at the size of a test."""
    monkeypatch.setattr(index_module, "COARSE_FROM", 10)
    monkeypatch.setattr(shortlist_module, "EXACT_POSTS", 20)
    monkeypatch.setattr(shortlist_module, "LEAST_NAMED", 120)
    monkeypatch.setattr(shortlist_module, "ORGANISATIONS", 40)


FILTERS = (
    Filters(),
    Filters(countries=frozenset({"DE", "FR"})),
    Filters(countries=frozenset({"PT"}), kinds=frozenset({OrganisationKind.COMPANY})),
)


def ranked(session: Session, index: Index, filters: Filters) -> Ranking:
    request = Request(unit_id=1, filters=filters, limit=10, explained=0)
    ranking = rank_partners(session, index, request, actor_of(1, OrganisationKind.UNIVERSITY), utc_now())
    session.rollback()
    return ranking


def ids(matches: tuple[Match, ...]) -> list[int]:
    return [match.organisation_id for match in matches]


def shares_found(quick: Ranking, exact: Ranking) -> list[float]:
    pairs = ((quick.best, exact.best), (quick.others, exact.others), (quick.one_way, exact.one_way))
    return [len(set(ids(a)) & set(ids(b))) / len(b) for a, b in pairs if b]


@pytest.mark.usefixtures("small_numbers")
def test_the_first_of_each_list_are_those_of_the_exact_ranking(market: Session) -> None:
    index, shares = Index(), []
    for filters in FILTERS:
        quick = ranked(market, index, filters)
        coarse = {side: table.coarse for side, table in index.sides.items()}
        assert all(coarse.values())
        for table in index.sides.values():
            table.coarse = None
        exact = ranked(market, index, filters)
        for side, table in index.sides.items():
            table.coarse = coarse[side]
        shares += shares_found(quick, exact)
        found = {match.organisation_id: match.rank_value for match in (*exact.best, *exact.others)}
        for match in (*quick.best, *quick.others):
            # Whoever is listed was compared exactly, with all posts.
            if match.organisation_id in found:
                assert match.rank_value == pytest.approx(found[match.organisation_id], abs=1e-3)
    assert np.mean(shares) >= 0.95


@pytest.mark.usefixtures("small_numbers")
def test_a_filtered_ranking_never_lists_whom_the_filter_leaves_out(market: Session) -> None:
    ranking = ranked(market, Index(), FILTERS[2])
    listed = [match.organisation for match in (*ranking.best, *ranking.others, *ranking.one_way)]
    assert listed
    assert {one.kind for one in listed} == {OrganisationKind.COMPANY}
    assert {(one.id - 1) % 3 for one in listed} == {1}


@pytest.mark.usefixtures("small_numbers")
def test_a_pair_is_compared_however_far_down_it_stands(market: Session) -> None:
    index = Index()
    actor, now = actor_of(1, OrganisationKind.UNIVERSITY), utc_now()
    for organisation_id in range(2, 40):
        found = pair(market, index, Request(unit_id=1), organisation_id, actor, now)
        assert found is not None
        assert found.match.get is not None or found.match.give is not None


@pytest.mark.usefixtures("small_numbers")
def test_the_coarse_copy_follows_what_comes_and_goes(market: Session) -> None:
    from models.changelog import note_post_change
    from models.database import begin_write

    index = Index()
    index.refresh(market)
    begin_write(market)
    for post in market.query(Post).filter(Post.id % 3 == 0, Post.organisation_id > 1):
        post.visibility = Visibility.NETWORK
        if post.id % 2:
            post.withdraw(utc_now(), "")
        note_post_change(market, post.id)
    market.commit()
    index.refresh(market)
    for table in index.sides.values():
        assert table.coarse is not None
        assert len(table.coarse_numbers) == len(table) == len(set(table.coarse_numbers.tolist()))
        everywhere = np.ones(len(table), dtype=np.bool_)
        vectors = table.vectors.rows(np.arange(0, len(table), 7))
        near = table.near(vectors, [{}] * len(vectors), 0.4, everywhere, 5)
        # A post is about the nearest to itself, under the number of its newest vector.
        found = set(zip(near.texts.tolist(), near.rows.tolist(), strict=True))
        assert np.mean([pair in found for pair in enumerate(range(0, len(table), 7))]) > 0.9
        assert near.similarities.max() < 1.2
        # They are asked for by a similarity, so that their number is only about right.
        assert 3 < len(found) / len(vectors) < 8


@pytest.mark.usefixtures("small_numbers")
def test_where_fewer_pass_than_are_named_nearly_all_of_them_are(market: Session) -> None:
    index = Index()
    index.refresh(market)
    for table in index.sides.values():
        vectors = table.vectors.rows(np.arange(5))
        some = np.arange(len(table)) % 3 == 0
        near = table.near(vectors, [{}] * len(vectors), 0.4, some, len(table))
        assert some[near.rows].all()
        assert len(near.rows) > 0.99 * len(vectors) * some.sum()


@pytest.mark.usefixtures("small_numbers")
def test_no_more_organisations_are_compared_in_whole_than_the_lists_need(market: Session) -> None:
    with Index().fresh(market) as held:
        own = {
            side: own_posts(
                held,
                side,
                {post.id: (post.matching_text, post.language) for post in of_organisation(market, 1, side)},
            )
            for side in PostSide
        }
        acting = Acting(1, OrganisationKind.UNIVERSITY, (), frozenset())
        sides = own[PostSide.NEED], own[PostSide.CAPABILITY]
        scored = score(held, *sides, Question(acting, utc_now()))
    compared = np.union1d(scored.getting.posts["owner"], scored.giving.posts["owner"])
    # Three lists of at most 40 each; the market holds 320 organisations, and would cost more the more it held.
    assert 10 < len(compared) <= 120


def of_organisation(session: Session, organisation_id: int, side: PostSide) -> list[Post]:
    query = select(Post).where(Post.organisation_id == organisation_id, Post.side == side)
    return list(session.scalars(query))
