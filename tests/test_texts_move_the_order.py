"""What is read from texts besides the fit: countries that a need names, and the words of all posts together."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.orm import Session

from matching.answers import Match, Request
from matching.index import Index
from matching.ranking import pair, rank_for_post, rank_partners
from models.base import utc_now
from models.organisation import OrganisationKind
from models.post import Post, PostSide
from tests.made_market import MadeOrganisation, MadePost, actor_of, write_market

NEED, CAPABILITY = PostSide.NEED, PostSide.CAPABILITY
OURS, PORTUGUESE, FINNISH = 1, 2, 3
NARROW, BROAD = 4, 5


def about(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle), 0, 0], dtype=np.float32)


def university(country: str, *posts: MadePost) -> MadeOrganisation:
    return MadeOrganisation(OrganisationKind.UNIVERSITY, country, posts)


@pytest.fixture
def market(session: Session) -> Session:
    ours = [
        MadePost(NEED, about(0), "sensors and turbines, tried in Finland"),
        MadePost(NEED, about(0.01), "sensors and turbines"),
    ]
    offer = MadePost(CAPABILITY, about(0.3), "courses of all kinds")
    elsewhere = MadePost(CAPABILITY, about(1.2), "milk and grain")
    related = MadePost(CAPABILITY, about(1.2), "turbines with sensors")
    write_market(
        session,
        [
            MadeOrganisation(OrganisationKind.COMPANY, "DE", ours),
            university("PT", offer),
            university("FI", offer),
            university("FR", offer, elsewhere, elsewhere),
            university("FR", offer, related, related),
        ],
        dimensions=4,
    )
    return session


def places(found: tuple[Match, ...]) -> dict[int, int]:
    return {match.organisation_id: place for place, match in enumerate(found)}


def ranked(session: Session) -> tuple[Match, ...]:
    ranking = rank_partners(
        session, Index(), Request(unit_id=OURS), actor_of(OURS, OrganisationKind.COMPANY), utc_now()
    )
    return ranking.one_way


def test_whoever_is_in_a_country_that_our_needs_name_is_near(market: Session) -> None:
    found = ranked(market)
    assert places(found)[FINNISH] < places(found)[PORTUGUESE]
    by_id = {match.organisation_id: match for match in found}
    assert by_id[FINNISH].is_where_named
    assert by_id[FINNISH].moved.nearness > 0 > by_id[PORTUGUESE].moved.nearness
    assert not by_id[PORTUGUESE].is_where_named


@pytest.mark.parametrize(("post_id", "is_named"), [(1, True), (2, False)])
def test_of_one_need_only_its_own_words_count(market: Session, post_id: int, is_named: bool) -> None:
    post = market.get_one(Post, post_id)
    found = rank_for_post(market, Index(), post, actor_of(OURS, OrganisationKind.COMPANY), utc_now())
    assert {match.organisation_id for match in found if match.is_where_named} == (
        {FINNISH} if is_named else set()
    )


def test_whoever_speaks_of_our_needs_in_all_posts_stands_above_an_equal(market: Session) -> None:
    found = ranked(market)
    by_id = {match.organisation_id: match for match in found}
    assert by_id[BROAD].get == pytest.approx(by_id[NARROW].get, abs=0.2)
    assert by_id[BROAD].moved.breadth > 0 > by_id[NARROW].moved.breadth
    assert places(found)[BROAD] < places(found)[NARROW]
    # Of a single post the cover has told all.
    assert by_id[FINNISH].moved.breadth == 0


def test_the_pair_page_tells_the_same_as_the_list(market: Session) -> None:
    listed = {match.organisation_id: match for match in ranked(market)}
    for organisation_id, match in listed.items():
        found = pair(
            market,
            Index(),
            Request(unit_id=OURS),
            organisation_id,
            actor_of(OURS, OrganisationKind.COMPANY),
            utc_now(),
        )
        assert found is not None
        assert found.match.moved == match.moved
        assert found.match.is_where_named == match.is_where_named
