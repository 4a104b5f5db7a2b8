"""Cards and pages of partners on which we wait: what for, since when, the way there, and where nothing waits."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from models.base import utc_now
from models.commitment import Commitment, Move
from models.commitment_rules import add_move
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState, Proposal
from models.meeting import Meeting, MeetingState
from models.side import Side
from tests.browsing import Browser
from tests.cards import DAY
from tests.dealings import Dealings, add_dealings, answer_what_was_written
from tests.partnering import add_partnership, move_of
from tests.pipelining import board_of
from tests.world import World
from web.database import db
from web.labels import day_of


def asked_and_idle(app: Flask, world: World) -> Dealings:
    """Max asked four days ago; no meeting is ahead, and nothing is planned."""
    with app.app_context():
        dealt = add_dealings(db.session, world, state=IntroductionState.PROPOSED)
        begin_write(db.session)
        answer_what_was_written(db.session)
        for meeting in (dealt.past_meeting, dealt.next_meeting):
            db.session.get_one(Meeting, meeting).state = MeetingState.CANCELLED
        db.session.get_one(FollowUp, dealt.follow_up).done_at = utc_now()
        db.session.get_one(Proposal, dealt.proposal).created_at = utc_now() - 4 * DAY
        db.session.commit()
        return dealt


def main_of(browse: Browser, dealt: Dealings) -> tuple[str, str]:
    """Words and address of the main button on the page of the partner."""
    [button] = browse.get(f"/relationships/{dealt.ours}").select(".page-header a.btn-primary")
    return button.get_text(strip=True), str(button["href"]).partition("?")[0]


@pytest.mark.parametrize("place", ["?stage=", "table?stage="])
def test_a_card_says_what_we_wait_for_since_when_and_leads_there(
    app: Flask, browse: Browser, world: World, place: str
) -> None:
    dealt = asked_and_idle(app, world)
    page = browse.sign_in("max").get(board_of(world, place))
    link = page.find("a", string="We wait for their answer to our request for a meeting")
    assert link is not None
    assert str(link["href"]).partition("?")[0] == f"/introductions/{dealt.introduction}"
    since = day_of(utc_now() - 4 * DAY, "UTC")
    assert f"our request for a meeting since {since} · their turn" in page.words
    assert "Plan one" not in page.words
    told = main_of(browse, dealt)
    assert told == ("See what we wait for", f"/introductions/{dealt.introduction}")


@pytest.mark.parametrize("place", ["?stage=", "table?stage="])
def test_a_late_promise_of_theirs_is_waited_for_and_called_late(
    app: Flask, browse: Browser, world: World, place: str
) -> None:
    dealt = asked_and_idle(app, world)
    with app.app_context():
        partnering = add_partnership(db.session, world)
        begin_write(db.session)
        db.session.get_one(Introduction, dealt.introduction).expires_at = utc_now()
        request = db.session.get_one(Commitment, partnering.request)
        add_move(request, move_of(world, Move.PROMISE, Side.ASKED))
        promise = db.session.get_one(Commitment, partnering.promise)
        add_move(promise, move_of(world, Move.RELEASE, Side.ASKED))
        request.moves[0].due_on, request.moves[0].due_at = (
            date(2020, 3, 12),
            datetime(2020, 3, 13, tzinfo=UTC),
        )
        db.session.commit()
    words = "We wait for what they promised: Age the cells late 12 Mar 2020 · they owe it"
    assert words in browse.sign_in("max").get(board_of(world, place)).words


@pytest.mark.parametrize("place", ["?stage=", "table?stage=", "?step=none", "table?step=none"])
def test_where_nothing_is_planned_and_nothing_waits_a_step_can_be_planned(
    app: Flask, browse: Browser, world: World, place: str
) -> None:
    dealt = asked_and_idle(app, world)
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Introduction, dealt.introduction).expires_at = utc_now()
        db.session.commit()
    page = browse.sign_in("max").get(board_of(world, place))
    [link] = [link for link in page.find_all("a") if link.get_text().startswith("Plan one")]
    step = {"text": "Call them", "due_on": (utc_now() + 3 * DAY).date().isoformat()}
    browse.submit(browse.get(str(link["href"])), "Save", step)
    page = browse.get(board_of(world, place))
    assert "Plan one" not in page.words
