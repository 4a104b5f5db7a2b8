"""The list of what is owed next: mine or our office's, the most urgent first."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, true
from sqlalchemy.orm import joinedload

from models.actor import Action
from models.base import utc_now
from models.dealings_policy import visible_follow_ups
from models.follow_up import FollowUp, FollowUpKind
from models.organisation import Unit
from models.planning import DAY, day_in, end_of
from models.relationship import Relationship, Stage
from web.access import allowed, current_actor
from web.addresses import record_url
from web.database import db
from web.follow_ups import blueprint
from web.follow_ups.words import due_words, partner_words, what_words
from web.loaders import load_unit
from web.moments import viewer_zone
from web.reach import units_below

ROWS_PER_PAGE = 50
MINE, OURS = "mine", "ours"
OVERDUE, TODAY, WEEK, LATER = "overdue", "today", "week", "later"
# "This week" is today and the six days after it, on whatever day of the week somebody looks.
DAYS_OF_A_WEEK = 6


@dataclass(frozen=True)
class FollowUpRow:
    """One line. ``action`` is (label, url): the one thing to do about it."""

    what: str
    url: str
    partner: str
    partner_url: str
    due: str
    is_overdue: bool
    is_theirs: bool
    owner: str | None
    action: tuple[str, str]
    postpone_url: str


@dataclass(frozen=True)
class FollowUpList:
    """The rows of one page in groups; ``tabs`` and ``whens`` are (label, url, is_current, count)."""

    groups: list[tuple[str, list[FollowUpRow]]]
    tabs: list[tuple[str, str, bool, int]]
    whens: list[tuple[str, str, bool, int]]
    is_mine: bool
    page: int
    pages: int
    previous_url: str | None
    next_url: str | None


@blueprint.get("/units/<int:unit_id>/follow-ups/")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def index(unit: Unit) -> str:
    """What the person, or the unit and all below it, owes next."""
    whose = MINE if request.args.get("whose") != OURS else OURS
    return render_template("follow_ups/index.html", unit=unit, list=_list(unit, whose, utc_now()))


def open_of(unit: Unit, whose: str) -> Select[FollowUp]:
    """What is open and going on: owned by the person, or of this unit and below as far as they may read it."""
    return _open(unit).where(_belongs(unit)[whose])


def _open(unit: Unit) -> Select[FollowUp]:
    return visible_follow_ups(current_actor()).where(
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
        Relationship.stage != Stage.CLOSED,
        FollowUp.organisation_id == unit.organisation_id,
    )


def _belongs(unit: Unit) -> dict[str, ColumnElement[bool]]:
    """Which are the person's own, and which those of the unit and all below it."""
    actor = current_actor()
    return {
        MINE: FollowUp.owner_id == actor.person_id,
        OURS: Relationship.unit_id.in_(units_below(unit, actor)),
    }


def periods(now: datetime) -> dict[str, ColumnElement[bool]]:
    """Overdue, today, this week and later, by the clock of the person who looks."""
    zone = viewer_zone()
    today = day_in(now, zone)
    tonight, end_of_week = end_of(today, zone), end_of(today + DAYS_OF_A_WEEK * DAY, zone)
    return {
        OVERDUE: FollowUp.due_at <= now,
        TODAY: and_(FollowUp.due_at > now, FollowUp.due_at <= tonight),
        WEEK: and_(FollowUp.due_at > tonight, FollowUp.due_at <= end_of_week),
        LATER: FollowUp.due_at > end_of_week,
    }


