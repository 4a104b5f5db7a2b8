"""Search: by meaning and by word, shareable by its address, and only among what the person may see."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

import web.search
from matching.encoder import HashEncoder
from matching.search import search_posts
from models.changelog import note_post_change
from models.database import begin_write
from models.organisation import Organisation
from models.post import Post
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db
from web.matcher import Matcher


def search(world: World, unit: str = "alba", **asked: str) -> str:
    return f"/units/{world.units[unit]}/search?{urlencode(asked)}"


def titles(page: Page) -> list[str]:
    return [heading.get_text().strip() for heading in page.select(".search-results h3")]


def test_a_hit_says_who_posted_where_and_which_sentence_matched(browse: Browser, world: World) -> None:
    page = browse.sign_in("olga").get(search(world, q="electrochemistry graduates"))
    assert titles(page)[0] == "Graduates in electrochemistry"
    hit = page.select(".search-results > li")[0]
    assert "Boreal University" in hit.get_text()
    assert "Rostock, Germany" in hit.get_text()
    assert {mark.get_text() for mark in hit.select("h3 mark")} == {"Graduates", "electrochemistry"}
    # The title is said once: beneath it stands what the text says about the question.
    assert hit.get_text().count("Graduates in electrochemistry") == 1
    assert {mark.get_text() for mark in hit.select(".search-sentence mark")} == {"graduate"}
    assert page.title is not None
    assert "electrochemistry graduates" in page.title.get_text()


def test_the_form_keeps_the_question_and_leads_to_the_same_address(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    page = browse.submit(browse.get(search(world)), "Search", {"q": "impedance", "side": "capability"}, 200)
    assert "q=impedance" in page.response.request.url
    assert titles(page) == titles(browse.get(search(world, q="impedance", side="capability")))
    chosen = page.select_one("select[name=side] option[selected]")
    assert chosen is not None
    assert chosen["value"] == "capability"
    assert "Battery test engineers" not in titles(page)


def test_every_filter_lets_pass_or_holds_back(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        post = db.session.get_one(Post, world.posts["boreal capability"])
        post.set_period(date(2090, 3, 1), date(2090, 8, 31), "Europe/Berlin")
        note_post_change(db.session, post.id)
        db.session.commit()
    browse.sign_in("olga")
    for passing, holding in (
        ({"side": "capability"}, {"side": "need"}),
        ({"kind": "university"}, {"kind": "company"}),
        ({"country": "DE"}, {"country": "PT"}),
        ({"sector": "education"}, {"sector": "finance"}),
        ({"from": "2090-08-31"}, {"from": "2090-09-01"}),
        ({"until": "2090-03-01"}, {"until": "2090-02-28"}),
    ):
        question = {"q": "graduates in electrochemistry"}
        assert "Graduates in electrochemistry" in titles(browse.get(search(world, **question, **passing))), (
            passing
        )
        assert "Graduates in electrochemistry" not in titles(
            browse.get(search(world, **question, **holding))
        ), holding


def test_what_our_own_side_posted_is_called_ours(browse: Browser, world: World) -> None:
    page = browse.sign_in("olga").get(search(world, q="electrochemistry"))
    owners = {
        hit.select(".facts a")[0].get_text(): hit.get_text() for hit in page.select(".search-results > li")
    }
    assert "(yours)" in owners["Alba Cells"]
    assert "(yours)" not in owners["Boreal University"]


def test_each_side_finds_only_what_it_may_see(browse: Browser, world: World) -> None:
    seen_by_rival = titles(browse.sign_in("carl").get(search(world, "corvus", q="battery test engineers")))
    assert "Battery test engineers" not in seen_by_rival
    assert "Battery engineers wanted" in seen_by_rival
    for words in ("internal laboratory dry room", "jobs for rust developers", "safety training high voltage"):
        found = titles(browse.sign_in("dora").get(search(world, "boreal engineering", q=words)))
        assert not {"Internal laboratory", "Jobs for developers", "Safety training"} & set(found)


def test_an_organisation_is_found_by_a_part_of_its_name_unless_it_is_hidden(
    browse: Browser, world: World
) -> None:
    browse.sign_in("olga")
    assert browse.get(search(world, q="boreal")).find("a", string="Boreal University")
    assert not browse.get(search(world, q="delta")).find("a", string="Delta Labs")
    # A percent sign is a letter here, not a wildcard.
    assert not browse.get(search(world, q="%")).find("a", string="Boreal University")


def test_nothing_found_says_what_to_do_next(browse: Browser, world: World) -> None:
    page = browse.sign_in("olga").get(search(world, q="xylophone"))
    assert page.find("a", string="Post it as a need")
    assert "Questions are understood in English." in page.words
    page = browse.get(search(world, q="electrochemistry", country="PT"))
    assert page.find("a", string="Search without filters")
    assert "can send it to a colleague" in browse.get(search(world)).words


@pytest.mark.parametrize("question", ["x" * 501, "a\x00b"])
def test_a_question_that_cannot_be_asked_is_told_at_its_field(
    question: str, browse: Browser, world: World
) -> None:
    page = browse.sign_in("olga").get(search(world, q=question), 422)
    # The frame has a field of the same name, so the error is asked for by its own one.
    field = page.select_one("main input[name=q]")
    assert field is not None
    assert "q-error" in str(field["aria-describedby"])
    assert page.select_one("#q-error")


@pytest.mark.parametrize(
    "question",
    [
        "🔋🔋",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "=1+1",
        "مهندسو البطاريات",
        "%s %(x)s {{ 7*7 }}",
        "the of and",
    ],
)
def test_a_hostile_question_is_only_a_question(question: str, browse: Browser, world: World) -> None:
    page = browse.sign_in("olga").get(search(world, q=question))
    field = page.select_one("main input[name=q]")
    assert field is not None
    assert field["value"] == question
    assert not page.select("main script")


def test_dates_in_the_wrong_order_or_of_no_calendar_are_told(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    page = browse.get(search(world, **{"q": "battery", "from": "2030-02-01", "until": "2030-01-01"}), 422)
    assert "Choose a later one" in page.error_of("until")
    assert browse.get(search(world, **{"q": "battery", "from": "31.02."}), 422).error_of("from")


def test_choices_that_do_not_exist_and_pages_beyond_the_last_are_read_kindly(
    browse: Browser, world: World
) -> None:
    page = browse.sign_in("olga").get(
        search(world, q="electrochemistry", side="x", kind="y", sector="z", page="99")
    )
    assert "Graduates in electrochemistry" in titles(page)


def test_while_the_encoder_starts_hits_by_words_are_shown_and_the_page_says_so(
    browse: Browser, world: World, app: Flask, tmp_path: Path
) -> None:
    class NeverReady(Matcher):
        def warm_up(self) -> None:
            pass

    app.extensions["matcher"] = NeverReady(HashEncoder, frozenset({"en"}), "sqlite://", tmp_path)
    page = browse.sign_in("olga").get(search(world, q="electrochemistry graduates"))
    assert "still starting" in page.words
    assert titles(page)[0] == "Graduates in electrochemistry"
    # Where nothing could be compared by meaning, nobody can tell that no post is about it.
    page = browse.get(search(world, q="xylophone"))
    assert "No post that you may see holds these words." in page.words
    assert "is about this" not in page.words


def test_a_title_in_a_result_is_text(browse: Browser, world: World, app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Organisation, world.organisations["boreal"]).name = "<b>Boreal</b>"
        db.session.commit()
    page = browse.sign_in("olga").get(search(world, q="electrochemistry graduates"))
    assert "<b>Boreal</b>" in page.words


def test_nobody_searches_for_a_foreign_unit(browse: Browser, world: World) -> None:
    assert browse.sign_in("").client.get(search(world)).status_code == 302
    for person in ("carl", "dora", "opal", "uma"):
        browse.sign_in(person).get(search(world, q="battery"), 404)


@pytest.mark.parametrize("stranger", ["endpoint=x", "_method=POST&_external=1", "unit_id=abc", "_scheme=ftp"])
def test_a_strange_name_in_the_address_leads_the_next_page_nowhere_else(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch, stranger: str
) -> None:
    monkeypatch.setattr("web.search.PER_PAGE", 1)
    page = browse.sign_in("olga").get(search(world, q="electrochemistry") + "&" + stranger)
    following = page.find("a", href=lambda href: href and "page=2" in href)
    assert following is not None
    assert following["href"] == search(world, q="electrochemistry", page="2")


def test_what_is_only_faintly_alike_is_shown_as_that(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "Nothing speaks of this clearly. These posts come nearest."
    address = search(world, q="electrochemistry graduates")
    assert words not in browse.sign_in("olga").get(address).words
    answered = search_posts
    monkeypatch.setattr(web.search, "search_posts", lambda *asked: replace(answered(*asked), is_faint=True))
    page = browse.get(address)
    assert words in page.words
    assert titles(page)
    assert page.select_one(".notice a[href*='posts/new']")
    # Who writes no posts is not led to writing one.
    page = browse.sign_in("ada").get(address)
    assert words in page.words
    assert not page.select(".notice a[href*='posts/new']")


def test_whoever_finds_the_organisation_they_named_is_not_sent_to_post_a_need(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = search_posts
    monkeypatch.setattr(web.search, "search_posts", lambda *asked: replace(answered(*asked), is_faint=True))
    page = browse.sign_in("olga").get(search(world, q="university"))
    assert "Boreal University" in page.words
    assert not page.select_one("main a[href*='posts/new']")


def test_who_waits_for_approval_is_not_promised_that_anybody_finds_them(
    browse: Browser, world: World
) -> None:
    page = browse.sign_in("dana").get(f"/units/{world.units['delta']}/search?q=qwerty")
    assert "Until then you see no other organisations" in page.words
    assert "No post that you may see is about this." in page.words
    assert "then those who can answer find you" not in page.words
