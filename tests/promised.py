"""Promises as their pages are asked for, and what a promise of forty cells says."""

from datetime import timedelta

from flask import Flask

from models.base import utc_now
from models.commitment import Commitment
from models.commitment_rules import standing_of_commitment
from models.commitment_standing import State
from tests.browsing import Browser, Page
from tests.partnering import Partnering
from web.database import db

TODAY = utc_now().date()
DUE = (TODAY + timedelta(days=30)).isoformat()
LATER = (TODAY + timedelta(days=60)).isoformat()
TERMS = {"what": "The data of forty cells", "due_on": DUE, "importance": "2"}


def state_of(app: Flask, commitment_id: int) -> State:
    with app.app_context():
        commitment = db.session.get_one(Commitment, commitment_id)
        return standing_of_commitment(commitment, utc_now()).state


def offer(browse: Browser, ids: Partnering, values: dict[str, str], kind: str = "offer") -> Page:
    page = browse.get(f"/partnerships/{ids.partnership}/promises/{kind}")
    return browse.follow(browse.submit(page, "Send", {**TERMS, **values}))


def make(browse: Browser, commitment: int, move: str, values: dict[str, str], status: int = 303) -> Page:
    page = browse.get(f"/commitments/{commitment}/moves/{move}")
    button = page.find("main").find_all("button", type="submit")[-1].get_text(strip=True)
    return browse.submit(page, button, values, status)


def number_of(page: Page) -> int:
    return int(page.response.request.path.rpartition("/")[2])


def agreed_offer(browse: Browser, ids: Partnering) -> int:
    commitment = number_of(offer(browse.sign_in("max"), ids, {}))
    make(browse.sign_in("dora"), commitment, "promise", {})
    return commitment
