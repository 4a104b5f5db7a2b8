"""What several tests of posts begin with: a good need, its form, and what was made of it."""

from collections.abc import Mapping

from flask import Flask
from sqlalchemy import func, select

from models.post import Post
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db

GOOD_TEXT = (
    "We need four technicians who can run ageing tests on lithium cells from March 2027. They should know "
    "impedance spectroscopy and Python. We offer them a modern test hall and pay for travel."
)
GOOD: Mapping[str, str] = {
    "title": "Technicians for ageing tests",
    "text": GOOD_TEXT,
    "quantity": "4",
    "urgency": "3",
}


def new_form(browse: Browser, world: World, name: str = "max", side: str = "need") -> Page:
    kind = "talent" if side == "need" else "graduates"
    return browse.sign_in(name).get(f"/units/{world.units['alba plant']}/posts/new?side={side}&kind={kind}")


def only_post(app: Flask, title: str) -> Post:
    with app.app_context():
        post = db.session.scalars(select(Post).where(Post.title == title)).one()
        assert post.passages is not None
        db.session.expunge_all()
        return post


def count_posts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Post.id))) or 0
