"""Which link a card of Partners cites, and what it says of one that is too weak for a grade."""

from dataclasses import replace

import pytest

from matching.answers import Ranking, Way
from matching.demand import Demand
from models.organisation import Unit
from tests.browsing import Browser
from tests.test_partners_pages import partners
from tests.world import World
from web.partners import listing
from web.partners.filters import PartnerFilters


def test_a_link_that_is_too_weak_for_a_grade_is_not_sold_as_an_answer(browse: Browser, world: World) -> None:
    form = browse.sign_in("dora").get(f"/posts/{world.posts['boreal need']}/edit")
    browse.submit(
        form, "Save", {"title": "A choir for midsummer", "text": "Voices for our concert by the lake."}
    )
    page = browse.sign_in("olga").get(partners(world))
    get, give = (reason.get_text(" ", strip=True) for reason in page.select(".reason"))
    assert "Nothing that clearly fits" not in get
    assert "Nothing that clearly fits. Closest: Your Placements in our test hall" in give


def test_a_card_cites_what_fits_before_what_weighs_more_and_fits_less(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def weighty(unit: Unit, filters: PartnerFilters, shown: int, demand: Demand, way: Way) -> Ranking:
        found = ranked(unit, filters, shown, demand, way)
        (match,) = found.best
        (reason,) = match.reasons_give
        line = replace(reason.need.post, title="A choir for midsummer")
        weak = replace(reason, grade=None, need=replace(reason.need, post=line))
        return replace(found, best=(replace(match, reasons_give=(weak, reason)),))

    ranked = listing.ranked
    monkeypatch.setattr(listing, "ranked", weighty)
    page = browse.sign_in("olga").get(partners(world))
    give = page.select(".reason")[1].get_text(" ", strip=True)
    assert "Placements for electrochemistry students" in give
    assert "Nothing that clearly fits" not in give
