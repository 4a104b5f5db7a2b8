"""The onboarding list: five first steps, each computed from what is there, so it is never out of date."""

from typing import NamedTuple

from flask import url_for
from sqlalchemy import Exists, bindparam, exists, func, select

from models.actor import Action, Actor
from models.base import utc_now
from models.database import rows_of
from models.organisation import TAKES_NO_PART, Unit
from models.person import Membership, MembershipState
from models.policy import can
from models.post import Post, PostSide, PostState
from web.database import db
from web.localisation import gettext


def _is_published(side: PostSide) -> Exists:
    """Whether anything of this side was ever published: an expired post still was a first one."""
    is_ours = Post.organisation_id == bindparam("organisation_id")
    return exists().where(is_ours, Post.side == side, Post.state != PostState.DRAFT)


_PEOPLE = select(func.count(Membership.person_id.distinct())).where(
    Membership.organisation_id == bindparam("organisation_id"), Membership.state == MembershipState.ACTIVE
)
_DONE = select(
    _is_published(PostSide.NEED).label("has_need"),
    _is_published(PostSide.CAPABILITY).label("has_capability"),
    _PEOPLE.scalar_subquery().label("people"),
)


class Step(NamedTuple):
    """One line of the list, in the order that the checklist macro takes. ``url`` is where it is done."""

    label: str
    url: str
    is_done: bool
    hint: str


def onboarding_steps(actor: Actor, unit: Unit) -> list[Step]:
    """The five steps of the unit's organisation; an empty list once all are done, and where it has no way ahead."""
    organisation = unit.organisation
    if organisation.state in TAKES_NO_PART:
        return []
    done = rows_of(db.session, _DONE, {"organisation_id": organisation.id})[0]
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
            done.has_need,
            gettext("What you seek, in your own words. Three minutes."),
        ),
        Step(
            gettext("Post a first capability"),
            url_for("posts.new", side="capability"),
            done.has_capability,
            gettext("What you can give. Fits are judged from both sides."),
        ),
        Step(
            gettext("Bring a colleague"),
            url_for("people.index"),
            done.people > 1,
            gettext("Partnerships outlast one person’s holidays."),
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _profile_url(actor: Actor, unit: Unit) -> str:
    may_edit = can(actor, Action.ORGANISATION_MANAGE, unit.organisation, utc_now())
    page = "organisations.edit" if may_edit else "organisations.show"
    return url_for(page, organisation_id=unit.organisation_id)
