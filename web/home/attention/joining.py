"""Who waits to join: organisations for the operator, people for the administrator, and one's own requests."""

from flask import url_for
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload

from models.actor import Actor
from models.database import rows_of
from models.organisation import Organisation, OrganisationState, Unit
from models.person import Membership, MembershipState
from web.database import db
from web.home.attention.line import MOST_LINES_OF_A_KIND, AttentionLine, since
from web.localisation import gettext, ngettext

_OWN_REQUESTS = (
    select(Membership.created_at, Organisation.name)
    .join(Organisation, Organisation.id == Membership.organisation_id)
    .where(Membership.person_id == bindparam("person_id"), Membership.state == MembershipState.REQUESTED)
)


def waiting_organisations(actor: Actor) -> list[AttentionLine]:
    if not actor.is_operator:
        return []
    count, oldest = db.session.execute(
        select(func.count(Organisation.id), func.min(Organisation.created_at)).where(
            Organisation.state == OrganisationState.PENDING
        )
    ).one()
    if not count:
        return []
    return [
        AttentionLine(
            what=ngettext(
                "%(num)d organisation waits for approval", "%(num)d organisations wait for approval", count
            ),
            who=None,
            since=since(oldest),
            action_label=gettext("Decide"),
            action_url=url_for("approvals.index"),
            icon="list-checks",
            is_urgent=True,
        )
    ]


def own_requests(actor: Actor) -> list[AttentionLine]:
    """What this person asked for and nobody has answered."""
    requests = rows_of(db.session, _OWN_REQUESTS, {"person_id": actor.person_id})
    return [
        AttentionLine(
            what=gettext("You asked to join %(name)s", name=request.name),
            who=gettext("Its administrator answers by mail"),
            since=since(request.created_at),
            action_label=None,
            action_url=None,
            icon="clock",
        )
        for request in requests
    ]


def membership_requests(actor: Actor) -> list[AttentionLine]:
    if not actor.units_managed:
        return []
    requests = db.session.scalars(
        select(Membership)
        .where(
            Membership.unit_id.in_(actor.units_managed),
            Membership.state == MembershipState.REQUESTED,
            Membership.person_id != actor.person_id,
        )
        .options(joinedload(Membership.person), joinedload(Membership.unit))
        .order_by(Membership.created_at)
        .limit(MOST_LINES_OF_A_KIND)
    )
    return [
        AttentionLine(
            what=gettext("%(name)s asks to join", name=request.person.name),
            who=request.unit.name,
            since=since(request.created_at),
            action_label=gettext("Answer"),
            action_url=url_for("people.index", unit_id=request.unit_id),
            icon="user-plus",
            is_urgent=True,
        )
        for request in requests
    ]


def pending_organisation(unit: Unit) -> list[AttentionLine]:
    organisation = unit.organisation
    if organisation.state in {OrganisationState.REFUSED, OrganisationState.CLOSED}:
        return [_decided_against(organisation)]
    if organisation.state is not OrganisationState.PENDING:
        return []
    return [
        AttentionLine(
            what=gettext("%(name)s is waiting for approval", name=organisation.name),
            who=gettext("You can already write posts; others see them afterwards"),
            since=since(organisation.created_at),
            action_label=gettext("What happens now"),
            action_url=url_for("help.show") + "#approval",
            icon="clock",
        )
    ]


def _decided_against(organisation: Organisation) -> AttentionLine:
    is_closed = organisation.state is OrganisationState.CLOSED
    name = {"name": organisation.name}
    return AttentionLine(
        what=gettext("%(name)s is closed", **name)
        if is_closed
        else gettext("%(name)s was not approved", **name),
        who=organisation.refusal_reason,
        since=since(organisation.decided_at or organisation.created_at),
        action_label=gettext("See the profile"),
        action_url=url_for("organisations.show", organisation_id=organisation.id),
        icon="ban",
    )
