"""Moves on the board: what a stage asks for, and how a card is moved.

Every move belongs to a batch, even one of a single card, so that there is one way to undo.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import NEVER_REUSE_IDS, Base, utc_now
from models.between import introductions_between, partnerships_between
from models.cadence import hand_over, stop_everything
from models.follow_up import FollowUp, FollowUpKind
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting, MeetingState
from models.partnership import Partnership, PartnershipState
from models.relationship import (
    MEETING_KINDS,
    ClosedReason,
    Contact,
    Relationship,
    Stage,
    StageChange,
    move_stage,
)


class PipelineChange(Base):
    """What an action on the board did besides moving the card, kept so that it can be undone: another owner, or a
    follow-up that was added.
    """

    __tablename__ = "pipeline_change"
    __table_args__ = NEVER_REUSE_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[str] = mapped_column(index=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    from_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    to_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_up.id"))
    undone_at: Mapped[datetime | None]


class Fact(StrEnum):
    """What has to be known before a card may stand in a stage."""

    INTRODUCTION = "introduction"
    MEETING = "meeting"
    NEXT_STEP = "next_step"
    PARTNERSHIP = "partnership"
    REASON = "reason"


FACT_OF_STAGE = {
    Stage.INTRODUCED: Fact.INTRODUCTION,
    Stage.MEETING: Fact.MEETING,
    Stage.FOLLOW_UP: Fact.NEXT_STEP,
    Stage.PARTNERSHIP: Fact.PARTNERSHIP,
    Stage.CLOSED: Fact.REASON,
}


def new_batch() -> str:
    return uuid4().hex


def missing_fact(session: Session, ours: Relationship, to_stage: Stage) -> Fact | None:
    """What has to be said before the card may be moved there; None: it may. Going back asks for nothing."""
    fact = FACT_OF_STAGE.get(to_stage)
    if fact is None or fact is Fact.REASON:
        return fact
    if ours.stage is not Stage.CLOSED and to_stage.position <= ours.stage.position:
        return None
    is_known = {
        Fact.INTRODUCTION: _has_introduction,
        Fact.MEETING: _has_meeting,
        Fact.NEXT_STEP: _has_next_step,
        Fact.PARTNERSHIP: _has_partnership,
    }[fact]
    return None if is_known(session, ours) else fact


def move(
    session: Session,
    ours: Relationship,
    to_stage: Stage,
    person_id: int | None,
    batch: str,
    now: datetime,
    reason: ClosedReason | None = None,
) -> None:
    """Move the card. Closing it drops what was still to do and stops its cadence."""
    move_stage(session, ours, to_stage, person_id, now, reason, batch)
    if to_stage is Stage.CLOSED:
        stop_everything(session, ours, now)


def give_owner(
    session: Session,
    ours: Relationship,
    owner_id: int | None,
    person_id: int | None,
    batch: str,
    now: datetime,
) -> None:
    """Hand the card to somebody of our organisation, or to nobody. Whoever owns it may read what we keep about it."""
    session.add(
        PipelineChange(
            batch=batch,
            relationship_id=ours.id,
            at=now,
            person_id=person_id,
            from_owner_id=ours.owner_id,
            to_owner_id=owner_id,
        )
    )
    hand_over(session, ours, owner_id, now)


def remember_follow_up(
    session: Session, follow_up: FollowUp, person_id: int | None, batch: str, now: datetime
) -> None:
    """Let a follow-up that was just planned be dropped again by undoing the batch."""
    session.add(
        PipelineChange(
            batch=batch,
            relationship_id=follow_up.relationship_id,
            at=now,
            person_id=person_id,
            follow_up_id=follow_up.id,
        )
    )


def standing_moves(session: Session, ours: Relationship) -> list[StageChange]:
    """The moves that were not undone, in their order."""
    return list(
        session.scalars(
            select(StageChange)
            .where(StageChange.relationship_id == ours.id, StageChange.undone_at.is_(None))
            .order_by(StageChange.id)
        )
    )


def take_last_move_back(ours: Relationship, standing: list[StageChange], now: datetime) -> None:
    """Put the card where it was before the last of its ``standing_moves``, since when it stood there."""
    change = standing[-1]
    ours.stage = change.from_stage
    ours.closed_reason = change.from_reason
    ours.stage_since = standing[-2].at if len(standing) > 1 else ours.created_at
    change.undone_at = now


def _has_introduction(session: Session, ours: Relationship) -> bool:
    """By the portal, or elsewhere: then somebody wrote down a contact."""
    waiting_or_accepted = Introduction.state.in_([IntroductionState.PROPOSED, IntroductionState.ACCEPTED])
    by_us = introductions_between(ours).where(waiting_or_accepted)
    return _is_any(session, by_us) or _is_any(
        session, select(Contact).where(Contact.relationship_id == ours.id)
    )


def _has_meeting(session: Session, ours: Relationship) -> bool:
    """Agreed or held by the portal, or written down as a meeting or a visit."""
    between = introductions_between(ours).with_only_columns(Introduction.id)
    planned = select(Meeting).where(
        Meeting.introduction_id.in_(between),
        Meeting.state.in_([MeetingState.SCHEDULED, MeetingState.HELD]),
    )
    written = select(Contact).where(Contact.relationship_id == ours.id, Contact.kind.in_(MEETING_KINDS))
    return _is_any(session, planned) or _is_any(session, written)


def _has_next_step(session: Session, ours: Relationship) -> bool:
    """Owned and dated; a nudge of a cadence is no step that anybody decided on."""
    owned = select(FollowUp).where(
        FollowUp.relationship_id == ours.id,
        FollowUp.kind != FollowUpKind.NUDGE,
        FollowUp.owner_id.is_not(None),
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
    )
    return _is_any(session, owned)


def _has_partnership(session: Session, ours: Relationship) -> bool:
    standing = Partnership.state.in_([PartnershipState.PROPOSED, PartnershipState.ACTIVE])
    return _is_any(session, partnerships_between(ours).where(standing))


def _is_any(session: Session, statement: Select[Any]) -> bool:
    return bool(session.scalar(select(statement.exists())))
