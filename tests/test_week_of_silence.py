"""The worker stood still for seven days: what still applies arrives once, and nothing that no longer applies."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.cadence import drop, hand_over, stop_everything, was_in_touch
from models.database import begin_write
from models.follow_up import FollowUp, FollowUpKind
from models.meeting import Meeting, MeetingState
from models.organisation import Unit
from models.outbox import OutboxMail
from models.person import DigestFrequency, Membership, MembershipState, Person
from models.planning import finish, plan_follow_up, postpone
from models.relationship import (
    ClosedReason,
    ContactKind,
    Direction,
    Relationship,
    Stage,
    move_stage,
    relationship_between,
)
from models.reminder import Reminder
from tests.cards import add_card
from tests.dealings import add_dealings
from tests.periodic_work import run_jobs
from tests.world import World, build_calm_world
from web.database import db
from web.reminders import REMINDER_MAIL

# A Monday at noon; the worker stops now and is back on the next Monday at noon.
STOPPED = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BACK = STOPPED + 7 * DAY
FOLLOW_UP, QUIET, DIGEST = (
    REMINDER_MAIL + kind for kind in ("follow_up.due", "relationship.quiet", "digest")
)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(STOPPED, tick=False) as clock:
        yield clock


@pytest.fixture
def world(clock: time_machine.Traveller, app: Flask) -> World:
    with app.app_context():
        return build_calm_world(db.session)


def work(app: Flask) -> None:
    """Let every job of ours run as the worker does, and once more."""
    run_jobs(app, *("relationships.quiet", "digest", "reminders.sweep") * 2)


def written(app: Flask, kind: str) -> list[str]:
    with app.app_context():
        found = select(OutboxMail.subject).where(OutboxMail.kind == kind).order_by(OutboxMail.id)
        return list(db.session.scalars(found))


def card(world: World, unit: str, partner: str, owner: str, silent_days: int) -> Relationship:
    ours = relationship_between(
        db.session,
        db.session.get_one(Unit, world.units[unit]),
        db.session.get_one(Unit, world.units[partner]),
    )
    ours.owner_id = world.people[owner]
    ours.last_contact_at = utc_now() - silent_days * DAY
    ours.created_at = utc_now() - 100 * DAY
    return ours


def task(ours: Relationship, text: str, due_on: date) -> FollowUp:
    return plan_follow_up(
        db.session, ours, FollowUpKind.TASK, text, ours.owner_id, due_on, "UTC", False, None, None, utc_now()
    )


def test_follow_ups_ring_once_for_what_is_still_to_do(
    app: Flask, clock: time_machine.Traveller, world: World
) -> None:
    with app.app_context():
        begin_write(db.session)
        ours = card(world, "alba", "boreal", "olga", 1)
        closed = card(world, "alba", "corvus", "olga", 1)
        task(ours, "Overdue by now", date(2027, 3, 4))
        task(ours, "Due today", date(2027, 3, 8))
        task(ours, "Due tomorrow", date(2027, 3, 9))
        task(ours, "Due much later", date(2027, 4, 9))
        is_done = task(ours, "Done meanwhile", date(2027, 3, 4))
        is_dropped = task(ours, "Dropped meanwhile", date(2027, 3, 4))
        is_moved = task(ours, "Postponed meanwhile", date(2027, 3, 4))
        task(closed, "Of a closed relationship", date(2027, 3, 4))
        task(card(world, "boreal", "alba", "boris", 1), "Of somebody who left", date(2027, 3, 4))
        task(card(world, "corvus", "alba", "carl", 1), "Of somebody without a role", date(2027, 3, 4))
        db.session.commit()
        work(app)
        clock.move_to(STOPPED + 5 * DAY)
        begin_write(db.session)
        finish(db.session, is_done, None, utc_now())
        drop(db.session, ours, is_dropped, utc_now())
        postpone(db.session, is_moved, date(2027, 4, 1), utc_now())
        move_stage(db.session, closed, Stage.CLOSED, None, utc_now(), ClosedReason.NO_ANSWER)
        stop_everything(db.session, closed, utc_now())
        db.session.get_one(Person, world.people["boris"]).left_at = utc_now()
        role = db.session.scalars(
            select(Membership).where(Membership.person_id == world.people["carl"])
        ).one()
        role.state = MembershipState.ENDED
        db.session.commit()
    assert written(app, FOLLOW_UP) == []
    clock.move_to(BACK)
    work(app)
    told = ["Overdue: Overdue by now", "Today: Due today", "Tomorrow: Due tomorrow"]
    assert sorted(written(app, FOLLOW_UP)) == told
    work(app)
    assert sorted(written(app, FOLLOW_UP)) == told
    clock.move_to(BACK + 60 * DAY)
    work(app)
    # Each becomes overdue once, and then is never told of again.
    later = Counter(written(app, FOLLOW_UP)) - Counter(told)
    names = ("Due today", "Due tomorrow", "Due much later", "Postponed meanwhile")
    assert later == Counter(f"Overdue: {name}" for name in names)


def test_a_silence_rings_once_and_only_where_it_lasts(
    app: Flask, clock: time_machine.Traveller, world: World
) -> None:
    with app.app_context():
        begin_write(db.session)
        card(world, "alba", "boreal", "olga", 17)
        broken = card(world, "alba", "boreal engineering", "olga", 17)
        closed = card(world, "alba", "corvus", "olga", 17)
        handed_over = card(world, "alba plant", "corvus", "olga", 17)
        patient = card(world, "alba plant", "boreal", "olga", 17)
        patient.quiet_after_days = 30
        card(world, "alba", "delta", "olga", 1)
        card(world, "boreal", "alba", "boris", 17)
        nobodys = card(world, "corvus", "alba", "carl", 17)
        nobodys.owner_id = None
        db.session.commit()
        work(app)
        assert written(app, QUIET) == []
        clock.move_to(STOPPED + 6 * DAY)
        begin_write(db.session)
        was_in_touch(
            db.session, broken, utc_now(), ContactKind.CALL, Direction.THEIRS, None, "", None, utc_now()
        )
        move_stage(db.session, closed, Stage.CLOSED, None, utc_now(), ClosedReason.NO_ANSWER)
        hand_over(db.session, handed_over, world.people["max"], utc_now())
        db.session.get_one(Person, world.people["boris"]).left_at = utc_now()
        db.session.commit()
    clock.move_to(BACK)
    work(app)
    told = ["Quiet for a while: Boreal University", "Quiet for a while: Corvus Motors"]
    assert sorted(written(app, QUIET)) == told
    with app.app_context():
        addresses = set(db.session.scalars(select(OutboxMail.recipient).where(OutboxMail.kind == QUIET)))
    assert addresses == {"olga@alba.example", "max@alba.example"}
    clock.move_to(BACK + 13 * DAY)
    work(app)
    # Those whose silence began later or may last longer have joined; the others are not told again.
    more = Counter(written(app, QUIET)) - Counter(told)
    assert more == Counter(["Quiet for a while: 2 partners"])
    with app.app_context():
        newest = select(OutboxMail.body).where(OutboxMail.kind == QUIET).order_by(OutboxMail.id.desc())
        words = db.session.scalars(newest.limit(1)).one()
    assert [name for name in ("Boreal University", "Delta Labs", "Corvus Motors") if name in words] == [
        "Boreal University",
        "Delta Labs",
    ]


def test_a_holiday_ends_with_one_mail_about_all_that_fell_silent(
    app: Flask, clock: time_machine.Traveller, world: World
) -> None:
    with app.app_context():
        begin_write(db.session)
        alba = db.session.get_one(Unit, world.units["alba"])
        for number in range(18):
            add_card(db.session, alba, f"Partner {number}.", Stage.MEETING, world.people["olga"], 30 + number)
        add_card(db.session, alba, "Partner of Max", Stage.MEETING, world.people["max"], 30)
        db.session.commit()
        work(app)
        found = db.session.execute(
            select(OutboxMail.recipient, OutboxMail.subject, OutboxMail.body).where(OutboxMail.kind == QUIET)
        )
        mails = {row.recipient: (row.subject, row.body) for row in found}
        assert len(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == QUIET)).all()) == 2
    assert mails["max@alba.example"][0] == "Quiet for a while: Partner of Max"
    subject, body = mails["olga@alba.example"]
    assert subject == "Quiet for a while: 18 partners"
    for number in range(18):
        assert body.count(f"With: Partner {number}.") == 1
        assert f"Nobody was in touch for {30 + number} days." in body
    assert body.count("http://localhost/relationships/") == 18


def test_silence_before_an_agreed_meeting_rings_only_if_that_does_not_come_about(
    app: Flask, clock: time_machine.Traveller, world: World
) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world)
        begin_write(db.session)
        for card_id in (dealt.ours, dealt.theirs):
            db.session.get_one(Relationship, card_id).last_contact_at = utc_now() - 30 * DAY
        db.session.commit()
        work(app)
        assert written(app, QUIET) == []
        begin_write(db.session)
        db.session.get_one(Meeting, dealt.next_meeting).state = MeetingState.CANCELLED
        db.session.commit()
    work(app)
    assert sorted(written(app, QUIET)) == [
        "Quiet for a while: Alba Cells, Plant",
        "Quiet for a while: Boreal University, Engineering",
    ]


def test_an_alarm_that_was_overtaken_before_it_was_written_says_nothing(
    app: Flask, clock: time_machine.Traveller, world: World
) -> None:
    with app.app_context():
        begin_write(db.session)
        ours = card(world, "alba", "boreal", "olga", 30)
        db.session.commit()
        run_jobs(app, "relationships.quiet")
        begin_write(db.session)
        was_in_touch(db.session, ours, utc_now(), ContactKind.CALL, Direction.BOTH, None, "", None, utc_now())
        db.session.commit()
    work(app)
    assert written(app, QUIET) == []


def test_of_seven_digests_only_todays_is_written(
    app: Flask, clock: time_machine.Traveller, world: World
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, world.people["olga"]).digest = DigestFrequency.DAILY
        task(card(world, "alba", "boreal", "olga", 1), "Send the plan", date(2027, 3, 2))
        db.session.commit()
    work(app)
    assert written(app, DIGEST) == []
    clock.move_to(BACK)
    work(app)
    assert len(written(app, DIGEST)) == 1
    with app.app_context():
        days = set(db.session.scalars(select(Reminder.occurrence).where(Reminder.kind == "digest")))
    assert days == {"2027-03-08"}


def test_a_digest_that_nobody_could_write_all_day_is_not_written_the_next(
    app: Flask, clock: time_machine.Traveller, world: World
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, world.people["olga"]).digest = DigestFrequency.DAILY
        task(card(world, "alba", "boreal", "olga", 1), "Send the plan", date(2027, 3, 2))
        db.session.commit()
    clock.move_to(STOPPED + DAY)
    run_jobs(app, "digest")
    clock.move_to(STOPPED + 2 * DAY)
    work(app)
    assert len(written(app, DIGEST)) == 1
