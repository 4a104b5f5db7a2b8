"""Which meetings still lack an account of a side for which the person may tell one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models.actor import Actor
from models.dealings_policy import acts_on, sides_of, visible_meetings
from models.introduction import Introduction
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.side import Side
from web.access import current_actor
from web.database import db

MOST_ROWS = 30


@dataclass(frozen=True)
class Missing:
    """One side of one meeting that has told nothing."""

    meeting: Meeting
    side: Side

    @property
    def key(self) -> str:
        return f"m{self.meeting.id}-{self.side.value}"


def missing_outcomes(now: datetime) -> list[Missing]:
    """The oldest first, at most ``MOST_ROWS`` meetings. What the other side said was not held is not missing."""
    actor = current_actor()
    lacking = or_(*(_lacks(actor, side) for side in Side))
    asked = visible_meetings(actor).where(
        Meeting.ends_at <= now, Meeting.state.in_((MeetingState.SCHEDULED, MeetingState.HELD)), lacking
    )
    introduction = joinedload(Meeting.introduction)
    meetings = db.session.scalars(
        asked.options(
            introduction.joinedload(Introduction.asking_organisation),
            introduction.joinedload(Introduction.asked_organisation),
            introduction.selectinload(Introduction.people),
        )
        .options(selectinload(Meeting.attendees))
        .order_by(Meeting.ends_at, Meeting.id)
        .limit(MOST_ROWS)
    ).all()
    told = _told({meeting.id for meeting in meetings})
    return [
        Missing(meeting, side)
        for meeting in meetings
        for side in Side
        if side in sides_of(actor, meeting.introduction) and (meeting.id, side) not in told
    ]


def _told(meeting_ids: set[int]) -> set[tuple[int, Side]]:
    rows = db.session.execute(
        select(Outcome.meeting_id, Outcome.side).where(Outcome.meeting_id.in_(meeting_ids))
    )
    return {(row.meeting_id, row.side) for row in rows}


def _lacks(actor: Actor, side: Side) -> ColumnElement[bool]:
    """This side is the actor's, and has no account: otherwise what is told long ago would fill the list."""
    return and_(acts_on(actor, side), ~exists().where(Outcome.meeting_id == Meeting.id, Outcome.side == side))
