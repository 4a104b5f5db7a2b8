"""What protects every request, whoever asks and whatever for."""

import pytest
from flask import Flask
from wtforms import StringField, TextAreaField

from tests.browsing import Browser
from tests.world import World
from web.errors import TEXTS
from web.page_form import PageForm
from web.places import PlaceField

# An address stands in the form for signing in as well, and three numbers are typed again in a moment.
NOT_SHOWN_AGAIN = {"email", "days"}


@pytest.mark.parametrize("kind", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_a_foreign_host_is_refused_in_plain_words(browse: Browser, kind: dict[str, str]) -> None:
    response = browse.client.get("/login", headers={"Host": "evil.example", **kind})
    assert response.status_code == 400
    assert "evil" not in response.text
    assert "does not answer at this address" in response.text


@pytest.mark.parametrize("path", ["/login", "/change", "/settings", "/help", "/nothing-is-here"])
def test_no_page_is_kept_in_a_cache(browse: Browser, path: str) -> None:
    response = browse.sign_in("ada").client.get(path)
    assert response.headers.getlist("Cache-Control") == ["no-store"]


TYPED = {
    "title": "Test <engineers>",
    "text": "\nFour of them.\n\nWith Python.",
    "quantity": "",
    "note": "  ",
    "version": "3",
    "password": "correct horse",
    "unit_id": "7",
    "csrf_token": "forged",
}


@pytest.mark.parametrize("name", ["", "max"])
def test_what_was_typed_outlives_the_session(browse: Browser, world: World, name: str) -> None:
    path = f"/units/{world.units['alba plant']}/posts/new?side=need"
    page = browse.sign_in(name)._page(browse.client.post(path, data=TYPED), 400)
    boxes = page.find_all("textarea")
    assert [box.get_text().removeprefix("\n") for box in boxes] == [
        "Test <engineers>",
        "Four of them.\n\nWith Python.",
    ]
    assert all(box.has_attr("readonly") for box in boxes)
    assert "correct horse" not in page.words
    assert "Test <engineers>" not in str(page)
    assert bool(page.select('.error-page a[href^="/login"]')) is not bool(name)


def test_a_form_in_which_nothing_was_written_is_told_in_words_that_are_true(browse: Browser) -> None:
    page = browse._page(
        browse.client.post("/login", data={"email": "a@b.example", "password": "secret"}), 400
    )
    assert page.find("textarea") is None
    assert "Here is what you wrote" not in page.words


def every_form() -> set[type[PageForm]]:
    """All forms of pages. Whoever makes an application has loaded the features that hold them."""
    found: set[type[PageForm]] = set()
    waiting = [PageForm]
    while waiting:
        forms = waiting.pop().__subclasses__()
        found.update(forms)
        waiting += forms
    return found


def test_every_field_for_writing_is_among_those_that_are_shown_again(app: Flask) -> None:
    with app.test_request_context():
        for form in every_form():
            written = {
                field.name for field in form() if type(field) in {StringField, TextAreaField, PlaceField}
            }
            left_out = written - set(TEXTS) - NOT_SHOWN_AGAIN
            assert not left_out, f"add {left_out} of {form.__name__} to TEXTS in web/errors.py"


def test_what_was_typed_into_several_rows_outlives_the_session_in_their_order(
    browse: Browser, world: World
) -> None:
    path = f"/units/{world.units['alba plant']}/posts/new?side=need"
    rows = {"8-step": "Send the cells", "8-held": "held", "7-step": "Call them", "next_text": "Meet again"}
    page = browse.sign_in("max")._page(browse.client.post(path, data=rows), 400)
    boxes = [box.get_text().removeprefix("\n") for box in page.find_all("textarea")]
    assert boxes == ["Send the cells", "Call them", "Meet again"]
    assert page.words.count("What happens next?") == 2


@pytest.mark.parametrize("name", ["", "max"])
def test_looking_at_an_address_for_buttons_leads_home(browse: Browser, name: str) -> None:
    page = browse.sign_in(name).get("/settings/sign-out-everywhere", 405)
    assert page.heading == "There is no page at this address"
    assert page.select_one(".error-page a.btn-primary")["href"]
    assert "POST" in page.response.headers["Allow"]
