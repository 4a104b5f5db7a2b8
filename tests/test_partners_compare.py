"""Partners side by side: chosen in the list, told in the words of their pair pages, open to nobody else."""

from dataclasses import replace
from datetime import datetime

import pytest
from bs4 import Tag
from flask import Flask

from matching.answers import Pair
from matching.demand import Demand
from matching.signals import Taste
from models.database import begin_write
from models.organisation import Organisation, OrganisationKind, OrganisationState, Sector, Unit
from models.post import PostKind, PostSide
from tests.browsing import Browser, Page
from tests.dealings import add_dealings
from tests.statements import statements_of
from tests.test_partners_pages import withdraw
from tests.world import World, build_world, publish_post
from web.database import db
from web.partners import compare as compare_page
from web.partners.pair_view import pair_of

TRAINEES = "Our trainees seek placements with impedance spectroscopy on real cells."
ENGINEERS = "Our engineers run ageing tests on lithium cells with impedance spectroscopy."


def compare(world: World, *organisations: str, unit: str = "alba plant", rest: str = "") -> str:
    chosen = "&".join(f"partner={world.organisations[name]}" for name in organisations)
    return f"/units/{world.units[unit]}/partners/compare?{chosen}{rest}"


def columns(page: Page) -> dict[str, str]:
    """What each column says, by the name above it."""
    found = page.select(".compare-partner")
    return {_name(column): " ".join(column.get_text().split()) for column in found}


def _name(column: Tag) -> str:
    heading = column.find("h2")
    assert isinstance(heading, Tag)
    return str(heading.get_text(strip=True))


@pytest.fixture
def two_fit(app: Flask, world: World) -> None:
    """Corvus fits the plant of Alba both ways as well."""
    _let_corvus_fit(app, world)


def _let_corvus_fit(app: Flask, world: World) -> None:
    with app.app_context():
        for side, kind, title, text in (
            (PostSide.NEED, PostKind.PLACEMENT, "Placements for trainees", TRAINEES),
            (PostSide.CAPABILITY, PostKind.MENTORS, "Test engineers on loan", ENGINEERS),
        ):
            publish_post(db.session, world, "corvus", side, kind, title, text)


def test_whom_somebody_ticks_in_the_list_stands_side_by_side(
    browse: Browser, world: World, two_fit: None
) -> None:
    listed = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/partners/?place=any")
    boxes = [str(box["value"]) for box in listed.select("input[name=partner]")]
    assert len(boxes) == 2
    page = browse.submit(listed, "Compare side by side", {"partner": boxes}, 200)
    assert page.heading == "Compare partners"
    said = columns(page)
    assert set(said) == {"Boreal University", "Corvus Motors"}
    assert "Graduates in electrochemistry" in said["Boreal University"]
    assert "They know impedance spectroscopy." in said["Boreal University"]
    assert "Rostock, Germany" in said["Boreal University"]
    assert "Test engineers on loan" in said["Corvus Motors"]
    assert "Not known yet. That neither helps nor hurts." in said["Corvus Motors"]
    back = page.select_one(".back a")
    assert isinstance(back, Tag)
    ticked = "".join(f"&partner={box}" for box in boxes)
    assert str(back["href"]).endswith(f"/partners/?place=any{ticked}")


def test_each_column_says_what_the_pair_page_says(
    browse: Browser, world: World, app: Flask, two_fit: None
) -> None:
    with app.app_context():
        add_dealings(db.session, world)
    said = columns(browse.sign_in("max").get(compare(world, "boreal", "corvus")))
    for name in ("boreal", "corvus"):
        alone = browse.get(f"/units/{world.units['alba plant']}/partners/{world.organisations[name]}")
        heading = alone.select_one(".two-sided")
        assert isinstance(heading, Tag)
        shown = next(words for title, words in said.items() if title.lower().startswith(name))
        for quote in alone.select(".pair-link[open] blockquote")[1:2]:
            assert " ".join(quote.get_text().split()) in shown
        for word in heading.select("strong"):
            assert word.get_text(strip=True) in shown
    assert "You went on after 1 talk." in said["Boreal University"]
    assert "In your pipeline" in said["Boreal University"]
    assert "Keep in view" in said["Corvus Motors"]


def test_whoever_is_in_contact_is_led_to_how_it_stands_like_from_the_card(
    browse: Browser, world: World, app: Flask, two_fit: None
) -> None:
    with app.app_context():
        dealings = add_dealings(db.session, world)
    page = browse.sign_in("max").get(compare(world, "boreal", "corvus"))
    moves = [column.select("a.btn-secondary") for column in page.select(".compare-moves")]
    assert [" ".join(link.get_text().split()) for some in moves for link in some] == [
        "See how it stands: Boreal University",
        "Ask for a meeting: Corvus Motors",
    ]
    assert f"/introductions/{dealings.introduction}" in str(moves[0][0]["href"])


