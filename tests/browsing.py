"""A browser for page tests: follows forms as a person would and checks the house rules on every page unasked."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask import session as flask_session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse


class Page(BeautifulSoup):
    """A parsed page with the response it came from."""

    response: TestResponse

    @property
    def heading(self) -> str:
        found = self.find("h1")
        return found.get_text(" ", strip=True) if found else ""

    @property
    def words(self) -> str:
        """The text that a person reads, in one line."""
        return " ".join(self.get_text(" ").split())

    def form(self, button: str) -> Tag:
        """The form whose button says ``button``."""
        for form in self.find_all("form"):
            for candidate in form.find_all(["button", "input"]):
                label = candidate.get_text(" ", strip=True) or candidate.get("value")
                if candidate.get("type") != "hidden" and label == button:
                    return form
        raise AssertionError(f"no form has a button that says {button!r}")

    def error_of(self, field: str) -> str:
        """The error message that the field named ``field`` points to, or an empty string."""
        control = self.find(attrs={"name": field})
        assert isinstance(control, Tag), f"no field is named {field!r}"
        group = control.find_parent("fieldset")
        described = str(
            control.get("aria-describedby") or (group.get("aria-describedby") if group else "") or ""
        )
        messages = [self.find(id=part) for part in described.split() if part.endswith("-error")]
        return " ".join(message.get_text(" ", strip=True) for message in messages if message)


def sign_in(client: FlaskClient, name: str) -> None:
    """Let the client's requests be those of the person named ``name``."""
    with client.session_transaction() as session:
        session["_user_id"] = f"session-of-{name}"
        session["_fresh"] = True


def session_cookie(app: Flask, name: str) -> str:
    """The value of the cookie of a session in which the person named ``name`` has signed in."""
    client = app.test_client()
    sign_in(client, name)
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


class Browser:
    """Signs in as one of the world's people and asks for pages."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def sign_in(self, name: str) -> "Browser":
        """Become the person named ``name``; an empty name is a visitor."""
        self.client = self.app.test_client()
        if name:
            sign_in(self.client, name)
        return self

    def get(self, path: str, status: int = 200) -> Page:
        return self._page(self.client.get(path), status)

    def submit(
        self,
        page: Page,
        button: str,
        values: Mapping[str, str | list[str]] | None = None,
        status: int = 303,
    ) -> Page:
        """Fill in the form that has this button, keeping what it already holds, and press the button."""
        form = page.form(button)
        data = filled_in(form, button)
        data.update(values or {})
        action = str(form.get("action") or page.response.request.path)
        if str(form.get("method", "get")).lower() == "get":
            return self._page(self.client.get(action, query_string=data), status)
        return self._page(self.client.post(action, data=data), status)

    def post(self, path: str, values: Mapping[str, str | list[str]], status: int) -> Page:
        """Send a form straight to ``path`` with a valid forgery token, as somebody with a forged form would."""
        return self._page(self.client.post(path, data={**values, "csrf_token": self.token()}), status)

    def token(self) -> str:
        """A forgery token that this session accepts."""
        with self.app.test_request_context(), self.client.session_transaction() as session:
            token = generate_csrf()
            session["csrf_token"] = flask_session["csrf_token"]
        return str(token)

    def follow(self, page: Page) -> Page:
        """The page that a redirect leads to."""
        location = urlsplit(page.response.headers["Location"])
        return self.get(location.path + (f"?{location.query}" if location.query else ""))

    def _page(self, response: TestResponse, status: int) -> Page:
        where = f"{response.request.method} {response.request.path}"
        assert response.status_code == status, f"{where} answered {response.status_code}, not {status}"
        page = Page(response.data, "html.parser")
        page.response = response
        is_whole_page = (
            response.mimetype == "text/html" and b"<html" in response.data and not response.location
        )
        if is_whole_page:
            check_house_rules(page, where)
        return page


def filled_in(form: Tag, button: str) -> dict[str, str | list[str]]:
    """What a browser would send for the form as it stands, with the button that says ``button`` pressed."""
    data: dict[str, str | list[str]] = {}
    for control in form.find_all(["input", "textarea", "select", "button"]):
        name = control.get("name")
        if not name or control.has_attr("disabled"):
            continue
        kind = control.get("type", "text")
        if control.name == "textarea":
            data[str(name)] = control.get_text().removeprefix("\n")
        elif control.name == "select":
            chosen = control.find("option", selected=True) or control.find("option")
            data[str(name)] = str(chosen.get("value", chosen.get_text())) if chosen else ""
        elif control.name == "button" or kind == "submit":
            label = control.get_text(" ", strip=True) or control.get("value")
            if label == button:
                data[str(name)] = str(control.get("value", ""))
        elif kind in {"radio", "checkbox"}:
            if control.has_attr("checked"):
                data[str(name)] = str(control.get("value", "on"))
        else:
            data[str(name)] = str(control.get("value", ""))
    return data


def check_house_rules(page: Page, where: str) -> None:
    """What every page of the portal keeps to; the message says which page broke which rule."""
    title = page.title.get_text(strip=True) if page.title else ""
    assert "Counterpart" in title, f"{where}: the title {title!r} does not name the product"
    html = page.find("html")
    assert isinstance(html, Tag), f"{where}: has no html element"
    assert html.get("lang"), f"{where}: says no language"
    assert len(page.find_all("h1")) == 1, f"{where}: needs exactly one h1, has {len(page.find_all('h1'))}"
    identifiers = [str(tag["id"]) for tag in page.find_all(id=True)]
    twice = sorted({name for name in identifiers if identifiers.count(name) > 1})
    assert not twice, f"{where}: these ids stand twice: {twice}"
    for tag in page.find_all(True):
        inline = [name for name in tag.attrs if name == "style" or name.startswith("on")]
        assert not inline, f"{where}: <{tag.name}> carries {inline}, which the content policy forbids"
        for reference in ("aria-describedby", "aria-labelledby", "for"):
            for target in str(tag.get(reference) or "").split():
                assert target in identifiers, f"{where}: {reference}={target!r} points to nothing"
    for script in page.find_all("script"):
        assert script.get("src"), f"{where}: has an inline script"
    _check_forms(page, where, identifiers)


def _check_forms(page: Page, where: str, identifiers: list[str]) -> None:
    labelled = {str(label.get("for")) for label in page.find_all("label")}
    for form in page.find_all("form"):
        if str(form.get("method", "get")).lower() == "post":
            assert form.find(attrs={"name": "csrf_token"}), f"{where}: a form sends no csrf_token"
        for control in form.find_all(["input", "select", "textarea"]):
            if control.get("type") in {"hidden", "submit"}:
                continue
            has_label = (
                control.get("id") in labelled
                or control.find_parent("label")
                or control.get("aria-label")
                or control.get("aria-labelledby")
            )
            assert has_label, f"{where}: the field {control.get('name')!r} has no label"
    for error in page.find_all(attrs={"aria-invalid": "true"}):
        assert error.get("aria-describedby"), (
            f"{where}: {error.get('name')!r} is invalid and does not say why"
        )
