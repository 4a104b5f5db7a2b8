"""What came up in talks and is to become something: needs that somebody heard of us, and topics of ours."""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, func, not_, or_, select

from models.database import rows_of
from models.dealings_policy import is_relationship_readable
from models.organisation import Organisation
from models.outcome import HeardNeed, HeardState, Topic, has_become_something
from models.placeholders import ANY_ACTOR, moment_placeholder
from models.relationship import Relationship
from web.addresses import record_url
from web.database import db
from web.home.attention.dealing_statements import first_of
from web.home.attention.line import AttentionLine, Scope, address, any_scope, capped, since, total_of
from web.localisation import gettext, ngettext

SETTLED = (HeardState.CONFIRMED, HeardState.CORRECTED)
# Not every need is to be posted, and whoever decides against it tells nobody.
POSTED_WITHIN = timedelta(days=30)


def needs_they_heard(scope: Scope) -> list[AttentionLine]:
    """Needs of ours in a partner's words, which we have not answered."""
    rows = rows_of(db.session, _waiting(scope.is_office), scope.values)
    lines = [
        AttentionLine(
            what=gettext("“%(title)s”: is that what you need?", title=row.title),
            who=gettext("in the words of %(partner)s", partner=row.partner),
            since=since(row.created_at, scope.zone),
            action_label=gettext("Answer"),
            action_url=record_url("heard_needs.show", "heard_need_id", row.id),
            icon="message-square",
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), address("heard_needs.index", {}))


def needs_to_post(scope: Scope) -> list[AttentionLine]:
    """Needs that a partner heard and we confirmed, of which no post was made: so nobody can answer them."""
    values = scope.values | {"answered_since": scope.now - POSTED_WITHIN}
    rows = rows_of(db.session, _not_posted(scope.is_office), values)
    lines = [
        AttentionLine(
            what=gettext("“%(title)s” is what you need, and it is not posted yet", title=row.title),
            who=gettext("%(partner)s heard it", partner=row.partner),
            since=since(row.answered_at, scope.zone),
            action_label=gettext("Make it a need"),
            action_url=record_url("heard_needs.post", "heard_need_id", row.id),
            icon="file-text",
        )
        for row in rows
    ]
    return capped(lines, total_of(rows), address("heard_needs.index", {}))


def topics_left(scope: Scope) -> list[AttentionLine]:
    """One line for all that else came up in talks, until it becomes something or is removed."""
    [row] = rows_of(db.session, _unused_topics(scope.is_office), scope.values)
    if not row.total:
        return []
    return [
        AttentionLine(
            what=ngettext(
                "%(num)d topic of your talks has become nothing yet",
                "%(num)d topics of your talks have become nothing yet",
                row.total,
            ),
            who=gettext("a need, a capability or another meeting"),
            since=since(row.first_at, scope.zone),
            action_label=gettext("Look through them"),
            action_url=address("topics.index", {}),
            icon="message-square",
            count=row.total,
        )
    ]


@cache
def _waiting(is_office: bool) -> Select[Any]:
    waiting = _heard(is_office, HeardNeed.created_at).where(HeardNeed.state == HeardState.WAITING)
    return first_of(waiting, HeardNeed.created_at, HeardNeed.id)


@cache
def _not_posted(is_office: bool) -> Select[Any]:
    settled = _heard(is_office, HeardNeed.answered_at).where(
        HeardNeed.state.in_(SETTLED),
        HeardNeed.post_id.is_(None),
        HeardNeed.answered_at > moment_placeholder("answered_since"),
    )
    return first_of(settled, HeardNeed.answered_at, HeardNeed.id)


def _heard(is_office: bool, moment: Any) -> Select[Any]:
    """Needs of our units in others' words."""
    columns: list[Any] = [
        HeardNeed.id,
        HeardNeed.title,
        moment,
        Organisation.name.label("partner"),
        func.count().over().label("total"),
    ]
    return (
        select(*columns)
        .join(Organisation, Organisation.id == HeardNeed.by_organisation_id)
        .where(HeardNeed.about_unit_id.in_(any_scope(is_office).written))
    )


@cache
def _unused_topics(is_office: bool) -> Select[Any]:
    """How many, and since when: those of the office's units, or what one wrote down or whose partner one owns."""
    scope = any_scope(is_office)
    is_ones_own = or_(
        Topic.person_id == scope.actor.person_id, Relationship.owner_id == scope.actor.person_id
    )
    is_told = (
        Relationship.unit_id.in_(scope.overseen)
        if is_office
        else and_(is_ones_own, is_relationship_readable(ANY_ACTOR))
    )
    columns: list[Any] = [func.count(Topic.id).label("total"), func.min(Topic.created_at).label("first_at")]
    return (
        select(*columns)
        .join(Relationship, Relationship.id == Topic.relationship_id)
        .where(not_(has_become_something()), is_told)
    )
