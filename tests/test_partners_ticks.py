"""Whom somebody ticked in the list of partners, and how far they had looked, stays until they come back to it."""

from urllib.parse import urlencode

import pytest
from bs4 import Tag

from tests.browsing import Browser, Page
from tests.test_partners_compare import compare
from tests.test_partners_compare import two_fit as two_fit
from tests.test_partners_pages import names
from tests.world import World
from web.partners import listing


def partners(world: World, rest: str = "") -> str:
    return f"/units/{world.units['alba plant']}/partners/{rest}"


def ticked(page: Page) -> list[str]:
    return [str(box["value"]) for box in page.select("input[name=partner][checked]")]


def back_of(page: Page) -> str:
    back = page.select_one(".back a")
    assert isinstance(back, Tag)
    return str(back["href"])


def test_whoever_ticks_one_alone_is_told_beside_the_button_and_keeps_the_tick(
    browse: Browser, world: World, two_fit: None
) -> None:
    listed = browse.sign_in("max").get(partners(world, "?place=any"))
    boreal = str(world.organisations["boreal"])
    answer = browse.submit(listed, "Compare side by side", {"partner": boreal})
    assert answer.response.headers["Location"].endswith("#compare")
    page = browse.follow(answer)
    assert "place=any" in page.response.request.url
    assert ticked(page) == [boreal]
    button = page.find("button", string="Compare side by side")
    assert isinstance(button, Tag)
    assert button["aria-describedby"] == "compare-hint"
    assert page.select("#compare #compare-hint.field-error")
    assert not listed.select(".field-error")


def test_the_way_back_from_a_comparison_leads_to_the_same_ticks_and_as_far_down_the_list(
    browse: Browser, world: World, two_fit: None
) -> None:
    browse.sign_in("max")
    page = browse.get(compare(world, "corvus", "boreal", rest="&place=any&shown=20"))
    back = back_of(page)
    assert "shown=20" in back
    assert sorted(ticked(browse.get(back))) == sorted(
        str(world.organisations[name]) for name in ("boreal", "corvus")
    )


def test_the_way_back_from_a_pair_leads_to_its_card_as_far_down_the_list(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch, two_fit: None
) -> None:
    monkeypatch.setattr(listing, "FIRST_SHOWN", 1)
    listed = browse.sign_in("max").get(partners(world, "?shown=2"))
    opened = listed.select(".card-match h3 a")[1]
    back, card = back_of(browse.get(str(opened["href"]))).split("#")
    page = browse.get(back)
    assert len(names(page)) == 2
    assert page.select(f"li#{card} h3")[0].get_text(strip=True) == names(page)[1]


def test_what_is_ticked_stays_so_when_more_are_shown(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch, two_fit: None
) -> None:
    monkeypatch.setattr(listing, "FIRST_SHOWN", 1)
    monkeypatch.setattr(listing, "MORE_SHOWN", 1)
    page = browse.sign_in("max").get(partners(world, "?place=any"))
    assert len(names(page)) == 1
    more = page.find("button", string="Show more")
    assert isinstance(more, Tag)
    assert more["form"] == "compare"
    path, card = str(more["formaction"]).split("#")
    assert page.select(f"li#{card}")
    sent = {str(field["name"]): str(field["value"]) for field in page.select("#compare input")}
    first = card.removeprefix("partner-")
    query = {**sent, "shown": str(more["value"]), "partner": first}
    longer = browse.get(f"{path}?{urlencode(query)}")
    assert "place=any" in longer.response.request.url
    assert len(names(longer)) == 2
    assert ticked(longer) == [first]
    assert not longer.find("button", string="Show more")
