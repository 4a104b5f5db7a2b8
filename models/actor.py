"""Who asks and what may be asked: a person with the rights of their memberships, as they stand in one transaction."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import Organisation, OrganisationKind, Unit, reach_of
from models.person import Membership, MembershipState, Person, Role


class Action(StrEnum):
    """What an endpoint may declare. The word before the dot is the kind of record that it asks about."""

    ORGANISATION_SEE = "organisation.see"
    ORGANISATION_MANAGE = "organisation.manage"
    ORGANISATION_DECIDE = "organisation.decide"
    UNIT_ACT = "unit.act"
    UNIT_POST = "unit.post"
    UNIT_MANAGE = "unit.manage"
    POST_SEE = "post.see"
    POST_WRITE = "post.write"
    POST_MODERATE = "post.moderate"
    PERSON_SEE = "person.see"
    MEMBERSHIP_SEE = "membership.see"
    MEMBERSHIP_DECIDE = "membership.decide"
    DISMISSAL_SEE = "dismissal.see"
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
    EXPECTATION_SEE = "expectation.see"
    EXPECTATION_WRITE = "expectation.write"


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


def load_actor(session: Session, person_id: int) -> Actor:
    """The actor for a signed-in person, with rights as they stand in the session's transaction."""
    person = session.get(Person, person_id)
    if person is None or person.left_at is not None:
        return VISITOR
    memberships = session.execute(
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id, Membership.state == MembershipState.ACTIVE)
        .order_by(Membership.id)
    ).all()
    organisation_ids = {organisation.id for _, organisation in memberships}
    parents: dict[int, int | None] = {
        row.id: row.parent_id
        for row in session.execute(
            select(Unit.id, Unit.parent_id).where(Unit.organisation_id.in_(organisation_ids))
        )
    }
    return Actor(
        person_id=person_id,
        is_operator=person.is_operator,
        rights=tuple(
            Right(
                organisation_id=organisation.id,
                organisation_kind=organisation.kind,
                is_approved=organisation.is_approved,
                unit_id=membership.unit_id,
                role=membership.role,
                is_at_root=parents[membership.unit_id] is None,
                reach=reach_of(membership.unit_id, parents),
            )
            for membership, organisation in memberships
        ),
    )
