"""Invitations as they arrive through a real mail server, read by another library than the one that wrote them."""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
import vobject
from flask import Flask

from tests.agreed_meeting import NOW, STARTS_AT, agree
from tests.browsing import Browser
from tests.letter_box import LetterBox
from tests.mail_sending import application
from tests.world import World, build_world
from web.database import db
from web.mail import send_due_mail

LATER = {"day": "2027-03-29", "clock": "14:30", "minutes": "90", "zone": "Europe/Berlin"}


@pytest.fixture
def app(database_url: str, tmp_path: Path, letter_box: tuple[LetterBox, int]) -> Iterator[Flask]:
    app = application(database_url, tmp_path, letter_box[1])
    app.extensions["matcher"].encoder_after_waiting()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        return build_world(db.session)


def arrived(app: Flask, box: LetterBox) -> dict[str, EmailMessage]:
    """What came since the last look, by recipient."""
    box.mails.clear()
    with app.app_context():
        send_due_mail(db.session)
    return {str(mail["To"]): mail for mail in box.mails}


def calendar_of(mail: EmailMessage) -> Any:
    """The part that calendar programs act on; its type must name the same method as its text."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    text = part.get_payload(decode=True)
    assert isinstance(text, bytes)
    calendar = vobject.readOne(text.decode())
    assert part.get_param("method") == calendar.method.value
    return calendar


def test_every_change_arrives_and_calendars_can_follow_it(
    app: Flask, world: World, letter_box: tuple[LetterBox, int]
) -> None:
    box = letter_box[0]
    with time_machine.travel(NOW, tick=False):
        meeting_id = agree(app, world)
        rounds = [arrived(app, box)]
        browse = Browser(app).sign_in("dora")
        browse.submit(browse.get(f"/meetings/{meeting_id}/move"), "Move and tell everybody", LATER)
        rounds.append(arrived(app, box))
        page = browse.get(f"/meetings/{meeting_id}/place")
        browse.submit(page, "Change and tell everybody", {"mode": "phone", "where": "+49 431 1234"})
        rounds.append(arrived(app, box))
        page = browse.get(f"/meetings/{meeting_id}/cancel")
        browse.submit(page, "Cancel the meeting", {"reason": "The hall burns."})
        rounds.append(arrived(app, box))
    everybody = {"max@alba.example", "dora@boreal.example", "gwen@guest.example"}
    assert [set(mails) for mails in rounds] == [everybody] * 4
    for address in everybody:
        calendars = [calendar_of(mails[address]) for mails in rounds]
        assert [calendar.method.value for calendar in calendars] == ["REQUEST"] * 3 + ["CANCEL"]
        assert [int(calendar.vevent.sequence.value) for calendar in calendars] == [0, 1, 2, 3]
        assert len({calendar.vevent.uid.value for calendar in calendars}) == 1
        assert calendars[0].vevent.dtstart.value == STARTS_AT
        # After the clocks of Europe were put forward, 14:30 in Berlin is two hours before in UTC, not one.
        moved_to = datetime.fromisoformat("2027-03-29T12:30+00:00")
        assert [calendar.vevent.dtstart.value for calendar in calendars[1:]] == [moved_to] * 3
        for calendar in calendars:
            listed = {entry.value.removeprefix("mailto:") for entry in calendar.vevent.attendee_list}
            assert listed == everybody
            assert calendar.vevent.organizer.params["SENT-BY"] == ["mailto:post@counterpart.example"]
