"""The main button on the page of a partner: what the next step asks for, and a meeting where nothing else waits."""

from flask import Flask

from models.base import utc_now
from models.cadence import start_cadence
from models.commitment import Commitment, Move
from models.commitment_rules import add_move
from models.database import begin_write
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState
from models.meeting import MeetingState
from models.relationship import Relationship
from models.side import Side
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings, answer_what_was_written
from tests.dealings import dealt as dealt
from tests.partnering import add_partnership, move_of
from tests.pipelining import set_state
from tests.world import World
from web.database import db


def main_button(browse: Browser, card: int) -> tuple[str, str]:
    page = browse.get(f"/relationships/{card}")
    [button] = page.select(".page-header a.btn-primary")
    asks = [link.get_text(strip=True) for link in page.select(".page-header a")]
    waits = "our request for a meeting" in page.words or "their request for a meeting" in page.words
    assert asks.count("Ask for a meeting") == (0 if waits else 1)
    # It leads to where the person may do it.
    browse.get(str(button["href"]))
    return button.get_text(strip=True), str(button["href"]).partition("?")[0]


def nothing_is_planned(app: Flask, dealt: Dealings) -> None:
    for meeting in (dealt.past_meeting, dealt.next_meeting):
        set_state(app, meeting, MeetingState.CANCELLED)
    with app.app_context():
        begin_write(db.session)
        answer_what_was_written(db.session)
        db.session.get_one(FollowUp, dealt.follow_up).done_at = utc_now()
        db.session.commit()


def test_before_and_after_a_meeting_it_is_the_meeting_and_its_outcome(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with app.app_context():
        begin_write(db.session)
        answer_what_was_written(db.session)
        db.session.commit()
    browse.sign_in("dora")
    log = f"/meetings/{dealt.past_meeting}/outcome/log"
    assert main_button(browse, dealt.theirs) == ("Tell the outcome", log)
    set_state(app, dealt.past_meeting, MeetingState.NOT_HELD)
    assert main_button(browse, dealt.theirs) == ("Open the meeting", f"/meetings/{dealt.next_meeting}")


def test_it_is_the_follow_up_that_is_due_first(app: Flask, browse: Browser, dealt: Dealings) -> None:
    browse.sign_in("max")
    assert main_button(browse, dealt.ours) == ("Mark it done", f"/follow-ups/{dealt.follow_up}/done")
    nothing_is_planned(app, dealt)
    assert main_button(browse, dealt.ours)[0] == "Ask for a meeting"
    with app.app_context():
        begin_write(db.session)
        start_cadence(db.session, db.session.get_one(Relationship, dealt.ours), None, utc_now())
        db.session.commit()
    text, url = main_button(browse, dealt.ours)
    assert (text, url.rpartition("/")[2]) == ("Write to them", "write")


def test_it_is_the_answer_that_the_other_side_waits_for_and_ours_is_to_see_what_waits(
    app: Flask, browse: Browser, world: World
) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world, state=IntroductionState.PROPOSED)
    nothing_is_planned(app, dealt)
    introduction = f"/introductions/{dealt.introduction}"
    assert main_button(browse.sign_in("dora"), dealt.theirs) == ("Answer their request", introduction)
    assert main_button(browse.sign_in("max"), dealt.ours) == ("See what we wait for", introduction)
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Introduction, dealt.introduction).expires_at = utc_now()
        db.session.commit()
    assert main_button(browse, dealt.ours)[0] == "Ask for a meeting"


def test_it_is_our_promise_and_then_what_they_have_to_confirm(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    nothing_is_planned(app, dealt)
    with app.app_context():
        promise_id = add_partnership(db.session, world).promise
    path = f"/commitments/{promise_id}"
    browse.sign_in("max")
    assert main_button(browse, dealt.ours) == ("Open the promise", path)
    with app.app_context():
        begin_write(db.session)
        promise = db.session.get_one(Commitment, promise_id)
        add_move(promise, move_of(world, Move.DELIVER, Side.ASKING))
        db.session.commit()
    assert main_button(browse, dealt.ours) == ("See what we wait for", path)
    assert main_button(browse.sign_in("dora"), dealt.theirs) == ("Confirm what is done", path)
