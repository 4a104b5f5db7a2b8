"""What would open more partners is tried by the real ranking: whoever writes the post sees exactly these appear."""

import random
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from sqlalchemy.orm import Session

from matching.answers import Request
from matching.calibration import Calibration, load_calibration
from matching.candidates import own_posts
from matching.encoder import HashEncoder
from matching.index import Index
from matching.opening import Openings, Proposal, find_openings
from matching.opening_answers import answer_kinds_of, answering, is_offered_by
from matching.opening_kinship import LEAST_KINSHIP, trade_of
from matching.own_side import own_side
from matching.ranking import rank_partners
from matching.scoring import Grade
from matching.words import word_weights
from models.actor import VISITOR
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.post import KINDS_OF_SIDE, Post, PostKind, PostSide, Visibility
from models.relationship import ClosedReason, Relationship, Stage
from tests.market import Market

SUBJECTS = (
    "lithium cell ageing impedance spectroscopy electrode calendar degradation",
    "nursing ward intensive care patient midwifery hygiene",
    "bridge concrete fatigue monitoring reinforcement corrosion inspection",
    "genome sequencing protein enzyme fermentation bacteria culture",
    "harbour ship propeller hull hydrodynamics ballast sonar",
    "tax audit ledger accounting compliance insolvency treasury",
    "wheat soil irrigation harvest fertiliser pest seed",
)
WORLDS = 4
PATIENT = 600.0
# Hashed words make a capability of another subject as far as can be; where the subject is not what is asked about, it
# may be as far.
ANY_DISTANCE = -1.0
CELLS = "We study lithium cell ageing, impedance spectroscopy, electrode degradation and calendar life."
BRIDGES = "We inspect bridges: concrete fatigue, reinforcement corrosion and monitoring of old structures."
WHEAT = "We test wheat seed, soil irrigation, fertiliser, pest control and harvest machines."


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


def vague_words() -> str:
    """Words so vague that they fit CELLS possibly and not well, whatever the curve was fitted to."""
    encoder = HashEncoder()
    calibration = load_calibration(encoder.key, encoder.dimensions)
    fillers = ["some", "people", "wanted", "soon", "maybe", "helpers"]
    for meant, filled in product(combinations(CELLS.lower().rstrip(".").split()[1:], 2), range(len(fillers))):
        vague = " ".join([*meant, *fillers[:filled]])
        vectors = calibration.centred(encoder.encode([vague, CELLS]))
        weights, theirs = word_weights(vague), word_weights(CELLS)
        words = np.array([sum(weight * theirs.get(stem, 0.0) for stem, weight in weights.items())])
        fit = calibration.probability(vectors[1:] @ vectors[0], words.astype(np.float32))[0]
        if fit > 0.25 and fit < 0.45:
            return vague
    raise AssertionError("no words are vague enough for this curve")


def openings_of(
    market: Market,
    organisation_id: int,
    index: Index | None = None,
    least_nearness: float = ANY_DISTANCE,
    unit_id: int | None = None,
) -> Openings:
    return find_openings(
        market.session,
        index or Index(),
        unit_id or market.root(organisation_id),
        market.actor(organisation_id),
        utc_now(),
        most_seconds=PATIENT,
        least_nearness=least_nearness,
    )


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


def posts_told(found: Openings) -> set[int | None]:
    proposals = (*found.capabilities, *found.clearer_needs)
    return {proposal.like.post_id for proposal in proposals} | {
        one.line.post_id for proposal in proposals for one in proposal.opened
    }


def opened_by(proposal: Proposal) -> set[int]:
    return {one.organisation.id for one in proposal.opened}


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


def test_only_a_capability_near_to_what_we_post_is_proposed(session: Session) -> None:
    market = Market(session)
    us, rival = market.company("Us"), market.company("Rival")
    market.need(us, f"{CELLS} {BRIDGES}")
    near = market.capability(rival, BRIDGES)
    far = market.capability(rival, WHEAT)
    for subject, count in ((BRIDGES, 1), (WHEAT, 3)):
        for number in range(count):
            university = market.university(f"{subject[:14]} {number}")
            market.need(university, subject)
            market.capability(university, CELLS)
    assert far in posts_told(openings_of(market, us)), "the canary must be able to sing"
    found = openings_of(market, us, least_nearness=LEAST_KINSHIP)
    assert [one.like.post_id for one in found.capabilities] == [near]


