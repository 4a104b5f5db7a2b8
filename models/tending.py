"""Which units somebody looks after, and what is left to nobody: an administrator sees no dealings, only that there are
some.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from models.database import rows_of
from models.follow_up import FollowUp
from models.introduction import Introduction
from models.meeting import Meeting, MeetingAttendee, MeetingState
from models.organisation import Unit, reach_of
from models.person import Membership, MembershipState, Person, Role
from models.placeholders import ids_placeholder
from models.relationship import Relationship, Stage
from models.side import Side

# Built once: Home asks them for everybody who is no office.
_UNITS = select(Unit.id, Unit.parent_id).where(Unit.organisation_id.in_(ids_placeholder("organisation_ids")))
_ROLES = (
    select(Membership.unit_id, Membership.role)
    .join(Person, Person.id == Membership.person_id)
    .where(
        Membership.organisation_id.in_(ids_placeholder("organisation_ids")),
        Membership.state == MembershipState.ACTIVE,
        Person.left_at.is_(None),
    )
    .distinct()
)


@dataclass(frozen=True)
class Tending:
    """``overseen`` are the units with an office, there or above; ``tended`` these and those with their own members."""

    overseen: frozenset[int]
    tended: frozenset[int]


@dataclass(frozen=True)
class LeftAlone:
    """How many partners and follow-ups of a unit have no owner who is still here. In a closed unit nobody is given a
    role any more.
    """

    unit_id: int
    unit: str
    is_closed: bool
    cards: int
    steps: int


@dataclass(frozen=True)
class LookedAfter:
    """Open partners, open follow-ups, and meetings ahead to which somebody is invited."""

    cards: int
    steps: int
    meetings: int


def tending_of(session: Session, organisation_ids: Collection[int]) -> Tending:
    """Who looks after which units of these organisations: two statements."""
    values = {"organisation_ids": list(organisation_ids)}
    parents: dict[int, int | None] = {row.id: row.parent_id for row in rows_of(session, _UNITS, values)}
    roles = rows_of(session, _ROLES, values)
    overseen: set[int] = set()
    for row in roles:
        if row.role is Role.OFFICE:
            overseen |= reach_of(row.unit_id, parents)
    members = {row.unit_id for row in roles if row.role is Role.MEMBER}
    return Tending(frozenset(overseen), frozenset(overseen | members))


def is_here(person_id: Any, organisation_id: Any) -> ColumnElement[bool]:
    """Whether the person belongs to the organisation now; both are values or columns of a statement around it.

    Of any around it, however deep this stands: left to itself SQLAlchemy looks one statement further out, and a column
    from beyond that would be any row's.
    """
    belongs = exists().where(
        Membership.person_id == person_id,
        Membership.organisation_id == organisation_id,
        Membership.state == MembershipState.ACTIVE,
    )
    return belongs.correlate_except(Membership)


def who_is_here(
    session: Session, person_ids: Collection[int], organisation_ids: Collection[int]
) -> frozenset[int]:
    """Of these people those who belong to one of these organisations now: one statement."""
    here = select(Membership.person_id).where(
        Membership.person_id.in_(person_ids),
        Membership.organisation_id.in_(organisation_ids),
        Membership.state == MembershipState.ACTIVE,
    )
    return frozenset(session.scalars(here))


def count_open_partners(session: Session, unit_id: int) -> int:
    """How many open cards the unit itself has, whoever owns them."""
    cards = select(func.count(Relationship.id)).where(
        Relationship.unit_id == unit_id, Relationship.stage != Stage.CLOSED
    )
    return session.scalar(cards) or 0


def left_alone(session: Session, unit_ids: Collection[int]) -> list[LeftAlone]:
    """Of these units those with open cards or follow-ups that nobody owns who is here, by name: three statements."""
    cards = _by_unit(session, _cards().where(Relationship.unit_id.in_(unit_ids)))
    steps = _by_unit(session, _steps().where(Relationship.unit_id.in_(unit_ids)))
    units = select(Unit).where(Unit.id.in_({*cards, *steps})).order_by(Unit.name, Unit.id)
    return [
        LeftAlone(
            unit.id, unit.name, unit.closed_at is not None, cards.get(unit.id, 0), steps.get(unit.id, 0)
        )
        for unit in session.scalars(units)
    ]


def looked_after_by(session: Session, person_id: int, organisation_id: int, now: datetime) -> LookedAfter:
    """What somebody looks after for an organisation, and leaves if they go: one statement."""
    cards = select(func.count(Relationship.id)).where(
        Relationship.organisation_id == organisation_id,
        Relationship.owner_id == person_id,
        Relationship.stage != Stage.CLOSED,
    )
    steps = select(func.count(FollowUp.id)).where(
        FollowUp.organisation_id == organisation_id,
        FollowUp.owner_id == person_id,
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
    )
    ours = or_(
        and_(MeetingAttendee.side == Side.ASKING, Introduction.asking_organisation_id == organisation_id),
        and_(MeetingAttendee.side == Side.ASKED, Introduction.asked_organisation_id == organisation_id),
    )
    meetings = (
        select(func.count(Meeting.id))
        .join(Introduction, Introduction.id == Meeting.introduction_id)
        .join(MeetingAttendee, MeetingAttendee.meeting_id == Meeting.id)
        .where(
            ours,
            MeetingAttendee.person_id == person_id,
            Meeting.state == MeetingState.SCHEDULED,
            Meeting.ends_at > now,
        )
    )
    counts = select(cards.scalar_subquery(), steps.scalar_subquery(), meetings.scalar_subquery())
    return LookedAfter(*session.execute(counts).one())


def _cards() -> Select[int, int]:
    return select(Relationship.unit_id, func.count(Relationship.id).label("number")).where(
        Relationship.stage != Stage.CLOSED,
        or_(Relationship.owner_id.is_(None), ~is_here(Relationship.owner_id, Relationship.organisation_id)),
    )


def _steps() -> Select[int, int]:
    return (
        select(Relationship.unit_id, func.count(FollowUp.id).label("number"))
        .join(FollowUp, FollowUp.relationship_id == Relationship.id)
        .where(
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
            or_(FollowUp.owner_id.is_(None), ~is_here(FollowUp.owner_id, Relationship.organisation_id)),
        )
    )


def _by_unit(session: Session, counted: Select[int, int]) -> dict[int, int]:
    rows = session.execute(counted.group_by(Relationship.unit_id))
    return {row.unit_id: row.number for row in rows}
