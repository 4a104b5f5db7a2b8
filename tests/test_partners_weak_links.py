"""Which link a card of Partners cites, and what it says of one that is too weak for a grade."""

from tests.browsing import Browser
from tests.test_partners_pages import partners
from tests.world import World


def test_a_link_that_is_too_weak_for_a_grade_is_not_sold_as_an_answer(browse: Browser, world: World) -> None:
    form = browse.sign_in("dora").get(f"/posts/{world.posts['boreal need']}/edit")
    browse.submit(
        form, "Save", {"title": "A choir for midsummer", "text": "Voices for our concert by the lake."}
    )
    page = browse.sign_in("olga").get(partners(world))
    get, give = (reason.get_text(" ", strip=True) for reason in page.select(".reason"))
    assert "Nothing that clearly fits" not in get
    assert "Nothing that clearly fits. Closest: Your Placements in our test hall" in give
