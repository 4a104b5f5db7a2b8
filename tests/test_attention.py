"""What needs attention: each kind of line, for whom, urgent first, capped, and always with as many statements."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.cadence import stop_everything
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState, Proposal
from models.meeting import Meeting, MeetingState
from models.outbox import OutboxMail
from models.outcome import HeardNeed, HeardState, Outcome, SharedSummary
from models.relationship import ClosedReason, Relationship, Stage
from models.side import Side
from tests.attending import found, home, lines, writing
from tests.browsing import Browser
from tests.dealings import ASKED_SECRET, ASKING_SECRET, Dealings, add_dealings
from tests.dealings import dealt as dealt
from tests.many_dealings import add_many_dealings
from tests.periodic_work import run_jobs
from tests.statements import statements_of
from tests.world import World, build_world
from web.database import db

DAY = timedelta(days=1)


def test_an_overdue_task_is_urgent_and_its_owners_alone(app: Flask, browse: Browser, dealt: Dealings) -> None:
    assert not found(home(browse, "max"), "Send the test plan")
    with writing(app) as session:
        task = session.get_one(FollowUp, dealt.follow_up)
        task.due_on, task.due_at = (utc_now() - 2 * DAY).date(), utc_now() - DAY
    page = home(browse, "max")
    line = found(page, "Send the test plan")
    assert len(line) == 1
    assert "Boreal University, Engineering" in line[0]
    assert "overdue since" in line[0]
    assert "attention-urgent" in page.select(".attention-row")[0]["class"]
    assert not found(home(browse, "olga"), "Send the test plan")
    assert found(home(browse, "olga", "ours"), "Max Example")
    for foreigner in ("dora", "mia", "carl", "opal"):
        words = home(browse, foreigner, "ours").words
        assert ASKING_SECRET not in words, foreigner


def test_what_is_due_today_is_told_and_what_is_done_or_closed_is_not(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with writing(app) as session:
        task = session.get_one(FollowUp, dealt.follow_up)
        task.zone = "UTC"
        task.due_on = utc_now().date()
        task.due_at = datetime.combine(task.due_on + DAY, datetime.min.time(), tzinfo=utc_now().tzinfo)
    assert "due today" in found(home(browse, "max"), "Send the test plan")[0]
    with writing(app) as session:
        ours = session.get_one(Relationship, dealt.ours)
        ours.stage, ours.closed_reason = Stage.CLOSED, ClosedReason.OTHER
        stop_everything(session, ours, utc_now())
    assert not found(home(browse, "max"), "Send the test plan")


def test_a_missing_outcome_waits_for_each_side_until_it_told_its_own(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with writing(app) as session:
        told = session.query(Outcome).filter_by(meeting_id=dealt.past_meeting, side=Side.ASKING).one()
        session.delete(told)
    assert found(home(browse, "max"), "What came of the meeting with Boreal University?")
    assert found(home(browse, "dora"), "What came of the meeting with Alba Cells?")
    assert found(home(browse, "olga", "ours"), "What came of the meeting with Boreal")
    assert not found(home(browse, "olga"), "What came of the meeting")
    assert not found(home(browse, "carl", "ours"), "What came of the meeting")
    with writing(app) as session:
        session.get_one(Meeting, dealt.past_meeting).state = MeetingState.NOT_HELD
    assert not found(home(browse, "max"), "What came of the meeting")


def test_my_turn_is_told_to_who_is_named_and_else_to_the_office(
    app: Flask, browse: Browser, world: World
) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world, state=IntroductionState.PROPOSED)
    assert "attention-urgent" in home(browse, "dora").select(".attention-row")[0]["class"]
    assert found(home(browse, "dora"), "Alba Cells waits for your answer")
    assert not found(home(browse, "max"), "waits for your answer")
    assert not found(home(browse, "mia"), "waits for your answer")
    with writing(app) as session:
        introduction = session.get_one(Introduction, dealt.introduction)
        session.delete(introduction.people[1])
    assert found(home(browse, "mia"), "Alba Cells waits for your answer")
    with writing(app) as session:
        session.get_one(Proposal, dealt.proposal).made_by = Side.ASKED
    assert found(home(browse, "max"), "Boreal University waits for your answer")
    with writing(app) as session:
        session.get_one(Introduction, dealt.introduction).expires_at = utc_now() - DAY
    assert not found(home(browse, "max"), "waits for your answer")


def test_held_times_are_told_when_their_answer_runs_out(app: Flask, browse: Browser, world: World) -> None:
    with app.app_context():
        dealt = add_dealings(db.session, world, state=IntroductionState.PROPOSED)
    assert not found(home(browse, "max"), "has not answered yet")
    with writing(app) as session:
        session.get_one(Introduction, dealt.introduction).expires_at = utc_now() + 5 * DAY
    assert found(home(browse, "max"), "Boreal University has not answered yet")
    assert not found(home(browse, "dora"), "has not answered yet")


def test_summaries_and_heard_needs_wait_for_the_other_side_only(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    assert found(home(browse, "dora"), "Alba Cells summed up your meeting")
    assert not found(home(browse, "max"), "summed up")
    assert found(home(browse, "dora"), "Mentors for theses")
    assert not found(home(browse, "max"), "Mentors for theses")
    with writing(app) as session:
        heard = session.get_one(HeardNeed, dealt.heard_need)
        heard.state, heard.answered_at = HeardState.REFUSED, utc_now()
        session.delete(session.get_one(SharedSummary, dealt.summary))
    assert not found(home(browse, "dora"), "Mentors for theses")
    assert not found(home(browse, "dora"), "summed up")


@pytest.mark.parametrize(
    ("days", "words"), [(20, None), (22, "has become quiet"), (59, "has become quiet"), (61, "is going cold")]
)
def test_a_relationship_grows_quiet_and_then_cold_by_its_own_thresholds(
    app: Flask, browse: Browser, dealt: Dealings, days: int, words: str | None
) -> None:
    with writing(app) as session:
        session.get_one(Relationship, dealt.ours).last_contact_at = utc_now() - days * DAY
    assert not found(home(browse, "max"), "no contact for"), "they meet soon"
    with writing(app) as session:
        session.get_one(Meeting, dealt.next_meeting).state = MeetingState.CANCELLED
    told = found(home(browse, "max"), "no contact for")
    assert len(told) == (0 if words is None else 1)
    if words is not None:
        assert f"Boreal University, Engineering {words}" in told[0]
        assert f"{days} days" in told[0]
    assert ASKED_SECRET not in home(browse, "max").words
    with writing(app) as session:
        session.get_one(Relationship, dealt.ours).quiet_after_days = 10
    assert found(home(browse, "max"), "no contact for")


def test_who_has_something_due_is_not_called_quiet_as_well(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with writing(app) as session:
        session.get_one(Relationship, dealt.ours).last_contact_at = utc_now() - 30 * DAY
        session.get_one(Meeting, dealt.next_meeting).state = MeetingState.CANCELLED
    assert found(home(browse, "max"), "no contact for")
    with writing(app) as session:
        session.get_one(FollowUp, dealt.follow_up).due_at = utc_now() - DAY
    assert not found(home(browse, "max"), "no contact for")


def test_of_a_quiet_partner_one_reads_what_is_planned_and_the_office_whose_it_is(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        dealt = add_dealings(db.session, world)
    with writing(either_app) as session:
        session.get_one(Relationship, dealt.ours).last_contact_at = utc_now() - 30 * DAY
        session.get_one(Meeting, dealt.next_meeting).state = MeetingState.CANCELLED
        step = session.get_one(FollowUp, dealt.follow_up)
        step.due_on, step.due_at = date(2099, 3, 5), datetime(2099, 3, 5, 23, tzinfo=UTC)
    browse = Browser(either_app)
    [line] = found(home(browse, "max"), "no contact for")
    silent_since = utc_now() - 30 * DAY
    day = f"{silent_since.day} {silent_since:%B}"
    assert f"no contact for 30 days, since {day} · next step on 5 Mar 2099" in line
    [line] = found(home(browse, "olga", "ours"), "no contact for")
    assert f"no contact for 30 days, since {day} · Max Example · next step on 5 Mar 2099" in line
    with writing(either_app) as session:
        session.get_one(FollowUp, dealt.follow_up).done_at = utc_now()
        session.get_one(Relationship, dealt.ours).owner_id = None
    [line] = found(home(browse, "olga", "ours"), "no contact for")
    assert f"no contact for 30 days, since {day} · nobody looks after it" in line
    assert "next step" not in line


def test_an_office_has_two_lists_and_four_numbers(app: Flask, browse: Browser, world: World) -> None:
    with app.app_context():
        add_many_dealings(db.session, world, 6, unit="alba plant", owner="max")
    page = home(browse, "olga", "ours")
    assert [tab.get_text(strip=True) for tab in page.select(".tabs a")] == ["Mine", "Our office"]
    numbers = [" ".join(item.get_text(" ").split()) for item in page.select(".home-counters li")]
    assert numbers == ["12 open introductions", "3 overdue", "6 quiet", "6 expiring within a week"]
    # The same numbers stand over a person's own list, and each leads to exactly what it counts.
    mine = home(browse, "olga").select(".home-counters li")
    assert [" ".join(item.get_text(" ").split()) for item in mine] == numbers
    listed = (".introduction-list > li", ".follow-up", ".pipeline-table tbody tr", ".introduction-list > li")
    for item, selector, number in zip(mine, listed, (12, 3, 6, 6), strict=True):
        assert len(browse.get(item.a["href"]).select(selector)) == number
    assert not home(browse, "max").select(".home-counters")
    assert not home(browse, "max", "ours").select(".tabs")
    # A member who asks for the office's list sees their own.
    assert lines(home(browse, "max", "ours")) == lines(home(browse, "max"))


def test_of_many_the_first_four_are_shown_and_the_others_counted(
    app: Flask, browse: Browser, world: World
) -> None:
    with app.app_context():
        add_many_dealings(db.session, world, 16)
    page = home(browse, "olga")
    assert len(found(page, "waits for your answer")) == 4
    assert found(page, "and 12 more like these")
    assert len(lines(page)) <= 7 * 5 + 12
    urgent = ["attention-urgent" in row["class"] for row in page.select(".attention-row")]
    assert urgent == sorted(urgent, reverse=True)


@pytest.mark.parametrize("whose", ["mine", "ours"])
def test_the_page_asks_the_database_as_often_for_sixty_rows_as_for_one(
    app: Flask, browse: Browser, world: World, whose: str
) -> None:
    with app.app_context():
        add_many_dealings(db.session, world, 1)
    browse.sign_in("olga")
    one = statements_of(app, lambda: browse.get(f"/?whose={whose}"))
    with app.app_context():
        add_many_dealings(db.session, world, 59)
    sixty = statements_of(app, lambda: browse.get(f"/?whose={whose}"))
    assert len(sixty) == len(one), "\n".join(set(sixty) - set(one))


def test_both_databases_tell_the_same(either_app: Flask) -> None:
    with either_app.app_context():
        world = build_world(db.session)
        add_many_dealings(db.session, world, 6)
    browse = Browser(either_app).sign_in("olga")
    mine, ours = browse.get("/"), browse.get("/?whose=ours")
    kinds = (
        "waits for your answer",
        "has not answered yet",
        "What came of",
        "summed up",
        "Mentors",
        "Send plan",
    )
    for words in (*kinds, "no contact for"):
        assert found(mine, words), words
        assert found(ours, words), words
    listed = browse.get(f"/units/{world.units['alba']}/follow-ups/?whose=ours")
    assert len(listed.select(".follow-up")) == 6
    # What was made this morning is told of tomorrow.
    with time_machine.travel((utc_now() + DAY).replace(hour=12), tick=False):
        run_jobs(either_app, "relationships.quiet", "digest", "reminders.sweep")
    with either_app.app_context():
        kinds_written = Counter(db.session.scalars(select(OutboxMail.kind)))
        alarm = db.session.scalars(
            select(OutboxMail.subject).where(OutboxMail.kind == "reminder.relationship.quiet")
        ).one()
    assert alarm == "Quiet for a while: 6 partners"
    assert kinds_written["reminder.digest"] >= 1
