"""The digest: at seven in one's own morning, once a date, with what Home says; sponsors get theirs and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.base import utc_now
from models.commitment import Commitment
from models.commitment_rules import step_of
from models.database import begin_write
from models.follow_up import FollowUp
from models.meeting import Meeting, MeetingState
from models.outbox import MailState, OutboxMail
from models.outcome import Topic
from models.person import DigestFrequency, Person
from models.planning import finish
from models.relationship import Relationship
from models.reminder import Reminder
from models.side import Side
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.many_dealings import add_many_dealings
from tests.partnering import add_partnership
from tests.periodic_work import run_jobs
from tests.world import World, build_calm_world
from web.database import db
from web.digest.stop_link import stop_url

# A Wednesday; Olga and Max live in Berlin, one hour ahead of UTC.
WEDNESDAY = datetime(2027, 2, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def calm(clock: time_machine.Traveller, app: Flask) -> World:
    """The world without anything that waits: no posts; everybody lives in Berlin, and Max and Dora get a digest."""
    with app.app_context():
        world = build_calm_world(db.session)
        begin_write(db.session)
        for person in db.session.scalars(select(Person)):
            person.zone = "Europe/Berlin"
        for name in ("max", "dora"):
            db.session.get_one(Person, world.people[name]).digest = DigestFrequency.DAILY
        db.session.commit()
    return world


@pytest.fixture
def dealt(calm: World, app: Flask) -> Dealings:
    with app.app_context():
        dealt = add_dealings(db.session, calm)
        begin_write(db.session)
        task = db.session.get_one(FollowUp, dealt.follow_up)
        task.due_on, task.due_at = (utc_now() - DAY).date(), utc_now() - DAY
        for ours in (dealt.ours, dealt.theirs):
            db.session.get_one(Relationship, ours).last_contact_at = utc_now()
        db.session.delete(db.session.get_one(Topic, dealt.topic))
        db.session.commit()
    return dealt


def morning(app: Flask, clock: time_machine.Traveller, at: datetime) -> list[OutboxMail]:
    """Let the jobs run at that moment; return the digests that they wrote."""
    clock.move_to(at)
    with app.app_context():
        before = db.session.scalar(select(func.max(OutboxMail.id))) or 0
    run_jobs(app, "digest", "reminders.sweep", "digest", "reminders.sweep")
    with app.app_context():
        written = select(OutboxMail).where(OutboxMail.id > before, OutboxMail.kind == "reminder.digest")
        return list(db.session.scalars(written.order_by(OutboxMail.id)))


def set_frequency(app: Flask, world: World, name: str, frequency: DigestFrequency) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, world.people[name]).digest = frequency
        db.session.commit()


def recipients(mails: list[OutboxMail]) -> list[str]:
    return [mail.recipient.partition("@")[0] for mail in mails]


SEVEN = datetime(2027, 2, 4, 6, tzinfo=UTC)


def test_it_comes_at_seven_in_ones_own_morning_and_once_a_date(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings
) -> None:
    assert morning(app, clock, SEVEN - timedelta(minutes=1)) == []
    mails = morning(app, clock, SEVEN)
    assert recipients(mails) == ["max", "dora"]
    mail = mails[0]
    assert mail.subject == "1 thing needs you"
    assert "- Send the test plan." in mail.body
    assert "Boreal University, Engineering, overdue since" in mail.body
    assert mail.body.count("http") == 1
    assert mail.unsubscribe_url is not None
    assert morning(app, clock, SEVEN + timedelta(hours=3)) == []
    assert recipients(morning(app, clock, SEVEN + DAY)) == ["max", "dora"]


def test_nothing_is_sent_when_nothing_waits_and_none_later_that_day(
    app: Flask, clock: time_machine.Traveller, calm: World
) -> None:
    set_frequency(app, calm, "olga", DigestFrequency.DAILY)
    assert morning(app, clock, SEVEN) == []
    with app.app_context():
        add_many_dealings(db.session, calm, 1)
    assert morning(app, clock, SEVEN + timedelta(hours=1)) == []
    assert recipients(morning(app, clock, SEVEN + DAY)) == ["olga"]


def test_a_long_digest_is_cut_and_says_how_much_there_is(
    app: Flask, clock: time_machine.Traveller, calm: World
) -> None:
    set_frequency(app, calm, "olga", DigestFrequency.DAILY)
    with app.app_context():
        add_many_dealings(db.session, calm, 30)
    (mail,) = morning(app, clock, SEVEN)
    # Thirty of each of five kinds, and of tasks and silences fifteen each.
    assert mail.subject == "180 things need you"
    assert "and 26 more like these" in mail.body
    assert len([line for line in mail.body.splitlines() if line.startswith("- ")]) == 20


def test_weekly_comes_on_monday_and_after_a_standstill_once_in_that_week(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings, calm: World
) -> None:
    set_frequency(app, calm, "max", DigestFrequency.WEEKLY)
    set_frequency(app, calm, "dora", DigestFrequency.OFF)
    # Thursday to Sunday of a week that began before they were there.
    assert [morning(app, clock, SEVEN + days * DAY) for days in range(4)] == [[], [], [], []]
    assert recipients(morning(app, clock, SEVEN + 4 * DAY)) == ["max"]
    assert [morning(app, clock, SEVEN + days * DAY) for days in range(5, 11)] == [[]] * 6
    # The worker stood still on the next Monday.
    assert recipients(morning(app, clock, SEVEN + 12 * DAY)) == ["max"]
    assert morning(app, clock, SEVEN + 13 * DAY) == []


def test_what_is_settled_before_the_mail_leaves_is_not_told_any_more(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings, calm: World
) -> None:
    set_frequency(app, calm, "dora", DigestFrequency.OFF)
    (mail,) = morning(app, clock, SEVEN)
    with app.app_context():
        begin_write(db.session)
        finish(db.session, db.session.get_one(FollowUp, dealt.follow_up), None, utc_now())
        db.session.commit()
    run_jobs(app, "mail.send")
    with app.app_context():
        assert db.session.get_one(OutboxMail, mail.id).state is MailState.OBSOLETE


def test_who_left_or_belongs_nowhere_gets_none(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings, calm: World
) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Person, calm.people["max"]).left_at = utc_now()
        db.session.get_one(Person, calm.people["uma"]).digest = DigestFrequency.DAILY
        db.session.commit()
    assert recipients(morning(app, clock, SEVEN)) == ["dora"]
    with app.app_context():
        planned = set(db.session.scalars(select(Reminder.person_id).where(Reminder.kind == "digest")))
    assert calm.people["uma"] not in planned


def test_an_office_is_told_its_numbers(app: Flask, clock: time_machine.Traveller, calm: World) -> None:
    set_frequency(app, calm, "olga", DigestFrequency.DAILY)
    with app.app_context():
        add_many_dealings(db.session, calm, 4, unit="alba plant", owner="max")
    mails = {mail.recipient: mail.body for mail in morning(app, clock, SEVEN)}
    assert "Your office: 8 open introductions, 2 overdue, 4 quiet" in mails["olga@alba.example"]
    assert "Your office" not in mails["max@alba.example"]


def sponsor(app: Flask, world: World, dealt: Dealings, name: str) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Relationship, dealt.ours).sponsor_id = world.people[name]
        db.session.commit()


def test_a_sponsor_is_told_how_it_stands_once_for_each_change_and_nothing_else(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings, calm: World
) -> None:
    sponsor(app, calm, dealt, "olga")
    set_frequency(app, calm, "olga", DigestFrequency.DAILY)
    set_frequency(app, calm, "max", DigestFrequency.OFF)
    set_frequency(app, calm, "dora", DigestFrequency.OFF)
    mails = morning(app, clock, SEVEN)
    assert recipients(mails) == ["olga"]
    assert mails[0].subject == "How what you sponsor stands"
    assert (
        "- Boreal University, Engineering: Meeting, last contact 3 Feb 2027. Next: Send the test plan."
        in (mails[0].body)
    )
    assert "Your office" not in mails[0].body
    assert "needs you" not in mails[0].body
    told = {days: [mail.body for mail in morning(app, clock, SEVEN + days * DAY)] for days in range(1, 64)}
    days_told = [days for days, bodies in told.items() if bodies]
    # It becomes quiet 21 and cold 60 days after the last contact, which was at noon.
    assert days_told == [21, 60]
    assert "Meeting, quiet, last contact" in told[21][0]
    assert "Meeting, going cold, last contact" in told[60][0]


def test_a_sponsor_is_told_what_is_owed_as_far_as_they_may_see_it(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings, calm: World
) -> None:
    """Olga is the office of what she sponsors. Ada sponsors it, too, without a unit for which she could promise."""
    with app.app_context():
        partnering = add_partnership(db.session, calm)
        begin_write(db.session)
        finish(db.session, db.session.get_one(FollowUp, dealt.follow_up), None, utc_now())
        db.session.get_one(Meeting, dealt.next_meeting).state = MeetingState.CANCELLED
        terms = step_of(db.session.get_one(Commitment, partnering.promise).moves[0]).terms
        db.session.commit()
    assert terms is not None
    day = f"{terms.due_on.day} {terms.due_on:%b %Y}"
    for name in ("max", "dora"):
        set_frequency(app, calm, name, DigestFrequency.OFF)
    owed = {"olga": "Next: Keep our promise: Send the cells", "ada": "last contact"}
    for name, words in owed.items():
        sponsor(app, calm, dealt, name)
        set_frequency(app, calm, name, DigestFrequency.DAILY)
        (mail,) = morning(app, clock, SEVEN)
        assert words in mail.body
        assert ("promise" in mail.body) is (name == "olga")
        set_frequency(app, calm, name, DigestFrequency.OFF)
        clock.move_to(WEDNESDAY)
    sponsor(app, calm, dealt, "olga")
    set_frequency(app, calm, "olga", DigestFrequency.DAILY)
    told = [mail.body for days in range(1, 21) for mail in morning(app, clock, SEVEN + days * DAY)]
    assert f"Send the cells, overdue since {day}." in told[0]
    assert len(told) == 1


def test_a_sponsor_is_told_of_what_they_promised_themselves(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings, calm: World
) -> None:
    """Olga owns no card and owes no task. What Max owes is not for her."""
    with app.app_context():
        partnering = add_partnership(db.session, calm)
        begin_write(db.session)
        promise = db.session.get_one(Commitment, partnering.promise)
        day = promise.moves[0].due_at
        db.session.commit()
    assert day is not None
    sponsor(app, calm, dealt, "olga")
    for name in ("max", "dora"):
        set_frequency(app, calm, name, DigestFrequency.OFF)
    set_frequency(app, calm, "olga", DigestFrequency.DAILY)
    (mail,) = morning(app, clock, SEVEN)
    assert "Send the cells (" not in mail.body
    with app.app_context():
        begin_write(db.session)
        promise = db.session.get_one(Commitment, partnering.promise)
        for move in promise.moves:
            move.responsible_id = calm.people["olga"] if move.side is Side.ASKING else None
        db.session.commit()
    (mail,) = morning(app, clock, day - DAY)
    assert mail.subject == "1 thing needs you"
    assert "- Promise due soon: Send the cells (" in mail.body


def test_a_weekly_sponsor_hears_each_week_and_one_who_deals_themselves_hears_both(
    app: Flask, clock: time_machine.Traveller, dealt: Dealings, calm: World
) -> None:
    sponsor(app, calm, dealt, "max")
    set_frequency(app, calm, "max", DigestFrequency.WEEKLY)
    set_frequency(app, calm, "dora", DigestFrequency.OFF)
    for days in (4, 11):
        (mail,) = morning(app, clock, SEVEN + days * DAY)
        assert "this needs you:" in mail.body
        assert "How what you sponsor stands:" in mail.body


def test_one_click_stops_it_without_signing_in(app: Flask, browse: Browser, world: World) -> None:
    with app.test_request_context():
        path = stop_url(world.people["max"]).removeprefix("http://localhost")
    page = browse.sign_in("").get(path)
    assert page.heading == "Stop these mails?"
    # As a mail program does it: without a forgery token.
    assert browse.client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with app.app_context():
        assert db.session.get_one(Person, world.people["max"]).digest is DigestFrequency.OFF
    assert browse.get(path).heading == "Stopped"
    assert browse.get(path + "x", 404).heading == "This link does not work"


def test_the_settings_say_how_often(app: Flask, browse: Browser, world: World) -> None:
    page = browse.sign_in("max").get("/settings")
    assert page.find(attrs={"name": "digest", "checked": True})["value"] == "daily"
    browse.submit(page, "Save", {"digest": "weekly"})
    with app.app_context():
        assert db.session.get_one(Person, world.people["max"]).digest is DigestFrequency.WEEKLY
    browse.submit(page, "Save", {"digest": "hourly"}, 422)
