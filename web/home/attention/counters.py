"""An office's counters: how much is open, overdue, quiet and about to expire, each with the way to its list."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, func, or_, select

from models.follow_up import FollowUp
from models.introduction import Introduction
from models.quietness import is_shown_as
from models.relationship import Quietness, Relationship, Stage
from web.database import db
from web.home.attention.line import Scope, address
from web.introductions.listing import ENDING, OPEN, is_ending, is_waiting
from web.pipeline.filters import QUIET_OR_COLD


@dataclass(frozen=True)
class Counter:
    label: str
    count: int
    url: str | None
    is_urgent: bool


def counters_of(scope: Scope) -> list[Counter]:
    """The four numbers of the office, in one statement."""
    assert scope.unit is not None
    counts = db.session.execute(
        select(
            _introductions(scope, is_waiting(scope.now)).label("introductions"),
            _overdue(scope).label("overdue"),
            _quiet(scope).label("quiet"),
            _introductions(scope, is_ending(scope.now)).label("expiring"),
        )
    ).one()
    unit = {"unit_id": scope.unit.id}
    introductions = address("introductions.index", unit | {"show": OPEN})
    expiring = address("introductions.index", unit | {"show": ENDING})
    overdue = address("follow_ups.index", unit | {"whose": "ours", "when": "overdue"})
    quiet = address("pipeline.table", unit | {"quietness": QUIET_OR_COLD, "sort": "quiet"})
    return [
        Counter(gettext("open introductions"), counts.introductions, introductions, False),
        Counter(gettext("overdue"), counts.overdue, overdue, counts.overdue > 0),
        Counter(gettext("quiet"), counts.quiet, quiet, False),
        Counter(gettext("expiring within a week"), counts.expiring, expiring, counts.expiring > 0),
    ]


def _introductions(scope: Scope, condition: ColumnElement[bool]) -> Any:
    is_ours = or_(
        Introduction.asking_unit_id.in_(scope.written), Introduction.asked_unit_id.in_(scope.written)
    )
    return select(func.count(Introduction.id)).where(is_ours, condition).scalar_subquery()


def _overdue(scope: Scope) -> Any:
    return (
        select(func.count(FollowUp.id))
        .join(Relationship, Relationship.id == FollowUp.relationship_id)
        .where(
            Relationship.unit_id.in_(scope.overseen),
            Relationship.stage != Stage.CLOSED,
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
            FollowUp.due_at <= scope.now,
        )
        .scalar_subquery()
    )


def _quiet(scope: Scope) -> Any:
    is_quiet = ~is_shown_as(Relationship, Quietness.FRESH, {}, scope.now)
    return (
        select(func.count(Relationship.id))
        .where(Relationship.unit_id.in_(scope.overseen), is_quiet)
        .scalar_subquery()
    )