def test_of_two_that_open_the_same_the_nearer_one_is_proposed(session: Session) -> None:
    market = Market(session)
    us, university = market.company("Us"), market.university("University")
    market.need(us, f"{CELLS} Fatigue monitoring of old structures, with inspections.")
    market.capability(market.company("First rival"), "Concrete reinforcement corrosion, bridges inspected.")
    near = market.capability(market.company("Rival"), "Inspections, fatigue, monitoring of old structures.")
    market.need(university, BRIDGES)
    market.capability(university, CELLS)
    (proposal,) = openings_of(market, us).capabilities
    assert proposal.like.post_id == near


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


def test_what_another_unit_of_ours_offers_is_named_and_not_proposed_anew(session: Session) -> None:
    market, index = Market(session), Index()
    us, university = market.company("Us"), market.university("University")
    plant, works = market.unit(us, "Plant"), market.unit(us, "Works")
    market.post(us, PostSide.NEED, CELLS, unit_id=plant)
    market.capability(market.company("Rival"), BRIDGES)
    market.need(university, BRIDGES)
    market.capability(university, CELLS)
    (anew,) = openings_of(market, us, index, unit_id=plant).capabilities
    assert opened_by(anew) == {university}
    offered = market.post(us, PostSide.CAPABILITY, BRIDGES, unit_id=works)
    found = openings_of(market, us, index, unit_id=plant)
    assert found.capabilities == ()
    assert [one.like.post_id for one in found.offered_elsewhere] == [offered]
    assert opened_by(found.offered_elsewhere[0]) == {university}
    assert openings_of(market, us, index).offered_elsewhere == (), "the whole offers what its units offer"


def test_what_a_peer_offers_is_never_said_to_be_offered_by_nobody(session: Session) -> None:
    market = Market(session)
    us, university = market.company("Us"), market.university("University")
    market.need(us, f"{CELLS} Fatigue of concrete bridges, old structures.")
    market.capability(university, CELLS)
    need = market.need(university, BRIDGES)
    found = openings_of(market, us, least_nearness=LEAST_KINSHIP)
    assert [one.like.post_id for one in found.capabilities] == [need]
    # It answers the need well and is further from us than the need is.
    market.capability(
        market.company("Rival"), "Inspection, reinforcement corrosion, monitoring; bridges inspected."
    )
    assert openings_of(market, us, least_nearness=LEAST_KINSHIP).capabilities == ()


FORM = "Paid internship placement for students: six months each semester, September start, half wage, mentor."


def test_what_is_alike_in_form_only_is_no_kin(session: Session) -> None:
    market, index = Market(session), Index()
    us, university = market.company("Us"), market.university("University")
    market.capability(us, f"{FORM} {CELLS}")
    near = market.capability(
        market.company("Rival of our trade"), f"{CELLS} Battery packs of ferries, lifetime."
    )
    far = [
        market.capability(market.company(f"Rival {one[:12]}"), f"{FORM} We study {one}.")
        for one in SUBJECTS[3:]
    ]
    market.need(university, WHEAT)
    with index.fresh(session) as held:
        side = own_side(session, market.root(us), utc_now())
        own = own_posts(held, PostSide.CAPABILITY, side.texts[PostSide.CAPABILITY])
        table = held.sides[PostSide.CAPABILITY]
        rows = np.flatnonzero(np.isin(table.posts["id"], [near, *far]))
        plain = table.vectors.products(own.vectors, rows)[0]
        kinship = trade_of(held, [own], side.acting, utc_now()).kinship(held, PostSide.CAPABILITY, rows)
    is_near = table.posts["id"][rows] == near
    assert plain[~is_near].min() > 0.5, "the canary must be able to sing"
    assert kinship[~is_near].max() < LEAST_KINSHIP <= kinship[is_near].min()


