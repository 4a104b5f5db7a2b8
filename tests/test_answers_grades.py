"""What the grade beside an answer to one post is about."""

from flask import Flask

from models.post import PostKind, PostSide
from tests.browsing import Browser
from tests.world import World, publish_post
from web.database import db


def test_the_other_needs_of_whom_a_capability_serves_do_not_lower_its_grade(
    browse: Browser, world: World, app: Flask
) -> None:
    address = f"/posts/{world.posts['alba capability']}/matches"
    browse.sign_in("max")
    assert graded(browse, address) == "Strong fit"
    with app.app_context():
        side, kind = PostSide.NEED, PostKind.TRAINING
        for title in ("A choir for midsummer", "Gardeners for the roof", "Cooks for a canteen"):
            publish_post(db.session, world, "boreal engineering", side, kind, title, f"{title}. Soon.")
    assert graded(browse, address) == "Strong fit"


def graded(browse: Browser, address: str) -> str:
    (answer,) = browse.get(address).select(".card-match")
    grade = answer.select_one(".grade")
    assert grade is not None
    return str(grade.get_text(strip=True))
