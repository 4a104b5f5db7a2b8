"""People without an account answer by a signed link, see what they need and nothing else, and a GET changes nothing."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select

from models.database import begin_write
from models.introduction import (
    LIFE_OF_A_REQUEST,
    AnswerLink,
    Introduction,
    IntroductionPerson,
    IntroductionState,
    ThreadMessage,
)
from models.meeting import Meeting
from models.outbox import OutboxMail
from models.side import Side
from tests.asked_meeting import NOW, ask
from tests.asked_meeting import clock as clock
from tests.browsing import Browser
from tests.world import World
from web.database import db
from web.introductions.letters import guest_may_answer

SECRET = "canary-of-the-thread"


@pytest.fixture
def path(browse: Browser, world: World) -> str:
    """Max asked Boreal's faculty, where a message stands that no guest may read."""
    found = ask(browse, world)
    browse.submit(browse.get(found), "Send message", {"text": f"Between us: {SECRET}"})
    return found


@pytest.fixture
def link(browse: Browser, path: str, app: Flask) -> str:
    """Dora lets Gwen answer; the path of the link that Gwen gets by mail."""
    page = browse.sign_in("dora").get(path)
    browse.submit(page, "Send the link", {"name": "Gwen Guest", "email": "gwen@guest.example"})
    browse.sign_in("")
    return mailed_link(app)


def mailed_link(app: Flask, recipient: str = "gwen@guest.example") -> str:
    with app.app_context():
        mail = db.session.scalars(
            select(OutboxMail).where(OutboxMail.recipient == recipient).order_by(OutboxMail.id.desc())
        ).first()
        assert mail is not None
        (address,) = re.findall(r"http://localhost(/answer/\S+)", mail.body)
    return str(address)


def counts(app: Flask) -> tuple[int, ...]:
    with app.app_context():
        return tuple(
            db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Meeting, ThreadMessage, OutboxMail, IntroductionPerson)
        )


def test_the_guest_sees_who_why_and_when_and_nothing_else(browse: Browser, link: str) -> None:
    page = browse.get(link)
    assert page.heading == "When could you meet Alba Cells, Plant?"
    assert "Battery test engineers" in page.words
    assert "Tuesday, 9 March 2027, 10:00–11:00, Berlin time" in page.words
    assert SECRET not in str(page)
    assert "@" not in page.words
    assert "/introductions/" not in str(page)


def test_the_times_are_shown_in_the_zone_that_the_guest_chooses(browse: Browser, link: str) -> None:
    page = browse.submit(browse.get(link), "Show", {"zone": "America/New_York"}, status=200)
    assert "Tuesday, 9 March 2027, 04:00–05:00, New York time" in page.words
    browse.get(link + "?zone=Nowhere/Land")


def test_the_guest_agrees_on_a_page_of_its_own_and_is_invited(
    browse: Browser, link: str, app: Flask, path: str
) -> None:
    page = browse.get(link)
    before = counts(app)
    slot = str(page.select("input[name=slot]")[1]["value"])
    confirm = browse.submit(page, "Continue", {"slot": slot}, status=200)
    assert "Wednesday, 10 March 2027, 14:00–15:00, Berlin time" in confirm.words
    assert counts(app) == before
    done = browse.follow(browse.submit(confirm, "Agree"))
    assert done.heading == "Thank you. The meeting is agreed"
    with app.app_context():
        (meeting,) = db.session.scalars(select(Meeting))
        guest = next(one for one in meeting.attendees if one.email == "gwen@guest.example")
        assert (guest.name, guest.side, guest.person_id) == ("Gwen Guest", Side.ASKED, None)
    # The same form sent again, or the same link opened again, is answered kindly.
    again = browse.submit(confirm, "Agree", status=200)
    assert again.heading == "Thank you. The meeting is agreed"
    assert "answered on" in browse.sign_in("dora").get(path).words


def test_without_a_choice_the_guest_is_asked_for_one(browse: Browser, link: str) -> None:
    page = browse.submit(browse.get(link), "Continue", status=422)
    assert "Choose one of the times first." in page.words


