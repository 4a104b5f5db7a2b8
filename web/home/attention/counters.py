"""An office's counters: how much is open, overdue, quiet and about to expire, each with the way to its list."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from models.commitment import Commitment
from models.commitment_standing import SILENCE
from models.database import rows_of
from models.follow_up import FollowUp
from models.introduction import Introduction
from models.partnership import Partnership, PartnershipState
from models.placeholders import constant, moment_placeholder
from models.promise_steps import HeldTerms, LastMove, has_held_terms, is_last_move, kind_asked_of
from models.quietness import is_quiet_at
from models.relationship import Relationship
from models.side import Side
from models.step_kind import StepKind
from web.database import db
from web.home.attention.line import AnyScope, Scope, address, any_scope
from web.introductions.listing import ENDING, ENDS_WITHIN, OPEN, is_ending, is_waiting
from web.localisation import gettext
from web.pipeline.filters import QUIET_OR_COLD


@dataclass(frozen=True)
class Counter:
    label: str
    count: int
    url: str | None
    is_urgent: bool


def counters_of(scope: Scope) -> list[Counter]:
    """The four numbers of the office, in one statement. What its own side promised is overdue, too, once its day has
    passed.
    """
    assert scope.unit is not None
    moments = {
        "ends_soon": scope.now + ENDS_WITHIN,
        "this_second": scope.now.replace(microsecond=0),
        "silent_since": scope.now - SILENCE,
    }
    counts = rows_of(db.session, _counts(), scope.values | moments)[0]
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


@cache
def _counts() -> Select[Any]:
    office = any_scope(is_office=True)
    expiring = is_ending(office.now, moment_placeholder("ends_soon"))
    return select(
        _introductions(office, is_waiting(office.now)).label("introductions"),
        (_overdue(office) + _late_promises(office, Side.ASKING) + _late_promises(office, Side.ASKED)).label(
            "overdue"
        ),
        _quiet(office).label("quiet"),
        _introductions(office, expiring).label("expiring"),
    )


def _introductions(scope: AnyScope, condition: ColumnElement[bool]) -> Any:
    is_ours = or_(
        Introduction.asking_unit_id.in_(scope.written), Introduction.asked_unit_id.in_(scope.written)
    )
    return select(func.count(Introduction.id)).where(is_ours, condition).scalar_subquery()


def _overdue(scope: AnyScope) -> Any:
    return (
        select(func.count(FollowUp.id))
        .join(Relationship, Relationship.id == FollowUp.relationship_id)
        .where(
            Relationship.unit_id.in_(scope.overseen),
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
            FollowUp.due_at <= scope.now,
        )
        .scalar_subquery()
    )


def _late_promises(scope: AnyScope, side: Side) -> Any:
    """What the office's units promised on this side of a partnership; it stays owed when that is closed."""
    begun = constant(PartnershipState.ACTIVE), constant(PartnershipState.CLOSED)
    unit_id = Partnership.asking_unit_id if side is Side.ASKING else Partnership.asked_unit_id
    kind = kind_asked_of(side, scope.now, moment_placeholder("silent_since"))
    return (
        select(func.count(Commitment.id))
        .select_from(Partnership)
        .join(Commitment, Commitment.partnership_id == Partnership.id)
        .join(LastMove, is_last_move())
        .join(HeldTerms, has_held_terms())
        .where(
            unit_id.in_(scope.overseen),
            Partnership.state.in_(begun),
            HeldTerms.due_at <= scope.now,
            kind.in_((constant(StepKind.PROMISE), constant(StepKind.CHANGE_WAITS))),
        )
        .scalar_subquery()
    )


def _quiet(scope: AnyScope) -> Any:
    is_quiet = is_quiet_at(Relationship, moment_placeholder("this_second"))
    return (
        select(func.count(Relationship.id))
        .where(Relationship.unit_id.in_(scope.overseen), is_quiet)
        .scalar_subquery()
    )
