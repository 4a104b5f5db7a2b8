"""What the draft of a request claims of two sides, and which of their posts it begins with."""

import pytest
from flask import Flask

from models.post import PostKind, PostSide
from tests.asked_meeting import clock as clock
from tests.asked_meeting import new_path
from tests.browsing import Browser, Page
from tests.world import World, publish_post
from web.database import db

TESTERS = "Engineers who can run ageing tests on lithium cells. They should know impedance spectroscopy."


def drafted(page: Page, name: str) -> str:
    field = page.select_one(f"textarea[name={name}]")
    assert field is not None
    return str(field.get_text()).strip()


@pytest.fixture
def testers(app: Flask, world: World) -> int:
    """A second need of Alba's plant, which Boreal answers as well."""
    with app.app_context():
        return publish_post(
            db.session,
            world,
            "alba plant",
            PostSide.NEED,
            PostKind.TALENT,
            "Testers for the night shift",
            TESTERS,
        )


def test_a_draft_claims_nothing_of_a_link_that_is_too_weak_for_a_grade(browse: Browser, world: World) -> None:
    form = browse.sign_in("dora").get(f"/posts/{world.posts['boreal need']}/edit")
    browse.submit(
        form, "Save", {"title": "A choir for midsummer", "text": "Voices for our concert by the lake."}
    )
    page = browse.sign_in("max").get(new_path(world))
    assert drafted(page, "purpose").startswith("We seek “Battery test engineers” and you offer “Graduates")
    assert "impedance" in drafted(page, "hope")
    assert drafted(page, "offer") == ""
    chosen = {int(str(box["value"])) for box in page.select("input[name=posts][checked]")}
    assert chosen == {world.posts["alba need"], world.posts["boreal capability"]}


def test_a_draft_begins_with_the_posts_that_somebody_comes_from(
    browse: Browser, world: World, testers: int
) -> None:
    browse.sign_in("max")
    assert "“Battery test engineers”" in drafted(browse.get(new_path(world)), "purpose")
    page = browse.get(new_path(world, rest=f"&post={testers}&post={world.posts['boreal capability']}"))
    assert drafted(page, "purpose").startswith(
        "We seek “Testers for the night shift” and you offer “Graduates"
    )
    assert drafted(page, "hope").startswith("For our need “Testers for the night shift”")
    chosen = {int(str(box["value"])) for box in page.select("input[name=posts][checked]")}
    assert {testers, world.posts["boreal capability"]} <= chosen
    assert world.posts["alba need"] not in chosen
