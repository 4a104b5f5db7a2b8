"""The list of what is owed next: mine or our office's, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, true

from models.actor import Action
from models.base import utc_now
from models.database import rows_of
from models.dealings_policy import visible_follow_ups
from models.follow_up import FollowUp, FollowUpKind
from models.organisation import Organisation, Unit
from models.person import Person
from models.placeholders import (
    ANY_ACTOR,
    ids_placeholder,
    moment_placeholder,
    values_of_actor,
    with_words_written,
)
from models.planning import DAY, day_in, end_of
from models.relationship import Relationship
from web.access import allowed, current_actor
from web.addresses import record_url, with_query
from web.database import db
from web.follow_ups import blueprint
from web.follow_ups.promised import PromisedRow, is_something_promised, promised_rows
from web.follow_ups.words import due_words, what_words
from web.labels import name_of_unit
from web.loaders import load_unit
from web.localisation import gettext
from web.moments import viewer_zone
from web.paging import Paging, paging_of
from web.reach import units_below

ROWS_PER_PAGE = 50
MINE, OURS = "mine", "ours"
OVERDUE, TODAY, WEEK, LATER = "overdue", "today", "week", "later"
# "This week" is today and the six days after it, on whatever day of the week somebody looks.
DAYS_OF_A_WEEK = 6


@dataclass(frozen=True)
class FollowUpRow:
    """One line. ``action`` names the one thing to do about it; ``with_partner`` is ``what`` and the partner."""

    what: str
    url: str
    partner: str
    partner_url: str
    due: str
    is_overdue: bool
    is_theirs: bool
    owner: str | None
    with_partner: str
    action: str
    action_url: str
    postpone_url: str


@dataclass(frozen=True)
class FollowUpList:
    """The rows of one page in groups, and below those of the first page what is promised; ``tabs`` and ``whens`` are
    (label, url, is_current, count of both).
    """

    groups: list[tuple[str, list[FollowUpRow]]]
    promised: list[PromisedRow]
    tabs: list[tuple[str, str, bool, int]]
    whens: list[tuple[str, str, bool, int]]
    is_mine: bool
    paging: Paging


@blueprint.get("/units/<int:unit_id>/follow-ups/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    """What the person, or the unit and all below it, owes next."""
    whose, now = MINE if request.args.get("whose") != OURS else OURS, utc_now()
    return render_template("follow_ups/index.html", unit=unit, list=_list(unit, whose, now))


@cache
def _open() -> Select[FollowUp]:
    """What is open in the organisation, as far as the person may read it. ``_values`` says for whom.

    Closing a card drops what was to do. What is planned on a closed one ("ask again in spring") is to be done.
    """
    return visible_follow_ups(ANY_ACTOR).where(
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
        FollowUp.organisation_id == bindparam("organisation_id"),
    )


@cache
def _belongs() -> dict[str, ColumnElement[bool]]:
    """Which are the person's own, and which those of the unit and all below it."""
    return {
        MINE: FollowUp.owner_id == ANY_ACTOR.person_id,
        OURS: Relationship.unit_id.in_(ids_placeholder("reach")),
    }


@cache
def _periods() -> dict[str, ColumnElement[bool]]:
    """Overdue, today, this week and later, by the clock of the person who looks; everything under the empty word."""
    now, tonight, end_of_week = map(moment_placeholder, ("now", "tonight", "end_of_week"))
    return {
        "": true(),
        OVERDUE: FollowUp.due_at <= now,
        TODAY: and_(FollowUp.due_at > now, FollowUp.due_at <= tonight),
        WEEK: and_(FollowUp.due_at > tonight, FollowUp.due_at <= end_of_week),
        LATER: FollowUp.due_at > end_of_week,
    }


def _values(unit: Unit, now: datetime) -> dict[str, Any]:
    """What the placeholders of the statements stand for."""
    actor, zone = current_actor(), viewer_zone()
    today = day_in(now, zone)
    return values_of_actor(actor) | {
        "organisation_id": unit.organisation_id,
        "reach": list(units_below(unit, actor)),
        "now": now,
        "tonight": end_of(today, zone),
        "end_of_week": end_of(today + DAYS_OF_A_WEEK * DAY, zone),
    }


def _list(unit: Unit, whose: str, now: datetime) -> FollowUpList:
    values = _values(unit, now)
    when = request.args.get("when", "")
    when = when if when in _periods() else ""
    numbers = rows_of(db.session, _numbers(), values)[0]
    follow_ups = _counts(numbers)
    address = url_for("follow_ups.index", unit_id=unit.id)
    paging = paging_of(follow_ups[whose][when], ROWS_PER_PAGE, lambda page: _url(address, whose, when, page))
    found = rows_of(db.session, _page(whose, when), values | {"skipped": paging.skipped})
    promised = promised_rows(unit, now) if numbers.is_something_promised else []
    counts = _with_promised(follow_ups, promised, values)
    return FollowUpList(
        groups=_groups(found, values),
        promised=[
            row
            for row in promised
            if paging.page == 1
            and (row.is_mine or whose == OURS)
            and when in {"", _period_of(row.due_at, values)}
        ],
        tabs=[
            (gettext("Mine"), _url(address, MINE, when), whose == MINE, counts[MINE][""]),
            (gettext("Our office"), _url(address, OURS, when), whose == OURS, counts[OURS][""]),
        ],
        whens=[
            (label, _url(address, whose, one), one == when, counts[whose][one])
            for one, label in _labels().items()
        ],
        is_mine=whose == MINE,
        paging=paging,
    )


