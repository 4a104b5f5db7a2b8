"""A real browser walks every page: axe finds nothing, nothing is cut off at 320 pixels, and no policy is broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select

from models.commitment import Move
from models.database import begin_write
from models.introduction import IntroductionState
from models.post import TITLE_LIMIT, Post
from tests.dealings import Dealings, add_dealings, url_arguments
from tests.partnering import FIRST, add_partnership, partnership_arguments
from tests.real_browser import chromium, served
from tests.world import World
from web.database import db

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Who looks at what: everyone's own view of every page that they may open.
OLGA = "olga"
LOOKERS = ("", "uma", "ada", "olga", "dora", "dana", "opal")

# Pages of one template differ little: these many of each address are looked at, the first of them at both widths.
MOST_OF_ONE_ADDRESS = 2

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    """The application with the fixed world, served on loopback."""
    with served(app) as address:
        yield address


def _session_cookie(app: Flask, name: str) -> str:
    """The cookie of a session in which the person named ``name`` has signed in."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = f"session-of-{name}"
        session["_fresh"] = True
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


@pytest.fixture
def dealt(app: Flask, world: World) -> list[Dealings]:
    """Dealings between Alba's plant and Boreal's faculty: some going on, and a request of theirs that waits for us."""
    with app.app_context():
        add_partnership(db.session, world)
        return [
            add_dealings(db.session, world),
            add_dealings(db.session, world, "boreal", "alba", "mia", "olga", IntroductionState.PROPOSED),
        ]


def _paths_for(app: Flask, world: World, dealt: list[Dealings], name: str) -> list[tuple[str, bool]]:
    """The pages that this person can open, found by asking for them, and whether each is the first of its address."""
    unit = {"dora": "boreal engineering", "dana": "delta"}.get(name, "alba")
    partner = "alba" if name == "dora" else "boreal"
    records: dict[str, list[int | str]] = {
        **{
            argument: [url_arguments(each)[argument] for each in dealt]
            for argument in url_arguments(dealt[0])
        },
        **{argument: [value] for argument, value in partnership_arguments(FIRST).items()},
        "commitment_id": [FIRST.promise, FIRST.request, FIRST.draft],
        "counterpart_id": [FIRST.asking_person, FIRST.asked_person],
        "promise_kind": ["offer", "request"],
        "move": [move.value for move in Move],
        "unit_id": [world.units[unit]],
        "organisation_id": [world.organisations[partner]],
        "post_id": list(world.posts.values()),
        "person_id": list(world.people.values()),
        "membership_id": [1, 2, 3],
        "dismissal_id": [1],
        "mail_id": [1],
        "saved_search_id": [1],
    }
    client = app.test_client()
    if name:
        client.set_cookie("session", _session_cookie(app, name))
    paths: list[tuple[str, bool]] = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        if not rule.arguments <= records.keys():
            continue
        choices = [{}] if not rule.arguments else [
            {**{other: records[other][0] for other in rule.arguments}, argument: value}
            for argument in rule.arguments
            for value in records[argument]
        ]  # fmt: skip
        opened: list[str] = []
        for arguments in choices:
            path = adapter.build(rule.endpoint, arguments)
            if path in opened or len(opened) == MOST_OF_ONE_ADDRESS:
                continue
            response = client.get(path)
            if response.status_code == 200 and b"<html" in response.data:
                opened.append(path)
        paths += [(path, path == opened[0]) for path in opened]
    return paths


def _shape_of(client: FlaskClient, path: str) -> frozenset[tuple[str, str]]:
    """Which elements with which classes stand on the page: two pages of one shape have the same faults."""
    response = client.get(path)
    if response.status_code != 200:
        return frozenset()
    page = BeautifulSoup(response.data, "html.parser")
    return frozenset((tag.name, " ".join(tag.get("class") or ())) for tag in page.find_all(True))


def _seen_by_olga(app: Flask, name: str, paths: list[tuple[str, bool]]) -> set[str]:
    """Those of the paths that show this person nothing that Olga, who looks at all of hers, does not see there."""
    if not name or name == OLGA:
        return set()
    hers, theirs = app.test_client(), app.test_client()
    hers.set_cookie("session", _session_cookie(app, OLGA))
    theirs.set_cookie("session", _session_cookie(app, name))
    return {path for path, _ in paths if _shape_of(theirs, path) <= _shape_of(hers, path)}


@pytest.mark.parametrize("name", LOOKERS)
def test_every_page_is_accessible_and_fits_320_pixels(
    app: Flask, world: World, dealt: list[Dealings], address: str, name: str
) -> None:
    paths = [*_paths_for(app, world, dealt, name), ("/no-such-page", True)]
    seen = _seen_by_olga(app, name, paths)
    cookie = _session_cookie(app, name) if name else None
    complaints: list[str] = []
    found: list[str] = []
    with chromium() as browser:
        context = browser.new_context(reduced_motion="reduce")
        if cookie:
            context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for path, is_first in paths:
            if path in seen:
                continue
            page.set_viewport_size({"width": 320, "height": 900})
            page.goto(address + path)
            found += _faults_of(page, path)
            if is_first:
                page.set_viewport_size({"width": 1280, "height": 900})
                found += _faults_of(page, f"{path} at 1280")
    # The browser itself reports the 404 that was asked for.
    found += [complaint for complaint in complaints if "404" not in complaint]
    assert not found, "\n".join(found)


def test_titles_without_spaces_make_no_page_wider_than_its_window(
    app: Flask, world: World, address: str
) -> None:
    with app.app_context():
        begin_write(db.session)
        for post in db.session.scalars(select(Post)):
            post.title = "W" * TITLE_LIMIT
        db.session.commit()
    plant, boreal = world.units["alba plant"], world.organisations["boreal"]
    paths = [
        f"/units/{plant}/posts/",
        f"/units/{plant}/partners/",
        f"/units/{plant}/partners/{boreal}",
        f"/posts/{world.posts['alba need']}/matches",
        f"/organisations/{boreal}",
        f"/units/{plant}/search?q=impedance",
    ]
    cookie = _session_cookie(app, "max")
    found = []
    with chromium() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        page = context.new_page()
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            for path in paths:
                page.goto(address + path)
                found += _too_wide(page, f"{path} at {width}")
    assert not found, "\n".join(found)


def _faults_of(page: Page, path: str) -> list[str]:
    page.evaluate(AXE)
    violations = page.evaluate(
        "rules => axe.run({runOnly: {type: 'tag', values: rules}}).then(answer => answer.violations.map(found =>"
        " found.id + ': ' + found.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')))",
        AXE_RULES,
    )
    found = [f"{path}: {violation}" for violation in violations]
    return found + _too_wide(page, path)


def _too_wide(page: Page, path: str) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth")
    room = page.evaluate("window.innerWidth")
    return [f"{path}: is {width} pixels wide in a window of {room}"] if width > room else []
