"""On PostgreSQL the database compares the vectors, and every answer is the one that the index in memory gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching import database_market
from matching.answers import Draft, Filters, Match, Pair, Ranking, Reason, Request
from matching.candidates import Question, eligible
from matching.database_market import DatabaseHome
from matching.demand import Demand
from matching.encoder import HashEncoder
from matching.index import Index
from matching.market import Home
from matching.new_posts import fitting_posts
from matching.opening import Openings, find_openings
from matching.opening_telling import Proposal
from matching.own_side import own_side
from matching.ranking import pair, rank_for_post, rank_for_text, rank_partners
from matching.search import SearchFilters, search_posts
from matching.sql_filters import allowed
from models.base import utc_now
from models.organisation import Organisation, OrganisationKind, Sector
from models.post import Post, PostKind, PostSide, Visibility
from tests.market import Market
from tests.on_pgvector import keep, opened, session, size
from tests.openings import ANY_DISTANCE, PATIENT
from tests.random_world import RandomWorld
from tests.statements import sent_statements

__all__ = ["opened", "session", "size"]

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


def told_of_openings(found: Openings) -> tuple[object, ...]:
    groups = (found.capabilities, found.clearer_needs, found.offered_elsewhere)
    proposed = [[_proposed(one) for one in some] for some in groups]
    return proposed, found.need_ids, found.capability_count, found.reached


def _proposed(one: Proposal) -> tuple[object, ...]:
    opened = [(it.organisation.id, it.line.post_id, it.grade, it.is_both_ways) for it in one.opened]
    replaced = None if one.replaces is None else one.replaces.post_id
    return one.kind, one.like.post_id, replaced, opened, one.terms, one.lost, _rounded(one.nearness)


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


def test_both_homes_find_a_post_by_words_of_its_own_language(session: Session, size: None) -> None:
    market = Market(session)
    us = market.company("Us")
    german = market.capability(us, "Praxissemester für Studierende des Bauingenieurwesens.", language="de")
    for title in ("Welding robots.", "Nursing at night.", "Hydrogen storage in salt caverns."):
        market.need(us, title)
    keep(session)
    question, actor = "studierende praxissemester", market.actor(us)
    homes: tuple[Home, ...] = (Index(), DatabaseHome())
    for home, encoder in product(homes, (HashEncoder(), None)):
        found = search_posts(session, home, encoder, question, SearchFilters(), actor, utc_now())
        assert [hit.post.id for hit in found.hits] == [german]


def test_both_homes_tell_the_same_of_somebody_who_shows_us_nothing(session: Session, size: None) -> None:
    market = Market(session)
    us = market.company("Us")
    rival = market.organisation("Rival", OrganisationKind.COMPANY, activity=40)
    market.need(us, "Welding robots for turbines.")
    market.post(rival, PostSide.CAPABILITY, "We weld turbines.", visibility=Visibility.OTHER_KINDS)
    keep(session)
    request, actor = Request(market.root(us)), market.actor(us)
    expected, found = (
        pair(session, home, request, rival, actor, utc_now()) for home in (Index(), DatabaseHome())
    )
    assert expected is not None
    assert expected.match.get is None
    assert found == expected


def test_both_homes_propose_the_same_openings(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a market that is read whole; of a larger one only the posts of whoever may be among the first are known."""
    # However busy the machine is, both try as much.
    monkeypatch.setattr("matching.opening.MOST_WAITED", PATIENT)
    world = RandomWorld(session, 3, ORGANISATIONS)
    keep(session)
    world.post_ids.append(world.market.need(world.ids[2], world.sentence(10)))

    def asked(home: Home) -> list[Openings]:
        return [
            find_openings(
                session,
                home,
                world.market.root(organisation_id),
                world.market.actor(organisation_id),
                world.now,
                most_seconds=PATIENT,
                least_nearness=ANY_DISTANCE,
            )
            for organisation_id in world.ids
        ]

    expected = asked(Index())
    assert any(one.capabilities for one in expected)
    assert any(one.clearer_needs for one in expected)
    assert [told_of_openings(one) for one in asked(DatabaseHome())] == [
        told_of_openings(one) for one in expected
    ]


@pytest.mark.parametrize("filters", FILTERS)
def test_every_filter_means_the_same_in_sql(session: Session, filters: Filters) -> None:
    world = RandomWorld(session, 7, 20)
    demand = Demand(taken={world.post_ids[1]: 1}, limits={world.post_ids[1]: 1})
    index = Index()
    ours = own_side(session, world.market.root(world.ids[0]), world.now)
    with index.fresh(session):
        for side in PostSide:
            passes = eligible(index, side, Question(ours.acting, world.now, filters, demand=demand))
            in_memory = set(index.sides[side].posts["id"][passes].tolist())
            conditions = allowed(session, ours.acting, filters, world.now, demand)
            query = select(Post.id).join(Organisation, Organisation.id == Post.organisation_id)
            assert set(session.scalars(query.where(Post.side == side, *conditions))) == in_memory
            assert len(in_memory) < len(index.sides[side].posts)


@pytest.mark.parametrize("is_small", [False, True])
def test_whoever_finds_nothing_asks_the_database_hardly_more(
    session: Session, is_small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_market, "SMALL_MARKET", 100 if is_small else 0)
    market = Market(session)
    us = market.company("Us")
    market.need(us, "Welding robots for turbines.")
    keep(session)

    def asked(question: str) -> int:
        actor, home = market.actor(us), DatabaseHome()
        with sent_statements(session.get_bind().engine) as sent:
            search_posts(session, home, None, question, SearchFilters(), actor, utc_now())
        return len(sent)

    asked("welding robots")
    assert asked("nursing at night") <= asked("welding robots") + 4
