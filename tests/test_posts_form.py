"""The form of a post: which values it refuses, and what it keeps as it was typed."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.post import TEXT_LIMIT, Post
from tests.browsing import Browser
from tests.posting import GOOD, GOOD_TEXT, count_posts, new_form, only_post
from tests.world import World
from web.database import db


def test_missing_urgency_is_asked_for(app: Flask, browse: Browser, world: World) -> None:
    before = count_posts(app)
    page = browse.submit(new_form(browse, world), "Publish", dict(GOOD, urgency=""), 422)
    assert page.error_of("urgency") == "Error: Say how urgent it is."
    assert page.find("textarea", {"name": "text"}).get_text().strip() == GOOD_TEXT
    assert count_posts(app) == before


def test_a_capability_is_not_asked_for_urgency(browse: Browser, world: World) -> None:
    page = new_form(browse, world, side="capability")
    assert not page.find(attrs={"name": "urgency"})
    values = {"title": "Graduates in electrochemistry", "text": GOOD_TEXT, "quantity": "4"}
    browse.submit(page, "Publish", values, 303)


@pytest.mark.parametrize("button", ["Check my text", "Publish"])
def test_a_text_that_is_far_too_long_is_refused_without_reading_it(
    browse: Browser, world: World, monkeypatch: pytest.MonkeyPatch, button: str
) -> None:
    page = new_form(browse, world)
    monkeypatch.setattr("web.posts.advice.coach", None)
    monkeypatch.setattr("web.posts.advice.answers_to_draft", None)
    page = browse.submit(page, button, dict(GOOD, text="word " * 20_000), 422)
    assert "Shorten the text" in page.error_of("text")


WRONG_FIELDS = [
    ("title", "", "Write a title"),
    ("title", "   ", "Write a title"),
    ("title", "x" * 151, "Shorten the title to 150 characters."),
    ("title", "Engineers\x00", "invisible control character"),
    ("text", "", "Describe it in a few sentences"),
    ("text", "word " * (TEXT_LIMIT // 5 + 1), "Shorten the text to 20000 characters."),
    ("text", "w" * 100_000, "Shorten the text to 20000 characters."),
    ("text", f"{GOOD_TEXT}\x00", "invisible control character"),
    ("quantity", "-3", "Write a number from 1"),
    ("quantity", "0", "Write a number from 1"),
    ("quantity", "many", "Write a whole number in digits"),
    ("quantity", "9" * 5000, "Write a"),
    ("quantity", "1000000000", "Write a number from 1"),
    ("partner_limit", "-1", "Write a number from 1"),
    ("partner_limit", "1.5", "Write a whole number in digits"),
    ("ends_on", "2001-01-01", "The date is in the past. Choose a later one."),
    ("starts_on", "2001-01-01", "The date is in the past. Choose a later one."),
    ("ends_on", "9999-12-31", "more than 10 years away"),
    ("ends_on", "soon", "Write the date as year-month-day"),
    ("kind", "graduates", "This is not one of the choices"),
    ("kind", "nonsense", "This is not one of the choices"),
    ("kind", "", "Choose the kind."),
    ("language", "tlh", "This is not one of the choices"),
    ("urgency", "7", "This is not one of the choices"),
    ("importance", "x", "This is not one of the choices"),
    ("visibility", "everybody", "This is not one of the choices"),
    ("visibility", "", "Choose who may see it."),
    ("place", "Xanadu", "We do not know this place"),
    ("place", "x" * 5000, "We do not know this place"),
    ("place", "Kiel\x00", "We do not know this place"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG_FIELDS)
def test_each_wrong_field_says_so_and_keeps_the_rest(
    app: Flask, browse: Browser, world: World, field: str, value: str, message: str
) -> None:
    before = count_posts(app)
    page = browse.submit(new_form(browse, world), "Publish", {**GOOD, field: value}, 422)
    # A choice with a hint of its own points to that first, the error belongs to its group.
    errors = page.find(id=f"{field}-error") if field == "visibility" else None
    assert message in (errors.get_text(" ") if errors else page.error_of(field))
    for name in ("title", "text", "quantity"):
        control = page.find(attrs={"name": name})
        kept = control.get_text() if control.name == "textarea" else str(control.get("value"))
        assert kept.strip() == {**GOOD, field: value}[name].strip()
    assert count_posts(app) == before


def test_until_must_not_come_before_from(browse: Browser, world: World) -> None:
    start, end = utc_now().date() + timedelta(days=20), utc_now().date() + timedelta(days=10)
    values = dict(GOOD, starts_on=start.isoformat(), ends_on=end.isoformat())
    page = browse.submit(new_form(browse, world), "Publish", values, 422)
    assert "before “From”" in page.error_of("ends_on")


STRANGE_TEXTS = [
    "🔋🔋🔋 Technicians 👩‍🔬 for ageing tests 🚀 from March, four of them, impedance spectroscopy.",
    "نحتاج إلى أربعة مهندسين لاختبار خلايا الليثيوم في مارس 2027 مع خبرة في التحليل الطيفي للممانعة والبرمجة",
    "<script>alert('four technicians')</script> <b>impedance</b> spectroscopy <img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x";"four") +1+1 @SUM(A1) technicians for impedance spectroscopy from March',
]


@pytest.mark.parametrize("text", STRANGE_TEXTS)
def test_strange_texts_are_kept_as_they_are_and_shown_as_text(
    app: Flask, browse: Browser, world: World, text: str
) -> None:
    page = browse.submit(new_form(browse, world), "Publish", dict(GOOD, text=text, hints_seen="1"))
    shown = browse.follow(page)
    assert only_post(app, GOOD["title"]).text == text
    assert " ".join(text.split()) in shown.words
    assert not shown.find("main").find(["script", "img"])


def test_an_ambiguous_place_is_asked_for_and_a_chosen_one_is_kept(
    app: Flask, browse: Browser, world: World
) -> None:
    page = browse.submit(new_form(browse, world), "Publish", dict(GOOD, place="Springfield"), 422)
    assert "several places of this name" in page.error_of("place")
    labels = {label.get_text(strip=True): label["for"] for label in page.find_all("label")}
    radio = page.find(id=labels["Springfield, Illinois, United States"])
    browse.submit(page, "Publish", {"place_id": str(radio["value"])})
    with app.app_context():
        post = db.session.scalars(select(Post).where(Post.title == GOOD["title"])).one()
        assert post.place is not None
        assert (post.place.region, post.place.zone) == ("IL", "America/Chicago")


def test_a_post_with_a_place_of_its_own_can_be_changed(app: Flask, browse: Browser, world: World) -> None:
    browse.submit(new_form(browse, world), "Save as draft", dict(GOOD, place="Rostock, Germany"))
    post = only_post(app, GOOD["title"])
    form = browse.get(f"/posts/{post.id}/edit")
    assert str(form.find("input", {"name": "place"})["value"]).startswith("Rostock")
    browse.submit(form, "Save as draft", {"title": "Elsewhere"})
    assert only_post(app, "Elsewhere").place_id == post.place_id
    assert post.place_id is not None


def test_a_place_is_stored_once_however_it_is_typed(app: Flask, browse: Browser, world: World) -> None:
    for number, place in enumerate(["Munich", "münchen, de", "Munich, Germany"]):
        values = dict(GOOD, title=f"Technicians {number}", place=place)
        browse.submit(new_form(browse, world), "Publish", values)
    with app.app_context():
        posts = db.session.scalars(select(Post).where(Post.title.like("Technicians %"))).all()
        assert len({post.place_id for post in posts} - {None}) == 1


def test_the_place_field_asks_for_suggestions_as_one_types(browse: Browser, world: World) -> None:
    field = new_form(browse, world).find("input", {"name": "place"})
    assert str(field["hx-get"]).startswith("/places/suggest?field=place")
    assert field["hx-target"] == f"#{field['list']}"


@pytest.mark.parametrize("quantity", ["9" * 400, "-" + "9" * 400, "1.5", "many"])
def test_a_number_that_cannot_be_gets_one_error_at_its_field(
    browse: Browser, world: World, quantity: str
) -> None:
    page = browse.submit(new_form(browse, world), "Publish", dict(GOOD, quantity=quantity), 422)
    assert page.error_of("quantity").count("Error:") == 1
    assert page.find("input", {"name": "quantity"})["value"] == quantity


def test_a_title_that_nobody_can_see_is_asked_for(browse: Browser, world: World) -> None:
    page = browse.submit(new_form(browse, world), "Publish", dict(GOOD, title="\u200b \u2060"), 422)
    assert "Write a title" in page.error_of("title")


def test_a_title_is_one_line_and_turns_nothing_behind_it(app: Flask, browse: Browser, world: World) -> None:
    typed = "\u202eFour engineers\r\n\nYour account is closed\u202c\u2028today"
    browse.submit(new_form(browse, world), "Save as draft", dict(GOOD, title=typed))
    assert only_post(app, "Four engineers Your account is closed today")
