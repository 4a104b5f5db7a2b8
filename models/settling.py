"""What follows for both sides once it is said, changed or taken back that a meeting was held."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.cadence import stop_cadence, was_in_touch
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.outcome_rules import state_told
from models.pipeline_moves import standing_moves, take_last_move_back
from models.relationship import (
    Contact,
    ContactKind,
    Direction,
    Relationship,
    Stage,
    advance_stage,
    relationship_between,
)
from models.side import Side


def relationships_of(session: Session, meeting: Meeting) -> dict[Side, Relationship]:
    """Each side's own relationship with the other, made where it is missing, held until the commit."""
    introduction = meeting.introduction
    found = {
        side: relationship_between(session, introduction.unit_of(side), introduction.unit_of(side.other))
        for side in Side
    }
    # Always in the same order, so that two writers wait for each other instead of blocking each other.
    for ours in sorted(found.values(), key=lambda ours: ours.id):
        session.refresh(ours, with_for_update=True)
    return found


def settle_meeting(
    session: Session, meeting: Meeting, teller: Side, person_id: int | None, now: datetime
) -> None:
    """Let the meeting, both sides' contacts and both stages say what the accounts of the meeting say now.

    Within the current write transaction, after an account was added, changed or taken back; what is so already
    stays. ``person_id`` belongs to ``teller``: the other side's history does not name them.
    """
    session.flush()
    said = session.scalars(select(Outcome.held).where(Outcome.meeting_id == meeting.id)).all()
    state = state_told(said)
    was = meeting.state
    for side, ours in relationships_of(session, meeting).items():
        who = person_id if side is teller else None
        if state is MeetingState.HELD:
            if was is not MeetingState.HELD:
                advance_stage(session, ours, Stage.FOLLOW_UP, who, now)
            _keep_contact(session, ours, meeting, who, now)
        elif was is MeetingState.HELD:
            _drop_contact(session, ours, meeting, now)
            _take_stage_back(session, ours, meeting.changed_at, now)
    if was is not state:
        meeting.state = state
        # The moves of both cards carry this moment, by which they are found if it turns out not to be so.
        meeting.changed_at = now
    session.flush()


def _keep_contact(
    session: Session, ours: Relationship, meeting: Meeting, person_id: int | None, now: datetime
) -> None:
    known = select(Contact.id).where(Contact.relationship_id == ours.id, Contact.meeting_id == meeting.id)
    if session.scalar(known) is not None:
        return
    kind, direction = ContactKind.MEETING, Direction.BOTH
    was_in_touch(session, ours, meeting.ends_at, kind, direction, person_id, "", meeting.id, now)


def _drop_contact(session: Session, ours: Relationship, meeting: Meeting, now: datetime) -> None:
    """As if it had never been counted; a cadence that began anew with it stops."""
    session.execute(
        delete(Contact).where(Contact.relationship_id == ours.id, Contact.meeting_id == meeting.id)
    )
    newest = select(func.max(Contact.at)).where(Contact.relationship_id == ours.id)
    ours.last_contact_at = session.scalar(newest)
    if ours.cadence_from == meeting.ends_at:
        stop_cadence(session, ours, now)


def _take_stage_back(session: Session, ours: Relationship, moved_at: datetime, now: datetime) -> None:
    """Undo the move that came with the meeting, unless the card was moved again since."""
    standing = standing_moves(session, ours)
    if not standing or standing[-1].at != moved_at or standing[-1].to_stage is not ours.stage:
        return
    take_last_move_back(ours, standing, now)
    if ours.stage is Stage.CLOSED:
        stop_cadence(session, ours, now)
