"""Which sentence a result of Search cites."""

from flask import Flask

from models.post import PostKind, PostSide
from tests.browsing import Browser
from tests.test_search_pages import search
from tests.world import World, publish_post
from web.database import db


def cited(app: Flask, browse: Browser, world: World, text: str, question: str) -> str:
    """What is cited of a post about lithium cells whose title alone speaks of placements."""
    with app.app_context():
        publish_post(
            db.session,
            world,
            "boreal engineering",
            PostSide.CAPABILITY,
            PostKind.JOBS,
            "Secondments with lithium cells",
            text,
        )
    page = browse.sign_in("olga").get(search(world, q=question))
    (hit,) = (one for one in page.select(".search-results > li") if "Secondments" in one.get_text())
    sentence = hit.select_one(".search-sentence")
    assert sentence is not None
    return " ".join(sentence.get_text().split())


def test_where_only_the_title_answers_a_sentence_about_it_is_cited(
    app: Flask, browse: Browser, world: World
) -> None:
    text = "Last year eleven stayed with us. Trainees measure lithium cells with us. Dinner is paid."
    assert cited(app, browse, world, text, "secondments") == "Trainees measure lithium cells with us."


def test_a_sentence_that_answers_is_cited_before_one_about_the_title(
    app: Flask, browse: Browser, world: World
) -> None:
    text = "Trainees measure lithium cells with us. Dinner in the canteen is paid."
    asked = "secondments dinner canteen"
    assert cited(app, browse, world, text, asked) == "Dinner in the canteen is paid."


def test_of_a_post_in_another_language_the_sentence_that_holds_the_words_is_cited(
    app: Flask, browse: Browser, world: World
) -> None:
    text = "Wir helfen gern. Unsere Studierenden messen Lithiumzellen. Das Essen ist bezahlt."
    with app.app_context():
        side, kind = PostSide.CAPABILITY, PostKind.JOBS
        publish_post(db.session, world, "boreal engineering", side, kind, "Praktikum", text, language="de")
    page = browse.sign_in("olga").get(search(world, q="studierende messen lithiumzellen"))
    (hit,) = page.select(".search-results > li")
    (sentence,) = hit.select(".search-sentence")
    assert " ".join(sentence.get_text().split()) == "Unsere Studierenden messen Lithiumzellen."
