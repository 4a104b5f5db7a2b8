"""What a part of a page answers when something is wrong: a line for the frame, never a page within the page."""

import pytest
from flask import Flask

from tests.browsing import Browser
from tests.world import World

PART = {"HX-Request": "true"}


def parts(world: World) -> dict[str, str]:
    unit = world.units["alba"]
    return {
        "GET": f"/units/{unit}/partners/?place=far",
        "POST": f"/units/{unit}/posts/coach?side=need",
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_signed_out_meanwhile_is_told_in_a_line(
    browse: Browser, world: World, app: Flask, method: str
) -> None:
    answer = app.test_client().open(parts(world)[method], method=method, headers=PART)
    assert answer.status_code in (400, 401)
    assert "<html" not in answer.text
    assert "You are signed out" in answer.text
    assert answer.headers["HX-Retarget"] == "#trouble"
    assert answer.headers["HX-Push-Url"] == "false"
    # Its place is in the frame of every page, and a whole page is still asked to sign in.
    assert browse.sign_in("olga").get("/").find(id="trouble", role="alert")
    assert "HX-Retarget" not in app.test_client().open(parts(world)[method], method=method).headers


def test_what_fails_otherwise_leaves_the_page_as_it_was(browse: Browser, world: World) -> None:
    browse.sign_in("olga")
    answer = browse.client.get(f"/units/{world.units['boreal']}/partners/", headers=PART)
    assert answer.status_code == 404
    assert "What you see stays as it was" in answer.text
    assert "<html" not in answer.text


def test_a_part_that_can_be_shown_is_shown_where_it_belongs(browse: Browser, world: World) -> None:
    answer = browse.sign_in("olga").client.get(parts(world)["GET"], headers=PART)
    assert answer.status_code == 200
    assert "HX-Retarget" not in answer.headers
