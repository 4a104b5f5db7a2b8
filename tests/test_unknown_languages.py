"""What is said of questions and posts in a language that the encoder does not know."""

from flask import Flask

from models.post import PostKind, PostSide
from tests.browsing import Browser
from tests.posting import GOOD, count_posts, new_form
from tests.test_search_pages import search, titles
from tests.world import World, publish_post
from web.database import db

UNDERSTOOD = "Questions are understood in English."
WORDS_ONLY = "Your post will be found by its words only"


def test_a_question_in_another_language_is_told_how_it_was_understood(
    browse: Browser, world: World, app: Flask
) -> None:
    with app.app_context():
        side, kind = PostSide.CAPABILITY, PostKind.GRADUATES
        text = "Unsere Studierenden suchen ein Praxissemester."
        publish_post(db.session, world, "boreal", side, kind, "Praxissemester", text, language="de")
    browse.sign_in("olga")
    page = browse.get(search(world, q="Wer sucht für die Studierenden ein Praxissemester?"))
    assert UNDERSTOOD in page.words
    found = browse.get(search(world, q="Praxissemester"))
    assert titles(found) == ["Praxissemester"]
    # What is found needs no excuse while nobody can tell in which language it was asked.
    assert UNDERSTOOD not in found.words
    assert UNDERSTOOD not in browse.get(search(world, q="electrochemistry graduates")).words
    assert UNDERSTOOD in browse.get(search(world, q="prácticas", country="PT")).words


def test_a_question_becomes_the_text_of_a_need_that_nobody_published(
    browse: Browser, world: World, app: Flask
) -> None:
    question = "xylophone & <b>gamelan</b>"
    page = browse.sign_in("olga").get(search(world, q=question))
    link = page.find("a", string="Post it as a need")
    assert link is not None
    posts = count_posts(app)
    form = browse.get(str(link["href"]))
    text = form.select_one("textarea[name=text]")
    assert text is not None
    assert text.get_text().strip() == question
    assert count_posts(app) == posts


def test_who_posts_in_such_a_language_is_told_what_becomes_of_it(browse: Browser, world: World) -> None:
    german = "Wir suchen vier Prüftechniker für Alterungstests an Lithiumzellen ab März."
    values = dict(GOOD, title="Prüftechniker", text=german, language="de", hints_seen="1")
    page = browse.follow(browse.submit(new_form(browse, world), "Publish", values))
    assert WORDS_ONLY in page.words
    post_id = page.response.request.path.split("/")[-1]
    assert WORDS_ONLY in browse.get(f"/posts/{post_id}/matches").words
    assert WORDS_ONLY not in browse.get(f"/posts/{world.posts['alba need']}").words
    # Others read it as it is.
    assert WORDS_ONLY not in browse.sign_in("dora").get(f"/posts/{post_id}").words
