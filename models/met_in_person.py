"""Whether two units have met in person yet: a first talk face to face is what the rest of the road stands on."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.between import is_between_units
from models.introduction import Introduction
from models.meeting import Meeting, MeetingMode, MeetingState


def first_met_in_person(session: Session, unit_id: int, partner_unit_id: int) -> datetime | None:
    """When people of these two units first met in person, as far as somebody said that it was held. None: not yet."""
    return session.scalar(
        select(func.min(Meeting.starts_at))
        .join(Introduction, Introduction.id == Meeting.introduction_id)
        .where(
            is_between_units(Introduction, unit_id, partner_unit_id),
            Meeting.state == MeetingState.HELD,
            Meeting.mode == MeetingMode.IN_PERSON,
        )
    )
