"""What somebody looked after who is not with us any more: nobody is reminded of it until it has another owner.

And units that nobody looks after at all.
"""

from functools import cache
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all

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
    values = {"units_of_cards": list(scope.overseen | members_alone), "units_of_steps": list(scope.overseen)}
    people = rows_of(db.session, _left_by(), values)
    unit_id = scope.unit.id
    lines = [
        AttentionLine(
            what=gettext("%(name)s is no longer with you", name=row.name),
            who=" · ".join(_facts(row.cards, row.steps)),
            since=None,
            action_label=gettext("Hand over"),
            action_url=address("pipeline.table", {"unit_id": unit_id, "owner": row.id})
            if row.cards
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
def _left_by() -> Select[Any]:
    """Everybody who left something, by name, with how many ``cards`` and ``steps`` it is."""
    cards = select(Relationship.owner_id, literal(1).label("cards"), literal(0).label("steps")).where(
        Relationship.unit_id.in_(ids_placeholder("units_of_cards")),
        Relationship.stage != Stage.CLOSED,
        ~is_here(Relationship.owner_id, Relationship.organisation_id),
    )
    steps = (
        select(FollowUp.owner_id, literal(0), literal(1))
        .join(Relationship, Relationship.id == FollowUp.relationship_id)
        .where(
            Relationship.unit_id.in_(ids_placeholder("units_of_steps")),
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
            ~is_here(FollowUp.owner_id, Relationship.organisation_id),
        )
    )
    left = union_all(cards, steps).subquery("left_behind")
    columns: list[Any] = [
        Person.id,
        Person.name,
        func.sum(left.c.cards).label("cards"),
        func.sum(left.c.steps).label("steps"),
    ]
    return (
        select(*columns)
        .join(left, left.c.owner_id == Person.id)
        .group_by(Person.id, Person.name)
        .order_by(Person.name, Person.id)
    )


def _facts(cards: int, steps: int) -> list[str]:
    facts = []
    if cards:
        facts.append(ngettext("%(num)d partner without an owner", "%(num)d partners without an owner", cards))
    if steps:
        facts.append(ngettext("%(num)d open follow-up", "%(num)d open follow-ups", steps))
    return facts
