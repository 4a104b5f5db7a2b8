"""Logging an outcome, what it counts, and what the other side may know of it."""

from flask import Flask
from sqlalchemy import select

from models.database import begin_write
from models.follow_up import FollowUp, FollowUpKind
from models.meeting import Meeting, MeetingState
from models.outcome import Decision, Interest, Outcome
from models.relationship import ClosedReason, Contact, PrivateNote, Relationship, Stage
from models.reminder import Reminder
from models.side import Side
from tests.browsing import Browser
from tests.dealings import Dealings
from tests.met import MINIMAL, in_days, outcome_path, tell
from tests.met import met as met
from tests.world import World
from web.database import db


def test_the_minimal_account_counts_on_both_sides_and_plans_the_next_step(
    browse: Browser, world: World, app: Flask, met: Dealings
) -> None:
    page = browse.sign_in("max").follow(tell(browse, met))
    assert "Saved. The next step is due on" in page.words
    assert "Next: Send the test plan" in page.words
    with app.app_context():
        outcome = db.session.scalars(select(Outcome)).one()
        assert (outcome.side, outcome.held, outcome.our_interest) == (Side.ASKING, True, Interest.HIGH)
        assert db.session.get_one(Meeting, met.past_meeting).state is MeetingState.HELD
        for number in (met.ours, met.theirs):
            assert db.session.get_one(Relationship, number).stage is Stage.FOLLOW_UP
        assert len(db.session.scalars(select(Contact).where(Contact.meeting_id.is_not(None))).all()) == 2
        step = db.session.scalars(
            select(FollowUp).where(FollowUp.kind == FollowUpKind.NEXT_STEP, FollowUp.dropped_at.is_(None))
        ).one()
        assert (step.owner_id, step.due_on.isoformat(), step.is_theirs) == (
            world.people["max"],
            in_days(7),
            False,
        )
        asked_for = db.session.scalars(
            select(Reminder).where(Reminder.kind == "follow_up.due", Reminder.record_id == step.id)
        ).all()
        assert asked_for, "a next step carries its reminders"


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    browse.sign_in("max")
    page = browse.get(outcome_path(met, "/log"))
    page = browse.submit(page, "Save", {"note": "half a thought"}, 422)
    assert page.error_of("held") == "Error: Say whether you met."
    page = browse.submit(page, "Save", {"held": "held", "step": "Call", "due": ""}, 422)
    assert page.error_of("our_interest") == "Error: Say how interested you are."
    assert page.error_of("their_interest") == "Error: Say how interested they seemed."
    assert page.error_of("decision") == "Error: Say what was decided."
    assert page.error_of("due") == "Error: Say by when."
    assert "half a thought" in page.get_text()
    for values, field in (
        ({"due": "other", "due_on": in_days(-1)}, "due"),
        ({"due": "other", "due_on": "soon"}, "due_on"),
        ({"due": "1200-13-01"}, "due"),
        ({"our_interest": "huge"}, "our_interest"),
        ({"step": "a\nb\x00"}, "step"),
        ({"topics": "\n".join("abcdef")}, "topics"),
        ({"topics": "x" * 151}, "topics"),
        ({"note": "a\x00"}, "note"),
        ({"owner": "99999"}, "owner"),
    ):
        page = tell(browse, met, 422, **values)
        assert page.error_of(field), values
    with app.app_context():
        assert db.session.scalars(select(Outcome)).all() == []


def test_not_held_counts_nothing_and_offers_new_times(browse: Browser, app: Flask, met: Dealings) -> None:
    browse.sign_in("dora")
    page = browse.get(outcome_path(met, "/log"))
    page = browse.follow(browse.submit(page, "Save", {"held": "not_held"}))
    assert "Propose new times" in page.words
    with app.app_context():
        assert db.session.get_one(Meeting, met.past_meeting).state is MeetingState.NOT_HELD
        assert db.session.scalars(select(Contact).where(Contact.meeting_id.is_not(None))).all() == []
        assert db.session.get_one(Relationship, met.ours).stage is Stage.MEETING
    # The other side remembers it differently: both are told, and nobody reads that nothing was counted.
    tell(browse.sign_in("max"), met)
    for name in ("max", "dora"):
        page = Browser(app).sign_in(name).get(outcome_path(met))
        assert "One side says that you met, the other that you did not." in page.words
        assert "nothing was counted" not in page.words


def test_moved_leads_to_the_page_where_meetings_are_moved(browse: Browser, app: Flask, met: Dealings) -> None:
    page = browse.sign_in("max").get(outcome_path(met, "/log"))
    kept = browse.submit(page, "Save", {"held": "moved", "note": "They were ill."}, 422)
    assert kept.error_of("held")
    assert "They were ill." in kept.select("textarea#note")[0].get_text()
    answer = browse.submit(page, "Save", {"held": "moved"})
    assert answer.response.location.endswith(f"/meetings/{met.past_meeting}/move")
    with app.app_context():
        assert db.session.scalars(select(Outcome)).all() == []


