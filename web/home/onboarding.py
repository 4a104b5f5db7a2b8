"""The onboarding list: five first steps, each computed from what is there, so it is never out of date."""

from typing import NamedTuple

from flask import url_for
from sqlalchemy import bindparam, func, select

from models.actor import Action, Actor
from models.base import utc_now
from models.database import rows_of
from models.organisation import Unit
from models.person import Membership, MembershipState
from models.policy import can
from models.post import Post, PostSide, PostState
from web.database import db
from web.localisation import gettext

_PUBLISHED_SIDES = (
    select(Post.side)
    .where(Post.organisation_id == bindparam("organisation_id"), Post.state != PostState.DRAFT)
    .distinct()
)
_ACTIVE_PEOPLE = select(func.count(Membership.person_id.distinct())).where(
    Membership.organisation_id == bindparam("organisation_id"), Membership.state == MembershipState.ACTIVE
)


class Step(NamedTuple):
    """One line of the list, in the order that the checklist macro takes. ``url`` is where it is done."""

    label: str
    url: str
    is_done: bool
    hint: str


def onboarding_steps(actor: Actor, unit: Unit) -> list[Step]:
    """The five steps of the unit's organisation; an empty list once all are done."""
    organisation = unit.organisation
    sides = _published_sides(organisation.id)
    profile_url = _profile_url(actor, unit)
    steps = [
        Step(
            gettext("Your organisation is approved"),
            url_for("help.show") + "#approval",
            organisation.is_approved,
            gettext("The operator of the portal looks at it, usually within a working day."),
        ),
        Step(
            gettext("Say who you are"),
            profile_url,
            bool(organisation.about),
            gettext("Two sentences that a stranger understands."),
        ),
        Step(
            gettext("Post a first need"),
            url_for("posts.new", side="need"),
            PostSide.NEED in sides,
            gettext("What you seek, in your own words. Three minutes."),
        ),
        Step(
            gettext("Post a first capability"),
            url_for("posts.new", side="capability"),
            PostSide.CAPABILITY in sides,
            gettext("What you can give. Fits are judged from both sides."),
        ),
        Step(
            gettext("Bring a colleague"),
            url_for("people.index"),
            _active_people(organisation.id) > 1,
            gettext("Partnerships outlast one person’s holidays."),
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _profile_url(actor: Actor, unit: Unit) -> str:
    may_edit = can(actor, Action.ORGANISATION_MANAGE, unit.organisation, utc_now())
    page = "organisations.edit" if may_edit else "organisations.show"
    return url_for(page, organisation_id=unit.organisation_id)


def _published_sides(organisation_id: int) -> set[PostSide]:
    """On which sides anything was ever published: an expired post still was a first one."""
    return {row.side for row in rows_of(db.session, _PUBLISHED_SIDES, {"organisation_id": organisation_id})}


def _active_people(organisation_id: int) -> int:
    return int(rows_of(db.session, _ACTIVE_PEOPLE, {"organisation_id": organisation_id})[0][0])
