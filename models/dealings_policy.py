"""Who may do what to the dealings of two sides: introductions and meetings, and what each side keeps about them.

- Whoever writes for a unit (a member for their own, an office for all below) sees its introductions, meetings and
  relationships and acts in them.
- Threads, notes and outcomes are read by the office and by those who take part; being named on one side counts only
  while the person belongs to that side's organisation.
- Where a unit has no office and nobody who takes part is left, its members answer a summary of the other side: they
  read what both sides share of it, and nothing that theirs keeps to itself.
- Administrators and operators see none of it by that role.
"""

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from models.actor import Action, Actor
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionPerson
from models.meeting import Meeting
from models.organisation import Unit
from models.outcome import HeardNeed, Topic
from models.person import Membership, MembershipState, Role
from models.placeholders import AnyActor
from models.relationship import Relationship, RelationshipPerson
from models.side import Side
from models.tending import is_here


def sides_of(actor: Actor, introduction: Introduction) -> frozenset[Side]:
    """The sides that the actor may act for: their units', and those on which they are named themselves."""
    return frozenset(
        side
        for side in Side
        if introduction.unit_id_of(side) in actor.units_written or _takes_part_on(actor, introduction, side)
    )


def can_deal(
    actor: Actor, action: Action, record: Introduction | Meeting | Relationship | FollowUp | Topic | HeardNeed
) -> bool:
    """Whether ``actor`` may do ``action`` to a record of dealings. Raises TypeError as ``models.policy.can`` does."""
    match record:
        case Introduction() if action.startswith("introduction."):
            return _can_introduction(actor, action, record)
        case Meeting() if action.startswith("meeting."):
            return bool(sides_of(actor, record.introduction))
        case Relationship() if action.startswith("relationship."):
            return _can_relationship(actor, action, record)
        case FollowUp() if action.startswith("follow_up."):
            return _can_follow_up(actor, record)
        case Topic() if action.startswith("topic."):
            return _can_relationship(actor, Action.RELATIONSHIP_READ, record.relationship_)
        case HeardNeed() if action.startswith("heard_need."):
            return _can_heard_need(actor, action, record)
    raise TypeError(f"{action} does not ask about a {type(record).__name__}")


def _can_introduction(actor: Actor, action: Action, introduction: Introduction) -> bool:
    if action is not Action.INTRODUCTION_READ:
        return bool(sides_of(actor, introduction))
    return any(
        introduction.unit_id_of(side) in actor.units_overseen or _takes_part_on(actor, introduction, side)
        for side in Side
    )


def _can_relationship(actor: Actor, action: Action, ours: Relationship) -> bool:
    if action is Action.RELATIONSHIP_READ:
        return ours.unit_id in actor.units_overseen or _takes_part_in(actor, ours)
    return ours.unit_id in actor.units_written or _takes_part_in(actor, ours)


def _can_follow_up(actor: Actor, follow_up: FollowUp) -> bool:
    is_owner = follow_up.owner_id is not None and follow_up.owner_id == actor.person_id
    if is_owner and follow_up.organisation_id in actor.organisation_ids:
        return True
    return _can_relationship(actor, Action.RELATIONSHIP_READ, follow_up.relationship_)


def _can_heard_need(actor: Actor, action: Action, heard: HeardNeed) -> bool:
    """Those who wrote it down may change it, those whom it is about may answer it; both see it."""
    is_about_us = heard.about_unit_id in actor.units_written
    is_by_us = _can_relationship(actor, Action.RELATIONSHIP_READ, heard.relationship_)
    if action is Action.HEARD_NEED_ANSWER:
        return is_about_us
    if action is Action.HEARD_NEED_WRITE:
        return is_by_us
    return is_about_us or is_by_us


def _takes_part_on(actor: Actor, introduction: Introduction, side: Side) -> bool:
    return introduction.organisation_of(side).id in actor.organisation_ids and any(
        entry.side is side and entry.person_id == actor.person_id for entry in introduction.people
    )


def _takes_part_in(actor: Actor, ours: Relationship) -> bool:
    return ours.organisation_id in actor.organisation_ids and (
        actor.person_id in {ours.owner_id, ours.sponsor_id}
        or any(entry.person_id == actor.person_id for entry in ours.people)
    )


def visible_introductions(actor: Actor | AnyActor) -> Select[Introduction]:
    """Introductions of the units that the actor writes for, and those in which they are named."""
    return select(Introduction).where(is_of_own_organisations(actor), is_introduction_visible(actor))


def visible_meetings(actor: Actor) -> Select[Meeting]:
    """Meetings of the introductions that the actor may see."""
    return (
        select(Meeting)
        .join(Introduction, Introduction.id == Meeting.introduction_id)
        .where(is_of_own_organisations(actor), is_introduction_visible(actor))
    )


def visible_relationships(actor: Actor | AnyActor) -> Select[Relationship]:
    """Relationships of the units that the actor writes for, and those in which they take part."""
    return select(Relationship).where(
        or_(Relationship.unit_id.in_(actor.units_written), _is_taken_part_in(actor))
    )


def readable_relationships(actor: Actor) -> Select[Relationship]:
    """Relationships whose notes and outcomes the actor may read."""
    return select(Relationship).where(is_relationship_readable(actor))


def visible_follow_ups(actor: Actor | AnyActor) -> Select[FollowUp]:
    """Follow-ups that the actor owns, and those of relationships whose notes they may read."""
    return (
        select(FollowUp)
        .join(Relationship, Relationship.id == FollowUp.relationship_id)
        .where(
            or_(
                and_(
                    FollowUp.owner_id == actor.person_id,
                    FollowUp.organisation_id.in_(actor.organisation_ids),
                ),
                is_relationship_readable(actor),
            )
        )
    )