def test_a_meeting_ahead_or_cancelled_has_nothing_to_tell(browse: Browser, app: Flask, met: Dealings) -> None:
    browse.sign_in("max")
    page = browse.follow(browse.get(f"/meetings/{met.next_meeting}/outcome/log", 303))
    assert "This meeting is not over yet" in page.words
    with app.app_context():
        begin_write(db.session)
        db.session.get_one(Meeting, met.past_meeting).state = MeetingState.CANCELLED
        db.session.commit()
    page = browse.follow(browse.get(outcome_path(met, "/log"), 303))
    assert "This meeting was cancelled" in page.words


def test_a_change_fixes_what_was_counted_and_the_next_step(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    browse.sign_in("max")
    tell(browse, met)
    page = browse.get(outcome_path(met, "/log"))
    assert page.select_one("#step")["value"] == "Send the test plan"
    browse.submit(page, "Save", {"step": "Send two plans", "due": in_days(3)})
    with app.app_context():
        step = db.session.scalars(select(FollowUp).where(FollowUp.dropped_at.is_(None))).all()
        assert [(row.text, row.due_on.isoformat()) for row in step if row.meeting_id] == [
            ("Send two plans", in_days(3))
        ]
    page = browse.get(outcome_path(met, "/log"))
    browse.submit(page, "Save", {"held": "not_held", "step": ""})
    with app.app_context():
        assert db.session.scalars(select(Contact).where(Contact.meeting_id.is_not(None))).all() == []
        steps = select(FollowUp).where(FollowUp.dropped_at.is_(None), FollowUp.kind == FollowUpKind.NEXT_STEP)
        assert db.session.scalars(steps).all() == []
        outcome = db.session.scalars(select(Outcome)).one()
        assert (outcome.our_interest, outcome.decision) == (Interest.UNKNOWN, Decision.OPEN)


def test_a_colleague_who_told_it_meanwhile_is_not_overwritten(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    browse.sign_in("max")
    early = browse.get(outcome_path(met, "/log"))
    olga = Browser(app).sign_in("olga")
    tell(olga, met, agreed="Olga was first")
    page = browse.submit(early, "Save", {**MINIMAL, "due": in_days(7), "agreed": "Max was late"}, 409)
    assert "Olga was first" in page.words
    assert page.select_one("#agreed")["value"] == "Max was late"
    browse.submit(page, "Save")
    with app.app_context():
        assert db.session.scalars(select(Outcome.agreed)).one() == "Max was late"


def test_a_decision_for_a_pilot_or_an_end_offers_the_next_page(
    browse: Browser, app: Flask, met: Dealings
) -> None:
    browse.sign_in("max")
    page = browse.follow(tell(browse, met, decision="pilot"))
    link = page.find("a", string="Set up the pilot")
    assert f"introduction={met.introduction}" in str(link["href"])
    sentence = {"doing": "sharing cells", "beneficiary": "students", "benefit": "data", "result": "theses"}
    browse.submit(browse.get(str(link["href"])), "Propose it", sentence)
    page = browse.get(outcome_path(met))
    assert "Set up the pilot" not in page.words
    browse.get(str(page.find("a", string="Open your partnership")["href"]))
    page = browse.get(outcome_path(met, "/log"))
    page = browse.follow(browse.submit(page, "Save", {"decision": "stop", "step": "", "due": ""}))
    unchosen = browse.follow(browse.submit(page, "Close it"))
    assert "Choose the reason that comes closest." in unchosen.words
    page = browse.follow(browse.submit(page, "Close it", {"reason": "wrong_time"}))
    assert "Closed: Not the right time" in page.words
    assert page.form("Undo")
    assert "Close it" not in browse.get(outcome_path(met)).words
    with app.app_context():
        ours = db.session.get_one(Relationship, met.ours)
        assert (ours.stage, ours.closed_reason) == (Stage.CLOSED, ClosedReason.WRONG_TIME)
        assert db.session.get_one(Relationship, met.theirs).stage is Stage.FOLLOW_UP


def test_a_private_note_is_added_never_overwritten(browse: Browser, app: Flask, met: Dealings) -> None:
    browse.sign_in("max")
    tell(browse, met, note="First")
    page = browse.get(outcome_path(met, "/log"))
    assert "First" in page.words
    browse.submit(page, "Save", {"note": "Second"})
    with app.app_context():
        texts = select(PrivateNote.text).where(PrivateNote.meeting_id == met.past_meeting)
        assert db.session.scalars(texts.order_by(PrivateNote.id)).all() == ["First", "Second"]
