"""How a batch of the board is undone: what it did to a card is taken back, unless that was changed since."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from models.cadence import drop, hand_over, stop_cadence, take_back_contact, take_back_stop
from models.follow_up import FollowUp
from models.pipeline_moves import PipelineChange, standing_moves
from models.relationship import Contact, Relationship, Stage, StageChange


class Undoing(StrEnum):
    """What undoing did to one card: all that the batch had done; all but the next step, which is done or dropped
    since; or nothing, because the card was changed since.
    """

    WHOLE = "whole"
    ALL_BUT_STEP = "all_but_step"
    NOTHING = "nothing"


def relationships_of_batch(batch: str) -> Select[int]:
    """Ids of the cards that this batch changed and that nobody has changed back."""
    return select(Relationship.id).where(
        or_(Relationship.id.in_(_moved(batch)), Relationship.id.in_(_changed(batch)))
    )


def relationships_to_undo(batch: str) -> Select[int]:
    """Ids of the cards of which ``undo`` would take something back."""
    later = aliased(StageChange)
    is_overtaken = exists().where(
        later.relationship_id == StageChange.relationship_id,
        later.id > StageChange.id,
        later.undone_at.is_(None),
    )
    is_open = and_(FollowUp.done_at.is_(None), FollowUp.dropped_at.is_(None))
    is_as_given = Relationship.owner_id.is_not_distinct_from(PipelineChange.to_owner_id)
    still_changed = (
        _changed(batch)
        .join(Relationship, Relationship.id == PipelineChange.relationship_id)
        .outerjoin(FollowUp, FollowUp.id == PipelineChange.follow_up_id)
        .where(or_(is_open & FollowUp.id.is_not(None), is_as_given & PipelineChange.follow_up_id.is_(None)))
    )
    return select(Relationship.id).where(
        Relationship.id.not_in(_moved(batch).where(is_overtaken)),
        or_(Relationship.id.in_(_moved(batch)), Relationship.id.in_(still_changed)),
    )


def relationships_ever_in(batch: str) -> Select[int]:
    """Ids of the cards that this batch changed, whether or not that was taken back."""
    moved = select(StageChange.relationship_id).where(StageChange.batch == batch)
    changed = select(PipelineChange.relationship_id).where(PipelineChange.batch == batch)
    return select(Relationship.id).where(or_(Relationship.id.in_(moved), Relationship.id.in_(changed)))


def undo(session: Session, ours: Relationship, batch: str, now: datetime) -> Undoing:
    """Take back what the batch did to this card, with what was said for the move. What was changed since is left as it
    is.
    """
    moves = session.scalars(
        select(StageChange)
        .where(
            StageChange.relationship_id == ours.id,
            StageChange.batch == batch,
            StageChange.undone_at.is_(None),
        )
        .order_by(StageChange.id.desc())
    ).all()
    changes = session.scalars(
        select(PipelineChange).where(
            PipelineChange.relationship_id == ours.id,
            PipelineChange.batch == batch,
            PipelineChange.undone_at.is_(None),
        )
    ).all()
    moved_back = [_undo_move(session, ours, change, now) for change in moves]
    if not all(moved_back):
        return Undoing.NOTHING
    written = select(Contact).where(Contact.relationship_id == ours.id, Contact.batch == batch)
    for contact in session.scalars(written).all():
        take_back_contact(session, ours, contact, now)
    undone = [_undo_change(session, ours, change, now) for change in changes]
    if all(undone):
        return Undoing.WHOLE
    return Undoing.ALL_BUT_STEP if moves else Undoing.NOTHING


def _moved(batch: str) -> Select[int]:
    return select(StageChange.relationship_id).where(
        StageChange.batch == batch, StageChange.undone_at.is_(None)
    )


def _changed(batch: str) -> Select[int]:
    return select(PipelineChange.relationship_id).where(
        PipelineChange.batch == batch, PipelineChange.undone_at.is_(None)
    )


def _undo_move(session: Session, ours: Relationship, change: StageChange, now: datetime) -> bool:
    standing = standing_moves(session, ours)
    if standing[-1].id != change.id:
        return False
    ours.stage = change.from_stage
    ours.closed_reason = change.from_reason
    ours.stage_since = standing[-2].at if len(standing) > 1 else ours.created_at
    change.undone_at = now
    if change.to_stage is Stage.CLOSED:
        take_back_stop(session, ours, change.at, now)
    if ours.stage is Stage.CLOSED:
        stop_cadence(session, ours, now)
    session.flush()
    return True


def _undo_change(session: Session, ours: Relationship, change: PipelineChange, now: datetime) -> bool:
    if change.follow_up_id is None:
        if ours.owner_id != change.to_owner_id:
            return False
        hand_over(session, ours, change.from_owner_id, now)
    else:
        follow_up = session.get_one(FollowUp, change.follow_up_id)
        if not follow_up.is_open:
            return False
        drop(session, ours, follow_up, now)
    change.undone_at = now
    return True
