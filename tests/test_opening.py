"""What would open more partners is tried by the real ranking: whoever writes the post sees exactly these appear."""

import random

import pytest
from sqlalchemy.orm import Session

from matching.answers import Request
from matching.index import Index
from matching.opening import find_openings
from matching.ranking import rank_partners
from matching.scoring import Grade
from models.actor import VISITOR
from models.base import utc_now
from models.database import begin_write
from models.post import KINDS_OF_SIDE, Post, PostSide, Visibility
from models.relationship import ClosedReason, Relationship, Stage
from tests.market import Market
from tests.openings import (
    BRIDGES,
    CELLS,
    PATIENT,
    SUBJECTS,
    WHEAT,
    opened_by,
    openings_of,
    posts_told,
    vague_words,
)

WORLDS = 4


class RandomWorld:
    """Us (a company), rivals of our kind who offer all kinds of things, and universities that need some of them.

    All of these universities offer what we need, so that what is missing is a capability of ours.
    """

    def __init__(self, session: Session, seed: int) -> None:
        self.random = random.Random(seed)
        self.market = Market(session)
        self.us = self.market.company("Us")
        self.market.need(self.us, self.text(0))
        if seed % 3:
            self.market.capability(self.us, self.text(1))
        for number in range(4):
            rival = self.market.company(f"Rival {number}")
            for subject in self.random.sample(range(1, len(SUBJECTS)), 2):
                self.market.capability(rival, self.text(subject))
        for number in range(8):
            university = self.market.university(f"University {number}")
            for subject in self.random.sample(range(1, len(SUBJECTS)), self.random.choice([1, 1, 2])):
                self.market.need(university, self.text(subject))
            if number % 4:
                self.market.capability(university, self.text(0))

    def text(self, subject: int) -> str:
        return "We speak of " + " ".join(self.random.sample(SUBJECTS[subject].split(), 6)) + "."


def reached_by(market: Market, organisation_id: int, index: Index, side: PostSide) -> set[int]:
    """Whom the Partners page shows as at least good, and who gains from us (or we from them)."""
    request = Request(unit_id=market.root(organisation_id), limit=1000, explained=0)
    ranking = rank_partners(market.session, index, request, market.actor(organisation_id), utc_now())
    return {
        match.organisation_id
        for match in (*ranking.best, *ranking.others, *ranking.one_way)
        if match.grade in {Grade.STRONG, Grade.GOOD}
        and (match.give if side is PostSide.CAPABILITY else match.get) is not None
    }


