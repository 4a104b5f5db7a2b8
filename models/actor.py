"""Who asks and what may be asked: a person with the rights of their memberships, as they stand in one transaction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.database import rows_of
from models.organisation import Organisation, OrganisationKind, OrganisationState, Unit, reach_of
from models.person import Membership, MembershipState, Person, Role


class Action(StrEnum):
    """What an endpoint may declare. The word before the dot is the kind of record that it asks about."""

    ORGANISATION_SEE = "organisation.see"
    ORGANISATION_MANAGE = "organisation.manage"
    ORGANISATION_DECIDE = "organisation.decide"
    ORGANISATION_MERGE = "organisation.merge"
    UNIT_ACT = "unit.act"
    UNIT_POST = "unit.post"
    UNIT_MANAGE = "unit.manage"
    POST_SEE = "post.see"
    POST_WRITE = "post.write"
    POST_MODERATE = "post.moderate"
    MEMBERSHIP_SEE = "membership.see"
    MEMBERSHIP_DECIDE = "membership.decide"
    DISMISSAL_UNDO = "dismissal.undo"
    INTRODUCTION_SEE = "introduction.see"
    INTRODUCTION_READ = "introduction.read"
    INTRODUCTION_ACT = "introduction.act"
    MEETING_SEE = "meeting.see"
    MEETING_CHANGE = "meeting.change"
    RELATIONSHIP_SEE = "relationship.see"
    RELATIONSHIP_READ = "relationship.read"
    RELATIONSHIP_WRITE = "relationship.write"
    FOLLOW_UP_SEE = "follow_up.see"
    FOLLOW_UP_WRITE = "follow_up.write"
    TOPIC_WRITE = "topic.write"
    HEARD_NEED_SEE = "heard_need.see"
    HEARD_NEED_WRITE = "heard_need.write"
    HEARD_NEED_ANSWER = "heard_need.answer"
    PARTNERSHIP_SEE = "partnership.see"
    PARTNERSHIP_ACT = "partnership.act"
    COMMITMENT_SEE = "commitment.see"
    COMMITMENT_MOVE = "commitment.move"
    COUNTERPART_WRITE = "counterpart.write"


@dataclass(frozen=True)
class Right:
    """One active membership, with the units that it reaches."""

    organisation_id: int
    organisation_kind: OrganisationKind
    is_approved: bool
    unit_id: int
    role: Role
    is_at_root: bool
    reach: frozenset[int]


@dataclass(frozen=True)
class Actor:
    """Who asks. A visitor has no person; a person without a unit has no rights."""

    person_id: int | None
    is_operator: bool
    rights: tuple[Right, ...]

    @property
    def organisation_ids(self) -> frozenset[int]:
        return frozenset(right.organisation_id for right in self.rights)

    @property
    def approved_kinds(self) -> frozenset[OrganisationKind]:
        """The kinds of the approved organisations that the actor belongs to: what the network shows
        depends on them.
        """
        return frozenset(right.organisation_kind for right in self.rights if right.is_approved)

    @property
    def units_written(self) -> frozenset[int]:
        """Units whose posts the actor may write: a member's own, an office's and all below."""
        units: set[int] = set()
        for right in self.rights:
            if right.role is Role.OFFICE:
                units |= right.reach
            elif right.role is Role.MEMBER:
                units.add(right.unit_id)
        return frozenset(units)

    @property
    def units_overseen(self) -> frozenset[int]:
        """Units of which the actor, as their office, reads everything of our side."""
        return frozenset(unit for right in self.rights if right.role is Role.OFFICE for unit in right.reach)

    @property
    def units_acted_for(self) -> frozenset[int]:
        """Units whose partners the actor may look for. Admins may look too, though they write no posts."""
        units: set[int] = set()
        for right in self.rights:
            units |= {right.unit_id} if right.role is Role.MEMBER else right.reach
        return frozenset(units)

    @property
    def units_managed(self) -> frozenset[int]:
        return frozenset(unit for right in self.rights if right.role is Role.ADMIN for unit in right.reach)


VISITOR = Actor(person_id=None, is_operator=False, rights=())


# Built once, because every request asks it. Each membership stands in as many rows as its organisation has units.
_RIGHTS = (
    select(
        Membership.id,
        Membership.organisation_id,
        Membership.unit_id,
        Membership.role,
        Organisation.kind,
        Organisation.state,
        Unit.id.label("some_unit_id"),
        Unit.parent_id,
    )
    .join(Organisation, Organisation.id == Membership.organisation_id)
    .join(Unit, Unit.organisation_id == Membership.organisation_id)
    .where(Membership.person_id == bindparam("person_id"), Membership.state == MembershipState.ACTIVE)
    .order_by(Membership.id)
)


def load_actor(session: Session, person_id: int) -> Actor:
    """The actor for a signed-in person, with rights as they stand in the session's transaction."""
    person = session.get(Person, person_id)
    if person is None or person.left_at is not None:
        return VISITOR
    memberships: dict[int, Any] = {}
    parents: dict[int, int | None] = {}
    for row in rows_of(session, _RIGHTS, {"person_id": person_id}):
        memberships[row.id] = row
        parents[row.some_unit_id] = row.parent_id
    return Actor(
        person_id=person_id,
        is_operator=person.is_operator,
        rights=tuple(
            Right(
                organisation_id=row.organisation_id,
                organisation_kind=row.kind,
                is_approved=row.state is OrganisationState.APPROVED,
                unit_id=row.unit_id,
                role=row.role,
                is_at_root=parents[row.unit_id] is None,
                reach=reach_of(row.unit_id, parents),
            )
            for row in memberships.values()
        ),
    )
