"""On which side of a meeting the person stands, and what of that side's own account they may read."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import abort
from sqlalchemy import or_, select

from models.actor import Action, Actor
from models.base import utc_now
from models.dealings_policy import sides_of
from models.introduction import Introduction
from models.joining import units_above
from models.meeting import Meeting
from models.organisation import Unit
from models.outcome_rules import offices_of
from models.person import Membership, MembershipState, Person, Role
from models.policy import can
from models.relationship import Relationship
from models.side import Side
from web.access import current_actor
from web.acting import acting_unit
from web.database import db


@dataclass(frozen=True)
class Stand:
    """The side for which the person looks at a meeting. ``ours`` is None before the two were ever introduced."""

    side: Side
    ours: Relationship | None
    our_name: str
    partner_name: str


def stand_of(meeting: Meeting) -> Stand:
    """Where the current person stands; with a foot on both sides, the acting unit decides."""
    introduction = meeting.introduction
    sides = sides_of(current_actor(), introduction)
    side = next(iter(sides)) if len(sides) == 1 else _side_of_acting_unit(introduction)
    our_unit, their_unit = introduction.unit_of(side), introduction.unit_of(side.other)
    return Stand(
        side=side,
        ours=db.session.scalar(
            select(Relationship).where(
                Relationship.unit_id == our_unit.id, Relationship.partner_unit_id == their_unit.id
            )
        ),
        our_name=introduction.organisation_of(side).name,
        partner_name=name_of_side(introduction, side.other),
    )


def name_of_side(introduction: Introduction, side: Side) -> str:
    """The organisation of this side; the unit, where both sides belong to one organisation."""
    if introduction.asking_organisation_id == introduction.asked_organisation_id:
        return introduction.unit_of(side).name
    return introduction.organisation_of(side).name


def refuse_unless_reader(meeting: Meeting, stand: Stand) -> None:
    """End the request with 403 for somebody of that side who neither is its office nor takes part."""
    actor = current_actor()
    if not _may_read(actor, meeting.introduction, stand):
        abort(403)


def people_of_side(introduction: Introduction, side: Side) -> list[Person]:
    """Who may own what this side does next: those who take part, then the unit's members and its offices."""
    unit = introduction.unit_of(side)
    named = [person for person in introduction.people_of(side) if _belongs_to(person, unit)]
    return _distinct([*named, *people_of_unit(unit)])


def people_of_unit(unit: Unit) -> list[Person]:
    """Everybody who may act for the unit: its members, its office and the offices above it."""
    may_act = or_(
        (Membership.role == Role.MEMBER) & (Membership.unit_id == unit.id),
        (Membership.role == Role.OFFICE) & Membership.unit_id.in_(units_above(unit)),
    )
    statement = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == unit.organisation_id,
            Membership.state == MembershipState.ACTIVE,
            Person.left_at.is_(None),
            may_act,
        )
    )
    return _distinct(db.session.scalars(statement.order_by(Person.name, Person.id)))


def readers_of_side(introduction: Introduction, side: Side) -> list[Person]:
    """To whom of this side a letter goes: those who take part, else the office, else the members of the unit."""
    unit = introduction.unit_of(side)
    named = [person for person in introduction.people_of(side) if _belongs_to(person, unit)]
    return named or offices_of(db.session, unit) or people_of_unit(unit)


def _may_read(actor: Actor, introduction: Introduction, stand: Stand) -> bool:
    if introduction.unit_id_of(stand.side) in actor.units_overseen:
        return True
    if stand.ours is not None and can(actor, Action.RELATIONSHIP_READ, stand.ours, utc_now()):
        return True
    named = {entry.person_id for entry in introduction.people if entry.side is stand.side}
    return actor.person_id in named and introduction.organisation_of(stand.side).id in actor.organisation_ids


def _side_of_acting_unit(introduction: Introduction) -> Side:
    unit = acting_unit()
    return Side.ASKED if unit is not None and unit.id == introduction.asked_unit_id else Side.ASKING


def _belongs_to(person: Person, unit: Unit) -> bool:
    return person.left_at is None and any(
        membership.organisation_id == unit.organisation_id and membership.state is MembershipState.ACTIVE
        for membership in person.memberships
    )


def _distinct(people: Iterable[Person]) -> list[Person]:
    return list({person.id: person for person in people}.values())
