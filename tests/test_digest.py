"""The digest: at seven in one's own morning, once a date, with what Home says."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp
from models.outbox import MailState, OutboxMail
from models.person import DigestFrequency, Person
from models.planning import finish
from models.reminder import Reminder
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.many_dealings import add_many_dealings
from tests.mornings import DAY, SEVEN, morning, recipients, set_frequency
from tests.mornings import calm as calm
from tests.mornings import clock as clock
from tests.mornings import dealt as dealt
from tests.periodic_work import run_jobs
from tests.world import World
from web.database import db
from web.digest.stop_link import stop_url


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
