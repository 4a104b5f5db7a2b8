"""What the page of people and units shows: the tree of units with their people, and who asks to join."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import format_date

from models.actor import Action
from models.base import utc_now
from models.organisation import Unit
from models.person import Membership, MembershipState, Role
from models.policy import can, visible_memberships
from models.tending import looked_after_by
from web.access import current_actor
from web.database import db
from web.labels import place_words
from web.localisation import lazy_gettext as _
from web.localisation import ngettext

ROLES = {Role.MEMBER: _("Member"), Role.OFFICE: _("Partnership office"), Role.ADMIN: _("Admin")}


@dataclass(frozen=True)
class MemberRow:
    """One role of one person. ``edit_url`` is None for whoever may only look."""

    name: str
    title: str
    email: str
    role: str
    edit_url: str | None


@dataclass(frozen=True)
class UnitRow:
    """One unit with its people; ``path`` names the units above it."""

    name: str
    path: str
    place: str
    is_closed: bool
    members: list[MemberRow]
    edit_url: str | None
    add_url: str | None


@dataclass(frozen=True)
class RequestRow:
    name: str
    email: str
    unit: str
    note: str
    asked_on: str
    decide_url: str


def memberships_of(organisation_id: int) -> list[Membership]:
    """Active and requested memberships of the organisation, as far as the actor may see them."""
    statement = visible_memberships(current_actor()).where(
        Membership.organisation_id == organisation_id,
        Membership.state.in_((MembershipState.ACTIVE, MembershipState.REQUESTED)),
    )
    return [
        row for row in db.session.scalars(statement.order_by(Membership.id)) if row.person.left_at is None
    ]


def request_row(membership: Membership) -> RequestRow:
    return RequestRow(
        name=membership.person.name,
        email=membership.person.email,
        unit=membership.unit.name,
        note=membership.note,
        asked_on=format_date(membership.created_at, "d MMMM yyyy"),
        decide_url=url_for("people.decide", membership_id=membership.id),
    )


def unit_rows(unit: Unit, memberships: list[Membership]) -> list[UnitRow]:
    """Every unit of the organisation, parents before their children, closed ones last."""
    units = {row.id: row for row in unit.organisation.units}
    paths = {row.id: _path(row, units) for row in units.values()}
    in_order = sorted(units.values(), key=lambda row: (row.closed_at is not None, paths[row.id]))
    return [_unit_row(row, paths[row.id][:-1], memberships) for row in in_order]


def _path(unit: Unit, units: dict[int, Unit]) -> list[str]:
    names = [unit.name]
    while unit.parent_id is not None:
        unit = units[unit.parent_id]
        names.insert(0, unit.name)
    return names


def _unit_row(unit: Unit, above: list[str], memberships: list[Membership]) -> UnitRow:
    may_manage = can(current_actor(), Action.UNIT_MANAGE, unit, utc_now()) and unit.closed_at is None
    return UnitRow(
        name=unit.name,
        path=" › ".join(above),
        place=place_words(unit.effective_place),
        is_closed=unit.closed_at is not None,
        members=[
            _member_row(row, may_manage)
            for row in sorted(memberships, key=lambda row: row.person.name.casefold())
            if row.unit_id == unit.id and row.state is MembershipState.ACTIVE
        ],
        edit_url=url_for("units.edit", unit_id=unit.id) if may_manage else None,
        add_url=url_for("units.new", unit_id=unit.id) if may_manage else None,
    )


def _member_row(membership: Membership, may_manage: bool) -> MemberRow:
    return MemberRow(
        name=membership.person.name,
        title=membership.person.title,
        email=membership.person.email,
        role=str(ROLES[membership.role]),
        edit_url=url_for("people.edit", membership_id=membership.id) if may_manage else None,
    )


def left_behind(membership: Membership) -> list[str]:
    """What this person looks after and leaves with their last role here, in numbers: an admin sees no more of it."""
    others = (
        other
        for other in membership.person.memberships
        if other.organisation_id == membership.organisation_id
        and other.state is MembershipState.ACTIVE
        and other.id != membership.id
    )
    if any(others):
        return []
    left = looked_after_by(db.session, membership.person_id, membership.organisation_id, utc_now())
    numbers = (
        (left.cards, ngettext("%(num)d partner", "%(num)d partners", left.cards)),
        (left.steps, ngettext("%(num)d open follow-up", "%(num)d open follow-ups", left.steps)),
        (left.meetings, ngettext("%(num)d meeting ahead", "%(num)d meetings ahead", left.meetings)),
    )
    return [words for number, words in numbers if number]
