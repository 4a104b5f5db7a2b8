"""The private calendar: a secret address that tells one person's meetings and follow-ups, and nobody else's."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import vobject
from flask import Flask
from sqlalchemy import select

from models.calendar_feed import CalendarFeed
from models.database import begin_write
from models.follow_up import FollowUp
from models.person import Membership, MembershipState, Person
from tests.agreed_meeting import NOW, STARTS_AT
from tests.agreed_meeting import clock as clock
from tests.agreed_meeting import meeting_id as meeting_id
from tests.browsing import Browser, Page
from tests.dealings import ASKED_SECRET, ASKING_SECRET
from tests.world import World
from web.database import db


def make_address(browse: Browser, name: str) -> str:
    page = browse.sign_in(name).get("/calendar")
    button = "Make a new address" if "Make a new address" in page.words else "Make my secret address"
    page = browse.submit(page, button, status=200)
    code = page.find("code")
    assert code is not None
    return str(code.get_text()).removeprefix("http://localhost")


def read(browse: Browser, address: str) -> tuple[Page, dict[str, Any]]:
    """As a calendar program reads it, that has no account."""
    page = browse.sign_in("").get(address)
    calendar = vobject.readOne(page.response.get_data(as_text=True))
    return page, {event.uid.value: event for event in getattr(calendar, "vevent_list", [])}


def test_the_feed_tells_my_meetings_and_what_i_have_to_do(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    page, events = read(browse, make_address(browse, "max"))
    assert page.response.mimetype == "text/calendar"
    assert page.response.headers["Cache-Control"] == "private, no-cache"
    starts = {event.dtstart.value for event in events.values()}
    assert STARTS_AT in starts
    assert date(2027, 2, 4) in starts, "the follow-up's day"
    follow_up = next(event for uid, event in events.items() if uid.startswith("follow-up-"))
    assert "Boreal University: Send the test plan." in follow_up.summary.value
    assert urlsplit(follow_up.url.value).path.startswith("/follow-ups/")


def test_nothing_private_of_the_other_side_is_told(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    for name, secret in (("max", ASKED_SECRET), ("dora", ASKING_SECRET)):
        page, events = read(browse, make_address(browse, name))
        assert events
        assert secret not in page.response.get_data(as_text=True)
        assert "@boreal.example" not in page.response.get_data(as_text=True)


def test_colleagues_and_strangers_have_other_feeds(browse: Browser, meeting_id: int) -> None:
    for name in ("olga", "mia", "carl", "uma"):
        _page, events = read(browse, make_address(browse, name))
        assert not events, name


def test_an_unchanged_feed_is_not_sent_again(
    app: Flask, browse: Browser, meeting_id: int, clock: Any
) -> None:
    address = make_address(browse, "max")
    page, events = read(browse, address)
    tag = page.response.headers["ETag"]
    clock.shift(timedelta(hours=3))
    again = browse.client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    page = browse.sign_in("max").get(f"/meetings/{meeting_id}/cancel")
    browse.submit(page, "Cancel the meeting", {"reason": "No time."})
    changed = browse.sign_in("").client.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    uid = next(uid for uid, event in events.items() if event.dtstart.value == STARTS_AT)
    assert read(browse, address)[1][uid].status.value == "CANCELLED"
    clock.shift(timedelta(days=31))
    assert uid not in read(browse, address)[1]


def test_what_one_does_not_come_to_and_what_is_done_is_not_told(
    app: Flask, browse: Browser, meeting_id: int
) -> None:
    address = make_address(browse, "max")
    browse.sign_in("max").submit(browse.get(f"/meetings/{meeting_id}"), "I cannot come")
    with app.app_context():
        begin_write(db.session)
        for follow_up in db.session.scalars(select(FollowUp)):
            follow_up.done_at = NOW
        db.session.commit()
    _page, events = read(browse, address)
    assert STARTS_AT not in {event.dtstart.value for event in events.values()}
    assert not any(uid.startswith("follow-up-") for uid in events)


def test_a_renewed_or_revoked_address_is_no_page(browse: Browser, meeting_id: int) -> None:
    first = make_address(browse, "max")
    second = make_address(browse, "max")
    assert first != second
    browse.sign_in("").get(first, status=404)
    browse.get(second)
    page = browse.sign_in("max").get("/calendar")
    assert "/calendar/" not in str(page.find("main")).replace("/calendar/renew", "").replace(
        "/calendar/revoke", ""
    ), "only its hash is kept, so it cannot be shown again"
    browse.submit(page, "Take the address back")
    browse.sign_in("").get(second, status=404)
    browse.get("/calendar/no-such-secret.ics", status=404)


def test_the_page_says_when_it_was_last_read(
    app: Flask, browse: Browser, meeting_id: int, clock: Any
) -> None:
    address = make_address(browse, "max")
    assert "Not yet" in browse.get("/calendar").words
    clock.shift(timedelta(minutes=30))
    browse.client.get(address)
    assert "Monday, 1 February 2027, 13:30, Berlin time" in browse.get("/calendar").words
    with app.app_context():
        feed = db.session.scalars(select(CalendarFeed)).one()
        assert address.split("/")[-1].removesuffix(".ics") not in feed.token_hash


def test_whoever_leaves_tells_nothing_more(
    app: Flask, world: World, browse: Browser, meeting_id: int
) -> None:
    address = make_address(browse, "max")
    with app.app_context():
        begin_write(db.session)
        for membership in db.session.scalars(
            select(Membership).where(Membership.person_id == world.people["max"])
        ):
            membership.state = MembershipState.ENDED
        db.session.commit()
    assert not read(browse, address)[1], "no longer of Alba: nothing of Alba's"
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, world.people["max"]).left_at = NOW
        db.session.commit()
    browse.sign_in("").get(address, status=404)
