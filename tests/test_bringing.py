"""A colleague who comes to a meeting, too: because somebody left, or along with those who are invited."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.audit import AuditEntry
from models.booking import book
from models.database import begin_write
from models.meeting import Meeting
from models.person import Membership, MembershipState
from tests.agreed_meeting import ENDS_AT, STARTS_AT, booked, mails, meeting_row, part_of
from tests.agreed_meeting import clock as clock
from tests.agreed_meeting import meeting_id as meeting_id
from tests.browsing import Browser, Page
from tests.world import World
from web.database import db
from web.mail import _checks


def invite(browse: Browser, world: World, meeting_id: int, by: str, who: str) -> Page:
    page = browse.sign_in(by).get(f"/meetings/{meeting_id}")
    return browse.follow(browse.submit(page, "Invite", {"person_id": str(world.people[who])}))


def attendees(app: Flask, meeting_id: int) -> list[str]:
    with app.app_context():
        return [entry.name for entry in db.session.get_one(Meeting, meeting_id).attendees]


def test_a_colleague_is_invited_booked_and_may_read_along(
    app: Flask, browse: Browser, world: World, meeting_id: int
) -> None:
    assert world.people["olga"] not in booked(app)
    page = invite(browse, world, meeting_id, "olga", "olga")
    assert "Olga Example is invited." in page.words
    assert attendees(app, meeting_id) == ["Max Example", "Dora Example", "Gwen Guest", "Olga Example"]
    assert world.people["olga"] in booked(app)
    for address in ("max@alba.example", "dora@boreal.example", "gwen@guest.example", "olga@alba.example"):
        part = part_of(mails(app, address)[-1])
        assert (part.method.value, int(part.vevent.sequence.value)) == ("REQUEST", 1)
        assert len(part.vevent.attendee_list) == 4
    with app.app_context():
        introduction = db.session.get_one(Meeting, meeting_id).introduction
        assert {entry.person_id for entry in introduction.people} >= {world.people["olga"]}
        noted = db.session.scalars(select(AuditEntry.changes).where(AuditEntry.action == "meeting.bring"))
        assert noted.all() == [{"person": ["", str(world.people["olga"])]}]


def test_the_new_one_is_invited_and_the_others_read_who_comes_too(
    app: Flask, browse: Browser, world: World, meeting_id: int
) -> None:
    invite(browse, world, meeting_id, "max", "olga")
    (invitation,) = mails(app, "olga@alba.example")
    assert (invitation.kind, invitation.subject.startswith("Invitation: ")) == ("meeting.invited", True)
    assert "You are invited to this meeting:" in invitation.body
    for address in ("max@alba.example", "dora@boreal.example", "gwen@guest.example"):
        news = mails(app, address)[-1]
        assert news.subject.startswith("Olga Example is invited, too: ")
        assert "Olga Example is invited to this meeting, too:" in news.body
        assert "has changed" not in news.body
    with app.app_context():
        assert _checks["meeting.invited"](db.session, invitation)


def test_our_side_reads_who_left_and_the_other_does_not(
    app: Flask, browse: Browser, world: World, meeting_id: int
) -> None:
    assert "no longer with you" not in browse.sign_in("olga").get(f"/meetings/{meeting_id}").words
    with app.app_context():
        begin_write(db.session)
        for membership in db.session.query(Membership).filter_by(person_id=world.people["max"]):
            membership.state = MembershipState.ENDED
        db.session.commit()
    left = "Max Example (organises, no longer with you)"
    assert left in browse.get(f"/meetings/{meeting_id}").words
    assert left not in browse.sign_in("dora").get(f"/meetings/{meeting_id}").words


def test_sent_twice_it_invites_once(app: Flask, browse: Browser, world: World, meeting_id: int) -> None:
    page = browse.sign_in("olga").get(f"/meetings/{meeting_id}")
    for words in ("Olga Example is invited. Everybody who comes is told", "Olga Example is invited already"):
        told = browse.follow(browse.submit(page, "Invite", {"person_id": str(world.people["olga"])}))
        assert words in told.words
    assert attendees(app, meeting_id).count("Olga Example") == 1
    assert meeting_row(app, meeting_id).sequence == 1


def test_nobody_is_invited_before_somebody_is_chosen(app: Flask, browse: Browser, meeting_id: int) -> None:
    page = browse.sign_in("olga").get(f"/meetings/{meeting_id}")
    assert not page.select("select[name=person_id] option[selected]")
    told = browse.follow(browse.submit(page, "Invite"))
    assert "Choose somebody of your organisation" in told.words
    assert len(attendees(app, meeting_id)) == 3


@pytest.mark.parametrize("who", ["dora", "mia", "carl", "uma"])
def test_nobody_of_another_house_is_invited(
    app: Flask, browse: Browser, world: World, meeting_id: int, who: str
) -> None:
    assert "Choose somebody of your organisation" in invite(browse, world, meeting_id, "olga", who).words
    assert len(attendees(app, meeting_id)) == 3


def test_nobody_invites_for_the_other_side(
    app: Flask, browse: Browser, world: World, meeting_id: int
) -> None:
    token = browse.sign_in("olga").token()
    forged = {"csrf_token": token, "side": "asked", "person_id": str(world.people["mia"])}
    browse.post(f"/meetings/{meeting_id}/people", forged, 404)
    browse.post(f"/meetings/{meeting_id}/people", {**forged, "side": "nobody"}, 404)
    assert len(attendees(app, meeting_id)) == 3


def test_whoever_has_another_meeting_then_is_not_invited(
    app: Flask, browse: Browser, world: World, meeting_id: int
) -> None:
    with app.app_context():
        begin_write(db.session)
        other = db.session.query(Meeting).filter(Meeting.id != meeting_id).first()
        assert other is not None
        book(db.session, other.id, STARTS_AT, ENDS_AT, [world.people["olga"]])
        db.session.commit()
    page = invite(browse, world, meeting_id, "olga", "olga")
    assert "Olga Example" in page.select_one(".flash, .notice, [role=alert]").get_text()
    assert len(attendees(app, meeting_id)) == 3


def test_a_meeting_that_is_over_takes_nobody_in(
    app: Flask, browse: Browser, world: World, meeting_id: int, clock: Any
) -> None:
    page = browse.sign_in("olga").get(f"/meetings/{meeting_id}")
    clock.move_to(ENDS_AT)
    told = browse.follow(browse.submit(page, "Invite", {"person_id": str(world.people["olga"])}))
    assert "settled" in told.words
    assert len(attendees(app, meeting_id)) == 3
