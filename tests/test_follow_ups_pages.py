"""Follow-ups: the list, tasks, and what becomes of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.cadence import start_cadence, stop_everything
from models.database import begin_write
from models.follow_up import FollowUp, FollowUpKind
from models.organisation import Unit
from models.planning import FOLLOW_UP_REMINDER, open_follow_ups, still_asks
from models.relationship import ClosedReason, PrivateNote, Relationship, Stage, move_stage
from models.reminder import Reminder, ReminderState
from tests.browsing import Browser, Page
from tests.dealings import ASKING_SECRET, Dealings, add_dealings
from tests.world import World
from web.database import db


@pytest.fixture
def dealt(app: Flask, world: World) -> Dealings:
    """Max of Alba's plant deals with Dora of Boreal's engineering; a nudge of his is due in three days."""
    with app.app_context():
        dealt = add_dealings(db.session, world)
        begin_write(db.session)
        start_cadence(db.session, db.session.get_one(Relationship, dealt.ours), None, utc_now())
        start_cadence(db.session, db.session.get_one(Relationship, dealt.theirs), None, utc_now())
        db.session.commit()
    return dealt


def day(days: int) -> date:
    return utc_now().date() + timedelta(days=days)


def nudge_of(ours_id: int) -> FollowUp:
    statement = select(FollowUp).where(
        FollowUp.relationship_id == ours_id, FollowUp.kind == FollowUpKind.NUDGE
    )
    found = db.session.scalars(statement.order_by(FollowUp.id.desc())).first()
    assert found is not None
    return found


def nudge_id(app: Flask, ours_id: int) -> int:
    with app.app_context():
        return nudge_of(ours_id).id


def change(app: Flask, follow_up_id: int, **fields: Any) -> None:
    with app.app_context():
        begin_write(db.session)
        follow_up = db.session.get_one(FollowUp, follow_up_id)
        for name, value in fields.items():
            setattr(follow_up, name, value)
        db.session.commit()


def rows(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.select(".follow-up")]


def test_the_list_says_what_is_mine_in_groups_the_overdue_first(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    change(app, dealt.follow_up, due_on=day(-2), due_at=utc_now() - timedelta(days=1))
    page = browse.sign_in("max").get(index_of(app))
    assert page.heading == "Follow-ups"
    assert [heading.get_text() for heading in page.select("main h2")] == ["Overdue", "This week"]
    assert "Send the test plan" in rows(page)[0]
    assert "overdue since" in rows(page)[0]
    assert "Ask how things are progressing" in rows(page)[1]
    assert len(rows(browse.get(index_of(app) + "?when=overdue"))) == 1
    assert len(rows(browse.get(index_of(app) + "?when=later"))) == 0


def index_of(app: Flask, unit: str = "alba plant") -> str:
    with app.app_context():
        name = unit.split()[-1].capitalize()
        found = db.session.scalars(select(Unit.id).where(Unit.name == name)).one()
    return f"/units/{found}/follow-ups/"


def test_the_office_sees_everybodys_and_a_member_without_a_part_only_their_own(
    app: Flask, browse: Browser, dealt: Dealings, world: World
) -> None:
    office = f"/units/{world.units['alba']}/follow-ups/"
    assert rows(browse.sign_in("olga").get(office)) == []
    listed = rows(browse.get(office + "?whose=ours"))
    assert len(listed) == 2
    assert "Max Example" in listed[0]
    boreal = f"/units/{world.units['boreal engineering']}/follow-ups/?whose=ours"
    assert rows(browse.sign_in("mia").get(boreal)) == []
    assert len(rows(browse.sign_in("dora").get(boreal))) == 1
    assert ASKING_SECRET not in browse.get(boreal).words


def test_closing_empties_the_list_and_what_is_planned_on_a_closed_relationship_is_listed(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    with app.app_context():
        begin_write(db.session)
        ours = db.session.get_one(Relationship, dealt.ours)
        move_stage(db.session, ours, Stage.CLOSED, None, utc_now(), ClosedReason.NO_ANSWER)
        stop_everything(db.session, ours, utc_now())
        db.session.commit()
    assert rows(browse.sign_in("max").get(index_of(app))) == []
    page = browse.get(f"/relationships/{dealt.ours}/follow-ups/new")
    browse.submit(page, "Save", {"text": "Ask again in spring", "due_on": day(40).isoformat()})
    listed = rows(browse.get(index_of(app)))
    assert len(listed) == 1
    assert "Ask again in spring" in listed[0]
    with app.app_context():
        task = db.session.scalars(select(FollowUp).where(FollowUp.text == "Ask again in spring")).one()
        assert still_asks(db.session, task, task.owner_id or 0), "a reminder comes in time"
        task_id = task.id
    browse.submit(browse.get(f"/follow-ups/{task_id}/done"), "Done")
    assert rows(browse.get(index_of(app))) == []
    browse.submit(browse.get(f"/follow-ups/{task_id}"), "Open it again")
    assert len(rows(browse.get(index_of(app)))) == 1


def test_a_task_has_an_owner_a_date_and_reminders(
    app: Flask, browse: Browser, dealt: Dealings, world: World
) -> None:
    path = f"/relationships/{dealt.ours}/follow-ups/new"
    page = browse.sign_in("max").get(path)
    wrong = browse.submit(page, "Save", {"text": "", "due_on": day(-1).isoformat()}, 422)
    assert wrong.error_of("text")
    assert "in the past" in wrong.error_of("due_on")
    browse.submit(
        wrong,
        "Save",
        {"text": "Bring the cells", "due_on": day(9).isoformat(), "owner_id": str(world.people["olga"])},
    )
    with app.app_context():
        task = db.session.scalars(select(FollowUp).where(FollowUp.text == "Bring the cells")).one()
        assert task.owner_id == world.people["olga"]
        reminders = db.session.scalars(select(Reminder).where(Reminder.record_id == task.id)).all()
        assert len(reminders) == 3
        assert {reminder.person_id for reminder in reminders} == {world.people["olga"]}


def test_a_stranger_cannot_be_made_the_owner(browse: Browser, dealt: Dealings, world: World) -> None:
    page = browse.sign_in("max").get(f"/relationships/{dealt.ours}/follow-ups/new")
    values = {"text": "x", "due_on": day(9).isoformat(), "owner_id": str(world.people["dora"])}
    assert browse.submit(page, "Save", values, 422).error_of("owner_id")


def test_changing_a_task_keeps_an_old_date_and_notices_crossed_edits(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    change(app, dealt.follow_up, due_on=day(-2), due_at=utc_now() - timedelta(days=1))
    page = browse.sign_in("max").get(f"/follow-ups/{dealt.follow_up}/edit")
    browse.submit(page, "Save", {"text": "Send both plans"})
    crossed = browse.submit(page, "Save", {"text": "Send no plan"}, 409)
    assert "Send both plans" in crossed.words
    assert crossed.find(attrs={"name": "text"})["value"] == "Send no plan"
    browse.submit(crossed, "Save", {"text": "Send one plan"})
    assert "Send one plan" in browse.get(f"/follow-ups/{dealt.follow_up}").heading


def test_done_keeps_a_note_and_plans_the_next_step(app: Flask, browse: Browser, dealt: Dealings) -> None:
    page = browse.sign_in("max").get(f"/follow-ups/{dealt.follow_up}/done")
    half = browse.submit(page, "Done", {"next_text": "Call again"}, 422)
    assert half.error_of("next_due_on")
    browse.submit(
        half, "Done", {"note": "They were glad", "next_text": "Call", "next_due_on": day(4).isoformat()}
    )
    with app.app_context():
        assert db.session.get_one(FollowUp, dealt.follow_up).done_at is not None
        assert db.session.scalars(select(PrivateNote.text).where(PrivateNote.text == "They were glad")).one()
        assert db.session.scalars(select(FollowUp).where(FollowUp.text == "Call")).one().is_open
    again = browse.post(f"/follow-ups/{dealt.follow_up}/done", {}, 303)
    assert "settled this meanwhile" in browse.follow(again).words


@pytest.mark.parametrize(("days", "was_due"), [("1", 3), ("7", 3), ("1", -5), ("7", -5)])
def test_one_click_postpones_from_its_day_or_from_today_whichever_is_later(
    app: Flask, browse: Browser, dealt: Dealings, days: str, was_due: int
) -> None:
    change(app, dealt.follow_up, due_on=day(was_due), due_at=utc_now() + timedelta(days=was_due))
    browse.sign_in("max").post(f"/follow-ups/{dealt.follow_up}/postpone", {"days": days}, 303)
    with app.app_context():
        follow_up = db.session.get_one(FollowUp, dealt.follow_up)
        assert follow_up.due_on == day(max(was_due, 0) + int(days))
        assert not follow_up.is_overdue(utc_now())


def test_a_date_can_be_picked_but_not_in_the_past(app: Flask, browse: Browser, dealt: Dealings) -> None:
    page = browse.sign_in("max").get(f"/follow-ups/{dealt.follow_up}/postpone")
    page = browse.submit(page, "Postpone", {"due_on": "2020-01-01"}, 422)
    assert "in the past" in page.error_of("due_on")
    browse.submit(page, "Postpone", {"due_on": day(20).isoformat()})
    with app.app_context():
        assert db.session.get_one(FollowUp, dealt.follow_up).due_on == day(20)


def test_dropping_is_undone_with_one_click(app: Flask, browse: Browser, dealt: Dealings) -> None:
    path = f"/follow-ups/{dealt.follow_up}"
    dropped = browse.follow(browse.submit(browse.sign_in("max").get(path), "Drop it"))
    assert "You can open it again" in dropped.words
    browse.submit(dropped, "Open it again")
    with app.app_context():
        assert db.session.get_one(FollowUp, dealt.follow_up).is_open


def test_stopping_to_ask_ends_the_cadence_and_opening_again_lets_it_go_on(
    app: Flask, browse: Browser, dealt: Dealings
) -> None:
    path = f"/follow-ups/{nudge_id(app, dealt.ours)}"
    stopped = browse.follow(browse.submit(browse.sign_in("max").get(path), "Stop asking"))
    with app.app_context():
        assert db.session.get_one(Relationship, dealt.ours).cadence_from is None
    browse.submit(stopped, "Open it again")
    with app.app_context():
        assert db.session.get_one(Relationship, dealt.ours).cadence_from is not None


def test_reminders_of_what_is_done_are_forgotten(app: Flask, browse: Browser, dealt: Dealings) -> None:
    browse.sign_in("max").post(f"/follow-ups/{dealt.follow_up}/postpone", {"days": "7"}, 303)
    browse.submit(browse.get(f"/follow-ups/{dealt.follow_up}/done"), "Done")
    with app.app_context():
        waiting = select(Reminder).where(
            Reminder.kind == FOLLOW_UP_REMINDER,
            Reminder.record_id == dealt.follow_up,
            Reminder.state == ReminderState.WAITING,
        )
        assert db.session.scalars(waiting).all() == []
        ours = db.session.get_one(Relationship, dealt.ours)
        assert [item.kind for item in open_follow_ups(db.session, ours)] == [FollowUpKind.NUDGE]
