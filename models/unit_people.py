"""The present people of a unit: who comes along for it, who acts for it, and which of them others may write to; and
those of a whole organisation.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from models.introduction import Introduction
from models.joining import units_above
from models.organisation import Unit, reach_of
from models.person import ContactPermission, Membership, MembershipState, Person, Role
from models.side import Side

_UNITS = select(Unit.id, Unit.parent_id).where(Unit.organisation_id == bindparam("organisation_id"))


def reach(session: Session, unit: Unit) -> frozenset[int]:
    """The ids of the unit and of every unit below it."""
    rows = session.execute(_UNITS, {"organisation_id": unit.organisation_id})
    return reach_of(unit.id, {row.id: row.parent_id for row in rows})


def colleagues(session: Session, unit: Unit) -> list[Person]:
    """Who may come along for this unit: the people of the unit, of those above it and of those below."""
    return _present(session, Membership.unit_id.in_(reach(session, unit) | units_above(unit)))


def people_to_address(session: Session, unit: Unit) -> list[Person]:
    """Whom others may write to by name: those near the unit who said so. *Ask first* is never listed."""
    allowed = {ContactPermission.TELL_US, ContactPermission.FEEL_FREE}
    return [person for person in colleagues(session, unit) if person.contact_permission in allowed]


def people_of_unit(session: Session, unit: Unit, named_ids: Collection[int] = ()) -> list[Person]:
    """Everybody who may act for the unit: its members, its office and the offices above it; with them those of its
    organisation who are named.
    """
    is_member = and_(Membership.unit_id == unit.id, Membership.role == Role.MEMBER)
    is_named = and_(Membership.organisation_id == unit.organisation_id, Person.id.in_(named_ids))
    return _present(session, or_(is_member, _is_office_of(unit), is_named))


def offices_of(session: Session, unit: Unit) -> list[Person]:
    """The people who are the office of the unit or of one above it."""
    return _present(session, _is_office_of(unit))


def people_of_organisation(session: Session, organisation_id: int) -> list[Person]:
    """Everybody who has a role somewhere in it."""
    return _present(session, Membership.organisation_id == organisation_id)


def present_people(session: Session, introduction: Introduction, side: Side) -> list[Person]:
    """Those named on this side who still belong to its organisation."""
    belongs = select(Membership.person_id).where(
        Membership.organisation_id == introduction.organisation_of(side).id,
        Membership.state == MembershipState.ACTIVE,
    )
    here = set(session.scalars(belongs))
    return [person for person in introduction.people_of(side) if person.id in here and person.left_at is None]


def _is_office_of(unit: Unit) -> ColumnElement[bool]:
    return and_(Membership.unit_id.in_(units_above(unit)), Membership.role == Role.OFFICE)


def _present(session: Session, has_role: ColumnElement[bool]) -> list[Person]:
    """By name; each once, however many roles they have."""
    statement = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.state == MembershipState.ACTIVE, Person.left_at.is_(None), has_role)
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return list(session.scalars(statement))
