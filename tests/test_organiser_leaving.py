"""Whoever leaves while they organise a meeting leaves it to a colleague, and everybody who comes is told."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.booking import Booking, book
from models.meeting import Attendance, Meeting, MeetingAttendee
from models.outbox import OutboxMail
from models.outcome_rules import OUTCOME_MISSING
from models.person import Membership, MembershipState, Person, Role
from models.reminder import Reminder, ReminderState
from models.side import Side
from tests.agreed_meeting import part_of
from tests.attending import writing
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.dealings import dealt as dealt
from tests.test_leaving import closed_by_max
from tests.test_leaving import max_can_type_his_password as max_can_type_his_password
from tests.world import World
from web.database import db
from web.meetings.reminding import TOMORROW, plan_reminders


@pytest.mark.usefixtures("max_can_type_his_password")
@pytest.mark.parametrize("has_office", [True, False])
def test_whoever_comes_is_told_who_organises_the_meeting_of_somebody_who_left(
    app: Flask, browse: Browser, world: World, dealt: Dealings, has_office: bool
) -> None:
    olga = world.people["olga"]
    with writing(app) as session:
        guest = MeetingAttendee(
            meeting_id=dealt.next_meeting, side=Side.ASKED, name="Gwen Guest", email="gwen@guest.example"
        )
        session.add(guest)
        if not has_office:
            for membership in session.get_one(Person, olga).memberships:
                membership.state = MembershipState.ENDED
    closed_by_max(browse)
    with app.app_context():
        told = {
            mail.recipient: mail
            for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "meeting.changed"))
        }
        meeting = db.session.get_one(Meeting, dealt.next_meeting)
        assert db.session.get_one(Meeting, dealt.past_meeting).organiser_id == world.people["max"]
        assert {"dora@boreal.example", "gwen@guest.example"} <= told.keys()
        assert "max@alba.example" not in told
        for mail in told.values():
            assert "Max Example has left Alba Cells and does not come" in mail.body
            assert "max@alba.example" not in (mail.calendar_text or "")
        if has_office:
            assert meeting.organiser_id == olga
            assert "olga@alba.example" in told
            assert "Olga Example organises it now." in told["dora@boreal.example"].body
            assert "write to olga@alba.example" in told["gwen@guest.example"].body
            event = part_of(told["gwen@guest.example"]).vevent
            assert event.organizer.value == "mailto:olga@alba.example"
            assert event.sequence.value == str(meeting.sequence)
        else:
            assert "Nobody of Alba Cells organises it now" in told["dora@boreal.example"].body
            assert told["dora@boreal.example"].calendar_text is None


def test_whoever_loses_the_last_role_leaves_their_meetings_to_a_colleague(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with writing(app) as session:
        theirs = select(Membership).where(Membership.person_id == world.people["max"])
        first = session.scalars(theirs).one()
        second = Membership(
            person_id=first.person_id,
            organisation_id=first.organisation_id,
            unit_id=world.units["alba"],
            role=Role.MEMBER,
            state=MembershipState.ACTIVE,
        )
        session.add(second)
        session.flush()
        ids = [first.id, second.id]
        meeting = session.get_one(Meeting, dealt.next_meeting)
        book(session, meeting.id, meeting.starts_at, meeting.ends_at, {world.people["max"]})
    for membership_id, organiser in zip(ids, ("max", "olga"), strict=True):
        browse.sign_in("ada").post(f"/memberships/{membership_id}/end", {}, 303)
        with app.app_context():
            assert db.session.get_one(Meeting, dealt.next_meeting).organiser_id == world.people[organiser]
    with app.app_context():
        told = select(OutboxMail).where(OutboxMail.recipient == "dora@boreal.example")
        [mail] = db.session.scalars(told.where(OutboxMail.kind == "meeting.changed"))
        assert "Max Example has left Alba Cells and does not come" in mail.body
        assert "Olga Example organises it now." in mail.body
        booked = set(db.session.scalars(select(Booking.person_id)))
        assert booked == {world.people["dora"], world.people["olga"]}
        assert db.session.get_one(Meeting, dealt.past_meeting).organiser_id == world.people["max"]


@pytest.mark.usefixtures("max_can_type_his_password")
def test_an_organiser_who_had_declined_leaves_the_meeting_to_a_colleague_too(
    app: Flask, browse: Browser, world: World, dealt: Dealings
) -> None:
    with writing(app) as session:
        coming = select(MeetingAttendee).where(
            MeetingAttendee.meeting_id == dealt.next_meeting,
            MeetingAttendee.person_id == world.people["max"],
        )
        session.scalars(coming).one().attendance = Attendance.DECLINED
    closed_by_max(browse)
    with app.app_context():
        assert db.session.get_one(Meeting, dealt.next_meeting).organiser_id == world.people["olga"]


@pytest.mark.usefixtures("max_can_type_his_password")
@pytest.mark.parametrize("is_taken", [False, True])
def test_the_colleague_is_reminded_like_an_organiser_and_booked_if_free(
    app: Flask, browse: Browser, world: World, dealt: Dealings, is_taken: bool
) -> None:
    olga = world.people["olga"]
    with writing(app) as session:
        meeting = session.get_one(Meeting, dealt.next_meeting)
        book(
            session,
            meeting.id,
            meeting.starts_at,
            meeting.ends_at,
            {world.people["max"], world.people["dora"]},
        )
        plan_reminders(session, meeting, utc_now())
        if is_taken:
            book(session, dealt.past_meeting, meeting.starts_at, meeting.ends_at, {olga})
    closed_by_max(browse)
    with app.app_context():
        waiting = select(Reminder).where(
            Reminder.record_id == dealt.next_meeting, Reminder.state == ReminderState.WAITING
        )
        kinds = [(each.kind, each.person_id) for each in db.session.scalars(waiting)]
        asked = [person_id for kind, person_id in kinds if kind == OUTCOME_MISSING]
        assert asked == [olga, olga], "right after the meeting and a day later"
        assert (TOMORROW, olga) in kinds
        booked = select(Booking.person_id).where(Booking.meeting_id == dealt.next_meeting)
        here = [world.people["dora"]] if is_taken else sorted([world.people["dora"], olga])
        assert sorted(db.session.scalars(booked)) == here
