"""Cards of Alba's plant, and what is asked of its pipeline's pages."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.meeting import Meeting, MeetingState
from models.organisation import Unit
from models.relationship import Relationship, Stage
from tests.browsing import Browser, Page
from tests.cards import add_card
from tests.dealings import dealt as dealt
from tests.world import World
from web.database import db

TODAY = utc_now().date().isoformat()
TOMORROW = (utc_now() + timedelta(days=1)).date().isoformat()


@pytest.fixture
def cards(app: Flask, world: World) -> dict[str, int]:
    """Three cards of Alba's plant, by the partner's name."""
    with app.app_context():
        begin_write(db.session)
        unit = db.session.get_one(Unit, world.units["alba plant"])
        made = {
            name: add_card(db.session, unit, name, stage).id
            for name, stage in (
                ("Nord", Stage.SUGGESTED),
                ("Ost", Stage.INTRODUCED),
                ("West", Stage.CLOSED),
            )
        }
        db.session.commit()
    return made


def board_of(world: World, rest: str = "") -> str:
    return f"/units/{world.units['alba plant']}/pipeline/{rest}"


def stage_of(app: Flask, card: int) -> Stage:
    with app.app_context():
        return db.session.get_one(Relationship, card).stage


def set_state(app: Flask, meeting_id: int, state: MeetingState) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Meeting, meeting_id).state = state
        db.session.commit()


def last_contact_of(app: Flask, card: int) -> datetime | None:
    with app.app_context():
        return db.session.get_one(Relationship, card).last_contact_at


def column(page: Page, stage: str) -> str:
    found = page.find(attrs={"data-stage": stage})
    assert found is not None
    return " ".join(found.get_text(" ").split())


def send_move(browse: Browser, card: int, to: str, status: int = 303) -> Page:
    return browse.post(
        f"/relationships/{card}/move", {"to": to, "back": "board", "query": "stage=all"}, status
    )
