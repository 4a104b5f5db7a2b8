"""The people of a partnership: who works on a side, and whom to tell."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.organisation import Unit
from models.partnership import Counterpart, Partnership
from models.person import Membership, MembershipState, Person, Role
from models.side import Side


def current_counterparts(partnership: Partnership, side: Side) -> list[Counterpart]:
    """Those whom this side names today, in the order in which they were named."""
    return [entry for entry in partnership.counterparts if entry.side is side and entry.ended_at is None]


def workers_of(session: Session, partnership: Partnership, side: Side) -> list[Person]:
    """Everybody who may work on this side: whom it named, the members of its unit, and the offices of it and above."""
    unit = partnership.unit_of(side)
    is_member = and_(Membership.unit_id == unit.id, Membership.role == Role.MEMBER)
    is_office = and_(Membership.unit_id.in_(_path(unit)), Membership.role == Role.OFFICE)
    named = {entry.person_id for entry in current_counterparts(partnership, side)}
    statement = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == unit.organisation_id,
            Membership.state == MembershipState.ACTIVE,
            Person.left_at.is_(None),
            or_(is_member, is_office, Person.id.in_(named)),
        )
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return list(session.scalars(statement))


def people_to_tell(session: Session, partnership: Partnership, side: Side) -> list[Person]:
    """Whom to write to about the partnership: those named on this side; before anybody is named, those of its
    introduction and whoever proposed it; failing them, everybody who works on this side.
    """
    workers = workers_of(session, partnership, side)
    named = {entry.person_id for entry in current_counterparts(partnership, side)}
    if not named and partnership.introduction is not None:
        named = {person.id for person in partnership.introduction.people_of(side)}
    if partnership.proposed_by is side and not named:
        named = {partnership.proposed_by_id}
    return [person for person in workers if person.id in named] or workers


def _path(unit: Unit) -> list[int]:
    path = [unit.id]
    while unit.parent is not None:
        unit = unit.parent
        path.append(unit.id)
    return path