def test_a_list_of_one_offers_no_comparison(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/partners/")
    assert not page.select("input[name=partner]")
    assert "Compare side by side" not in page.words


def test_whoever_opens_an_old_comparison_is_told_that_somebody_is_missing(
    browse: Browser, world: World, two_fit: None
) -> None:
    words = "Not everybody who was chosen can be shown"
    page = browse.sign_in("max").get(compare(world, "boreal", "delta", "corvus"))
    assert set(columns(page)) == {"Boreal University", "Corvus Motors"}
    assert words in page.words
    assert words in browse.get(compare(world, "boreal", "delta")).words
    # Nobody learns from it that there is such an organisation.
    assert words in browse.get(compare(world, "boreal", rest="&partner=4000")).words
    assert words not in browse.get(compare(world, "boreal", "corvus", "boreal")).words


def test_where_fewer_than_two_are_left_the_page_says_what_to_do(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(compare(world, "boreal", "delta"))
    assert not columns(page)
    assert "Tick two to four partners in the list" in page.words


def test_more_than_four_are_not_compared_and_the_page_says_so(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        names = _approved(world, 4)
    page = browse.sign_in("max").get(compare(world, "boreal", *names))
    assert len(columns(page)) == 4
    assert "Four fit side by side. These are the first four that you chose." in page.words


def _approved(world: World, count: int) -> list[str]:
    begin_write(db.session)
    names = [f"new {number}" for number in range(count)]
    for name in names:
        made = Organisation(
            name=name,
            kind=OrganisationKind.UNIVERSITY,
            state=OrganisationState.APPROVED,
            sector=Sector.EDUCATION,
        )
        db.session.add(made)
        db.session.flush()
        db.session.add(Unit(organisation_id=made.id, name=name))
        world.organisations[name] = made.id
    db.session.commit()
    return names


def test_one_can_be_left_out_while_two_remain(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        names = _approved(world, 1)
    page = browse.sign_in("max").get(compare(world, "boreal", "corvus", *names, rest="&place=far"))
    leave = page.select_one(".compare-partner a[href*=compare]")
    assert isinstance(leave, Tag)
    assert "place=far" in str(leave["href"])
    fewer = browse.get(str(leave["href"]))
    assert list(columns(fewer)) == ["Corvus Motors", "new 0"]
    assert not fewer.select(".compare-partner a[href*=compare]")


def test_what_somebody_may_not_see_is_in_no_column(browse: Browser, world: World, two_fit: None) -> None:
    page = browse.sign_in("max").get(compare(world, "boreal", "corvus", "delta", "alba"))
    assert set(columns(page)) == {"Boreal University", "Corvus Motors"}
    assert "Battery engineers wanted" not in page.words
    assert "Delta Labs" not in page.words


@pytest.mark.parametrize("person", ["", "carl", "dora", "opal", "uma"])
def test_nobody_compares_for_a_foreign_unit(person: str, browse: Browser, world: World) -> None:
    browse.sign_in(person)
    status = browse.client.get(compare(world, "boreal", "corvus")).status_code
    assert status == (404 if person else 302)


def test_nonsense_in_the_address_is_nobody(browse: Browser, world: World, two_fit: None) -> None:
    address = f"/units/{world.units['alba plant']}/partners/compare"
    path = f"{address}?partner=x&partner=-1&partner={10**30}&partner=&place=%00"
    page = browse.follow(browse.sign_in("max").get(path, 303))
    assert "Tick at least two partners, and four at most." in page.words
    assert not page.select("input[name=partner][checked]")


def test_a_comparison_asks_the_database_no_more_than_its_pair_pages(
    browse: Browser, world: World, app: Flask, two_fit: None
) -> None:
    browse.sign_in("max")
    alone = 0
    for name in ("boreal", "corvus"):
        path = f"/units/{world.units['alba plant']}/partners/{world.organisations[name]}"
        alone += _questions_of(browse, app, path)
    together = _questions_of(browse, app, compare(world, "boreal", "corvus"))
    assert together < alone


def _questions_of(browse: Browser, app: Flask, path: str) -> int:
    browse.get(path)
    return len(statements_of(app, lambda: browse.get(path)))


def test_both_databases_tell_the_comparison_and_the_table(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
    _let_corvus_fit(either_app, world)
    browse = Browser(either_app).sign_in("max")
    said = columns(browse.get(compare(world, "corvus", "boreal", "delta")))
    assert list(said) == ["Corvus Motors", "Boreal University"]
    assert "They know impedance spectroscopy." in said["Boreal University"]
    table = browse.client.get(f"/units/{world.units['alba plant']}/partners/download").get_data(as_text=True)
    assert table.count("\r\n") == 3
    assert "Boreal University,University,Education" in table


def test_a_comparison_of_one_way_fits_leads_back_to_them(
    browse: Browser, world: World, app: Flask, two_fit: None
) -> None:
    withdraw(app, world, "alba capability")
    listed = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/partners/one-way?place=any")
    boxes = [str(box["value"]) for box in listed.select("input[name=partner]")]
    page = browse.submit(listed, "Compare side by side", {"partner": boxes}, 200)
    assert set(columns(page)) == {"Boreal University", "Corvus Motors"}
    assert "You posted no open capability, so we cannot tell what they would get." in page.words
    back = page.select_one(".back a")
    assert isinstance(back, Tag)
    ticked = "".join(f"&partner={box}" for box in boxes)
    assert str(back["href"]).endswith(f"/partners/one-way?place=any{ticked}")


def test_a_column_cites_what_fits_before_what_weighs_more_and_fits_less(
    browse: Browser, world: World, two_fit: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def weighty(unit: Unit, organisation_id: int, taste: Taste, now: datetime, demand: Demand) -> Pair | None:
        found = pair_of(unit, organisation_id, taste, now, demand)
        assert found is not None
        weak = replace(found.links_give[0], grade=None)
        return replace(found, links_give=(weak, *found.links_give))

    browse.sign_in("max")
    monkeypatch.setattr(compare_page, "pair_of", weighty)
    for words in columns(browse.get(compare(world, "boreal", "corvus"))).values():
        assert "Nothing that clearly fits" not in words
        assert "and 1 more link" in words
