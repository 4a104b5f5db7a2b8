"""Several outcomes at once: each row for itself, one save, and undo."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.follow_up import FollowUp, FollowUpKind
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.relationship import Contact, Relationship, Stage
from tests.browsing import Browser
from tests.dealings import Dealings, add_dealings
from tests.met import in_days, tell
from tests.met import met as met
from tests.world import World
from web.access import for_writing
from web.database import db

PATH = "/outcomes/several"


def row(meeting_id: int, side: str = "asking", **values: str) -> dict[str, str]:
    return {f"m{meeting_id}-{side}-{name}": value for name, value in values.items()}


def second_meeting(app: Flask, world: World) -> Dealings:
    """Alba's office also met Corvus; nobody told of it either."""
    with app.app_context():
        dealings = add_dealings(db.session, world, "alba", "corvus", "olga", "carl")
        begin_write(db.session)
        db.session.delete(db.session.get_one(Outcome, dealings.outcome))
        db.session.commit()
        return dealings


def test_one_save_keeps_right_rows_leaves_wrong_ones_and_touches_no_other(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    other = second_meeting(app, world)
    browse.sign_in("olga")
    page = browse.get(PATH)
    assert "Boreal University" in page.words
    assert "Corvus Motors" in page.words
    values = row(met.past_meeting, held="held", decision="pilot", step="Draft it", due_on=in_days(3)) | row(
        other.past_meeting, held="held", step="Half typed"
    )
    page = browse.submit(page, "Save what is filled in", values, 422)
    assert "1 outcome is saved." in page.words
    assert "Boreal University" not in page.words
    assert page.error_of(f"m{other.past_meeting}-asking-decision") == "Error: Say what was decided."
    assert page.find(id=f"m{other.past_meeting}-asking-step")["value"] == "Half typed"
    page = browse.follow(
        browse.submit(page, "Save what is filled in", row(other.past_meeting, held="not_held", step=""))
    )
    assert "Nothing is missing" in page.words
    with app.app_context():
        states = [db.session.get_one(Meeting, dealings.past_meeting).state for dealings in (met, other)]
        assert states == [MeetingState.HELD, MeetingState.NOT_HELD]
        steps = select(FollowUp.text).where(
            FollowUp.kind == FollowUpKind.NEXT_STEP, FollowUp.created_by_id == world.people["olga"]
        )
        assert db.session.scalars(steps).all() == ["Draft it"]


def test_rows_left_alone_change_nothing(browse: Browser, app: Flask, met: Dealings) -> None:
    page = browse.sign_in("max").get(PATH)
    browse.submit(page, "Save what is filled in")
    with app.app_context():
        assert db.session.scalars(select(Outcome)).all() == []


def test_what_was_typed_without_saying_whether_they_met_stays(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    page = browse.sign_in("max").get(PATH)
    values = row(met.past_meeting, step="Typed, but not said whether held")
    page = browse.submit(page, "Save what is filled in", values, 422)
    assert "Say whether you met." in page.words
    assert page.select("input[name$=step]")[0]["value"] == "Typed, but not said whether held"
    with app.app_context():
        assert db.session.scalars(select(Outcome)).all() == []


def test_undo_takes_back_what_was_counted(browse: Browser, app: Flask, met: Dealings) -> None:
    browse.sign_in("max")
    page = browse.get(PATH)
    values = row(met.past_meeting, held="held", decision="wait", step="Call", due_on=in_days(3))
    page = browse.follow(browse.submit(page, "Save what is filled in", values))
    page = browse.follow(browse.submit(page, "Undo"))
    assert "Taken back: 1 meeting is on the list again." in page.words
    assert "Boreal University" in page.words
    with app.app_context():
        assert db.session.scalars(select(Outcome)).all() == []
        assert db.session.get_one(Meeting, met.past_meeting).state is MeetingState.SCHEDULED
        assert db.session.scalars(select(Contact).where(Contact.meeting_id.is_not(None))).all() == []
        for number in (met.ours, met.theirs):
            assert db.session.get_one(Relationship, number).stage is Stage.MEETING
        open_steps = select(FollowUp).where(FollowUp.done_at.is_(None), FollowUp.dropped_at.is_(None))
        assert db.session.scalars(open_steps).all() == []


def say_it_was_told(app: Flask, number: int, ago: timedelta) -> None:
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Outcome, number).logged_at = utc_now() - ago
        db.session.commit()


def test_undoing_in_two_tabs_at_once_is_no_error(
    browse: Browser, world: World, app: Flask, met: Dealings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = second_meeting(app, world)
    browse.sign_in("olga")
    both = row(met.past_meeting, held="not_held") | row(other.past_meeting, held="not_held")
    browse.submit(browse.get(PATH), "Save what is filled in", both)
    with app.app_context():
        numbers = [str(number) for number in db.session.scalars(select(Outcome.id).order_by(Outcome.id))][-2:]

    def after_the_other_tab(*arguments: Any) -> object:
        with Session(db.engine) as other_tab:
            begin_write(other_tab)
            other_tab.execute(delete(Outcome).where(Outcome.id.in_(numbers)))
            other_tab.commit()
        monkeypatch.setattr("web.outcomes.undoing.for_writing", for_writing)
        return for_writing(*arguments)

    monkeypatch.setattr("web.outcomes.undoing.for_writing", after_the_other_tab)
    words = browse.follow(browse.post("/outcomes/undo", {"outcome": numbers}, 303)).words
    assert "This is taken back already" in words


def test_nobody_undoes_what_somebody_else_told_or_what_is_old(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    tell(browse.sign_in("max"), met)
    with app.app_context():
        number = db.session.scalars(select(Outcome.id)).one()
    for name in ("olga", "dora", "carl"):
        Browser(app).sign_in(name).post("/outcomes/undo", {"outcome": str(number)}, 404)
    say_it_was_told(app, number, timedelta(hours=1))
    late = browse.follow(browse.post("/outcomes/undo", {"outcome": str(number)}, 303))
    assert "told more than an hour ago" in late.words
    say_it_was_told(app, number, timedelta(minutes=59))
    for unknown in ({"outcome": "9" * 30}, {"outcome": str(number + 1)}, {}):
        browse.post("/outcomes/undo", unknown, 404)
    with app.app_context():
        assert db.session.scalars(select(Outcome.id)).all() == [number]
    browse.post("/outcomes/undo", {"outcome": str(number)}, 303)
    with app.app_context():
        assert db.session.scalars(select(Outcome.id)).all() == []
    # The button of the old page, pressed once more.
    again = browse.follow(browse.post("/outcomes/undo", {"outcome": str(number)}, 303))
    assert "This is taken back already" in again.words
    Browser(app).sign_in("olga").post("/outcomes/undo", {"outcome": str(number)}, 404)


def test_the_list_holds_what_one_may_tell_and_nothing_else(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    for name, is_listed in {"max": 1, "olga": 1, "dora": 1, "mia": 1, "carl": 0, "ada": 0, "uma": 0}.items():
        rows = browse.sign_in(name).get(PATH).select(".several-row")
        assert len(rows) == is_listed, name
    tell(browse.sign_in("max"), met)
    assert browse.get(PATH).select(".several-row") == []
    assert len(browse.sign_in("dora").get(PATH).select(".several-row")) == 1


def test_a_row_that_a_colleague_told_meanwhile_is_not_overwritten(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    page = browse.sign_in("olga").get(PATH)
    tell(Browser(app).sign_in("max"), met)
    values = row(met.past_meeting, held="not_held")
    page = browse.follow(browse.submit(page, "Save what is filled in", values))
    assert "told by a colleague meanwhile" in page.words
    with app.app_context():
        assert db.session.scalars(select(Outcome.held)).all() == [True]
