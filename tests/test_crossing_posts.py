"""Two people change one post at once, or one presses twice: nothing is lost, and nobody is asked without a reason."""

from datetime import timedelta

from flask import Flask

from models.base import utc_now
from models.post import PostState
from tests.browsing import Browser
from tests.posting import GOOD, GOOD_TEXT, new_form, only_post
from tests.test_post_lifecycle import actions_on
from tests.world import World


def test_edits_that_cross_overwrite_nothing_and_lose_nothing(
    app: Flask, browse: Browser, world: World
) -> None:
    post_id = world.posts["alba need"]
    mine = browse.sign_in("max").get(f"/posts/{post_id}/edit")
    other = Browser(app).sign_in("olga")
    other.submit(other.get(f"/posts/{post_id}/edit"), "Save", {"title": "Olga's title", "quantity": "9"})
    page = browse.submit(mine, "Save", {"title": "Max's title"}, 409)
    assert "Olga's title" in page.words
    assert page.find("input", {"name": "title"})["value"] == "Max's title"
    assert "Nothing of yours is lost" in page.words
    assert only_post(app, "Olga's title").quantity == 9
    page = browse.follow(browse.submit(page, "Save", {"quantity": "9"}))
    assert only_post(app, "Max's title").quantity == 9
    assert "Saved. The change shows at once." in page.words


def test_saving_again_undoes_nothing_that_somebody_else_changed(
    app: Flask, browse: Browser, world: World
) -> None:
    post_id = world.posts["alba need"]
    mine = browse.sign_in("max").get(f"/posts/{post_id}/edit")
    other = Browser(app).sign_in("olga")
    last_day = (utc_now().date() + timedelta(days=40)).isoformat()
    hers = {
        "title": "Olga's title",
        "quantity": "9",
        "ends_on": last_day,
        "urgency": "1",
        "place": "Rostock, Germany",
    }
    other.submit(other.get(f"/posts/{post_id}/edit"), "Save", hers)
    page = browse.submit(mine, "Save", {"text": f"{GOOD_TEXT} Max wrote this."}, 409)
    alert = page.select_one("[role=alert] dl")
    assert alert is not None
    assert "Olga's title (in the form already)" in alert.get_text(" ", strip=True)
    assert "In your own words" not in alert.get_text(" ", strip=True)
    browse.submit(page, "Save")
    post = only_post(app, "Olga's title")
    assert post.text == f"{GOOD_TEXT} Max wrote this."
    assert (post.quantity, post.urgency) == (9, 1)
    assert post.place_id not in (None, world.places["Kiel"])
    assert str(post.ends_on) == last_day


def test_a_draft_that_somebody_else_published_is_not_changed_without_a_word(
    app: Flask, browse: Browser, world: World
) -> None:
    browse.submit(new_form(browse, world), "Save as draft", GOOD)
    post_id = only_post(app, GOOD["title"]).id
    mine = browse.get(f"/posts/{post_id}/edit")
    other = Browser(app).sign_in("olga")
    other.submit(other.get(f"/posts/{post_id}"), "Publish")
    page = browse.submit(mine, "Save as draft", {"title": "Max's title"}, 409)
    assert "Your changes are not saved yet" in page.words
    assert "now says: Open" in page.words
    browse.submit(page, "Save")
    assert only_post(app, "Max's title").state is PostState.PUBLISHED


def test_a_button_that_is_pressed_twice_keeps_what_was_typed_and_asks_nothing(
    app: Flask, browse: Browser, world: World
) -> None:
    browse.submit(new_form(browse, world), "Save as draft", GOOD)
    post_id = only_post(app, GOOD["title"]).id
    for button, title in (("Save as draft", "Once"), ("Publish", "Twice"), ("Save", "Three times")):
        form = browse.get(f"/posts/{post_id}/edit")
        for _ in range(2):
            browse.submit(form, button, {"title": title, "place": "münchen, de"})
        assert only_post(app, title).id == post_id
    assert actions_on(app, post_id).count("post.publish") == 1


def test_a_form_that_was_tampered_with_keeps_what_was_typed(
    app: Flask, browse: Browser, world: World
) -> None:
    post_id = world.posts["alba need"]
    mine = browse.sign_in("max").get(f"/posts/{post_id}/edit")
    other = Browser(app).sign_in("olga")
    other.submit(other.get(f"/posts/{post_id}/edit"), "Save", {"title": "Olga's title"})
    for seen in ("", "[1]", "{", '{"title": 1}', "[" * 100_000):
        page = browse.submit(mine, "Save", {"title": "Max's title", "seen": seen}, 409)
        assert page.find("input", {"name": "title"})["value"] == "Max's title"


def test_what_somebody_else_changed_is_told_in_the_words_of_the_form(
    app: Flask, browse: Browser, world: World
) -> None:
    path = f"/posts/{world.posts['alba need']}"
    mine = browse.sign_in("max").get(f"{path}/edit")
    other = Browser(app).sign_in("olga")
    changes = {"visibility": "network", "urgency": "3", "is_remote": "y"}
    other.submit(other.get(f"{path}/edit"), "Save", changes)
    other.submit(other.get(f"{path}/withdraw"), "Withdraw", {"reason": "changed"})
    page = browse.submit(mine, "Save", {"title": "Max's title"}, 409)
    for words in ("Every organisation here", "Within weeks", "yes", "Withdrawn"):
        assert f"now says: {words}" in page.words
