"""What a sponsor is told: how it stands once for each change, what is owed, and what they promised themselves."""

import time_machine
from flask import Flask

from models.base import utc_now
from models.commitment import Commitment
from models.commitment_rules import step_of
from models.database import begin_write
from models.follow_up import FollowUp
from models.meeting import Meeting, MeetingState
from models.person import DigestFrequency
from models.planning import finish
from models.relationship import Relationship
from models.side import Side
from tests.dealings import Dealings
from tests.mornings import DAY, SEVEN, WEDNESDAY, morning, recipients, set_frequency
from tests.mornings import calm as calm
from tests.mornings import clock as clock
from tests.mornings import dealt as dealt
from tests.partnering import add_partnership
from tests.world import World
from web.database import db


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
