"""Loading many meetings with what a line about each of them needs, in a fixed number of statements."""

from sqlalchemy import Select
from sqlalchemy.orm import selectinload

from models.introduction import Introduction
from models.meeting import Meeting


def with_sides(statement: Select[Meeting]) -> Select[Meeting]:
    """The same meetings, with attendees and both sides loaded along."""
    both = selectinload(Meeting.introduction)
    return statement.options(
        selectinload(Meeting.attendees),
        both.joinedload(Introduction.asking_unit),
        both.joinedload(Introduction.asked_unit),
        both.joinedload(Introduction.asking_organisation),
        both.joinedload(Introduction.asked_organisation),
        both.selectinload(Introduction.people),
    )
