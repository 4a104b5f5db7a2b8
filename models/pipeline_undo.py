"""How a batch of the board is undone: what it did to a card is taken back, unless that was changed since.

It is an answer to a slip, and ends after a week: by then others have built on it. Nor is a card given back to somebody
who is not here any more.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from models.cadence import drop, hand_over, stop_cadence, take_back_contact, take_back_stop
from models.follow_up import FollowUp
from models.pipeline_moves import PipelineChange, standing_moves, take_last_move_back
from models.planning import belongs_to
from models.relationship import Contact, Relationship, Stage, StageChange
from models.tending import is_here

UNDO_WITHIN = timedelta(days=7)


class Undoing(StrEnum):
    """What undoing did to one card: all that the batch had done; all but the next step, which is done or dropped
    since; or nothing, because the card was changed since or its owner of before is not here any more.
    """

    WHOLE = "whole"
    ALL_BUT_STEP = "all_but_step"
    CHANGED_SINCE = "changed_since"
    OWNER_GONE = "owner_gone"


def relationships_of_batch(batch: str, now: datetime) -> Select[int]:
    """Ids of the cards that this batch changed within the last week and that nobody has changed back."""
    return select(Relationship.id).where(
        or_(Relationship.id.in_(_moved(batch, now)), Relationship.id.in_(_changed(batch, now)))
    )


def relationships_to_undo(batch: str, now: datetime) -> Select[int]:
    """Ids of the cards of which ``undo`` would take something back."""
    later = aliased(StageChange)
    is_overtaken = exists().where(
        later.relationship_id == StageChange.relationship_id,
        later.id > StageChange.id,
        later.undone_at.is_(None),
    )
    is_open = and_(FollowUp.done_at.is_(None), FollowUp.dropped_at.is_(None))
    from_owner_id = PipelineChange.from_owner_id
    is_as_given = and_(
        Relationship.owner_id.is_not_distinct_from(PipelineChange.to_owner_id),
        ~_is_given_on(),
        or_(from_owner_id.is_(None), is_here(from_owner_id, Relationship.organisation_id)),
    )
    still_changed = (
        _changed(batch, now)
        .join(Relationship, Relationship.id == PipelineChange.relationship_id)
        .outerjoin(FollowUp, FollowUp.id == PipelineChange.follow_up_id)
        .where(or_(is_open & FollowUp.id.is_not(None), is_as_given & PipelineChange.follow_up_id.is_(None)))
    )
    return select(Relationship.id).where(
        Relationship.id.not_in(_moved(batch, now).where(is_overtaken)),
        or_(Relationship.id.in_(_moved(batch, now)), Relationship.id.in_(still_changed)),
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
    if any(_is_owner_gone(session, ours, change) for change in changes):
        return Undoing.OWNER_GONE
    moved_back = [_undo_move(session, ours, change, now) for change in moves]
    if not all(moved_back):
        return Undoing.CHANGED_SINCE
    written = select(Contact).where(Contact.relationship_id == ours.id, Contact.batch == batch)
    for contact in session.scalars(written).all():
        take_back_contact(session, ours, contact, now)
    undone = [_undo_change(session, ours, change, now) for change in changes]
    if all(undone):
        return Undoing.WHOLE
    return Undoing.ALL_BUT_STEP if moves else Undoing.CHANGED_SINCE


def _moved(batch: str, now: datetime) -> Select[int]:
    return select(StageChange.relationship_id).where(
        StageChange.batch == batch, StageChange.undone_at.is_(None), StageChange.at > now - UNDO_WITHIN
    )


def _changed(batch: str, now: datetime) -> Select[int]:
    return select(PipelineChange.relationship_id).where(
        PipelineChange.batch == batch,
        PipelineChange.undone_at.is_(None),
        PipelineChange.at > now - UNDO_WITHIN,
    )


def _is_given_on() -> ColumnElement[bool]:
    """Whether the owner of the card of ``PipelineChange`` was set once more since, even if to the same person."""
    newer = aliased(PipelineChange)
    return exists().where(
        newer.relationship_id == PipelineChange.relationship_id,
        newer.id > PipelineChange.id,
        newer.follow_up_id.is_(None),
        newer.undone_at.is_(None),
    )


def _was_given_on(session: Session, change: PipelineChange) -> bool:
    given_on = select(PipelineChange.id).where(PipelineChange.id == change.id, _is_given_on())
    return session.scalar(given_on) is not None


def _is_owner_gone(session: Session, ours: Relationship, change: PipelineChange) -> bool:
    """Whether the card would be given back to somebody who does not belong to our organisation any more."""
    owner_id = change.from_owner_id
    return owner_id is not None and not belongs_to(session, owner_id, ours.organisation_id)


def _undo_move(session: Session, ours: Relationship, change: StageChange, now: datetime) -> bool:
    standing = standing_moves(session, ours)
    if standing[-1].id != change.id:
        return False
    take_last_move_back(ours, standing, now)
    if change.to_stage is Stage.CLOSED:
        take_back_stop(session, ours, change.at, now)
    if ours.stage is Stage.CLOSED:
        stop_cadence(session, ours, now)
    session.flush()
    return True


def _undo_change(session: Session, ours: Relationship, change: PipelineChange, now: datetime) -> bool:
    if change.follow_up_id is None:
        if ours.owner_id != change.to_owner_id or _was_given_on(session, change):
            return False
        hand_over(session, ours, change.from_owner_id, now)
    else:
        follow_up = session.get_one(FollowUp, change.follow_up_id)
        if not follow_up.is_open:
            return False
        drop(session, ours, follow_up, now)
    change.undone_at = now
    return True
