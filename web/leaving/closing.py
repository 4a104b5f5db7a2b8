"""Closing an account: the way in, the address and all that is only somebody's own go; what was done with others stays.

The row of the person is a tombstone, because records of two organisations name it as their author.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.audit import note_action
from models.joining import is_last_admin
from models.organisation import Organisation, OrganisationState, Unit
from models.person import Membership, MembershipState, Person, Role
from web.leaving.forgetting import forget_addresses, forget_what_is_theirs_alone, take_guest_rows
from web.leaving.meetings import decline_meetings_ahead, forget_name_in_trail

# Stands where the name stood; the same for every reader, because it is kept like a name.
NAME_OF_NOBODY = "Somebody who left"
CURRENT = (MembershipState.REQUESTED, MembershipState.ACTIVE)


def hold_leaver(session: Session, person_id: int) -> Person:
    """The person as they are now, whom nobody else closes until our commit. Needs a write transaction.

    With an operator all of them are held, so that two cannot leave at once: in the order of their ids, so that no two
    wait for each other. SQLite's one writer needs no such lock and ignores it.
    """
    leaver = aliased(Person)
    operates = exists().where(leaver.id == person_id, leaver.is_operator)
    held = (
        select(Person)
        .where(or_(Person.id == person_id, and_(Person.is_operator, operates)))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return next(person for person in session.scalars(held).all() if person.id == person_id)


def left_without_admin(session: Session, person: Person) -> list[Organisation]:
    """The organisations, by name, that the others there could not look after as a whole without this person.

    Ask inside the write transaction: it locks them, so that two admins cannot leave at once.
    """
    as_admin = (
        select(Membership)
        .join(Unit, Unit.id == Membership.unit_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.person_id == person.id,
            Membership.role == Role.ADMIN,
            Membership.state == MembershipState.ACTIVE,
            Unit.parent_id.is_(None),
            _is_in_use(),
        )
        # Each asks for a lock, and no two people must wait for each other.
        .order_by(Membership.organisation_id)
    )
    memberships = session.scalars(as_admin).all()
    alone = [membership.organisation for membership in memberships if is_last_admin(session, membership)]
    peopled = set(session.scalars(_belonging().where(Membership.person_id != person.id)))
    return _by_name([organisation for organisation in alone if organisation.id in peopled])


def left_to_nobody(session: Session, person: Person) -> list[Organisation]:
    """The organisations, by name, in which there is nobody but this person, so that nobody else could be named."""
    mine = _belonging().where(Membership.person_id == person.id)
    others = _belonging().where(Membership.person_id != person.id)
    alone = select(Organisation).where(
        _is_in_use(), Organisation.id.in_(mine), Organisation.id.not_in(others)
    )
    return _by_name(session.scalars(alone).all())


def _by_name(organisations: Sequence[Organisation]) -> list[Organisation]:
    return sorted(organisations, key=lambda organisation: organisation.name)


def _is_in_use() -> ColumnElement[bool]:
    gone = (OrganisationState.REFUSED, OrganisationState.CLOSED)
    return and_(Organisation.state.not_in(gone), Organisation.merged_into_id.is_(None))


def _belonging() -> Select[int]:
    return (
        select(Membership.organisation_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.state == MembershipState.ACTIVE, Person.left_at.is_(None))
    )


def is_last_operator(session: Session, person: Person) -> bool:
    """Whether nobody could run the platform without this person, whom ``hold_leaver`` gave."""
    others = select(func.count(Person.id)).where(
        Person.is_operator, Person.left_at.is_(None), Person.id != person.id
    )
    return person.is_operator and session.scalar(others) == 0


def close_account(
    session: Session, person: Person, keeps_name: bool, by_id: int | None, now: datetime
) -> None:
    """Close it within the current write transaction and within a request. ``by_id`` is who does it; None is the
    command line.

    With ``keeps_name`` the name stays beside what the person did together with others.
    """
    take_guest_rows(session, person)
    # While they still have their name, for otherwise nobody would know who does not come.
    decline_meetings_ahead(session, person, by_id, now)
    for membership in person.memberships:
        if membership.state in CURRENT:
            membership.state = MembershipState.ENDED
            membership.decided_at = now
        membership.note = ""
    person.title = ""
    person.is_operator = False
    person.left_at = now
    if not keeps_name:
        forget_name_in_trail(session, person)
        person.name = NAME_OF_NOBODY
    forget_addresses(session, person, now)
    forget_what_is_theirs_alone(session, person.id)
    changes = {"name": ["", "kept" if keeps_name else "removed"]}
    note_action(session, by_id, "person.close", person, changes=changes)