@cache
def _page(whose: str, when: str) -> Select[Any]:
    """One page, with what is shown and no more."""
    columns: list[Any] = [
        FollowUp.id,
        FollowUp.kind,
        FollowUp.text,
        FollowUp.is_theirs,
        FollowUp.due_on,
        FollowUp.zone,
        FollowUp.due_at,
        Person.name.label("owner"),
        Relationship.id.label("relationship_id"),
        Organisation.name.label("partner"),
        Unit.name.label("partner_unit"),
        Unit.parent_id,
    ]
    return (
        _open()
        .where(_belongs()[whose], _periods()[when])
        .join(Organisation, Organisation.id == Relationship.partner_id)
        .join(Unit, Unit.id == Relationship.partner_unit_id)
        .outerjoin(Person, Person.id == FollowUp.owner_id)
        .with_only_columns(*columns)
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(ROWS_PER_PAGE)
        .offset(bindparam("skipped"))
    )


def _labels() -> dict[str, str]:
    return {
        "": gettext("All"),
        OVERDUE: gettext("Overdue"),
        TODAY: gettext("Today"),
        WEEK: gettext("This week"),
        LATER: gettext("Later"),
    }


def _groups(found: Sequence[Any], values: dict[str, Any]) -> list[tuple[str, list[FollowUpRow]]]:
    grouped: dict[str, list[FollowUpRow]] = {OVERDUE: [], TODAY: [], WEEK: [], LATER: []}
    for follow_up in found:
        grouped[_period_of(follow_up.due_at, values)].append(_row(follow_up, values["now"]))
    labels = _labels()
    return [(labels[group], rows) for group, rows in grouped.items() if rows]


def _period_of(due_at: datetime, values: dict[str, Any]) -> str:
    """The one of ``_periods`` that it falls into."""
    if due_at <= values["now"]:
        return OVERDUE
    if due_at <= values["end_of_week"]:
        return TODAY if due_at <= values["tonight"] else WEEK
    return LATER


def _row(row: Any, now: datetime) -> FollowUpRow:
    is_nudge = row.kind is FollowUpKind.NUDGE
    what, partner = what_words(row), name_of_unit(row.partner, row.partner_unit, row.parent_id)
    return FollowUpRow(
        what=what,
        url=record_url("follow_ups.show", "follow_up_id", row.id),
        partner=partner,
        partner_url=record_url("relationships.show", "relationship_id", row.relationship_id),
        due=due_words(row, now),
        is_overdue=row.due_at <= now,
        is_theirs=row.is_theirs,
        owner=row.owner,
        with_partner=f"{what}, {partner}",
        action=gettext("Write") if is_nudge else gettext("Done"),
        action_url=record_url("follow_ups.write" if is_nudge else "follow_ups.done", "follow_up_id", row.id),
        postpone_url=record_url("follow_ups.postpone", "follow_up_id", row.id),
    )


def _counts(numbers: Sequence[int]) -> dict[str, dict[str, int]]:
    """How many follow-ups of whose there are in all (under the empty word) and in each period."""
    ordered = iter(numbers)
    return {whose: {when: next(ordered) for when in _periods()} for whose in _belongs()}


def _with_promised(
    counts: dict[str, dict[str, int]], promised: list[PromisedRow], values: dict[str, Any]
) -> dict[str, dict[str, int]]:
    """The counts with what is promised, as the pages show both."""
    both = {whose: dict(periods) for whose, periods in counts.items()}
    for row in promised:
        for whose in (MINE, OURS) if row.is_mine else (OURS,):
            for when in ("", _period_of(row.due_at, values)):
                both[whose][when] += 1
    return both


@cache
def _numbers() -> Select[Any]:
    """One row: the numbers in the order of ``_counts``, and whether something is promised as well."""
    belongs, periods = _belongs(), _periods()
    # Each condition stands in the statement once, not in each number again.
    told = [(condition.label(f"is_{name}")) for name, condition in (belongs | periods).items()]
    each = _open().where(or_(*belongs.values())).with_only_columns(*told).subquery()
    counted: list[Any] = [
        func.count().filter(each.c[f"is_{whose}"], each.c[f"is_{when}"])
        for whose in belongs
        for when in periods
    ]
    promised = is_something_promised().label("is_something_promised")
    return with_words_written(select(*counted, promised).select_from(each))


def _url(address: str, whose: str, when: str, page: int = 1) -> str:
    asked = {
        "whose": whose if whose != MINE else None,
        "when": when or None,
        "page": page if page > 1 else None,
    }
    return with_query(address, asked)