def test_the_guest_proposes_others_and_answers_again_when_the_other_side_does(
    browse: Browser, link: str, app: Flask, path: str, clock: time_machine.Traveller
) -> None:
    form = browse.get(link + "propose")
    wrong = browse.submit(form, "Propose these times", {"day_1": "2027-01-01"}, status=422)
    assert "over already" in wrong.error_of("day_1")
    thanks = browse.follow(browse.submit(form, "Propose these times", {"note": "In the afternoon."}))
    assert thanks.heading == "Thank you for your answer"
    ours = browse.sign_in("max").get(path)
    assert "It is your turn" in ours.words
    assert "In the afternoon." in ours.words
    clock.shift(timedelta(days=1))
    browse.submit(browse.get(path + "/propose"), "Propose these times")
    browse.sign_in("")
    assert browse.get(mailed_link(app)).heading == "When could you meet Alba Cells, Plant?"


def test_none_suits_tells_those_who_invited_the_guest_and_ends_nothing(
    browse: Browser, link: str, app: Flask
) -> None:
    told = browse.submit(
        browse.get(link + "decline"), "Tell them", {"text": "I am away in March."}, status=200
    )
    assert told.heading == "Thank you"
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
        assert mail is not None
        assert (mail.recipient, mail.subject) == ("dora@boreal.example", "None of the times suits Gwen Guest")
        assert "I am away in March." in mail.body
        assert db.session.scalars(select(Introduction)).one().state is IntroductionState.PROPOSED
    assert browse.get(link).heading.startswith("When could you meet")


def test_a_revoked_link_works_no_more_and_its_mail_is_not_sent(
    browse: Browser, link: str, app: Flask, path: str
) -> None:
    page = browse.sign_in("dora").get(path)
    browse.submit(page, "Take the link back")
    browse.sign_in("")
    for rest in ("", "accept?slot=1", "propose", "decline"):
        closed = browse.get(link + rest, 404)
        assert closed.heading == "This link no longer works"
        assert "Alba" not in closed.words
    for rest in ("accept", "propose", "decline"):
        browse.post(link + rest, {"slot": "1"}, 404)
    with app.test_request_context():
        mail = db.session.scalars(
            select(OutboxMail).where(OutboxMail.recipient == "gwen@guest.example")
        ).one()
        assert not guest_may_answer(db.session, mail)


def test_a_link_runs_out(browse: Browser, link: str, clock: time_machine.Traveller) -> None:
    clock.shift(LIFE_OF_A_REQUEST + timedelta(minutes=1))
    browse.get(link, 404)


def test_a_link_that_somebody_else_signed_or_nobody_names_nothing(browse: Browser, link: str) -> None:
    browse.get("/answer/no-such-token/", 404)
    browse.get(link[:-2] + "x/", 404)
    forged = URLSafeTimedSerializer("another secret", salt="answer to the times of an introduction").dumps(1)
    browse.get(f"/answer/{forged}/", 404)


def test_when_somebody_else_answered_the_guest_reads_it_kindly(browse: Browser, link: str, path: str) -> None:
    page = browse.sign_in("dora").get(path)
    slot = str(page.select("input[name=slot]")[0]["value"])
    browse.submit(page, "Accept this time", {"slot": slot})
    closed = browse.sign_in("").get(link)
    assert closed.heading == "Nothing waits for your answer any more"


def test_a_time_of_another_introduction_is_not_taken_by_this_link(
    browse: Browser, link: str, app: Flask
) -> None:
    browse.get(link + "accept?slot=999", 422)
    browse.post(link + "accept", {"slot": "999"}, 200)
    assert counts(app)[0] == 0


def test_only_our_turn_and_our_readers_may_send_links(browse: Browser, path: str, app: Flask) -> None:
    guest = {"name": "Gwen Guest", "email": "gwen@guest.example"}
    # Max's side does not have to answer; Mia does not take part.
    page = browse.sign_in("max").post(path + "/guests", guest, 409)
    assert "nothing to answer by a link" in page.words or page.response.status_code == 409
    browse.sign_in("mia").post(path + "/guests", guest, 403)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AnswerLink)) == 0


def test_nobody_takes_back_a_link_of_the_other_side(
    browse: Browser, link: str, path: str, app: Flask
) -> None:
    browse.sign_in("max").post(path + "/guests/1/revoke", {}, 404)
    assert "gwen" not in browse.get(path).words
    with app.app_context():
        assert db.session.scalars(select(AnswerLink)).one().revoked_at is None


def test_a_person_who_took_the_guests_place_closes_the_link(browse: Browser, link: str, app: Flask) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.scalars(select(AnswerLink)).one().expires_at = NOW
        db.session.commit()
    assert browse.get(link).heading == "Nothing waits for your answer any more"
