"""What protects every request, whoever asks and whatever for."""

import pytest
from flask import Flask
from wtforms import Form, StringField, TextAreaField

from tests.browsing import Browser
from tests.world import World
from web.approvals import ReasonForm
from web.errors import TEXTS
from web.joining.forms import AskForm, TellForm
from web.organisation_form import OrganisationForm
from web.partners.dismissals import DismissForm
from web.people import DecisionForm
from web.posts.forms import PostForm, WithdrawForm
from web.settings_page import SettingsForm
from web.units import UnitForm


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


def test_every_field_for_writing_is_among_those_that_are_shown_again(app: Flask) -> None:
    forms: list[type[Form]] = [
        AskForm, DecisionForm, DismissForm, OrganisationForm, PostForm, ReasonForm, SettingsForm, TellForm,
        UnitForm, WithdrawForm,
    ]  # fmt: skip
    with app.test_request_context():
        for form in forms:
            written = {field.name for field in form() if type(field) in {StringField, TextAreaField}}
            assert written <= set(TEXTS), f"add the fields of {form.__name__} to TEXTS in web/errors.py"


@pytest.mark.parametrize("name", ["", "max"])
def test_looking_at_an_address_for_buttons_leads_home(browse: Browser, name: str) -> None:
    page = browse.sign_in(name).get("/settings/sign-out-everywhere", 405)
    assert page.heading == "There is no page at this address"
    assert page.select_one(".error-page a.btn-primary")["href"]
    assert "POST" in page.response.headers["Allow"]
