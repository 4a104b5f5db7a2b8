"""From the form to the records: one side's account, what follows from it, and what else was written down."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import note_action
from models.follow_up import FollowUp, FollowUpKind
from models.meeting import Meeting
from models.outcome import Decision, Interest, Outcome, SharedSummary, Topic
from models.outcome_rules import outcome_of
from models.person import Person
from models.planning import abandon, change_plan, plan_follow_up, zone_of
from models.relationship import PrivateNote, Relationship, take_part
from models.settling import relationships_of, settle_meeting
from models.side import Side
from models.summaries import propose_summary
from models.wall_time import wall_time_of
from web.outcomes.forms import HELD, NOT_HELD, THEY, OutcomeForm, Told

TAKE_BACK = "outcome.take_back"


def today_of(person: Person, now: datetime) -> date:
    """Which day it is for this person."""
    return wall_time_of(now, person.zone).date()


def next_step_of(session: Session, meeting: Meeting, ours: Relationship | None) -> FollowUp | None:
    """The open next step that came of this meeting on our side."""
    if ours is None:
        return None
    return session.scalar(
        select(FollowUp)
        .where(
            FollowUp.meeting_id == meeting.id,
            FollowUp.relationship_id == ours.id,
            FollowUp.kind == FollowUpKind.NEXT_STEP,
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
        )
        .order_by(FollowUp.id)
        .limit(1)
    )


def version_of(outcome: Outcome | None, step: FollowUp | None) -> str:
    """What a form of this account was made from: the account and its next step; empty for a first account."""
    if outcome is None:
        return ""
    return f"{outcome.version}-{step.id}-{step.version}" if step else f"{outcome.version}"


def fill(form: OutcomeForm, outcome: Outcome | None, step: FollowUp | None, me: int) -> None:
    """Show the account as it stands; a first one starts with nothing chosen but me as the owner."""
    form.owner.data = str(me)
    form.version.data = version_of(outcome, step)
    if outcome is not None:
        form.held.data = HELD if outcome.held else NOT_HELD
        form.our_interest.data = outcome.our_interest.value
        form.their_interest.data = outcome.their_interest.value
        form.decision.data = outcome.decision.value
        form.agreed.data = outcome.agreed
        form.feedback.data = outcome.feedback
    if step is not None:
        form.step.data = step.text
        form.owner.data = THEY if step.is_theirs else str(step.owner_id)
        form.choose_day(step.due_on)


def record_account(
    session: Session, meeting: Meeting, side: Side, told: Told, person_id: int, now: datetime
) -> Outcome:
    """Write what was told, and let everything follow. Within the current write transaction."""
    ours = relationships_of(session, meeting)[side]
    outcome = outcome_of(session, meeting, side)
    word = "outcome.log" if outcome is None else "outcome.change"
    if outcome is None:
        outcome = Outcome(
            meeting_id=meeting.id,
            side=side,
            organisation_id=ours.organisation_id,
            relationship_id=ours.id,
            person_id=person_id,
            logged_at=now,
        )
        session.add(outcome)
    _assign(outcome, told)
    take_part(session, ours, person_id)
    ours.owner_id = ours.owner_id or person_id
    settle_meeting(session, meeting, side, person_id, now)
    _keep_step(session, ours, meeting, told, person_id, now)
    _keep_texts(session, ours, meeting, told, person_id, now)
    changes = {"held": outcome.held, "decision": outcome.decision.value}
    note_action(session, person_id, word, outcome, ours.unit_id, changes)
    return outcome


def record_summary(
    session: Session, meeting: Meeting, side: Side, text: str, person_id: int, now: datetime
) -> SharedSummary:
    """Propose a version of the shared summary. Within the current write transaction."""
    summary = propose_summary(session, meeting, side, person_id, text, now)
    unit_id = meeting.introduction.unit_id_of(side)
    note_action(session, person_id, "summary.propose", summary, unit_id)
    return summary


def take_back_account(session: Session, outcome: Outcome, person_id: int, now: datetime) -> None:
    """As if it had not been told: no account, no next step of it, and nothing counted that it counted."""
    meeting, side = outcome.meeting, outcome.side
    ours = relationships_of(session, meeting)[side]
    step = next_step_of(session, meeting, ours)
    if step is not None:
        abandon(session, step, now)
    note_action(session, person_id, TAKE_BACK, outcome, ours.unit_id)
    session.delete(outcome)
    settle_meeting(session, meeting, side, person_id, now)


def _assign(outcome: Outcome, told: Told) -> None:
    """What was felt and decided counts only for a meeting that was held."""
    outcome.held = told.held
    outcome.our_interest = told.our_interest if told.held else Interest.UNKNOWN
    outcome.their_interest = told.their_interest if told.held else Interest.UNKNOWN
    outcome.decision = told.decision if told.held else Decision.OPEN
    outcome.agreed = told.agreed if told.held else ""
    outcome.feedback = told.feedback if told.held else ""


def _keep_step(
    session: Session, ours: Relationship, meeting: Meeting, told: Told, person_id: int, now: datetime
) -> None:
    """Plan the next step, change the one that is open, or drop it where none is wanted any more."""
    step = next_step_of(session, meeting, ours)
    if not told.step:
        if step is not None:
            abandon(session, step, now)
        return
    assert told.due_on is not None, "a next step is valid only with its day"
    if step is None:
        zone = zone_of(session, told.owner_id)
        kind, words, owner_id = FollowUpKind.NEXT_STEP, told.step, told.owner_id
        plan_follow_up(
            session,
            ours,
            kind,
            words,
            owner_id,
            told.due_on,
            zone,
            told.is_theirs,
            meeting.id,
            person_id,
            now,
        )
        return
    was = (step.text, step.owner_id, step.due_on, step.is_theirs)
    if was != (told.step, told.owner_id, told.due_on, told.is_theirs):
        change_plan(session, step, told.step, told.owner_id, told.due_on, told.is_theirs, now)


def _keep_texts(
    session: Session, ours: Relationship, meeting: Meeting, told: Told, person_id: int, now: datetime
) -> None:
    """Add the private note and the topics. What was written down before stays."""
    if told.note:
        note = PrivateNote(meeting_id=meeting.id, person_id=person_id, text=told.note, created_at=now)
        ours.notes.append(note)
    for line in told.topics if told.held else ():
        session.add(
            Topic(
                meeting_id=meeting.id,
                organisation_id=ours.organisation_id,
                relationship_id=ours.id,
                person_id=person_id,
                text=line,
                created_at=now,
            )
        )
    session.flush()