@pytest.fixture
def moved_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Needs are moved far, as a fitted encoder's are, so that whoever forgets it compares what is not alike."""

    def moving(encoder_key: str, dimensions: int) -> Calibration:
        turned = np.roll(np.eye(dimensions), 1, axis=1) - 0.5 * np.eye(dimensions)
        return replace(load_calibration(encoder_key, dimensions), answers=turned.astype(np.float32))

    monkeypatch.setattr("matching.index.load_calibration", moving)


@pytest.mark.usefixtures("moved_needs")
def test_kinship_of_a_need_is_that_of_a_capability_with_its_words(session: Session) -> None:
    market, index = Market(session), Index()
    us, university, rival = market.company("Us"), market.university("University"), market.company("Rival")
    market.need(us, CELLS)
    market.capability(us, CELLS)
    texts = (BRIDGES, f"{CELLS} Battery packs of ferries.", f"{WHEAT} Bread for many.")
    needs = {market.need(university, text): (text, "en") for text in texts}
    offers = {market.capability(rival, text): (text, "en") for text in texts}
    with index.fresh(session) as held:
        side = own_side(session, market.root(us), utc_now())
        own = [own_posts(held, one, side.texts[one]) for one in PostSide]
        trade = trade_of(held, own, side.acting, utc_now())
        kinship = {
            one: trade.kinship(
                held, one, np.flatnonzero(np.isin(held.sides[one].posts["id"], [*needs, *offers]))
            )
            for one in PostSide
        }
        meant = own_posts(held, PostSide.NEED, needs)
        offered = own_posts(held, PostSide.CAPABILITY, offers)
        answers = answering(held, meant, offered, answer_kinds_of(offered.posts["kind"]))
    assert kinship[PostSide.NEED] == pytest.approx(kinship[PostSide.CAPABILITY], abs=1e-3)
    assert (kinship[PostSide.NEED] >= LEAST_KINSHIP).tolist() == [False, True, False]
    assert trade.vectors[0] == pytest.approx(trade.vectors[1], abs=1e-3), "ours say the same"
    assert answers.vectors == pytest.approx(offered.vectors, abs=1e-5), "a text offered is not moved"


def test_a_needs_own_words_are_proposed_as_the_kind_that_others_offer(session: Session) -> None:
    market = Market(session)
    us, university = market.company("Us"), market.university("University")
    ours = market.need(us, f"{CELLS} Fatigue of concrete bridges, old structures.")
    market.capability(university, CELLS)
    need = market.need(university, BRIDGES)
    jobs = [market.capability(market.company(f"Rival {number}"), WHEAT) for number in range(3)]
    near = market.capability(
        market.company("Near"), "Old drawings, papers and maps of bridges, kept with many other things."
    )
    be_of_kind(market, PostKind.RESEARCH_QUESTION, ours)
    be_of_kind(market, PostKind.OTHER, need)
    be_of_kind(market, PostKind.JOBS, *jobs)
    be_of_kind(market, PostKind.DATA_EQUIPMENT, near)
    (proposal,) = openings_of(market, us, least_nearness=LEAST_KINSHIP).capabilities
    assert (proposal.like.post_id, proposal.kind) == (need, PostKind.DATA_EQUIPMENT)
    assert proposal.terms == (), "a text shares every word with itself"


def be_of_kind(market: Market, kind: PostKind, *post_ids: int) -> None:
    begin_write(market.session)
    for post_id in post_ids:
        market.session.get_one(Post, post_id).kind = kind
        note_post_change(market.session, post_id)
    market.session.commit()


def test_a_need_that_we_answer_well_already_is_told_from_others(session: Session) -> None:
    market, index = Market(session), Index()
    us, university = market.company("Us"), market.university("University")
    offered = market.capability(us, f"We study cracks; {BRIDGES}")
    wanted = {market.need(university, text): (text, "en") for text in (BRIDGES, WHEAT)}
    with index.fresh(session) as held:
        needs = own_posts(held, PostSide.NEED, wanted)
        capabilities = own_posts(held, PostSide.CAPABILITY, {offered: (BRIDGES, "en")})
        assert is_offered_by(held, needs, capabilities).tolist() == [True, False]
