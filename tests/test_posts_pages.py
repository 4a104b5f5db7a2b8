"""Pages of posts: list, choice, form, preview, one post, answers; what is refused and what is never lost."""

from collections.abc import Sequence
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import func, select

from matching.encoder import HashEncoder, Progress
from models.passage import Passage, hash_of
from models.post import Post, PostState, Visibility
from tests.browsing import Browser
from tests.dealings import add_dealings
from tests.posting import GOOD, GOOD_TEXT, count_posts, new_form, only_post
from tests.world import World
from web.database import db


def test_the_list_shows_our_needs_and_our_capabilities_apart(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/posts/")
    assert "Battery test engineers" in page.words
    assert "Placements in our test hall" not in page.words
    page = browse.get(f"/units/{world.units['alba plant']}/posts/?side=capability")
    assert "Placements in our test hall" in page.words
    assert "Battery test engineers" not in page.words


def test_the_list_can_be_narrowed_to_one_state(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/posts/?state=draft")
    assert "Safety training" in page.words
    assert "Battery test engineers" not in page.words


def test_an_empty_list_says_what_to_do(browse: Browser, world: World) -> None:
    page = browse.sign_in("dana").get(f"/units/{world.units['delta']}/posts/")
    assert "No needs yet" in page.words
    assert page.find("a", string="Post a need")


def test_an_admin_reads_the_list_and_is_offered_nothing_to_write(browse: Browser, world: World) -> None:
    page = browse.sign_in("ada").get(f"/units/{world.units['alba']}/posts/")
    assert "Battery test engineers" in page.words
    assert not page.find("main").find("a", href=lambda href: href and "choose" in href)
    # A draft is only for those who write for its unit.
    assert "Safety training" not in page.words


def test_a_kind_is_chosen_with_one_click(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/posts/choose")
    link = page.find("a", string="Graduates or students")
    form = browse.get(str(link["href"]))
    assert form.heading == "What can you offer?"
    assert form.find("select", {"name": "kind"}).find("option", selected=True)["value"] == "graduates"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Mentors or lecturers", "lecturers"),
        ("Data or samples", "data_samples"),
        ("Funding or sponsors", "co_funding"),
    ],
)
def test_what_universities_seek_has_kinds(
    app: Flask, browse: Browser, world: World, label: str, kind: str
) -> None:
    page = browse.sign_in("max").get(f"/units/{world.units['alba plant']}/posts/choose")
    form = browse.get(str(page.find("a", string=label)["href"]))
    shown = browse.follow(browse.submit(form, "Publish", GOOD))
    assert f"Need: {label}" in shown.words
    assert only_post(app, GOOD["title"]).kind == kind


def test_a_published_need_is_stored_with_its_passages(app: Flask, browse: Browser, world: World) -> None:
    page = browse.submit(new_form(browse, world), "Publish", GOOD)
    shown = browse.follow(page)
    assert shown.heading == GOOD["title"]
    assert "How urgent Within weeks How important Important" in shown.words
    with app.app_context():
        post = db.session.scalars(select(Post).where(Post.title == GOOD["title"])).one()
        assert post.state is PostState.PUBLISHED
        assert post.quantity == 4
        assert post.visibility is Visibility.OTHER_KINDS
        assert post.author_id == world.people["max"]
        assert [passage.position for passage in post.passages] == [0, 1, 2, 3, 4]
        assert {passage.text_hash for passage in post.passages} == {hash_of(post.matching_text)}
    assert "Boreal University" in shown.words, "the university with the right graduates is not shown"


def test_publishing_promises_no_readers_that_the_post_does_not_have(browse: Browser, world: World) -> None:
    page = browse.follow(
        browse.submit(new_form(browse, world), "Publish", dict(GOOD, visibility="own_organisation"))
    )
    assert "Only people of your organisation see it" in page.words
    assert "Others can find it" not in page.words
    url = f"/units/{world.units['delta']}/posts/new?side=need&kind=talent"
    page = browse.follow(browse.submit(browse.sign_in("dana").get(url), "Save as draft", GOOD))
    page = browse.follow(browse.submit(page, "Publish"))
    assert "Others can find it once your organisation is approved" in page.words


def test_a_draft_has_no_passages(app: Flask, browse: Browser, world: World) -> None:
    browse.submit(new_form(browse, world), "Save as draft", GOOD)
    with app.app_context():
        post = db.session.scalars(select(Post).where(Post.title == GOOD["title"])).one()
        assert post.state is PostState.DRAFT
        assert post.passages == []


def test_a_vague_post_is_held_once_and_nothing_is_lost(app: Flask, browse: Browser, world: World) -> None:
    vague = dict(GOOD, title="Engineers", text="We need good engineers soon.", quantity="")
    page = browse.submit(new_form(browse, world), "Publish", vague, 422)
    assert "Which skills, tools, standards or topics?" in page.words
    assert "How many people or places" in page.words
    assert page.find("a", string="Improve")["href"] == "#text"
    assert page.find("textarea", {"name": "text"}).get_text().strip() == vague["text"]
    assert page.find("input", {"name": "urgency", "value": "3"}).has_attr("checked")
    page = browse.submit(page, "Publish anyway")
    assert only_post(app, "Engineers").state is PostState.PUBLISHED


def test_a_text_can_be_checked_without_javascript(app: Flask, browse: Browser, world: World) -> None:
    before = count_posts(app)
    page = browse.submit(new_form(browse, world), "Check my text", dict(GOOD, urgency=""), 200)
    assert "may answer this" in page.words
    assert "Boreal University" in page.words
    assert "Graduates in electrochemistry" in page.words
    assert count_posts(app) == before


def test_the_coach_answers_with_a_part_of_the_page(browse: Browser, world: World) -> None:
    page = new_form(browse, world)
    token = page.find("input", {"name": "csrf_token"})["value"]
    path = f"/units/{world.units['alba plant']}/posts/coach?side=need"
    response = browse.client.post(
        path, data={"csrf_token": token, "title": "need engineers", "kind": "talent"}
    )
    assert response.status_code == 200
    assert b"<html" not in response.data
    assert "How many people or places" in response.text
    assert (
        browse.client.post(path.replace("=need", "=nonsense"), data={"csrf_token": token}).status_code == 404
    )


def test_the_preview_reads_the_beginning_of_a_long_text(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded_texts: list[str] = []
    encode = HashEncoder.encode

    def noting_encode(encoder: HashEncoder, texts: Sequence[str], on_progress: Progress | None = None) -> Any:
        encoded_texts.extend(texts)
        return encode(encoder, texts, on_progress)

    monkeypatch.setattr(HashEncoder, "encode", noting_encode)
    long_text = GOOD_TEXT + " More about it." * 1_200
    page = browse.submit(new_form(browse, world), "Check my text", dict(GOOD, text=long_text), 200)
    assert "Nobody answers this yet" in page.words or "may answer this" in page.words
    assert 0 < sum(map(len, encoded_texts)) < 5_000


PAGES_OF_A_POST = ("/posts/{post}/edit", "/posts/{post}/withdraw", "/posts/{post}/matches")


@pytest.mark.parametrize("name", ["", "uma", "boris", "dora", "carl", "dana", "opal"])
def test_a_foreigner_reaches_no_page_of_our_post(browse: Browser, world: World, name: str) -> None:
    browse.sign_in(name)
    for pattern in PAGES_OF_A_POST:
        path = pattern.format(post=world.posts["alba need"])
        assert browse.client.get(path).status_code in {302, 403, 404}, path
    for unit in ("alba", "alba plant"):
        for page in ("", "choose", "new?side=need"):
            path = f"/units/{world.units[unit]}/posts/{page}"
            assert browse.client.get(path).status_code in {302, 403, 404}, path


def test_nobody_posts_for_a_unit_that_is_not_theirs(app: Flask, browse: Browser, world: World) -> None:
    before = count_posts(app)
    page = new_form(browse, world)
    data = dict(
        GOOD,
        csrf_token=str(page.find("input", {"name": "csrf_token"})["value"]),
        move="publish",
        kind="talent",
    )
    for unit, status in (("boreal engineering", 404), ("corvus", 404), ("alba", 404)):
        path = f"/units/{world.units[unit]}/posts/new?side=need"
        assert browse.client.post(path, data=data).status_code == status, unit
    assert count_posts(app) == before


def test_a_rival_does_not_see_a_need_that_is_for_other_kinds(browse: Browser, world: World) -> None:
    path = f"/posts/{world.posts['alba need']}"
    browse.sign_in("carl").get(path, 404)
    page = browse.sign_in("dora").get(path)
    assert page.heading == "Battery test engineers"
    assert not page.find("a", string="Edit")
    assert page.find("a", string="See how we fit")
    assert "Max Example" not in page.words


def test_an_internal_post_and_a_draft_stay_inside(browse: Browser, world: World) -> None:
    for post in ("alba internal", "alba draft"):
        browse.sign_in("dora").get(f"/posts/{world.posts[post]}", 404)
    browse.sign_in("ada").get(f"/posts/{world.posts['alba internal']}")
    browse.get(f"/posts/{world.posts['alba draft']}", 404)


def test_an_admin_may_look_but_not_write(browse: Browser, world: World) -> None:
    browse.sign_in("ada")
    page = browse.get(f"/posts/{world.posts['alba need']}")
    assert not page.find("a", string="Edit")
    browse.get(f"/posts/{world.posts['alba need']}/edit", 403)
    browse.get(f"/units/{world.units['alba']}/posts/new?side=need", 403)


def test_the_answers_come_with_the_sentence_that_answers(browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get(f"/posts/{world.posts['alba need']}/matches")
    assert "Ordered by fit and nearness, and a little by what is known of each." in page.words
    assert "Boreal University" in page.words
    quotes = [quote.get_text().strip() for quote in page.find_all("blockquote")]
    assert quotes == [
        "They know impedance spectroscopy.",
        "They should know impedance spectroscopy and Python.",
    ]
    assert "Corvus Motors" not in page.words, "a rival with the same need is no answer"
    page = browse.get(f"/posts/{world.posts['alba capability']}/matches")
    assert page.heading == "Whom does this capability serve?"
    assert "Placements for electrochemistry students" in page.words


def test_passages_are_written_once_for_each_post(app: Flask, browse: Browser, world: World) -> None:
    browse.submit(new_form(browse, world), "Publish", GOOD)
    with app.app_context():
        positions = db.session.execute(
            select(Passage.post_id, func.count(), func.count(func.distinct(Passage.position))).group_by(
                Passage.post_id
            )
        ).all()
    assert all(rows == distinct for _post, rows, distinct in positions)


def test_whoever_reads_an_answer_asks_for_a_meeting_about_it(
    browse: Browser, world: World, app: Flask
) -> None:
    path = f"/posts/{world.posts['alba need']}"
    page = browse.sign_in("max").get(path)
    ask = page.select_one(".card-match a[href*='introductions/new']")
    assert isinstance(ask, Tag)
    assert ask.get_text(strip=True).startswith("Ask for a meeting")
    form = browse.get(str(ask["href"]))
    ticked = {str(box["value"]) for box in form.select("input[name=posts][checked]")}
    assert {str(world.posts["alba need"]), str(world.posts["boreal capability"])} <= ticked
    # An admin writes for no unit, so asks for none.
    assert not browse.sign_in("ada").get(path).select(".card-match a[href*='introductions/new']")
    with app.app_context():
        add_dealings(db.session, world)
    page = browse.sign_in("max").get(path)
    assert not page.select(".card-match a[href*='introductions/new']")
    assert "You are already in contact" in page.words
    assert page.select(".card-match a[href*='/introductions/']")


def test_whoever_finds_a_post_of_others_asks_for_a_meeting_about_it(browse: Browser, world: World) -> None:
    path = f"/posts/{world.posts['boreal capability']}"
    ask = browse.sign_in("max").get(path).select_one("main a[href*='introductions/new']")
    assert isinstance(ask, Tag)
    form = browse.get(str(ask["href"]))
    ticked = {str(box["value"]) for box in form.select("input[name=posts][checked]")}
    assert str(world.posts["boreal capability"]) in ticked
    themselves = f"main a[href*='partner={world.organisations['boreal']}&']"
    for name in ("ada", "dora", "opal"):
        assert not browse.sign_in(name).get(path).select(themselves), name
