"""What is proposed to open more partners is near to what we do, and offered by none of us yet."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy.orm import Session

from matching.calibration import Calibration, load_calibration
from matching.candidates import Question, own_posts
from matching.index import Index
from matching.opening_answers import answer_kinds_of, answering, is_offered_by
from matching.opening_kinship import LEAST_KINSHIP, trade_of
from matching.own_side import own_side
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.post import Post, PostKind, PostSide
from tests.market import Market
from tests.openings import BRIDGES, CELLS, SUBJECTS, WHEAT, opened_by, openings_of, posts_told


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
        kinship = trade_of(held, [own], Question(side.acting, utc_now())).kinship(
            held, PostSide.CAPABILITY, rows
        )
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
        trade = trade_of(held, own, Question(side.acting, utc_now()))
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
