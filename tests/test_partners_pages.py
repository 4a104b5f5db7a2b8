"""The Partners page: who completes us, with reasons; filters in the address; one-way fits apart."""

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from models.base import utc_now
from models.changelog import note_organisation_change, note_post_change
from models.database import begin_write
from models.organisation import Organisation, OrganisationState
from models.post import Post
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db
from web.partners import listing


def partners(world: World, unit: str = "alba", rest: str = "") -> str:
    return f"/units/{world.units[unit]}/partners/{rest}"


def names(page: Page) -> list[str]:
    return [heading.get_text(strip=True) for heading in page.select(".card-match h3")]


def withdraw(app: Flask, world: World, *posts: str) -> None:
    with app.app_context():
        begin_write(db.session)
        for name in posts:
            post = db.session.get_one(Post, world.posts[name])
            post.withdraw(utc_now(), "test")
            note_post_change(db.session, post.id)
        db.session.commit()


def test_the_university_that_fits_both_ways_is_shown_with_the_strongest_pair_each_way(
    browse: Browser, world: World
) -> None:
    page = browse.sign_in("olga").get(partners(world))
    assert page.heading == "Who completes us?"
    assert names(page) == ["Boreal University"]
    reasons = [reason.get_text(" ", strip=True) for reason in page.select(".reason")]
    assert "Battery test engineers" in reasons[0]
    assert "Graduates in electrochemistry" in reasons[0]
    assert "Placements in our test hall" in reasons[1]
    assert "Placements for electrochemistry students" in reasons[1]
    picture = page.select_one(".two-sided")
    assert isinstance(picture, Tag)
    assert "Boreal University gets" in str(picture["aria-label"])


def test_the_page_says_for_whom_and_from_what(browse: Browser, world: World) -> None:
    line = browse.sign_in("max").get(partners(world, "alba plant")).select_one(".partners-from")
    assert isinstance(line, Tag)
    assert "Plant" in line.get_text(" ", strip=True)
    assert "1 need, 1 capability" in line.get_text(" ", strip=True)


def test_a_rival_with_the_same_need_is_never_suggested(browse: Browser, world: World) -> None:
    for rest in ("", "one-way"):
        page = browse.sign_in("olga").get(partners(world, rest=rest))
        assert "Corvus Motors" not in page.words


def test_an_organisation_that_nobody_approved_is_not_suggested(browse: Browser, world: World) -> None:
    for rest in ("", "one-way"):
        assert (
            "Delta Labs" not in browse.sign_in("dora").get(partners(world, "boreal engineering", rest)).words
        )


