"""Who is ranked, in which list, in which order, and why."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from matching.answers import Draft, Filters, Ranking, Request
from matching.index import Index
from matching.ranking import pair, rank_for_post, rank_for_text, rank_partners
from matching.signals import PlaceTaste, Taste
from models.base import utc_now
from models.database import begin_write
from models.dismissal import Dismissal, DismissalReason
from models.organisation import OrganisationKind, OrganisationState
from models.person import Person
from models.place import Place
from models.post import Post, PostKind, PostSide, Visibility
from tests.market import Market

BATTERY = "battery electrolyte cell testing laboratory measurements"
NURSING = "nursing patient ward hospital palliative medication"
WELDING = "welding steel pipeline fabrication certificate inspection"


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


def ranking_of(market: Market, organisation_id: int, **chosen: object) -> Ranking:
    filters = Filters(**chosen)  # type: ignore[arg-type] # The tests name only what they ask about.
    request = Request(unit_id=market.root(organisation_id), filters=filters)
    actor = market.actor(organisation_id)
    return rank_partners(market.session, Index(), request, actor, utc_now())


def names(matches: object) -> list[str]:
    return [match.organisation.name for match in matches]  # type: ignore[attr-defined]


def listed(ranking: Ranking) -> list[str]:
    return names([*ranking.best, *ranking.others, *ranking.one_way])


def two_way_market(market: Market) -> tuple[int, int]:
    ours, theirs = market.company("Ours"), market.university("Theirs")
    market.need(ours, BATTERY)
    market.capability(ours, WELDING)
    market.need(theirs, WELDING)
    market.capability(theirs, BATTERY)
    return ours, theirs


def test_a_two_way_fit_is_best_and_told_both_ways(market: Market) -> None:
    ours, theirs = two_way_market(market)
    best = ranking_of(market, ours).best
    assert names(best) == ["Theirs"]
    match = best[0]
    assert match.get is not None
    assert match.give is not None
    assert match.grade is not None
    assert match.reasons_get[0].need.text == BATTERY
    assert match.reasons_get[0].capability.text == BATTERY
    assert match.reasons_give[0].need.text == WELDING
    assert match.unit_id == market.root(theirs)
    assert match.uncovered == ()


def test_both_sides_see_the_same_pair_mirrored(market: Market) -> None:
    ours, theirs = two_way_market(market)
    from_us = ranking_of(market, ours).best[0]
    from_them = ranking_of(market, theirs).best[0]
    assert from_us.get == pytest.approx(from_them.give)
    assert from_us.give == pytest.approx(from_them.get)
    assert from_us.fit == pytest.approx(from_them.fit)


def test_an_unknown_direction_is_none_and_stands_apart(market: Market) -> None:
    ours, theirs = market.company("Ours"), market.university("Theirs")
    market.need(ours, BATTERY)
    market.capability(theirs, BATTERY)
    ranking = ranking_of(market, ours)
    assert ranking.best == ranking.others == ()
    assert names(ranking.one_way) == ["Theirs"]
    assert ranking.one_way[0].give is None
    assert ranking.one_way[0].get is not None
    seen_by_them = ranking_of(market, theirs).one_way[0]
    assert seen_by_them.get is None
    assert seen_by_them.give is not None


def test_needs_never_meet_needs(market: Market) -> None:
    ours, rival = market.company("Ours"), market.university("Rival")
    market.need(ours, BATTERY)
    market.need(rival, BATTERY)
    assert not listed(ranking_of(market, ours, least_grade=None))


def test_a_dismissed_organisation_is_left_out_until_undone(market: Market) -> None:
    ours, theirs = two_way_market(market)
    begin_write(market.session)
    person = Person(name="Olga", email="olga@example.org")
    market.session.add(person)
    market.session.flush()
    dismissal = Dismissal(
        organisation_id=ours,
        unit_id=market.root(ours),
        dismissed_id=theirs,
        person_id=person.id,
        reason=DismissalReason.NOT_NOW,
    )
    market.session.add(dismissal)
    market.session.commit()
    assert not listed(ranking_of(market, ours))
    begin_write(market.session)
    dismissal.undone_at = utc_now()
    market.session.commit()
    assert names(ranking_of(market, ours).best) == ["Theirs"]


def test_needs_for_other_kinds_are_not_shown_to_rivals(market: Market) -> None:
    ours, rival, university = market.company("Ours"), market.company("Rival"), market.university("U")
    market.capability(ours, BATTERY)
    market.need(rival, BATTERY)
    market.need(university, BATTERY)
    assert names(ranking_of(market, ours).one_way) == ["U"]


def test_hidden_expired_withdrawn_and_pending_posts_are_never_ranked(market: Market) -> None:
    ours = market.company("Ours")
    market.need(ours, BATTERY)
    capability = PostSide.CAPABILITY
    market.post(market.university("Hidden"), capability, BATTERY, visibility=Visibility.OWN_ORGANISATION)
    market.post(market.university("Expired"), capability, BATTERY, closes_at=utc_now() - timedelta(hours=1))
    market.withdraw(market.capability(market.university("Withdrawn"), BATTERY))
    pending = market.organisation("Pending", OrganisationKind.UNIVERSITY, OrganisationState.PENDING)
    market.capability(pending, BATTERY)
    assert not listed(ranking_of(market, ours, least_grade=None))
    market.decide(pending, OrganisationState.APPROVED)
    assert names(ranking_of(market, ours).one_way) == ["Pending"]


def test_filters_come_before_the_limit(market: Market) -> None:
    ours = market.company("Ours")
    market.need(ours, BATTERY)
    for number in range(5):
        market.capability(market.company(f"Company {number}"), BATTERY)
    market.capability(market.university("University"), BATTERY + " with much more beside it")
    request = Request(
        unit_id=market.root(ours),
        filters=Filters(kinds=frozenset({OrganisationKind.UNIVERSITY})),
        limit=1,
    )
    ranking = rank_partners(market.session, Index(), request, market.actor(ours), utc_now())
    assert names(ranking.one_way) == ["University"]


def test_the_unit_and_those_below_are_compared_and_the_root_stands_for_all(market: Market) -> None:
    ours, theirs = market.company("Ours"), market.university("Theirs")
    plant = market.unit(ours, "Plant")
    market.post(ours, PostSide.NEED, BATTERY, unit_id=plant)
    market.need(ours, NURSING)
    market.capability(theirs, NURSING)
    actor, session = market.actor(ours), market.session
    of_plant = rank_partners(session, Index(), Request(unit_id=plant), actor, utc_now())
    of_all = rank_partners(session, Index(), Request(unit_id=market.root(ours)), actor, utc_now())
    assert (of_plant.needs, of_all.needs) == (1, 2)
    assert not listed(of_plant)
    assert names(of_all.one_way) == ["Theirs"]
    assert [line.post_id for line in of_all.one_way[0].uncovered] == [1]


def test_distance_filters_and_orders(market: Market) -> None:
    kiel = Place(name="Kiel", country="DE", latitude=54.32, longitude=10.13, zone="Europe/Berlin")
    luebeck = Place(name="Lübeck", country="DE", latitude=53.87, longitude=10.69, zone="Europe/Berlin")
    porto = Place(name="Porto", country="PT", latitude=41.15, longitude=-8.61, zone="Europe/Lisbon")
    ours = market.organisation("Ours", place=kiel)
    market.need(ours, BATTERY)
    far = market.organisation("Far", OrganisationKind.UNIVERSITY, place=porto)
    near = market.organisation("Near", OrganisationKind.UNIVERSITY, place=luebeck)
    for organisation_id in (far, near):
        market.capability(organisation_id, BATTERY)
    ranking = ranking_of(market, ours)
    assert names(ranking.one_way) == ["Near", "Far"]
    assert ranking.one_way[0].distance_km == pytest.approx(62, abs=3)
    assert names(ranking_of(market, ours, within_km=100.0).one_way) == ["Near"]
    assert names(ranking_of(market, ours, countries=frozenset({"PT"})).one_way) == ["Far"]
    request = Request(unit_id=market.root(ours), taste=Taste(PlaceTaste.ANY))
    anywhere = rank_partners(market.session, Index(), request, market.actor(ours), utc_now())
    assert names(anywhere.one_way) == ["Far", "Near"]


def test_a_remote_post_passes_the_distance(market: Market) -> None:
    kiel = Place(name="Kiel", country="DE", latitude=54.32, longitude=10.13, zone="Europe/Berlin")
    porto = Place(name="Porto", country="PT", latitude=41.15, longitude=-8.61, zone="Europe/Lisbon")
    ours = market.organisation("Ours", place=kiel)
    market.need(ours, BATTERY)
    far = market.organisation("Far", OrganisationKind.UNIVERSITY, place=porto)
    market.post(far, PostSide.CAPABILITY, BATTERY, is_remote=True)
    assert names(ranking_of(market, ours, within_km=100.0).one_way) == ["Far"]


def test_an_unknown_language_is_matched_by_words_without_a_grade(market: Market) -> None:
    ours, theirs = market.company("Ours"), market.university("Theirs")
    market.need(ours, "Batterie Elektrolyt Zelle Messung", language="de")
    market.capability(theirs, "Batterie Elektrolyt Zelle Messung", language="de")
    market.capability(market.university("Nothing shared"), NURSING)
    ranking = ranking_of(market, ours, least_grade=None)
    assert names(ranking.one_way) == ["Theirs"]
    match = ranking.one_way[0]
    assert match.by_words_only
    assert match.grade is None
    assert match.reasons_get[0].by_words_only
    assert match.reasons_get[0].shared_words


def test_one_post_is_answered_by_organisations_with_their_sentence(market: Market) -> None:
    ours, theirs = two_way_market(market)
    need = market.session.get_one(Post, 1)
    matches = rank_for_post(market.session, Index(), need, market.actor(ours), utc_now())
    assert names(matches) == ["Theirs"]
    assert matches[0].reasons_get[0].capability.text == BATTERY
    assert matches[0].give is None
    capability = market.session.get_one(Post, 2)
    served = rank_for_post(market.session, Index(), capability, market.actor(ours), utc_now())
    assert served[0].reasons_give[0].need.text == WELDING
    assert theirs == served[0].organisation_id


@pytest.mark.parametrize("has_encoder", [True, False])
def test_a_draft_is_matched_without_being_stored(market: Market, has_encoder: bool) -> None:
    ours, _ = two_way_market(market)
    draft = Draft(market.root(ours), PostSide.NEED, PostKind.TALENT, "", f"{BATTERY}. Nothing else.")
    encoder = market.encoder if has_encoder else None
    matches = rank_for_text(market.session, Index(), encoder, draft, market.actor(ours), utc_now())
    assert names(matches) == ["Theirs"]
    assert matches[0].by_words_only is not has_encoder
    assert matches[0].reasons_get[0].need.text == f"{BATTERY}."
    assert matches[0].reasons_get[0].need.post.post_id is None


def test_a_pair_shows_all_links_and_what_stays_uncovered(market: Market) -> None:
    ours, theirs = two_way_market(market)
    lonely = market.need(ours, NURSING)
    found = pair(market.session, Index(), Request(market.root(ours)), theirs, market.actor(ours), utc_now())
    assert found is not None
    assert [reason.need.text for reason in found.links_get] == [BATTERY]
    assert [reason.need.text for reason in found.links_give] == [WELDING]
    assert [line.post_id for line in found.our_uncovered] == [lonely]
    assert found.their_uncovered == ()
    assert len(found.our_needs) == 2


def test_a_pair_with_an_organisation_that_is_not_visible_is_not_found(market: Market) -> None:
    ours = market.company("Ours")
    pending = market.organisation("Pending", state=OrganisationState.PENDING)
    silent = market.university("Silent")
    actor, request = market.actor(ours), Request(market.root(ours))
    assert pair(market.session, Index(), request, pending, actor, utc_now()) is None
    without_posts = pair(market.session, Index(), request, silent, actor, utc_now())
    assert without_posts is not None
    assert without_posts.match.get is None
    assert without_posts.match.give is None
