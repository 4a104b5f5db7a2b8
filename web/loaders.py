"""The one way to load a record for a person: through what the actor may see, or 404."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from flask import abort
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from models.actor import Actor
from models.base import Base, utc_now
from models.commitment import Commitment
from models.database import is_writing
from models.dealings_policy import (
    visible_follow_ups,
    visible_heard_needs,
    visible_introductions,
    visible_meetings,
    visible_relationships,
    visible_topics,
)
from models.dismissal import Dismissal
from models.follow_up import FollowUp
from models.introduction import Introduction
from models.meeting import Meeting
from models.organisation import Organisation, Unit
from models.outcome import HeardNeed, Topic
from models.partnership import Counterpart, Partnership
from models.partnership_policy import visible_commitments, visible_counterparts, visible_partnerships
from models.person import Membership
from models.placeholders import ANY_ACTOR, AnyActorOfKinds, any_actor_like, values_of_actor
from models.policy import (
    visible_dismissals,
    visible_memberships,
    visible_organisations,
    visible_posts,
    visible_units,
)
from models.post import Post
from models.relationship import Relationship
from web.database import db

Record = TypeVar("Record", bound=Base)

# For units: their organisation's name stands above every page.
WITH_ORGANISATION = joinedload(Unit.organisation, innerjoin=True)
# Built once, because most pages are those of a unit.
_UNIT = visible_units(ANY_ACTOR).where(Unit.id == bindparam("unit_id")).options(WITH_ORGANISATION)


def load_organisation(actor: Actor, organisation_id: int) -> Organisation:
    values = values_of_actor(actor) | {"organisation_id": organisation_id}
    return _only(_organisation(any_actor_like(actor)), Organisation, values)


def load_organisation_to_merge(actor: Actor, organisation_id: int) -> Organisation:
    """As ``load_organisation``, and for operators also one that was merged into another already."""
    if not actor.is_operator:
        return load_organisation(actor, organisation_id)
    return _only(select(Organisation).where(Organisation.id == organisation_id), Organisation)


def load_unit(actor: Actor, unit_id: int) -> Unit:
    return _only(_UNIT, Unit, values_of_actor(actor) | {"unit_id": unit_id})


def load_post(actor: Actor, post_id: int) -> Post:
    return _only(visible_posts(actor, utc_now()).where(Post.id == post_id), Post)


def load_membership(actor: Actor, membership_id: int) -> Membership:
    return _only(visible_memberships(actor).where(Membership.id == membership_id), Membership)


def load_dismissal(actor: Actor, dismissal_id: int) -> Dismissal:
    return _only(visible_dismissals(actor).where(Dismissal.id == dismissal_id), Dismissal)


def load_introduction(actor: Actor, introduction_id: int) -> Introduction:
    return _only(visible_introductions(actor).where(Introduction.id == introduction_id), Introduction)


def load_meeting(actor: Actor, meeting_id: int) -> Meeting:
    return _only(visible_meetings(actor).where(Meeting.id == meeting_id), Meeting)


def load_relationship(actor: Actor, relationship_id: int) -> Relationship:
    return _only(visible_relationships(actor).where(Relationship.id == relationship_id), Relationship)


def load_follow_up(actor: Actor, follow_up_id: int) -> FollowUp:
    return _only(visible_follow_ups(actor).where(FollowUp.id == follow_up_id), FollowUp)


def load_topic(actor: Actor, topic_id: int) -> Topic:
    return _only(visible_topics(actor).where(Topic.id == topic_id), Topic)


def load_heard_need(actor: Actor, heard_need_id: int) -> HeardNeed:
    return _only(visible_heard_needs(actor).where(HeardNeed.id == heard_need_id), HeardNeed)


def load_partnership(actor: Actor, partnership_id: int) -> Partnership:
    return _only(visible_partnerships(actor).where(Partnership.id == partnership_id), Partnership)


def load_commitment(actor: Actor, commitment_id: int) -> Commitment:
    return _only(visible_commitments(actor).where(Commitment.id == commitment_id), Commitment)


def load_counterpart(actor: Actor, counterpart_id: int) -> Counterpart:
    return _only(visible_counterparts(actor).where(Counterpart.id == counterpart_id), Counterpart)


@cache
def _organisation(actor: AnyActorOfKinds) -> Select[Organisation]:
    return visible_organisations(actor).where(Organisation.id == bindparam("organisation_id"))


def _only(statement: Select[Record], model: type[Record], values: Mapping[str, Any] | None = None) -> Record:
    if is_writing(db.session):
        # PostgreSQL holds the row until the commit; SQLite's one writer needs no such lock and ignores it.
        statement = statement.with_for_update(of=model)
    record = db.session.scalar(statement, values)
    if record is None:
        abort(404)
    return record
