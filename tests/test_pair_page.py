"""The pair page: both directions of one pair with their sentences, mirrored for the other side."""

import re

import pytest
from bs4 import Tag
from flask import Flask

from matching.answers import PostLine, Quote, Reason
from matching.scoring import Grade
from models.database import begin_write
from models.post import MOST_URGENT, Post, PostKind, PostSide, Visibility
from tests.browsing import Browser, Page
from tests.world import World, publish_post
from web.database import db
from web.partners.drawing import draw_links


def pair(world: World, unit: str, organisation: str, rest: str = "") -> str:
    return f"/units/{world.units[unit]}/partners/{world.organisations[organisation]}{rest}"


def figures(page: Page) -> tuple[str, str]:
    """What we get and what they get, as the picture says it in words."""
    picture = page.select_one(".two-sided")
    assert isinstance(picture, Tag)
    found = re.fullmatch(r"You get: (.+?)\. .+ gets: (.+?)\.", str(picture["aria-label"]))
    assert found
    return found.group(1), found.group(2)


def test_each_link_opens_to_the_two_sentences_that_carry_it(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(pair(world, "alba plant", "boreal"))
    assert page.heading == "Why should you and Boreal University talk?"
    get, give = page.select(".pair-direction")
    assert [" ".join(quote.get_text().split()) for quote in get.select("blockquote")] == [
        "They should know impedance spectroscopy and Python.",
        "They know impedance spectroscopy.",
    ]
    assert "Placements in our test hall" in give.get_text()
    assert all(link.name == "details" for link in page.select(".pair-link"))


def test_the_order_of_several_links_is_said_and_that_of_one_is_none(
    browse: Browser, world: World, app: Flask
) -> None:
    order = "What is urgent and important comes first where it is answered, then the closest matches."
    browse.sign_in("max")
    assert order not in browse.get(pair(world, "alba plant", "boreal")).words
    with app.app_context():
        kind, text = PostKind.TALENT, "They should know impedance spectroscopy well."
        publish_post(db.session, world, "alba plant", PostSide.NEED, kind, "Doctoral students", text)
    get, give = browse.get(pair(world, "alba plant", "boreal")).select(".pair-direction")
    assert len(get.select(".pair-link")) == 2
    assert order in get.get_text(" ", strip=True)
    assert order not in give.get_text()


def test_marked_words_stand_in_both_sentences(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(pair(world, "alba plant", "boreal"))
    for evidence in page.select(".pair-evidence"):
        ours, theirs = (
            {mark.get_text().lower() for mark in quote.select("mark")}
            for quote in evidence.select("blockquote")
        )
        assert ours == theirs
    assert page.select("mark")


def test_the_other_side_sees_the_same_figures_mirrored(browse: Browser, world: World) -> None:
    ours = figures(browse.sign_in("max").get(pair(world, "alba plant", "boreal")))
    theirs = figures(browse.sign_in("dora").get(pair(world, "boreal engineering", "alba")))
    assert ours == (theirs[1], theirs[0])
    assert "not known yet" not in ours


def parts(page: Page) -> dict[str, str]:
    """What makes up the rank: each part's name with its sentence."""
    listed = page.select_one(".pair-signals dl")
    assert isinstance(listed, Tag)
    said = [" ".join(line.get_text(" ").split()) for line in listed.select("dt, dd")]
    return dict(zip(said[::2], said[1::2], strict=True))


def test_every_part_of_the_rank_is_named_in_a_sentence(browse: Browser, world: World) -> None:
    found = parts(browse.sign_in("olga").get(pair(world, "alba", "boreal")))
    assert list(found) == [
        "Meaning",
        "Shared terms",
        "All their posts",
        "Place",
        "Earlier collaborations",
        "New posts and places left",
        "Your history together",
        "Likely to answer",
    ]
    assert "impedance" in found["Shared terms"]
    assert found["Meaning"].startswith("● the fit itself")
    assert "130 km apart" in found["Place"]
    assert found["Place"].startswith("▲ moved up")
    assert (
        found["Your history together"]
        == "– moved nothing None here yet that you may see. That neither helps nor hurts."
    )
    assert found["Likely to answer"] == "– moved nothing Not known yet. That neither helps nor hurts."


def test_place_is_weighed_by_whoever_looks_and_the_page_says_what_moved(
    browse: Browser, world: World
) -> None:
    page = browse.sign_in("olga").get(pair(world, "alba", "boreal"))
    for words, begins, says in (
        ("Rank as if place did not matter", "– moved nothing", "place moved nothing"),
        ("Rank far ones higher", "▼ moved down", "You asked for rather far ones."),
        ("Rank near ones higher", "▲ moved up", "130 km apart"),
    ):
        switch = page.find("a", string=words)
        assert isinstance(switch, Tag)
        page = browse.get(str(switch["href"]).split("#")[0])
        assert parts(page)["Place"].startswith(begins)
        assert says in parts(page)["Place"]


def test_the_need_that_names_their_country_is_named(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        kind, text = PostKind.RESEARCH_QUESTION, "We want to try our cells in Portugal and in Germany."
        publish_post(db.session, world, "alba plant", PostSide.NEED, kind, "Trials in the heat", text)
    browse.sign_in("max")
    there = parts(browse.get(pair(world, "alba plant", "corvus")))["Place"]
    # Our own country says nothing about theirs.
    assert "apart. Your need “Trials in the heat” names where they are: Portugal. Rank" in there
    assert "names where" not in parts(browse.get(pair(world, "alba plant", "boreal")))["Place"]


def test_an_address_from_before_still_says_that_place_does_not_matter(browse: Browser, world: World) -> None:
    page = browse.sign_in("olga").get(pair(world, "alba", "boreal", "?nearby=0"))
    assert parts(page)["Place"].startswith("– moved nothing")


def test_needs_that_nothing_covers_are_named(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(pair(world, "alba plant", "corvus"))
    get = page.select(".pair-direction")[0].get_text(" ", strip=True)
    assert "Your needs that they do not cover Battery test engineers" in get


def test_a_private_post_of_theirs_is_never_cited(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, world.posts["boreal capability"]).visibility = Visibility.OWN_ORGANISATION
        db.session.commit()
    # No row of the changelog tells the index: the page must still load what it shows through the policy.
    page = browse.sign_in("max").get(pair(world, "alba plant", "boreal"))
    assert "Graduates in electrochemistry" not in page.words


@pytest.mark.parametrize("person", ["carl", "dora", "opal", "uma"])
def test_nobody_opens_a_pair_of_a_foreign_unit(person: str, browse: Browser, world: World) -> None:
    browse.sign_in(person).get(pair(world, "alba", "boreal"), 404)


def test_an_unapproved_unknown_or_own_organisation_has_no_pair_page(browse: Browser, world: World) -> None:
    browse.sign_in("olga").get(pair(world, "alba", "delta"), 404)
    browse.get(pair(world, "alba", "alba"), 404)
    browse.get(f"/units/{world.units['alba']}/partners/999999", 404)
    browse.sign_in("dana").get(pair(world, "delta", "boreal"), 404)


def line(number: int, side: PostSide) -> PostLine:
    return PostLine(number, 1, side, PostKind.OTHER, f"Post {number}")


def reason(need: int, capability: int, fit: float, grade: Grade | None = Grade.GOOD) -> Reason:
    quotes = [
        Quote(line(number, side), "A sentence.", 0, 11)
        for number, side in ((need, PostSide.NEED), (capability, PostSide.CAPABILITY))
    ]
    return Reason(quotes[0], quotes[1], fit, grade, (), False)


def test_each_curve_ends_at_the_middle_of_the_rows_that_it_links() -> None:
    drawing = draw_links(
        "get", (reason(1, 11, 0.9), reason(2, 12, 0.5), reason(1, 12, 0.4)), (line(3, PostSide.NEED),)
    )
    assert drawing is not None
    assert [title for title, _ in drawing.ours] == ["Post 1", "Post 2", "Post 3"]
    assert [is_linked for _, is_linked in drawing.ours] == [True, True, False]
    # Three rows on the left and two on the right of a picture 1,000 high; the strongest is drawn last.
    ends = [(curve.path.split("C")[0], curve.path.split()[-1]) for curve in drawing.curves]
    assert ends == [("M0 166.7", "750.0"), ("M0 500.0", "750.0"), ("M0 166.7", "250.0")]


def test_their_needs_stand_on_the_right_where_they_gain() -> None:
    drawing = draw_links("give", (reason(1, 11, 0.9), reason(2, 11, 0.5)), ())
    assert drawing is not None
    assert [title for title, _ in drawing.ours] == ["Post 11"]
    assert [title for title, _ in drawing.theirs] == ["Post 1", "Post 2"]


def test_a_single_link_needs_no_picture() -> None:
    assert draw_links("get", (reason(1, 11, 0.9),), ()) is None


def test_no_curve_leads_to_a_need_that_is_not_covered() -> None:
    weak = reason(3, 11, 0.1, grade=None)
    drawing = draw_links("get", (reason(1, 11, 0.9), reason(2, 12, 0.5), weak), (line(3, PostSide.NEED),))
    assert drawing is not None
    assert drawing.ours[2] == ("Post 3", False)
    assert len(drawing.curves) == 2


def test_an_urgent_need_is_called_so_whoever_seeks(browse: Browser, world: World, app: Flask) -> None:
    words = "needed within weeks"
    assert words not in browse.sign_in("max").get(pair(world, "alba plant", "boreal")).words
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, world.posts["boreal need"]).urgency = MOST_URGENT
        db.session.commit()
    get, give = browse.get(pair(world, "alba plant", "boreal")).select(".pair-direction")
    assert words not in get.get_text()
    assert words in give.get_text()
