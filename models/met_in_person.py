"""Whether two units have met in person yet: a first talk face to face is what the rest of the road stands on."""

from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.introduction import Introduction
from models.meeting import Meeting, MeetingMode, MeetingState


def first_met_in_person(session: Session, unit_id: int, partner_unit_id: int) -> datetime | None:
    """When people of these two units first met in person, as far as somebody said that it was held. None: not yet."""
    either_way = or_(
        and_(Introduction.asking_unit_id == unit_id, Introduction.asked_unit_id == partner_unit_id),
        and_(Introduction.asking_unit_id == partner_unit_id, Introduction.asked_unit_id == unit_id),
    )
    return session.scalar(
        select(func.min(Meeting.starts_at))
        .join(Introduction, Introduction.id == Meeting.introduction_id)
        .where(either_way, Meeting.state == MeetingState.HELD, Meeting.mode == MeetingMode.IN_PERSON)
    )
