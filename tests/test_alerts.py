"""A new post that fits mine is told: to whom it fits, as often as they chose, and never twice."""

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from sqlalchemy import func, select

from matching.encoder import HashEncoder
from models.alert import Alert, Frequency, SavedSearch, SeenPost
from models.base import utc_now
from models.changelog import note_organisation_change, note_post_change
from models.database import begin_write
from models.dismissal import Dismissal, DismissalReason
from models.organisation import Organisation, OrganisationState
from models.outbox import MailState, OutboxMail
from models.person import Membership, MembershipState, Role
from models.post import Post, Visibility
from tests.alerting import OFFER, change, choose, look, mails, publish, recipients
from tests.alerting import clock as clock
from tests.alerting import market as market
from tests.world import World, build_world
from web.database import db
from web.mail import send_due_mail


def test_what_was_there_before_is_no_news(app: Flask, market: World) -> None:
    with app.app_context():
        assert db.session.scalar(select(func.count(Alert.id))) == 0
        assert db.session.scalar(select(func.count(SeenPost.post_id))) == 7
    assert mails(app) == []


def test_at_once_means_within_one_run(app: Flask, market: World) -> None:
    with app.app_context():
        choose(market, "max", "alba plant", Frequency.AT_ONCE)
        publish(db.session, market)
    look(app)
    (mail,) = mails(app)
    assert mail.recipient == "max@alba.example"
    assert "Battery test engineers" in mail.subject
    assert "Battery graduates of Boreal University" in mail.subject
    assert "They write:" in mail.body
    assert mail.body.count("http://localhost/") == 1
    plant, boreal = market.units["alba plant"], market.organisations["boreal"]
    assert f"http://localhost/units/{plant}/partners/{boreal}" in mail.body
    assert mail.unsubscribe_url is not None
    assert mail.unsubscribe_url.startswith("http://localhost/alerts/stop/")


def test_posts_and_searches_are_told_on_either_database(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
    look(either_app)
    encoder = HashEncoder()
    with either_app.app_context():
        choose(world, "max", "alba plant", Frequency.AT_ONCE)
        begin_write(db.session)
        db.session.add(
            SavedSearch(
                person_id=world.people["max"],
                organisation_id=world.organisations["alba"],
                unit_id=world.units["alba plant"],
                name="Batteries",
                question="impedance spectroscopy",
                frequency=Frequency.DAILY,
                encoder_key=encoder.key,
                vector=encoder.encode(["impedance spectroscopy"])[0].astype("float32").tobytes(),
                looked_at=utc_now() - timedelta(days=2),
            )
        )
        db.session.commit()
        publish(db.session, world)
    look(either_app)
    look(either_app)
    assert recipients(either_app) == ["max"]
    with either_app.app_context():
        found = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "saved_search.posts")).all()
        assert [mail.recipient for mail in found] == ["max@alba.example"]
        assert "by their words alone" not in found[0].body


