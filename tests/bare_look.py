"""A bare application that renders the templates alone, and what its pages must keep; import the fixtures by name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.ctx import RequestContext
from flask_babel import Babel
from flask_wtf import CSRFProtect

from web.distances import init_distances
from web.marking import init_marking
from web.pictures import init_pictures

WEB = Path(__file__).resolve().parent.parent / "web"
TEMPLATES = WEB / "templates"


@dataclass(frozen=True)
class Place:
    label: str
    url: str
    is_current: bool
    icon: str


@dataclass(frozen=True)
class Acting:
    label: str
    organisation_name: str
    choices: list[tuple[str, str, bool]]


@dataclass(frozen=True)
class Person:
    name: str


@pytest.fixture(scope="module")
def app() -> Flask:
    application = Flask("look", root_path=str(WEB), template_folder="templates", static_folder="static")
    application.secret_key = "only for this test"
    Babel(application)
    CSRFProtect(application)
    init_pictures(application)
    init_distances(application)
    init_marking(application)
    return application


@pytest.fixture
def request_context(app: Flask) -> Iterator[RequestContext]:
    with app.test_request_context("/partners?page=2") as context:
        yield context


def frame_values() -> dict[str, object]:
    return {
        "navigation": [
            Place("Home", "/", False, "house"),
            Place("Partners", "/partners", True, "handshake"),
            Place("Our posts", "/posts", False, "clipboard-list"),
            Place("Search", "/search", False, "search"),
            Place("People", "/people", False, "users"),
        ],
        "acting": Acting(
            "Cell plant", "Nordwind Batteries", [("Cell plant", "/u/1", True), ("Research", "/u/2", False)]
        ),
        "person": Person("Amina Okoro"),
        "sign_out_url": "/sign-out",
        "help_url": "/help",
        "accessibility_url": "/accessibility",
        "post_url": "/post",
        "settings_url": "/settings",
        "search_url": "/search",
    }


def the(page: BeautifulSoup, selector: str) -> Tag:
    found = page.select_one(selector)
    assert found is not None, f"nothing matches {selector}"
    return found


def house_rule_breaches(page: BeautifulSoup) -> list[str]:
    """What every page must keep: unique ids, references that exist, nothing inline, one h1, labels."""
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    breaches = [f"the id {name} occurs {times} times" for name, times in Counter(ids).items() if times > 1]
    for tag in page.find_all(True):
        breaches += [f"<{tag.name} {name}>" for name in tag.attrs if name == "style" or name.startswith("on")]
        for name in ("aria-describedby", "aria-labelledby", "for"):
            targets = str(tag.get(name, "")).split()
            breaches += [f"{name} leads to no {target}" for target in targets if target not in ids]
    breaches += ["an inline script" for script in page.select("script:not([src])")]
    breaches += ["an inline style sheet" for _ in page.select("style")]
    for control in page.select("input:not([type=hidden]), textarea, select"):
        if not page.select(f'label[for="{control.get("id")}"]'):
            breaches.append(f"no label for {control.get('name')}")
    for link in page.select('a[href^="#"]'):
        if str(link["href"])[1:] not in ids:
            breaches.append(f"a link to {link['href']} leads nowhere")
    if len(page.select("h1")) != 1:
        breaches.append("not exactly one h1")
    return breaches
