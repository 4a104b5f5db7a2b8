"""Who may do what: ``can(actor, action, record)`` for one record, ``visible_…(actor)`` for the many.

The two agree, which a property test proves. Rights reach down the tree of units:

- *member*: sees what the organisation's kind may see; writes posts of the own unit.
- *office*: the same for every unit below, and reads everything of its side.
- *admin*: people, roles, units and settings of the reach; writes no posts.
- *operator*: approves organisations, moderates published posts that others can see; reads nothing private.

Whoever needs two of these holds two memberships.
"""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import aliased

from models.actor import Action, Actor
from models.commitment import Commitment
from models.dealings_policy import can_deal
from models.dismissal import Dismissal
from models.follow_up import FollowUp
from models.introduction import Introduction
from models.meeting import Meeting
from models.organisation import Organisation, OrganisationState, Unit
from models.outcome import HeardNeed, Topic
from models.partnership import Counterpart, Partnership
from models.partnership_policy import can_partner
from models.person import Membership, MembershipState, Role
from models.placeholders import AnyActor, AnyActorOfKinds
from models.post import Post, PostState, Visibility, is_open_at
from models.relationship import Relationship


def can(actor: Actor, action: Action, record: object, now: datetime) -> bool:
    """Whether ``actor`` may do ``action`` to ``record`` at the moment ``now``.

    Raises TypeError for a record of another kind than the action's: that is a slip in the code, not a
    refusal.
    """
    match record:
        case Organisation() if action.startswith("organisation."):
            return _can_organisation(actor, action, record)
        case Unit() if action.startswith("unit."):
            return _can_unit(actor, action, record)
        case Post() if action.startswith("post."):
            return _can_post(actor, action, record, now)
        case Membership() if action.startswith("membership."):
            return _can_membership(actor, action, record)
        case Dismissal() if action.startswith("dismissal."):
            return record.unit_id in actor.units_acted_for
        case Introduction() | Meeting() | Relationship() | FollowUp() | Topic() | HeardNeed():
            return can_deal(actor, action, record)
        case Partnership() | Commitment() | Counterpart():
            return can_partner(actor, action, record)
    raise TypeError(f"{action} does not ask about a {type(record).__name__}")


def _can_organisation(actor: Actor, action: Action, organisation: Organisation) -> bool:
    is_operators = actor.is_operator and organisation.merged_into_id is None
    if action is Action.ORGANISATION_DECIDE:
        return is_operators
    if action is Action.ORGANISATION_MERGE:
        # Also of one that was merged already: they are told into which.
        return actor.is_operator
    if action is Action.ORGANISATION_MANAGE:
        return any(
            right.role is Role.ADMIN and right.is_at_root and right.organisation_id == organisation.id
            for right in actor.rights
        )
    is_in_network = (
        bool(actor.approved_kinds) and organisation.is_approved and organisation.merged_into_id is None
    )
    return organisation.id in actor.organisation_ids or is_operators or is_in_network


def _can_unit(actor: Actor, action: Action, unit: Unit) -> bool:
    if action is Action.UNIT_POST:
        return unit.id in actor.units_written and unit.closed_at is None
    if action is Action.UNIT_MANAGE:
        return unit.id in actor.units_managed
    return unit.id in actor.units_acted_for


def _can_post(actor: Actor, action: Action, post: Post, now: datetime) -> bool:
    if action is Action.POST_WRITE:
        return post.unit_id in actor.units_written
    is_shared = (
        post.is_open(now)
        and post.visibility is not Visibility.OWN_ORGANISATION
        and post.organisation.is_approved
        and post.organisation.merged_into_id is None
    )
    if action is Action.POST_MODERATE:
        return actor.is_operator and is_shared
    if post.state is PostState.DRAFT:
        return post.unit_id in actor.units_written
    if post.organisation_id in actor.organisation_ids:
        return True
    return is_shared and (actor.is_operator or _is_shown_to_kinds(post, actor))


def _is_shown_to_kinds(post: Post, actor: Actor) -> bool:
    if post.visibility is Visibility.NETWORK:
        return bool(actor.approved_kinds)
    return any(kind is not post.organisation.kind for kind in actor.approved_kinds)


def _can_membership(actor: Actor, action: Action, membership: Membership) -> bool:
    if action is Action.MEMBERSHIP_DECIDE:
        return membership.unit_id in actor.units_managed
    if membership.person_id == actor.person_id or membership.unit_id in actor.units_managed:
        return True
    return membership.state is MembershipState.ACTIVE and membership.organisation_id in actor.organisation_ids


def visible_organisations(actor: Actor | AnyActorOfKinds) -> Select[Organisation]:
    """Organisations that the actor may see: the own ones and, for members of an approved one, all approved
    ones. One that was merged into another has neither people nor units any more.
    """
    if actor.is_operator:
        return select(Organisation).where(
            or_(Organisation.merged_into_id.is_(None), Organisation.id.in_(actor.organisation_ids))
        )
    shown: ColumnElement[bool] = Organisation.id.in_(actor.organisation_ids)
    if actor.approved_kinds:
        in_network = and_(
            Organisation.state == OrganisationState.APPROVED, Organisation.merged_into_id.is_(None)
        )
        shown = or_(shown, in_network)
    return select(Organisation).where(shown)


def visible_units(actor: Actor | AnyActor) -> Select[Unit]:
    """Units that the actor may act for or manage."""
    return select(Unit).where(Unit.id.in_(actor.units_acted_for))


# Made once: making one takes longer than the rest of the statement.
_Owner = aliased(Organisation)


def visible_posts(actor: Actor | AnyActorOfKinds, now: datetime | BindParameter[datetime]) -> Select[Post]:
    """Posts that the actor may see at the moment ``now``: those of the own organisations and those shown
    to their kinds.
    """
    own = and_(
        Post.organisation_id.in_(actor.organisation_ids),
        or_(Post.state != PostState.DRAFT, Post.unit_id.in_(actor.units_written)),
    )
    is_shared = and_(
        is_open_at(now),
        Post.visibility != Visibility.OWN_ORGANISATION,
        _Owner.state == OrganisationState.APPROVED,
        _Owner.merged_into_id.is_(None),
    )
    to_kinds: ColumnElement[bool]
    if actor.is_operator:
        to_kinds = true()
    elif not actor.approved_kinds:
        to_kinds = false()
    elif len(actor.approved_kinds) > 1:
        # Whoever belongs to two kinds of organisation belongs to another kind than any post's owner.
        to_kinds = true()
    else:
        to_kinds = or_(Post.visibility == Visibility.NETWORK, _Owner.kind.not_in(actor.approved_kinds))
    return (
        select(Post)
        .join(_Owner, _Owner.id == Post.organisation_id)
        .where(or_(own, and_(is_shared, to_kinds)))
    )


def visible_memberships(actor: Actor) -> Select[Membership]:
    """Active memberships of the own organisations, the actor's own, and whatever waits in units that the
    actor manages.
    """
    return select(Membership).where(
        or_(
            Membership.person_id == actor.person_id,
            Membership.unit_id.in_(actor.units_managed),
            and_(
                Membership.state == MembershipState.ACTIVE,
                Membership.organisation_id.in_(actor.organisation_ids),
            ),
        )
    )


def visible_dismissals(actor: Actor) -> Select[Dismissal]:
    """Dismissals of the units that the actor acts for. The dismissed side never sees them."""
    return select(Dismissal).where(Dismissal.unit_id.in_(actor.units_acted_for))
