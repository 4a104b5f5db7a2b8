"""Which link a card of Partners cites, what it says of one that is too weak for a grade, and where weak fits stand."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from matching.answers import Ranking, Way
from matching.demand import Demand
from models.base import utc_now
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import Unit
from models.post import Post, PostKind, PostSide
from tests.browsing import Browser
from tests.test_partners_pages import partners
from tests.world import World, publish_post
from web.database import db
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


def test_several_posts_that_only_come_near_are_said_to_add_up(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        begin_write(db.session)
        for post in db.session.scalars(
            select(Post).where(Post.organisation_id == world.organisations["boreal"])
        ):
            post.withdraw(utc_now(), "")
            note_post_change(db.session, post.id)
        db.session.commit()
        side, kind = PostSide.CAPABILITY, PostKind.GRADUATES
        text = "Engineers test beds, lamps, wards, trays and kettles of patients at night and by day."
        for number in range(5):
            publish_post(db.session, world, "boreal", side, kind, f"Ward {number}", text)
    browse.sign_in("olga")
    words = "Several posts come near, none clearly fits. Closest:"
    card = browse.get(partners(world, rest="one-way")).select_one(".card-match")
    assert card is not None
    assert "You get possible" in " ".join(card.get_text(" ").split())
    assert words in card.get_text(" ", strip=True)
    shown = browse.get(f"/units/{world.units['alba']}/partners/{world.organisations['boreal']}")
    assert words in shown.words
    assert "Nothing that clearly fits" not in shown.words


def test_partners_without_a_good_fit_stand_under_a_name_that_says_so(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browse.sign_in("olga").get(partners(world))
    assert [heading.get_text() for heading in page.select("main h2")] == ["Best fits"]
    tab = page.select_one("#partner-tabs a")
    assert tab is not None
    assert " ".join(tab.get_text(" ").split()) == "Both ways 1"

    def weakly(unit: Unit, filters: PartnerFilters, shown: int, demand: Demand, way: Way) -> Ranking:
        found = ranked(unit, filters, shown, demand, way)
        return replace(found, best=(), others=found.best)

    ranked = listing.ranked
    monkeypatch.setattr(listing, "ranked", weakly)
    page = browse.get(partners(world))
    assert [heading.get_text() for heading in page.select("main h2")] == ["Weaker fits"]
    assert "mostly one side gains" in page.words
    assert "Nobody is a good fit both ways yet" in page.words
