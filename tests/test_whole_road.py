"""From a posted gap to an answered follow-up: two people in a real browser, real encoder, real mail server."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, TypeVar

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page
from sqlalchemy import select

from models.follow_up import FollowUp, FollowUpKind
from models.meeting import Meeting, MeetingState
from tests.letter_box import LetterBox
from tests.real_browser import chromium, served
from tests.real_road import post_gap, sign_in
from tests.real_road import real_app as real_app
from web.database import db
from web.jobs.registry import all_jobs
from web.jobs.running import run_now

Answer = TypeVar("Answer")

pytestmark = [pytest.mark.browser, pytest.mark.encoder]

MAX, DORA, OLGA = "max@alba.example", "dora@boreal.example", "olga@alba.example"
# Logging an outcome takes a minute: no more than these many presses and typed fields.
MOST_MOVES_TO_LOG = 8


class Hand:
    """Counts what a person does on a page."""

    def __init__(self) -> None:
        self.presses = 0
        self.fields = 0

    def press(self, target: Locator) -> None:
        self.presses += 1
        target.click()

    def write(self, target: Locator, words: str) -> None:
        self.fields += 1
        target.fill(words)


def test_two_people_go_from_a_gap_to_an_answer(real_app: Flask, letter_box: tuple[LetterBox, int]) -> None:
    box, _port = letter_box
    with served(real_app) as address, chromium() as browser:
        hr = _page_of(browser, address, MAX)
        post_gap(hr)
        _ask_for_a_meeting(hr)
        _work(real_app)
        asked = _newest(box, DORA)
        assert "Boreal" in asked["Subject"] or "Alba" in asked["Subject"]

        dean = _page_of(browser, address, DORA)
        dean.goto(_link_in(asked, address))
        assert "waits for your answer" in dean.locator("main").inner_text()
        dean.locator("label[for=slot-0]").click()
        dean.get_by_role("button", name="Accept this time").click()
        _work(real_app)
        for person in (MAX, DORA):
            _is_in_the_calendar_of(box, person)

        meeting_id, ends_at = _in_thread(lambda: _meeting(real_app))
        hr.goto(f"{address}/calendar")
        hr.get_by_role("button", name=re.compile("Make|Create|address", re.IGNORECASE)).first.click()
        feed = hr.locator("main").inner_text()
        assert "/calendar/" in feed

        with time_machine.travel(ends_at + timedelta(hours=1)):
            _work(real_app)
            office = _page_of(browser, address, OLGA)
            hand = Hand()
            _log_outcome(office, f"{address}/meetings/{meeting_id}/outcome/log", hand)
            assert hand.presses + hand.fields <= MOST_MOVES_TO_LOG
            assert _in_thread(lambda: _state_of(real_app, meeting_id)) is MeetingState.HELD

        with time_machine.travel(ends_at + timedelta(days=4)):
            _work(real_app)
            nudge_id = _in_thread(lambda: _open_nudge(real_app))
            assert nudge_id is not None, "after the talk we ask how things are progressing"
            office = _page_of(browser, address, OLGA)
            office.goto(f"{address}/follow-ups/{nudge_id}/write")
            office.get_by_role("button", name="Preview").click()
            office.get_by_role("button", name="Send", exact=True).click()
            _work(real_app)
            nudged = _newest(box, DORA)
            dean = _page_of(browser, address, DORA)
            dean.goto(_link_in(nudged, address))
            dean.locator("textarea[name=text]").first.fill("Very well. The first student starts in May.")
            dean.get_by_role("button", name="Send message").click()
            _work(real_app)
            assert "first student starts in May" in _newest(box, OLGA, MAX).get_body(("plain",)).get_content()  # type: ignore[union-attr]
            assert _in_thread(lambda: _open_nudge(real_app)) is None, "an answer stops the asking"


def _page_of(browser: Chromium, address: str, email: str) -> Page:
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, address, email)
    return page


def _ask_for_a_meeting(page: Page) -> None:
    page.get_by_role("link", name="Partners", exact=True).first.click()
    best = page.get_by_role("listitem").filter(has_text="Boreal University").first
    best.get_by_role("link", name="Why").first.click()
    page.get_by_role("link", name="Ask for a meeting").first.click()
    assert "Graduates in electrochemistry" in page.locator("textarea").first.input_value()
    page.get_by_role("button", name="See what they will read").click()
    page.get_by_role("button", name="Send the request").click()
    assert "Boreal University" in page.locator("main").inner_text()


def _log_outcome(page: Page, url: str, hand: Hand) -> None:
    page.goto(url)
    hand.press(page.get_by_text("Yes, we met"))
    hand.press(page.locator("label[for=our_interest-0]"))
    hand.press(page.locator("label[for=their_interest-0]"))
    hand.press(page.get_by_text("Meet again"))
    hand.write(page.locator("input[name=step]"), "Send the list of topics")
    hand.press(page.locator("label[for=due-0]"))
    hand.press(page.get_by_role("button", name="Save", exact=True))
    assert "Send the list of topics" in page.locator("main").inner_text()


def _work(app: Flask) -> None:
    """Everything that the worker does in one round, mail last."""

    def work() -> None:
        for job in sorted(all_jobs(), key=lambda job: "mail" in job.name):
            assert run_now(app, job) is not None

    _in_thread(work)


def _in_thread(work: Callable[[], Answer]) -> Answer:
    """Run where the browser's event loop is not: the database extension refuses to work beside it."""
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(work()))
    thread.start()
    thread.join()
    return answers[0]


def _newest(box: LetterBox, *recipients: str) -> EmailMessage:
    return next(mail for mail in reversed(box.mails) if mail["To"] in recipients)


def _link_in(mail: EmailMessage, address: str) -> str:
    """The one link of the mail, on the address where the test serves."""
    body = mail.get_body(("plain",))
    assert body is not None
    links = re.findall(r"http://localhost(\S*)", body.get_content())
    assert len(links) == 1, f"a mail holds one link, not {links}"
    return address + str(links[0])


def _is_in_the_calendar_of(box: LetterBox, person: str) -> None:
    parts = [
        part
        for mail in box.mails
        if mail["To"] == person
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert parts, f"{person} got no invitation"
    calendar = Calendar.from_ical(str(parts[0].get_content()))
    assert calendar["METHOD"] == "REQUEST"
    event = calendar.walk("VEVENT")[0]
    attendees = {str(attendee).lower().removeprefix("mailto:") for attendee in _listed(event["ATTENDEE"])}
    assert {MAX, DORA} <= attendees


def _listed(value: Any) -> list[Any]:
    """The library gives one attendee as itself and several as a list."""
    return value if isinstance(value, list) else [value]


def _meeting(app: Flask) -> tuple[int, datetime]:
    with app.app_context():
        meeting = db.session.scalars(select(Meeting)).one()
        return meeting.id, meeting.ends_at.astimezone(UTC)


def _state_of(app: Flask, meeting_id: int) -> MeetingState:
    with app.app_context():
        return db.session.get_one(Meeting, meeting_id).state


def _open_nudge(app: Flask) -> int | None:
    """The id of Alba's open nudge."""
    with app.app_context():
        alba = select(Meeting.organiser_id)
        nudges = db.session.scalars(
            select(FollowUp).where(FollowUp.kind == FollowUpKind.NUDGE, FollowUp.owner_id.in_(alba))
        )
        return next((nudge.id for nudge in nudges if nudge.is_open), None)
