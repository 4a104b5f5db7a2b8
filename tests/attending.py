"""Home as one person reads it: its lines, and changes of rows between two looks."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.orm import Session

from models.database import begin_write
from tests.browsing import Browser, Page
from web.database import db


def lines(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.select(".attention-row")]


def found(page: Page, words: str) -> list[str]:
    return [line for line in lines(page) if words in line]


@contextmanager
def writing(app: Flask) -> Iterator[Session]:
    with app.app_context():
        begin_write(db.session)
        yield db.session
        db.session.commit()


def home(browse: Browser, name: str, whose: str = "mine") -> Page:
    return browse.sign_in(name).get(f"/?whose={whose}")
