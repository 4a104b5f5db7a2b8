"""What somebody looked after who is not with us any more: nobody is reminded of it until it has another owner.

And units that nobody looks after at all.
"""

from collections import Counter
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from models.database import rows_of
from models.follow_up import FollowUp
from models.person import Person
from models.placeholders import ids_placeholder
from models.relationship import Relationship, Stage
from models.tending import is_here, left_alone, tending_of
from web.database import db
from web.home.attention.line import AttentionLine, Scope, address, capped
from web.localisation import gettext, ngettext


def left_behind(scope: Scope) -> list[AttentionLine]:
    """A line for each person who left, with how many partners and follow-ups wait for a new owner.

    It stands on the own list of everybody in the office, too, and so in their digest: nobody else would be told. Where
    there is no office, the members of the unit are told of its partners, with which the follow-ups go.
    """
    members_alone = _without_office(scope)
    if scope.unit is None or not scope.overseen | members_alone:
        return []
    of_cards, of_steps = list(scope.overseen | members_alone), list(scope.overseen)
    cards: Counter[int] = Counter(dict(map(tuple, rows_of(db.session, _cards(), {"units": of_cards}))))
    steps: Counter[int] = Counter(dict(map(tuple, rows_of(db.session, _steps(), {"units": of_steps}))))
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


def untended_units(scope: Scope) -> list[AttentionLine]:
    """For administrators: units of which nobody sees the dealings any more, because no office and no member is left."""
    managed = scope.actor.units_managed
    if managed <= scope.actor.units_overseen:
        return []
    untended = managed - tending_of(db.session, scope.actor.organisation_ids).tended
    if not untended:
        return []
    lines = [
        AttentionLine(
            what=gettext("Nobody looks after the partners of %(unit)s", unit=left.unit),
            who=" · ".join(_facts(left.cards, left.steps)),
            since=None,
            action_label=gettext("Name an office of the unit above")
            if left.is_closed
            else gettext("Give somebody a role there"),
            action_url=address("people.index", {"unit_id": left.unit_id}),
            icon="users",
            is_urgent=True,
        )
        for left in left_alone(db.session, untended)
    ]
    return capped(lines, len(lines), address("people.index", {"unit_id": min(untended)}))


def _without_office(scope: Scope) -> frozenset[int]:
    """The person's own units as a member, of which nobody is the office."""
    own = scope.written - scope.actor.units_overseen
    if scope.is_office or not own:
        return frozenset()
    return own - tending_of(db.session, scope.actor.organisation_ids).overseen


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
    left: Select[Any] = statement.where(
        Relationship.unit_id.in_(ids_placeholder("units")),
        owner_id.is_not(None),
        ~is_here(owner_id, Relationship.organisation_id),
    ).group_by(owner_id)
    return left


def _facts(cards: int, steps: int) -> list[str]:
    facts = []
    if cards:
        facts.append(ngettext("%(num)d partner without an owner", "%(num)d partners without an owner", cards))
    if steps:
        facts.append(ngettext("%(num)d open follow-up", "%(num)d open follow-ups", steps))
    return facts
