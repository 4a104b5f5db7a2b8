"""What we owe next and whom we have not heard of for long."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select

from models.database import rows_of
from models.follow_up import FollowUp, FollowUpKind
from models.organisation import Organisation, Unit
from models.person import Person
from models.placeholders import moment_placeholder
from models.planning import day_in, end_of
from models.quietness import (
    has_turned_cold_at,
    is_quiet_at,
    moments_of_patience,
    quiet_since,
    this_second,
    usual_times,
    values_of_quietness,
)
from models.relationship import Relationship
from web.addresses import record_url
from web.database import db
from web.follow_ups.words import due_words, relationship_url, what_words
from web.home.attention.line import (
    MOST_LINES_OF_A_KIND,
    AnyScope,
    AttentionLine,
    Scope,
    address,
    any_scope,
    capped,
    day_and_month,
    total_of,
)
from web.labels import day_words, name_of_unit
from web.localisation import gettext, ngettext
from web.moments import viewer_zone
from web.pipeline.filters import QUIET_OR_COLD


def due_follow_ups(scope: Scope) -> list[AttentionLine]:
    """What is overdue or due today."""
    tonight = end_of(day_in(scope.now, viewer_zone()), viewer_zone())
    rows = rows_of(db.session, _due(scope.is_office), scope.values | {"tonight": tonight})
    lines = [_follow_up_line(row, scope) for row in rows]
    return capped(lines, total_of(rows), _all_follow_ups(scope))


@cache
def _due(is_office: bool) -> Select[Any]:
    # The few that are shown are found first, so that nothing is joined to the thousands that are not.
    shown = (
        select(FollowUp.id, func.count().over().label("total"))
        .join(Relationship, Relationship.id == FollowUp.relationship_id)
        .where(
            _is_owed(any_scope(is_office)),
            FollowUp.due_at <= moment_placeholder("tonight"),
        )
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(MOST_LINES_OF_A_KIND)
        .subquery()
    )
    columns: list[Any] = [
        FollowUp.id,
        FollowUp.kind,
        FollowUp.text,
        FollowUp.due_on,
        FollowUp.zone,
        FollowUp.due_at,
        Person.name.label("owner"),
        Organisation.name.label("partner"),
        Unit.name.label("unit"),
        Unit.parent_id,
        shown.c.total,
    ]
    return (
        select(*columns)
        .join(shown, shown.c.id == FollowUp.id)
        .join(Relationship, Relationship.id == FollowUp.relationship_id)
        .join(Organisation, Organisation.id == Relationship.partner_id)
        .join(Unit, Unit.id == Relationship.partner_unit_id)
        .outerjoin(Person, Person.id == FollowUp.owner_id)
        .order_by(FollowUp.due_at, FollowUp.id)
    )


def quiet_relationships(scope: Scope) -> list[AttentionLine]:
    """Whom nobody was in touch with for too long, the cold ones first. What has a line of its own is left out."""
    tonight = end_of(day_in(scope.now, viewer_zone()), viewer_zone())
    usual = usual_times(db.session, scope.unit.organisation_id) if scope.unit is not None else {}
    moments = {"tonight": tonight} | values_of_quietness(usual, scope.now)
    rows = rows_of(db.session, _quiet(scope.is_office), scope.values | moments)
    lines = [_quiet_line(row, scope) for row in rows]
    unit_id = scope.unit.id if scope.unit is not None else None
    url = None
    if unit_id is not None:
        filters = {"quietness": QUIET_OR_COLD, "sort": "quiet"} | ({} if scope.is_office else {"owner": "me"})
        url = address("pipeline.table", {"unit_id": unit_id} | filters)
    return capped(lines, total_of(rows), url)


@cache
def _quiet(is_office: bool) -> Select[Any]:
    moment = this_second()
    cold = has_turned_cold_at(Relationship, moment, moments_of_patience())
    # Who has something due is told to write anyway.
    is_told = exists().where(
        FollowUp.relationship_id == Relationship.id,
        _is_open(),
        FollowUp.due_at <= moment_placeholder("tonight"),
    )
    silent = quiet_since(Relationship)
    is_cold = case((cold, 1), else_=0)
    # As above, the few that are shown are found first.
    shown = (
        select(
            Relationship.id,
            silent.label("silent_since"),
            is_cold.label("is_cold"),
            func.count().over().label("total"),
        )
        .where(
            is_looked_after(any_scope(is_office)),
            # In this order: SQLite asks of each card whether something is due before what takes longer.
            ~is_told,
            is_quiet_at(Relationship, moment),
        )
        .order_by(is_cold.desc(), silent, Relationship.id)
        .limit(MOST_LINES_OF_A_KIND)
        .subquery()
    )
    next_day = select(func.min(FollowUp.due_on)).where(
        FollowUp.relationship_id == Relationship.id, _is_open()
    )
    columns: list[Any] = [
        Relationship.id,
        Organisation.name.label("partner"),
        Unit.name.label("unit"),
        Unit.parent_id,
        Person.name.label("owner"),
        next_day.correlate(Relationship).scalar_subquery().label("next_day"),
        shown.c.silent_since,
        shown.c.is_cold,
        shown.c.total,
    ]
    return (
        select(*columns)
        .join(shown, shown.c.id == Relationship.id)
        .join(Organisation, Organisation.id == Relationship.partner_id)
        .join(Unit, Unit.id == Relationship.partner_unit_id)
        .outerjoin(Person, Person.id == Relationship.owner_id)
        .order_by(shown.c.is_cold.desc(), shown.c.silent_since, Relationship.id)
    )


def _follow_up_line(row: Any, scope: Scope) -> AttentionLine:
    is_nudge = row.kind is FollowUpKind.NUDGE
    endpoint = "follow_ups.write" if is_nudge else "follow_ups.done"
    facts = [_partner(row)]
    if scope.is_office:
        facts.append(_owner(row))
    return AttentionLine(
        what=what_words(row),
        who=" · ".join(facts),
        since=due_words(row, scope.now),
        action_label=gettext("Write") if is_nudge else gettext("Done"),
        action_url=record_url(endpoint, "follow_up_id", row.id),
        icon="mail" if is_nudge else "list-checks",
        is_urgent=row.due_at <= scope.now,
    )


def _quiet_line(row: Any, scope: Scope) -> AttentionLine:
    days = (scope.now - row.silent_since).days
    partner = _partner(row)
    what = (
        gettext("%(partner)s is going cold", partner=partner)
        if row.is_cold
        else gettext("%(partner)s has become quiet", partner=partner)
    )
    facts = [
        ngettext(
            "no contact for %(num)d day, since %(day)s",
            "no contact for %(num)d days, since %(day)s",
            days,
            day=day_and_month(row.silent_since, scope.zone),
        )
    ]
    if scope.is_office:
        facts.append(_owner(row))
    if row.next_day is not None:
        facts.append(gettext("next step on %(day)s", day=day_words(row.next_day)))
    return AttentionLine(
        what=what,
        who=" · ".join(facts),
        since=None,
        action_label=gettext("Get in touch"),
        action_url=relationship_url(row.id),
        icon="message-square",
        is_urgent=bool(row.is_cold),
    )


def _partner(row: Any) -> str:
    return name_of_unit(row.partner, row.unit, row.parent_id)


def _owner(row: Any) -> str:
    return str(row.owner or gettext("nobody looks after it"))


def _is_open() -> ColumnElement[bool]:
    return and_(FollowUp.done_at.is_(None), FollowUp.dropped_at.is_(None))


def _is_owed(scope: AnyScope) -> ColumnElement[bool]:
    """Open, and the person's own or of a unit that the office looks after."""
    if scope.is_office:
        return and_(_is_open(), Relationship.unit_id.in_(scope.overseen))
    organisations = FollowUp.organisation_id.in_(scope.actor.organisation_ids)
    return and_(_is_open(), FollowUp.owner_id == scope.actor.person_id, organisations)


def is_looked_after(scope: AnyScope) -> ColumnElement[bool]:
    if scope.is_office:
        return Relationship.unit_id.in_(scope.overseen)
    organisations = Relationship.organisation_id.in_(scope.actor.organisation_ids)
    return and_(Relationship.owner_id == scope.actor.person_id, organisations)


def _all_follow_ups(scope: Scope) -> str | None:
    if scope.unit is None:
        return None
    whose = "ours" if scope.is_office else None
    return address("follow_ups.index", {"unit_id": scope.unit.id, "whose": whose})
