"""What a guest sees by the link in their mail, and what a spoiled link opens."""

import pytest
import time_machine
from flask import Flask

from models.base import utc_now
from models.database import begin_write
from models.introduction import AnswerLink, Introduction
from models.side import Side
from tests.browsing import Browser
from tests.canaries import Deal, MarkedWorld
from tests.marked import DAY, deal_of
from tests.marked import clock as clock
from tests.marked import marked as marked
from tests.marked import marked_once as marked_once
from web.database import db
from web.introductions.guest_links import token_of


def test_a_guest_sees_the_request_and_no_thread_notes_or_addresses(app: Flask, marked: MarkedWorld) -> None:
    deal = deal_of(marked, "proposed")
    token = _link(app, deal)
    for path in ("", "accept", "propose", "decline", f"accept?slot={deal.ids.slot}"):
        response = app.test_client().get(f"/answer/{token}/{path}")
        text = response.get_data(as_text=True)
        words = [canary.word for canary in marked.canaries if canary.word in text]
        assert set(words) <= {"canary-proposed-seen", "canary-proposed-guest"}, (path, words)
        for person in marked.world.people:
            assert f"{person}@" not in text
        assert "guest@guest.example" not in text


@pytest.mark.parametrize(
    "spoil", ["tampered", "revoked", "expired", "of a declined request", "of another side"]
)
def test_a_spoiled_link_opens_nothing(
    app: Flask, marked: MarkedWorld, clock: time_machine.Traveller, spoil: str
) -> None:
    deal = deal_of(marked, "declined" if spoil == "of a declined request" else "proposed")
    token = _link(app, deal)
    with app.app_context():
        begin_write(db.session)
        link = db.session.get_one(AnswerLink, deal.ids.answer_link)
        link.revoked_at = utc_now() if spoil == "revoked" else None
        link.side = Side.ASKING if spoil == "of another side" else Side.ASKED
        db.session.commit()
    if spoil == "tampered":
        token = token[:-3] + ("abc" if token[-3:] != "abc" else "cba")
    if spoil == "expired":
        clock.shift(40 * DAY)
    for path in ("", "accept", "propose", "decline", f"accept?slot={deal.ids.slot}"):
        response = app.test_client().get(f"/answer/{token}/{path}")
        words = [canary.word for canary in marked.canaries if canary.word in response.get_data(as_text=True)]
        assert words == [], (path, words)


def test_a_link_takes_no_time_of_another_request(app: Flask, marked: MarkedWorld) -> None:
    deal, other = deal_of(marked, "proposed"), deal_of(marked, "rival")
    browse = Browser(app)
    path = f"/answer/{_link(app, deal)}/accept"
    page = browse.post(path, {"slot": str(other.ids.slot)}, 200)
    assert page.heading
    with app.app_context():
        introduction = db.session.get_one(Introduction, deal.ids.introduction)
        assert introduction.open_proposal is not None


def _link(app: Flask, deal: Deal) -> str:
    with app.app_context():
        return token_of(db.session.get_one(AnswerLink, deal.ids.answer_link))
