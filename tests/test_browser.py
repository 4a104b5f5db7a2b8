"""A real browser walks every page: axe finds nothing, nothing is cut off at 320 pixels, and no policy is broken."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import Tag
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page
from sqlalchemy import select

from models.base import utc_now
from models.commitment import Move
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import IntroductionState
from models.post import TITLE_LIMIT, Post
from tests.browsing import Page as HtmlPage
from tests.browsing import check_house_rules, session_cookie, sign_in
from tests.dealings import Dealings, add_dealings, url_arguments
from tests.partnering import FIRST, add_partnership, partnership_arguments
from tests.real_browser import chromium, served
from tests.world import World
from web.database import db
from web.follow_ups.forms import TEXT_LIMIT

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Who looks at what: everyone's own view of every page that they may open.
# Olga comes first, because she sees most.
LOOKERS = ("olga", "dora", "ada", "uma", "dana", "opal", "")
# The walk takes minutes; in parts it spreads over the processes of the run. What is looked at is chosen for each
# endpoint by itself, so that any way of dealing the endpoints out looks at the same pages.
PARTS = 4
Shape = frozenset[tuple[str, ...]]

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    """The application with the fixed world, served on loopback."""
    with served(app) as address:
        yield address


@pytest.fixture
def dealt(app: Flask, world: World) -> list[Dealings]:
    """Dealings between Alba's plant and Boreal's faculty: some going on, and a request of theirs that waits for us."""
    with app.app_context():
        add_partnership(db.session, world)
        return [
            add_dealings(db.session, world),
            add_dealings(db.session, world, "boreal", "alba", "mia", "olga", IntroductionState.PROPOSED),
        ]


def _pages_for(
    app: Flask, world: World, dealt: list[Dealings], name: str, part: int
) -> Iterator[tuple[str, str, HtmlPage]]:
    """Endpoint, address and content of every page of this part that this person can open, found by asking for all."""
    records = _records_for(world, dealt, name)
    client = app.test_client()
    if name:
        sign_in(client, name)
    adapter = app.url_map.bind("localhost")
    endpoints = sorted({rule.endpoint for rule in app.url_map.iter_rules()})
    of_this_part = set(endpoints[part::PARTS])
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        if rule.endpoint not in of_this_part or not rule.arguments <= records.keys():
            continue
        first = {argument: records[argument][0] for argument in rule.arguments}
        choices = [first] if not first else [
            {**first, argument: value} for argument in rule.arguments for value in records[argument]
        ]  # fmt: skip
        for path in dict.fromkeys(adapter.build(rule.endpoint, arguments) for arguments in choices):
            response = client.get(path)
            assert response.status_code < 500, f"{name or 'a visitor'} at {path}"
            if response.status_code == 200 and b"<html" in response.data:
                yield rule.endpoint, path, HtmlPage(response.data, "html.parser")


def _records_for(world: World, dealt: list[Dealings], name: str) -> dict[str, list[int | str]]:
    """What the arguments of addresses may be, with the person's own unit and their partner first."""
    unit = {"dora": "boreal engineering", "dana": "delta"}.get(name, "alba")
    partner = "alba" if name == "dora" else "boreal"
    return {
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


def _shape_of(page: HtmlPage) -> Shape:
    """Which elements with which classes and which attributes stand in which element with which classes."""
    return frozenset(
        (*_kind_of(tag.parent), *_kind_of(tag), *sorted(tag.attrs))
        for tag in page.find_all(True)
        if tag.parent is not None
    )


def _kind_of(tag: Tag) -> tuple[str, str]:
    return tag.name, " ".join(tag.get("class") or ())


def _to_look_at(app: Flask, world: World, dealt: list[Dealings], part: int) -> list[tuple[str, str]]:
    """Who looks at which address of this part, so that everything that any page shows to anybody is looked at once.

    Every page is asked for and must keep the house rules. Only the browser, a second or two for each page, is
    spared those whose every element stood, with the same classes, attributes and parent, on a page of the same
    endpoint that is looked at: what axe and the width complain of comes from the template and the style sheets, and
    the length of words is asked about below. What depends on more than that, such as the third of three equal boxes,
    can slip through here.
    """
    chosen: list[tuple[str, str]] = []
    seen: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for name in LOOKERS:
        for endpoint, path, page in _pages_for(app, world, dealt, name, part):
            check_house_rules(page, f"{name or 'a visitor'} at {path}")
            shape = _shape_of(page)
            if not shape <= seen[endpoint]:
                chosen.append((name, path))
                seen[endpoint] |= shape
        if part == 0:
            chosen.append((name, "/no-such-page"))
    if part == 0:
        # Nothing leads there but what somebody ticked.
        chosen.append((LOOKERS[0], _comparison(world, "alba")))
    return chosen


def _comparison(world: World, unit: str) -> str:
    chosen = "&".join(f"partner={world.organisations[name]}" for name in ("boreal", "corvus"))
    return f"/units/{world.units[unit]}/partners/compare?{chosen}"


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_accessible_and_fits_320_pixels(
    app: Flask, world: World, dealt: list[Dealings], address: str, part: int
) -> None:
    chosen = _to_look_at(app, world, dealt, part)
    cookies = {name: session_cookie(app, name) for name in LOOKERS if name}
    complaints: list[str] = []
    found: list[str] = []
    with chromium() as browser:
        context = browser.new_context(reduced_motion="reduce")
        # The browser keeps it and has it ready in every page: sending it to each took as long as its looking.
        context.add_init_script(AXE)
        page = context.new_page()
        page.on("console", lambda message: _note(complaints, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for name in LOOKERS:
            context.clear_cookies()
            if name:
                context.add_cookies([{"name": "session", "value": cookies[name], "url": address}])
            for path in (path for looker, path in chosen if looker == name):
                page.set_viewport_size({"width": 320, "height": 900})
                page.goto(address + path)
                found += _faults_of(page, f"{path} for {name or 'a visitor'}")
                page.set_viewport_size({"width": 1280, "height": 900})
                wide = f"{path} for {name or 'a visitor'} at 1280"
                # Nearly all that a wide window shows beside a narrow one is the frame and the lists, which Olga sees.
                found += _faults_of(page, wide) if name == LOOKERS[0] else _too_wide(page, wide)
    # The browser itself reports the 404 that was asked for.
    found += [complaint for complaint in complaints if "404" not in complaint]
    assert not found, "\n".join(found)


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        complaints.append(message.text)


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
        _comparison(world, "alba plant"),
        f"/posts/{world.posts['alba need']}/matches",
        f"/organisations/{boreal}",
        f"/units/{plant}/search?q=impedance",
    ]
    found = _wider_than_their_window(app, address, paths, (320, 390, 1280))
    assert not found, "\n".join(found)


def test_a_next_step_without_spaces_makes_no_page_wider_than_its_window(
    app: Flask, dealt: list[Dealings], world: World, address: str
) -> None:
    with app.app_context():
        begin_write(db.session)
        for follow_up in db.session.scalars(select(FollowUp)):
            follow_up.text, follow_up.due_at = "W" * TEXT_LIMIT, utc_now()
        db.session.commit()
    plant = world.units["alba plant"]
    paths = [
        "/?whose=ours",
        f"/units/{plant}/pipeline/",
        f"/units/{plant}/pipeline/table",
        f"/units/{plant}/follow-ups/?whose=all",
        f"/relationships/{dealt[0].ours}",
        f"/relationships/{dealt[0].ours}/move?to=closed",
    ]
    found = _wider_than_their_window(app, address, paths, (320, 1280))
    assert not found, "\n".join(found)


def test_filters_fold_away_on_a_phone_and_stand_open_on_a_wide_screen(
    app: Flask, world: World, address: str
) -> None:
    plant = world.units["alba plant"]
    cookie = session_cookie(app, "max")
    with chromium() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        page = context.new_page()
        for path in (f"/units/{plant}/partners/", f"/units/{plant}/search?q=impedance"):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(address + path)
            country = page.locator("select[name=country]")
            assert country.is_visible(), path
            page.set_viewport_size({"width": 390, "height": 844})
            assert not country.is_visible(), path
            page.locator("main summary", has_text="Filter").click()
            assert country.is_visible(), path
        # What was chosen there and is told nowhere else stays open.
        page.goto(address + f"/units/{plant}/search?q=impedance&country=DE")
        assert country.is_visible()


def _faults_of(page: Page, path: str) -> list[str]:
    """What axe, which the page must hold already, and the page's width complain of."""
    violations = page.evaluate(
        "rules => axe.run({runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']}).then(answer =>"
        " answer.violations.map(found =>"
        " found.id + ': ' + found.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')))",
        AXE_RULES,
    )
    found = [f"{path}: {violation}" for violation in violations]
    return found + _too_wide(page, path)


def _wider_than_their_window(
    app: Flask, address: str, paths: list[str], widths: tuple[int, ...]
) -> list[str]:
    """What Max sees too wide of these pages, all of which hold long words without spaces."""
    found = []
    with chromium() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "session", "value": session_cookie(app, "max"), "url": address}])
        page = context.new_page()
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            for path in paths:
                page.goto(address + path)
                assert "WWWW" in page.content(), path
                found += _too_wide(page, f"{path} at {width}")
    return found


def _too_wide(page: Page, path: str) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth")
    room = page.evaluate("window.innerWidth")
    return [f"{path}: is {width} pixels wide in a window of {room}"] if width > room else []