def _list(unit: Unit, whose: str, now: datetime) -> FollowUpList:
    conditions = periods(now)
    when = request.args.get("when", "")
    when = when if when in conditions else ""
    counts = _counts(unit, conditions)
    total = counts[whose][when]
    pages = max(1, -(-total // ROWS_PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    statement = open_of(unit, whose)
    if when:
        statement = statement.where(conditions[when])
    found = _page(statement, page)
    return FollowUpList(
        groups=_groups(found, now),
        tabs=[
            (gettext("Mine"), _url(unit, MINE, when), whose == MINE, counts[MINE][""]),
            (gettext("Our office"), _url(unit, OURS, when), whose == OURS, counts[OURS][""]),
        ],
        whens=[
            (label, _url(unit, whose, one), one == when, counts[whose][one])
            for one, label in _labels().items()
        ],
        is_mine=whose == MINE,
        page=page,
        pages=pages,
        previous_url=_url(unit, whose, when, page - 1) if page > 1 else None,
        next_url=_url(unit, whose, when, page + 1) if page < pages else None,
    )


def _page(statement: Select[FollowUp], page: int) -> list[FollowUp]:
    ours = joinedload(FollowUp.relationship_)
    return list(
        db.session.scalars(
            statement.options(
                joinedload(FollowUp.owner),
                ours.joinedload(Relationship.partner),
                ours.joinedload(Relationship.partner_unit),
            )
            .order_by(FollowUp.due_at, FollowUp.id)
            .limit(ROWS_PER_PAGE)
            .offset((page - 1) * ROWS_PER_PAGE)
        )
    )


def _labels() -> dict[str, str]:
    return {
        "": gettext("All"),
        OVERDUE: gettext("Overdue"),
        TODAY: gettext("Today"),
        WEEK: gettext("This week"),
        LATER: gettext("Later"),
    }


def _groups(found: list[FollowUp], now: datetime) -> list[tuple[str, list[FollowUpRow]]]:
    zone = viewer_zone()
    today = day_in(now, zone)
    tonight, end_of_week = end_of(today, zone), end_of(today + DAYS_OF_A_WEEK * DAY, zone)
    grouped: dict[str, list[FollowUpRow]] = {OVERDUE: [], TODAY: [], WEEK: [], LATER: []}
    for follow_up in found:
        if follow_up.due_at <= now:
            group = OVERDUE
        elif follow_up.due_at <= end_of_week:
            group = TODAY if follow_up.due_at <= tonight else WEEK
        else:
            group = LATER
        grouped[group].append(_row(follow_up, now))
    labels = _labels()
    return [(labels[group], rows) for group, rows in grouped.items() if rows]


def _row(follow_up: FollowUp, now: datetime) -> FollowUpRow:
    ours = follow_up.relationship_
    is_nudge = follow_up.kind is FollowUpKind.NUDGE
    endpoint, label = (
        ("follow_ups.write", gettext("Write")) if is_nudge else ("follow_ups.done", gettext("Done"))
    )
    return FollowUpRow(
        what=what_words(follow_up),
        url=record_url("follow_ups.show", "follow_up_id", follow_up.id),
        partner=partner_words(ours),
        partner_url=record_url("relationships.show", "relationship_id", ours.id),
        due=due_words(follow_up, now),
        is_overdue=follow_up.is_overdue(now),
        is_theirs=follow_up.is_theirs,
        owner=follow_up.owner.name if follow_up.owner is not None else None,
        action=(label, record_url(endpoint, "follow_up_id", follow_up.id)),
        postpone_url=record_url("follow_ups.postpone", "follow_up_id", follow_up.id),
    )


def _counts(unit: Unit, conditions: dict[str, ColumnElement[bool]]) -> dict[str, dict[str, int]]:
    """How many of whose there are in all (under the empty word) and in each period, in one statement."""
    belongs = _belongs(unit)
    wanted: dict[str, ColumnElement[bool]] = {"": true(), **conditions}
    counted = [
        func.count(case((and_(whose, when), FollowUp.id)))
        for whose in belongs.values()
        for when in wanted.values()
    ]
    statement = _open(unit).where(or_(*belongs.values()))
    numbers = iter(db.session.execute(statement.with_only_columns(*counted)).one())
    return {whose: {when: next(numbers) for when in wanted} for whose in belongs}


def _url(unit: Unit, whose: str, when: str, page: int = 1) -> str:
    return url_for(
        "follow_ups.index",
        unit_id=unit.id,
        whose=whose if whose != MINE else None,
        when=when or None,
        page=page if page > 1 else None,
    )
