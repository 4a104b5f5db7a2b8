"""What somebody looked after who is not with us any more: nobody is reminded of it until it has another owner."""

from collections import Counter
from functools import cache
from typing import Any

from flask_babel import gettext, ngettext
from sqlalchemy import ColumnElement, Select, exists, func, select

from models.database import rows_of
from models.follow_up import FollowUp
from models.person import Membership, MembershipState, Person
from models.placeholders import ids_placeholder
from models.relationship import Relationship, Stage
from web.database import db
from web.home.attention.line import AttentionLine, Scope, address, capped


def left_behind(scope: Scope) -> list[AttentionLine]:
    """A line for each person who left, with how many partners and follow-ups wait for a new owner.

    It stands on the own list of everybody in the office, too, and so in their digest: nobody else would be told.
    """
    if scope.unit is None or not scope.overseen:
        return []
    overseen = {"overseen": list(scope.overseen)}
    cards: Counter[int] = Counter(dict(map(tuple, rows_of(db.session, _cards(), overseen))))
    steps: Counter[int] = Counter(dict(map(tuple, rows_of(db.session, _steps(), overseen))))
    if not cards and not steps:
        return []
    people = db.session.execute(
        select(Person.id, Person.name).where(Person.id.in_({*cards, *steps})).order_by(Person.name, Person.id)
    ).all()
    unit_id = scope.unit.id
    lines = [
        AttentionLine(
            what=gettext("%(name)s is no longer with you", name=row.name),
            who=" · ".join(_facts(cards[row.id], steps[row.id])),
            since=None,
            action_label=gettext("Hand over"),
            action_url=address("pipeline.table", {"unit_id": unit_id, "owner": row.id})
            if cards[row.id]
            else address("follow_ups.index", {"unit_id": unit_id, "whose": "ours"}),
            icon="users",
            is_urgent=True,
        )
        for row in people
    ]
    return capped(lines, len(lines), address("pipeline.table", {"unit_id": unit_id, "sort": "owner"}))


@cache
def _cards() -> Select[Any]:
    cards = select(Relationship.owner_id, func.count(Relationship.id)).where(
        Relationship.stage != Stage.CLOSED
    )
    return _left(Relationship.owner_id, cards)


@cache
def _steps() -> Select[Any]:
    steps = (
        select(FollowUp.owner_id, func.count(FollowUp.id))
        .join(Relationship, Relationship.id == FollowUp.relationship_id)
        .where(FollowUp.done_at.is_(None), FollowUp.dropped_at.is_(None))
    )
    return _left(FollowUp.owner_id, steps)


def _left(owner_id: ColumnElement[Any] | Any, statement: Any) -> Select[Any]:
    """The rows of units that we look after whose owner does not belong to the organisation any more."""
    works_here = exists().where(
        Membership.person_id == owner_id,
        Membership.organisation_id == Relationship.organisation_id,
        Membership.state == MembershipState.ACTIVE,
    )
    left: Select[Any] = statement.where(
        Relationship.unit_id.in_(ids_placeholder("overseen")),
        owner_id.is_not(None),
        ~works_here,
    ).group_by(owner_id)
    return left


def _facts(cards: int, steps: int) -> list[str]:
    facts = []
    if cards:
        facts.append(ngettext("%(num)d partner without an owner", "%(num)d partners without an owner", cards))
    if steps:
        facts.append(ngettext("%(num)d open follow-up", "%(num)d open follow-ups", steps))
    return facts