def test_a_filter_stands_in_the_address_and_can_be_taken_away(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    page = browse.submit(browse.get(partners(world)), "Apply", {"country": "PT"}, 200)
    assert "country=PT" in page.response.request.url
    assert names(page) == []
    assert "Nothing left" in page.words
    removal = page.select_one(".chip-removable")
    assert isinstance(removal, Tag)
    assert names(browse.get(str(removal["href"]))) == ["Boreal University"]


def test_every_filter_lets_pass_or_holds_back(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    for passing, holding in (
        ("country=DE", "country=PT"),
        ("within=250", "within=50"),
        ("kind=university", "kind=company"),
        ("sector=education", "sector=finance"),
    ):
        assert names(browse.get(partners(world, rest=f"?{passing}"))) == ["Boreal University"], passing
        assert names(browse.get(partners(world, rest=f"?{holding}"))) == [], holding


def test_taste_is_chosen_beside_the_filters_and_goes_with_every_link(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    page = browse.submit(browse.get(partners(world)), "Apply", {"place": "far", "history": "off"}, 200)
    chips = [" ".join(chip.get_text(" ").split()) for chip in page.select(".chip-removable")]
    assert chips == ["Remove Rather far", "Remove Our history is left out"]
    opened = page.select_one(".card-match h3 a")
    assert isinstance(opened, Tag)
    assert "place=far&history=off" in str(opened["href"])
    chosen = page.select_one("select[name=place] option[selected]")
    assert isinstance(chosen, Tag)
    assert chosen["value"] == "far"
    back = browse.get(str(opened["href"])).select_one(".back a")
    assert isinstance(back, Tag)
    assert str(back["href"]).endswith(f"?place=far&history=off#partner-{world.organisations['boreal']}")


def test_the_way_back_from_one_partner_leads_to_the_same_list(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    chosen = "?country=DE&kind=university&place=far"
    card = browse.get(partners(world, rest=chosen)).select_one(".card-match")
    assert isinstance(card, Tag)
    links = [str(link["href"]) for link in card.find_all("a")]
    (shown,) = {link for link in links if link.split("?")[0].endswith(f"/{world.organisations['boreal']}")}
    for path in (shown, next(link for link in links if "/dismiss" in link)):
        back = browse.get(path).select_one(".back a")
        assert isinstance(back, Tag)
        assert str(back["href"]).split("#")[0] == partners(world, rest=chosen)
    # The taste can be changed there without losing the filters.
    near = browse.get(shown).find("a", string="Rank near ones higher")
    assert isinstance(near, Tag)
    assert "?country=DE&kind=university#" in str(near["href"])
    page = browse.get(next(link for link in links if "/dismiss" in link))
    answer = browse.submit(page, "Do not suggest it again", {"reason": "too_far"})
    assert answer.response.location.startswith(partners(world, rest=f"{chosen}&dismissed="))


def test_a_taste_alone_is_not_blamed_for_an_empty_list(browse: Browser, world: World, app: Flask) -> None:
    withdraw(app, world, "alba capability")
    page = browse.sign_in("max").get(partners(world, "alba plant", "?place=far&history=off"))
    assert names(page) == []
    assert "Nothing left" not in page.words
    assert "One half is missing" in page.words
    assert "Nothing left" in browse.get(partners(world, "alba plant", "?place=far&country=PT")).words


def test_a_hand_made_address_with_nonsense_is_read_as_no_filter(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    rest = (
        "?country=%00&within=abc&kind=%F0%9F%94%8B&sector='--&grade=9&place=x&history=y&shown=-5&dismissed=zz"
    )
    assert names(browse.get(partners(world, rest=rest))) == ["Boreal University"]


def test_a_unit_without_posts_is_told_to_post_one(browse: Browser, world: World, app: Flask) -> None:
    withdraw(app, world, "corvus need", "corvus capability")
    page = browse.sign_in("carl").get(partners(world, "corvus"))
    assert "Nothing to match yet" in page.words
    assert page.find("a", string="Post the first one")


def test_who_writes_no_posts_is_not_led_to_writing_one(browse: Browser, world: World, app: Flask) -> None:
    withdraw(app, world, "alba need", "alba capability")
    for address, words in (
        (partners(world), "Post the first one"),
        (f"/units/{world.units['alba']}/search?q=xyzzy", "Post it as a need"),
    ):
        assert words in browse.sign_in("olga").get(address).words
        page = browse.sign_in("ada").get(address)
        assert words not in page.words
        assert not page.find("a", class_="btn-post")


def test_the_end_of_a_list_that_is_cut_says_how_many_it_shows(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "Only the first 1 are shown"
    assert words not in browse.sign_in("olga").get(partners(world)).words
    for name in ("FIRST_SHOWN", "MOST_SHOWN"):
        monkeypatch.setattr(listing, name, 1)
    assert words in browse.get(partners(world)).words


def test_the_end_of_a_short_list_leads_to_what_brings_more(
    browse: Browser, world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    browse.sign_in("olga")
    short = browse.get(partners(world))
    lead = short.select_one("#partner-list .partners-short")
    assert isinstance(lead, Tag)
    assert "who answers only one of them" in short.words
    unit = f"/units/{world.units['alba']}"
    assert [str(link["href"]) for link in lead.select("a")] == [f"{unit}/posts/", f"{unit}/better"]
    assert not browse.get(partners(world, rest="?grade=good")).select(".partners-short")
    assert not browse.get(partners(world, rest="one-way")).select(".partners-short")
    withdraw(app, world, "alba capability")
    browse.sign_in("max")
    of_one_post = browse.get(partners(world, "alba plant", "one-way"))
    assert of_one_post.select(".partners-short")
    assert "who answers only one of them" not in of_one_post.words
    monkeypatch.setattr(listing, "FIRST_SHOWN", 1)
    assert not browse.get(partners(world, "alba plant", "one-way")).select(".partners-short")


def test_a_unit_with_needs_only_finds_its_one_way_fits_in_their_own_tab(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability")
    browse.sign_in("max")
    page = browse.get(partners(world, "alba plant"))
    assert names(page) == []
    assert "One half is missing" in page.words
    one_way = browse.get(partners(world, "alba plant", "one-way"))
    assert names(one_way) == ["Boreal University"]
    assert "It is not known, not zero" in one_way.words
    picture = one_way.select_one(".two-sided")
    assert isinstance(picture, Tag)
    assert "gets: not known yet" in str(picture["aria-label"])


def test_who_waits_for_approval_is_told_so_and_sees_nobody(browse: Browser, world: World) -> None:
    page = browse.sign_in("dana").get(partners(world, "delta"))
    assert "waiting for approval" in page.words
    # What they posted is not compared yet, which is not the same as none.
    assert "0 needs" not in page.words
    assert names(page) == []
    lead = page.find("a", string="Write what you need and offer meanwhile")
    assert isinstance(lead, Tag)
    assert browse.get(str(lead["href"])).heading == "Our posts"


def test_an_organisation_that_is_refused_later_leaves_the_list_at_once(
    browse: Browser, world: World, app: Flask
) -> None:
    assert names(browse.sign_in("olga").get(partners(world))) == ["Boreal University"]
    with app.app_context():
        begin_write(db.session)
        boreal = db.session.get_one(Organisation, world.organisations["boreal"])
        boreal.state = OrganisationState.REFUSED
        note_organisation_change(db.session, boreal.id)
        db.session.commit()
    assert names(browse.get(partners(world))) == []


def test_nobody_sees_the_partners_of_a_foreign_unit(browse: Browser, world: World) -> None:
    for rest in ("", "one-way", "dismissed"):
        assert browse.sign_in("").client.get(partners(world, rest=rest)).status_code == 302
        for person in ("carl", "dora", "opal", "uma"):
            browse.sign_in(person).get(partners(world, rest=rest), 404)


def test_a_member_does_not_act_for_the_whole_organisation(browse: Browser, world: World) -> None:
    browse.sign_in("max").get(partners(world, "alba"), 404)
    browse.get(partners(world, "alba plant"))


def test_names_and_titles_are_written_as_text_never_as_markup(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["boreal"]).name = "<b>Boreal</b> & Söhne"
        db.session.get_one(Post, world.posts["boreal capability"]).title = "<script>alert(1)</script>"
        db.session.commit()
    page = browse.sign_in("olga").get(partners(world))
    assert names(page) == ["<b>Boreal</b> & Söhne"]
    assert not BeautifulSoup(page.response.data, "html.parser").select("main script")


def test_whoever_posted_one_half_is_led_to_those_who_fit_and_to_the_other_half(
    browse: Browser, world: World, app: Flask
) -> None:
    withdraw(app, world, "alba capability")
    page = browse.sign_in("olga").get(partners(world))
    assert "One half is missing" in page.words
    assert "Others can give what you need. Say what you can give as well" in page.words
    leads = {link.get_text(strip=True): str(link["href"]) for link in page.select(".partners-half a")}
    assert list(leads) == ["See who fits one way (1)", "Post a capability"]
    shown = browse.get(leads["See who fits one way (1)"])
    assert names(shown) == ["Boreal University"]
    assert "You posted no open capability yet" in shown.words


def test_the_list_says_by_what_it_is_ordered(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    assert "Ordered by fit and nearness" in browse.get(partners(world)).words
    assert "Ordered by fit, and a little" in browse.get(partners(world, rest="?place=any")).words
    assert "far ones higher" in browse.get(partners(world, rest="?place=far")).words
