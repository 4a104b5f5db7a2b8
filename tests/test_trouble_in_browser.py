"""The line that says that a part of a page could not be shown, in a real browser: it comes, and it goes again."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.browsing import session_cookie
from tests.real_browser import chromium, served
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def test_the_line_leaves_once_a_part_of_the_page_is_shown_again(
    app: Flask, world: World, address: str
) -> None:
    cookie = session_cookie(app, "max")
    with chromium() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/units/{world.units['alba plant']}/posts/new?side=need")
        # The cookie of the page, which the token in its form belongs to.
        signed_in = context.cookies()
        context.clear_cookies()
        page.locator("[name=title]").press_sequentially("Engineers")
        page.locator("#trouble .notice").wait_for()
        context.clear_cookies()
        for kept in signed_in:
            context.add_cookies([{"name": kept["name"], "value": kept["value"], "url": address}])
        page.locator("[name=title]").press_sequentially(" for cells")
        page.locator("#trouble .notice").wait_for(state="detached")
        assert page.locator("[name=title]").input_value() == "Engineers for cells"