def visible_topics(actor: Actor) -> Select[Topic]:
    """Topics of relationships whose notes the actor may read."""
    return (
        select(Topic)
        .join(Relationship, Relationship.id == Topic.relationship_id)
        .where(is_relationship_readable(actor))
    )


def visible_heard_needs(actor: Actor) -> Select[HeardNeed]:
    """Heard needs about the actor's units, and those that their side wrote down."""
    return (
        select(HeardNeed)
        .join(Relationship, Relationship.id == HeardNeed.relationship_id)
        .where(or_(HeardNeed.about_unit_id.in_(actor.units_written), is_relationship_readable(actor)))
    )


def is_introduction_visible(actor: Actor | AnyActor) -> ColumnElement[bool]:
    """The condition of ``visible_introductions`` for statements that find the introductions in another way."""
    return or_(
        Introduction.asking_unit_id.in_(actor.units_written),
        Introduction.asked_unit_id.in_(actor.units_written),
        takes_part_by_name(actor),
    )


def takes_part_by_name(actor: Actor | AnyActor) -> ColumnElement[bool]:
    """Whether the actor is named on a side of the introduction whose organisation they belong to."""
    return exists().where(
        IntroductionPerson.introduction_id == Introduction.id,
        IntroductionPerson.person_id == actor.person_id,
        or_(
            and_(
                IntroductionPerson.side == Side.ASKING,
                Introduction.asking_organisation_id.in_(actor.organisation_ids),
            ),
            and_(
                IntroductionPerson.side == Side.ASKED,
                Introduction.asked_organisation_id.in_(actor.organisation_ids),
            ),
        ),
    )


def acts_on(actor: Actor | AnyActor, side: Side) -> ColumnElement[bool]:
    """Whether ``side`` is one of ``sides_of``, in SQL."""
    is_asking = side is Side.ASKING
    unit_id = Introduction.asking_unit_id if is_asking else Introduction.asked_unit_id
    organisation_id = Introduction.asking_organisation_id if is_asking else Introduction.asked_organisation_id
    named = exists().where(
        IntroductionPerson.introduction_id == Introduction.id,
        IntroductionPerson.side == side,
        IntroductionPerson.person_id == actor.person_id,
    )
    return or_(unit_id.in_(actor.units_written), and_(organisation_id.in_(actor.organisation_ids), named))


def is_of_own_organisations(actor: Actor | AnyActor) -> ColumnElement[bool]:
    """Whether a side of the introduction is one of the actor's organisations, without which they see nothing of it.

    Said by itself it leads databases to these by an index, where they would look through everybody's.
    """
    return or_(
        Introduction.asking_organisation_id.in_(actor.organisation_ids),
        Introduction.asked_organisation_id.in_(actor.organisation_ids),
    )


def _is_taken_part_in(actor: Actor | AnyActor) -> ColumnElement[bool]:
    named = exists().where(
        RelationshipPerson.relationship_id == Relationship.id,
        RelationshipPerson.person_id == actor.person_id,
    )
    return and_(
        Relationship.organisation_id.in_(actor.organisation_ids),
        or_(Relationship.owner_id == actor.person_id, Relationship.sponsor_id == actor.person_id, named),
    )


def is_relationship_readable(actor: Actor | AnyActor) -> ColumnElement[bool]:
    """The condition of ``readable_relationships``."""
    return or_(Relationship.unit_id.in_(actor.units_overseen), _is_taken_part_in(actor))


def is_left_to_members(actor: Actor | AnyActor, side: Side) -> ColumnElement[bool]:
    """Whether the actor, as a member of this side's unit, answers the other side's summaries of ``Introduction``.

    Nobody who is named on this side is here any more, no member of the unit takes part in its card, and the unit has no
    office.
    """
    is_asking = side is Side.ASKING
    unit_id = Introduction.asking_unit_id if is_asking else Introduction.asked_unit_id
    partner_unit_id = Introduction.asked_unit_id if is_asking else Introduction.asking_unit_id
    organisation_id = Introduction.asking_organisation_id if is_asking else Introduction.asked_organisation_id
    named = exists().where(
        IntroductionPerson.introduction_id == Introduction.id,
        IntroductionPerson.side == side,
        is_here(IntroductionPerson.person_id, organisation_id),
    )
    # By another name than the card that a statement may already ask about. Whoever takes part in it from another unit
    # does not see the meeting, so they cannot answer either.
    card = aliased(Relationship)
    members = (
        select(Membership.person_id)
        .where(
            Membership.unit_id == card.unit_id,
            Membership.role == Role.MEMBER,
            Membership.state == MembershipState.ACTIVE,
        )
        .correlate_except(Membership)
    )
    on_card = exists().where(
        RelationshipPerson.relationship_id == card.id, RelationshipPerson.person_id.in_(members)
    )
    cared_for = exists().where(
        card.unit_id == unit_id,
        card.partner_unit_id == partner_unit_id,
        or_(card.owner_id.in_(members), card.sponsor_id.in_(members), on_card),
    )
    return and_(
        unit_id.in_(actor.units_written), unit_id.not_in(_units_with_an_office(actor)), ~named, ~cared_for
    )


def _units_with_an_office(actor: Actor | AnyActor) -> Select[int]:
    """Ids of the units of the actor's organisations that have an office, their own or one above."""
    offices = (
        select(Membership.unit_id.label("id"))
        .where(
            Membership.organisation_id.in_(actor.organisation_ids),
            Membership.role == Role.OFFICE,
            Membership.state == MembershipState.ACTIVE,
        )
        .cte(recursive=True)
    )
    overseen = offices.union(select(Unit.id).join(offices, Unit.parent_id == offices.c.id))
    return select(overseen.c.id)