def test_daily_is_the_default_for_those_who_write_posts_and_admins_hear_nothing(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        publish(db.session, market)
    look(app)
    assert mails(app) == []
    clock.move_to(datetime(2027, 3, 4, 6, 59, tzinfo=UTC))
    look(app)
    assert mails(app) == []
    clock.move_to(datetime(2027, 3, 4, 7, 0, tzinfo=UTC))
    look(app)
    # Carl's company has the same need, and the offer is shown to the whole network.
    assert recipients(app) == ["carl", "max", "olga"]


def test_nobody_is_told_twice_however_often_it_is_looked_and_edited(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        choose(market, "max", "alba plant", Frequency.AT_ONCE)
        post_id = publish(db.session, market)
    for number in range(3):
        look(app)
        clock.shift(timedelta(hours=1))
        with app.app_context():
            change(db.session, market, post_id, f"{OFFER} Version {number}.")
    look(app)
    assert recipients(app).count("max") == 1


def test_an_edit_that_makes_it_fit_is_told_and_a_second_look_at_the_same_words_is_not_news(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        choose(market, "max", "alba plant", Frequency.AT_ONCE)
        post_id = publish(db.session, market, text="A choir sings baroque music on Sundays.", title="Choir")
    look(app)
    assert mails(app) == []
    clock.shift(timedelta(minutes=1))
    with app.app_context():
        change(db.session, market, post_id, OFFER)
    look(app)
    assert recipients(app) == ["max"]


def test_nothing_is_lost_while_no_worker_runs(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        choose(market, "max", "alba plant", Frequency.AT_ONCE)
        publish(db.session, market)
    clock.shift(timedelta(days=7))
    look(app)
    assert recipients(app) == ["max"]
    clock.shift(timedelta(days=1))
    look(app)
    assert recipients(app) == ["carl", "max", "olga"]


def test_a_post_that_went_and_came_back_before_it_was_told_is_told_once(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        post_id = publish(db.session, market)
    look(app)
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, post_id).withdraw(utc_now(), "mistake")
        note_post_change(db.session, post_id)
        db.session.commit()
    clock.move_to(datetime(2027, 3, 4, 8, tzinfo=UTC))
    look(app)
    assert mails(app) == []
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, post_id).publish(utc_now())
        note_post_change(db.session, post_id)
        db.session.commit()
    clock.move_to(datetime(2027, 3, 4, 9, tzinfo=UTC))
    look(app)
    clock.move_to(datetime(2027, 3, 5, 9, tzinfo=UTC))
    look(app)
    assert recipients(app) == ["carl", "max", "olga"]


def test_a_dismissed_organisation_a_hidden_post_and_the_own_one_are_not_told(
    app: Flask, market: World
) -> None:
    with app.app_context():
        for person, unit in (("max", "alba plant"), ("carl", "corvus"), ("mia", "boreal engineering")):
            choose(market, person, unit, Frequency.AT_ONCE)
        choose(market, "olga", "alba", Frequency.AT_ONCE)
        begin_write(db.session)
        db.session.add(
            Dismissal(
                organisation_id=market.organisations["alba"],
                unit_id=market.units["alba plant"],
                dismissed_id=market.organisations["boreal"],
                person_id=market.people["max"],
                reason=DismissalReason.NOT_NOW,
            )
        )
        db.session.commit()
        # For companies hidden, because a company posts it to other kinds only; for Boreal it is no answer to a need.
        publish(db.session, market, "corvus", visibility=Visibility.OTHER_KINDS)
        publish(db.session, market, visibility=Visibility.OWN_ORGANISATION)
        publish(db.session, market)
    look(app)
    assert recipients(app) == ["carl"]


def test_an_approval_makes_posts_news(app: Flask, market: World) -> None:
    with app.app_context():
        choose(market, "max", "alba plant", Frequency.AT_ONCE)
        publish(db.session, market, "delta", visibility=Visibility.NETWORK)
    look(app)
    assert mails(app) == []
    with app.app_context():
        begin_write(db.session)
        delta = db.session.get_one(Organisation, market.organisations["delta"])
        delta.state = OrganisationState.APPROVED
        note_organisation_change(db.session, delta.id)
        db.session.commit()
    look(app)
    assert recipients(app) == ["max"]


def test_somebody_who_left_the_unit_is_not_told(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        publish(db.session, market)
    look(app)
    with app.app_context():
        begin_write(db.session)
        for membership in db.session.scalars(
            select(Membership).where(Membership.person_id == market.people["max"])
        ):
            membership.state = MembershipState.ENDED
        db.session.commit()
    clock.shift(timedelta(days=1))
    look(app)
    assert recipients(app) == ["carl", "olga"]


def test_a_mail_that_no_longer_applies_is_not_sent(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        choose(market, "max", "alba plant", Frequency.AT_ONCE)
        post_id = publish(db.session, market)
    look(app)
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Post, post_id).withdraw(utc_now(), "mistake")
        note_post_change(db.session, post_id)
        db.session.commit()
        send_due_mail(db.session)
    assert [mail.state for mail in mails(app)] == [MailState.OBSOLETE]


def test_the_nearest_setting_counts(app: Flask, market: World) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.add(
            Membership(
                person_id=market.people["max"],
                organisation_id=market.organisations["alba"],
                unit_id=market.units["alba"],
                role=Role.OFFICE,
                state=MembershipState.ACTIVE,
            )
        )
        db.session.commit()
        choose(market, "max", "alba", Frequency.AT_ONCE)
        choose(market, "max", "alba plant", Frequency.OFF)
        choose(market, "olga", "alba", Frequency.OFF)
        choose(market, "carl", "corvus", Frequency.OFF)
        publish(db.session, market)
    look(app)
    assert mails(app) == []


def test_many_new_posts_are_one_mail_with_one_link(
    app: Flask, market: World, clock: time_machine.Traveller
) -> None:
    with app.app_context():
        choose(market, "max", "alba plant", Frequency.AT_ONCE)
        for number in range(13):
            publish(db.session, market, title=f"Graduates of year {number}")
    look(app)
    (mail,) = mails(app)
    assert mail.subject == "13 posts fit what Plant posted"
    assert mail.body.count("Boreal University can give:") == 10
    assert "And 3 more." in mail.body
    assert mail.body.count("http://") == 1
    assert "http://localhost/alerts\n" in mail.body