def test_nobody_waits_for_all_trials_where_the_database_does_the_work(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = RandomWorld(session, 0)
    assert len(openings_of(world.market, world.us).capabilities) > 1
    monkeypatch.setattr("matching.opening.MOST_WAITED", 0.0)
    assert len(openings_of(world.market, world.us).capabilities) == 1


@pytest.mark.parametrize("seed", range(WORLDS))
def test_writing_the_capability_makes_exactly_these_organisations_appear(session: Session, seed: int) -> None:
    world = RandomWorld(session, seed)
    market, index = world.market, Index()
    found = openings_of(market, world.us, index)
    assert found.capabilities
    before = reached_by(market, world.us, index, PostSide.CAPABILITY)
    for proposal in found.capabilities:
        assert proposal.like.post_id is not None
        like = session.get_one(Post, proposal.like.post_id)
        written = market.capability(world.us, like.text)
        assert reached_by(market, world.us, index, PostSide.CAPABILITY) - before == opened_by(proposal)
        market.withdraw(written)


def test_the_capability_that_opens_most_comes_first_and_each_adds_somebody(session: Session) -> None:
    world = RandomWorld(session, 1)
    proposals = openings_of(world.market, world.us).capabilities
    counts = [len(proposal.opened) for proposal in proposals]
    assert len(counts) > 1
    assert counts == sorted(counts, reverse=True)
    opened: set[int] = set()
    for proposal in proposals:
        assert opened_by(proposal) - opened
        opened |= opened_by(proposal)


def test_near_equal_needs_count_together_and_a_peer_gives_the_words(session: Session) -> None:
    market = Market(session)
    us, rival = market.company("Us"), market.company("Rival")
    market.need(us, CELLS)
    offered = market.capability(rival, BRIDGES)
    market.capability(rival, WHEAT)
    needing = {market.university(f"University {number}") for number in range(3)}
    for university in needing:
        market.need(university, BRIDGES.replace("We", "They"))
        market.capability(university, CELLS)
    found = openings_of(market, us)
    assert [one.like.post_id for one in found.capabilities] == [offered]
    assert opened_by(found.capabilities[0]) == needing
    assert {one.is_both_ways for one in found.capabilities[0].opened} == {True}
    assert "fatigue" in found.capabilities[0].terms


def test_where_no_peer_offers_it_the_needs_own_words_stand(session: Session) -> None:
    market = Market(session)
    us, university = market.company("Us"), market.university("University")
    market.need(us, CELLS)
    market.capability(university, CELLS)
    need = market.need(university, BRIDGES)
    (proposal,) = openings_of(market, us).capabilities
    assert (proposal.like.post_id, proposal.like.side) == (need, PostSide.NEED)
    assert proposal.kind in KINDS_OF_SIDE[PostSide.CAPABILITY]


def test_who_offers_us_little_is_not_promised(session: Session) -> None:
    market = Market(session)
    us, university = market.company("Us"), market.university("University")
    market.need(us, CELLS)
    market.capability(university, WHEAT)
    market.need(university, BRIDGES)
    assert openings_of(market, us).capabilities == ()


def test_a_clearer_need_opens_exactly_whom_it_says(session: Session) -> None:
    market, index = Market(session), Index()
    us, other = market.company("Us"), market.university("Other")
    vague = market.need(us, vague_words())
    clear = market.need(other, CELLS)
    for number in range(3):
        market.capability(market.university(f"University {number}"), CELLS.replace("We", "They"))
    (proposal,) = openings_of(market, us, index).clearer_needs
    assert proposal.replaces is not None
    assert (proposal.replaces.post_id, proposal.like.post_id) == (vague, clear)
    before = reached_by(market, us, index, PostSide.NEED)
    market.edit(vague, CELLS)
    after = reached_by(market, us, index, PostSide.NEED)
    assert (after - before, len(before - after)) == (opened_by(proposal), proposal.lost)


def test_a_need_that_says_less_than_ours_is_no_advice(session: Session) -> None:
    market = Market(session)
    us, other = market.company("Us"), market.university("Other")
    market.need(us, CELLS)
    market.need(other, "lithium cell ageing impedance")
    market.capability(market.university("University"), "lithium cell ageing impedance")
    assert openings_of(market, us).clearer_needs == ()


@pytest.mark.parametrize("visibility", [Visibility.OTHER_KINDS, Visibility.OWN_ORGANISATION])
def test_what_our_kind_may_not_see_never_shows_through(session: Session, visibility: Visibility) -> None:
    market = Market(session)
    us, rival, university = market.company("Us"), market.company("Rival"), market.university("University")
    market.need(us, vague_words())
    market.capability(university, CELLS)
    hidden = [
        market.post(rival, PostSide.CAPABILITY, BRIDGES, visibility=visibility),
        market.post(rival, PostSide.NEED, CELLS, visibility=visibility),
        market.post(rival, PostSide.NEED, WHEAT, visibility=visibility),
    ]
    if visibility is Visibility.OWN_ORGANISATION:
        hidden.append(market.post(university, PostSide.NEED, BRIDGES, visibility=visibility))
    found = openings_of(market, us)
    assert not posts_told(found) & set(hidden)
    for post_id in hidden:
        market.show_to(post_id, Visibility.NETWORK)
    assert posts_told(openings_of(market, us)) & set(hidden), "the canary must be able to sing"


def test_without_posts_of_ours_nothing_is_guessed(session: Session) -> None:
    market = Market(session)
    us, university = market.company("Us"), market.university("University")
    market.need(university, BRIDGES)
    found = openings_of(market, us)
    assert (found.capabilities, found.clearer_needs, found.need_ids, found.capability_count) == (
        (),
        (),
        (),
        0,
    )


def test_whoever_may_see_nobody_is_told_nothing(session: Session) -> None:
    market = Market(session)
    us, university = market.company("Us"), market.university("University")
    market.need(us, CELLS)
    market.capability(university, CELLS)
    market.need(university, BRIDGES)
    found = find_openings(session, Index(), market.root(us), VISITOR, utc_now(), most_seconds=PATIENT)
    assert found.capabilities == ()


def know(market: Market, us: int, them: int, stage: Stage) -> None:
    """Put them on our board."""
    begin_write(market.session)
    market.session.add(
        Relationship(
            organisation_id=us,
            unit_id=market.root(us),
            partner_id=them,
            partner_unit_id=market.root(them),
            stage=stage,
            closed_reason=ClosedReason.NO_ANSWER if stage is Stage.CLOSED else None,
        )
    )
    market.session.commit()


@pytest.mark.parametrize("stage", Stage)
def test_whom_colleagues_know_is_not_opened_again(session: Session, stage: Stage) -> None:
    market, index = Market(session), Index()
    us = market.company("Us")
    market.need(us, CELLS)
    known, new = market.university("Known"), market.university("New")
    for university in (known, new):
        market.need(university, BRIDGES)
        market.capability(university, CELLS)
    know(market, us, known, stage)
    is_new = stage in {Stage.SUGGESTED, Stage.CLOSED}
    (proposal,) = openings_of(market, us, index).capabilities
    assert opened_by(proposal) == ({known, new} if is_new else {new})
    know(market, us, new, Stage.MEETING)
    assert bool(openings_of(market, us, index).capabilities) is is_new
