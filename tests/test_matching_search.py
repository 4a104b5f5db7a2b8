"""Search finds posts by meaning and by word, filtered, and only those that the actor may see."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from matching.encoder import load_encoder
from matching.index import Index
from matching.nearness import Place as NearPlace
from matching.search import SearchAnswer, SearchFilters, search_posts
from models.base import utc_now
from models.organisation import OrganisationKind, Sector
from models.place import Place
from models.post import PostKind, PostSide, Visibility
from tests.market import Market


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


def search(market: Market, text: str, filters: SearchFilters | None = None, limit: int = 50) -> SearchAnswer:
    actor = market.actor(1)
    chosen = filters or SearchFilters()
    return search_posts(market.session, Index(), market.encoder, text, chosen, actor, utc_now(), limit=limit)


def found(answer: SearchAnswer) -> list[int]:
    return [hit.post.id for hit in answer.hits]


def test_an_exact_word_finds_its_post_however_long_that_is(market: Market) -> None:
    company = market.company("Searching")
    wanted = market.need(
        company, "Zellkalander " + " ".join(f"sentence number{n} about things." for n in range(60))
    )
    market.need(company, "Something else entirely.")
    answer = search(market, "zellkalander")
    assert found(answer) == [wanted]
    assert [word.in_first for word in answer.hits[0].shared_words] == ["zellkalander"]
    assert not answer.by_words_only


def test_without_an_encoder_words_alone_are_compared_and_it_says_so(market: Market) -> None:
    wanted = market.need(market.company("Searching"), "Battery cells for ferries.")
    answer = search_posts(
        market.session, Index(), None, "battery", SearchFilters(), market.actor(1), utc_now()
    )
    assert found(answer) == [wanted]
    assert answer.by_words_only


def test_a_blank_query_and_one_of_stop_words_find_nothing(market: Market) -> None:
    market.need(market.company("Searching"), "Battery cells for ferries.")
    assert search(market, "  ").hits == ()
    assert (
        search_posts(
            market.session, Index(), None, "the of", SearchFilters(), market.actor(1), utc_now()
        ).hits
        == ()
    )


def test_posts_that_the_actor_may_not_see_are_not_found(market: Market) -> None:
    market.company("Searching")
    rival, university = market.company("Rival"), market.university("University")
    market.need(rival, "Battery cells.")
    market.post(university, PostSide.CAPABILITY, "Battery cells.", visibility=Visibility.OWN_ORGANISATION)
    market.post(university, PostSide.CAPABILITY, "Battery cells.", closes_at=utc_now() - timedelta(days=1))
    shown = market.capability(university, "Battery cells.")
    assert found(search(market, "battery cells")) == [shown]


def test_hidden_posts_do_not_use_up_the_limit(market: Market) -> None:
    market.company("Searching")
    rival = market.company("Rival")
    for _ in range(3):
        market.need(rival, "Battery cells.")
    shown = market.capability(market.university("University"), "Battery cells and a lot more beside them.")
    assert found(search(market, "battery cells", limit=1)) == [shown]


def test_filters(market: Market) -> None:
    searching = market.company("Searching")
    kiel = Place(name="Kiel", country="DE", latitude=54.32, longitude=10.13, zone="Europe/Berlin")
    porto = Place(name="Porto", country="PT", latitude=41.15, longitude=-8.61, zone="Europe/Lisbon")
    near = market.organisation("Near", OrganisationKind.UNIVERSITY, place=kiel, sector=Sector.MARITIME)
    far = market.organisation("Far", OrganisationKind.UNIVERSITY, place=porto)
    need = market.need(searching, "Battery cells.")
    at_kiel, at_porto = market.capability(near, "Battery cells."), market.capability(far, "Battery cells.")
    soon = market.post(far, PostSide.CAPABILITY, "Battery cells.", closes_at=utc_now() + timedelta(days=5))

    def only(**chosen: object) -> set[int]:
        return set(found(search(market, "battery", SearchFilters(**chosen))))  # type: ignore[arg-type]

    assert only() == {need, at_kiel, at_porto, soon}
    assert only(sides=frozenset({PostSide.NEED})) == {need}
    assert only(kinds=frozenset({PostKind.TALENT})) == {need}
    assert only(sectors=frozenset({Sector.MARITIME})) == {at_kiel}
    assert only(countries=frozenset({"PT"})) == {at_porto, soon}
    seeker = NearPlace("DE", None, 53.87, 10.69)
    assert only(near=(seeker,), within_km=100.0) == {at_kiel}
    assert soon not in only(open_on=(utc_now() + timedelta(days=9)).date())


@pytest.mark.encoder
def test_meaning_finds_what_shares_no_word(session: Session) -> None:
    market = Market(session, load_encoder())
    company = market.company("Searching")
    wanted = market.need(company, "We study lithium-ion degradation over charge cycles.")
    market.need(company, "Nurses for the night shift in palliative care.")
    assert found(search(market, "battery ageing"))[0] == wanted
    assert found(search(market, "battery ageing")) == [wanted]


@pytest.mark.encoder
def test_letters_without_sense_are_like_no_post_unless_they_stand_in_it(session: Session) -> None:
    market = Market(session, load_encoder())
    company = market.company("Searching")
    keyboards = market.need(company, "Keyboard ergonomics laboratory. We measure typing speed and strain.")
    market.need(company, "We study lithium-ion degradation over charge cycles.")
    assert found(search(market, "asdfgh qwerty")) == []
    assert found(search(market, "asdfgh qwerty strain")) == [keyboards]
    named = market.need(company, "Asdfgh qwerty is what we call our test bench.")
    assert found(search(market, "asdfgh qwerty")) == [named]


@pytest.mark.encoder
def test_an_answer_says_whether_anything_is_clearly_about_the_query(session: Session) -> None:
    market = Market(session, load_encoder())
    company = market.company("Searching")
    market.need(company, "Welders for our shipyard. They weld aluminium hulls, also at night.")
    market.need(company, "Music therapists for our clinic.")
    assert not search(market, "welding of ship hulls").is_faint
    faint = search(market, "our neighbours play loud music at midnight")
    assert faint.hits
    assert faint.is_faint
    # Nothing found is no faint find, and without an encoder nobody can tell.
    assert not search(market, "asdfgh qwerty").is_faint
    by_words = search_posts(
        market.session, Index(), None, "music", SearchFilters(), market.actor(1), utc_now()
    )
    assert by_words.hits
    assert not by_words.is_faint


def test_a_post_that_holds_the_words_is_clearly_about_them(market: Market) -> None:
    company = market.company("Searching")
    market.need(company, "Zellkalander " + " ".join(f"sentence number{n} about things." for n in range(60)))
    assert not search(market, "zellkalander").is_faint


def test_a_question_in_another_language_finds_the_posts_that_hold_its_words(market: Market) -> None:
    company = market.company("Searching")
    german = market.capability(
        company, "Praxissemester für vierzig Studierende des Bauingenieurwesens.", language="de"
    )
    market.capability(company, "Placements for forty students of civil engineering.")
    for question in ("Praxissemester für Studierende", "studierende bauingenieurwesen"):
        answer = search(market, question)
        assert found(answer) == [german], question
        assert not answer.is_faint
    # Half of the words are not enough, in whatever language.
    assert found(search(market, "Praxissemester Elbtunnel")) == []
    assert found(search(market, "Placements for students")) != [german]
