"""Quiet and cold: how long nobody was in touch, against two thresholds and against what is usual.

A card is neither while nobody is expected to get in touch: it is closed, a meeting is agreed, or one of the two
organisations does not take part, like one that was closed.

How long a stage usually takes is read from the organisation's own moves. Nothing turns cold, which is red, before a
card has stood in its stage for that long. The rule stands here twice, for one card and in SQL for a filter.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import median
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.base import UtcDateTime
from models.between import has_meeting_ahead
from models.database import rows_of
from models.organisation import TAKES_NO_PART, Organisation
from models.placeholders import moment_placeholder
from models.relationship import Quietness, Relationship, Stage, StageChange

# Fewer stays than this say nothing about what is usual.
LEAST_STAYS = 5
# The cards that moved last are enough to know what is usual, and keep the page fast in its tenth year.
MOST_CARDS = 300
# In place of the moment since when a card stands too long in a stage of which nobody knows what is usual.
AFTER_EVERY_CARD = datetime.max.replace(tzinfo=UTC)
OneOfTheTwo = aliased(Organisation, name="one_of_the_two")


class DaysBefore(FunctionElement[datetime]):
    """The moment so many days of 24 hours before another; ``days`` may be a column. True to the second."""

    type = UtcDateTime()
    name = "days_before"
    inherit_cache = True


@compiles(DaysBefore, "sqlite")
def _days_before_on_sqlite(element: DaysBefore, compiler: SQLCompiler, **named: Any) -> str:
    # Moments are kept as text there, always with six digits of the second.
    moment, days = (compiler.process(part, **named) for part in element.clauses)
    return f"(datetime({moment}, '-' || {days} || ' days') || '.000000')"


@compiles(DaysBefore, "postgresql")
def _days_before_on_postgresql(element: DaysBefore, compiler: SQLCompiler, **named: Any) -> str:
    moment, days = (compiler.process(part, **named) for part in element.clauses)
    return f"(CAST({moment} AS timestamptz) - make_interval(hours => 24 * ({days})))"


@cache
def _moves() -> Select[Any]:
    """The moves of the cards that moved last, card by card in their order."""
    newest = (
        select(Relationship.id, Relationship.created_at)
        .where(Relationship.organisation_id == bindparam("organisation_id"))
        .order_by(Relationship.stage_since.desc(), Relationship.id.desc())
        .limit(MOST_CARDS)
        .subquery()
    )
    columns: list[Any] = [newest.c.id, newest.c.created_at, StageChange.from_stage, StageChange.at]
    return (
        select(*columns)
        .join(StageChange, StageChange.relationship_id == newest.c.id)
        .where(StageChange.undone_at.is_(None))
        .order_by(newest.c.id, StageChange.id)
    )


def usual_times(session: Session, organisation_id: int) -> dict[Stage, timedelta]:
    """How long cards of this organisation usually stood in a stage before they left it: the median.

    A stage is missing while fewer than five cards have left it. Moves that were undone do not count.
    """
    moves = rows_of(session, _moves(), {"organisation_id": organisation_id})
    lengths: dict[Stage, list[float]] = defaultdict(list)
    began: dict[int, datetime] = {}
    for card_id, created_at, stage, ended in moves:
        lengths[stage].append((ended - began.get(card_id, created_at)).total_seconds())
        began[card_id] = ended
    return {
        stage: timedelta(seconds=median(seconds))
        for stage, seconds in lengths.items()
        if len(seconds) >= LEAST_STAYS
    }


def quietness_now(
    stage: Stage,
    stage_since: datetime,
    quiet_since: datetime,
    quiet_after_days: int,
    cold_after_days: int,
    usual: Mapping[Stage, timedelta],
    now: datetime,
    is_resting: bool,
) -> Quietness:
    """How quiet a card is shown: cold only once it stood in its stage for the usual time; closed ones rest, and so do
    those of which ``resting_among`` says so.
    """
    now = now.replace(microsecond=0)
    if is_resting or stage is Stage.CLOSED or quiet_since > now - timedelta(days=quiet_after_days):
        return Quietness.FRESH
    is_cold = quiet_since <= now - timedelta(days=cold_after_days)
    is_patient = stage_since > now - usual.get(stage, timedelta())
    return Quietness.COLD if is_cold and not is_patient else Quietness.QUIET


def is_shown_as(
    ours: type[Relationship], quietness: Quietness, usual: Mapping[Stage, timedelta], now: datetime
) -> ColumnElement[bool]:
    """``quietness_now`` in SQL; ``ours`` may be an alias."""
    now = now.replace(microsecond=0)
    moment = bindparam(None, now, type_=UtcDateTime())
    return is_shown_at(ours, quietness, moment, {stage: now - time for stage, time in usual.items()})


def is_shown_at(
    ours: type[Relationship],
    quietness: Quietness,
    moment: BindParameter[datetime],
    patient_with: Mapping[Stage, datetime | BindParameter[datetime]],
) -> ColumnElement[bool]:
    """As ``is_shown_as``, with moments as ``has_turned_cold_at`` takes them."""
    is_quiet = is_quiet_at(ours, moment)
    has_turned_cold = has_turned_cold_at(ours, moment, patient_with)
    match quietness:
        case Quietness.COLD:
            return and_(has_turned_cold, is_quiet)
        case Quietness.QUIET:
            return and_(~has_turned_cold, is_quiet)
    return ~is_quiet


def this_second() -> BindParameter[datetime]:
    """The placeholder for now; ``values_of_quietness`` gives its value."""
    return moment_placeholder("this_second")


def moments_of_patience() -> dict[Stage, BindParameter[datetime]]:
    """The placeholders for ``patient_with``; ``values_of_quietness`` gives their values."""
    return {stage: moment_placeholder(_usually(stage)) for stage in Stage}


def values_of_quietness(usual: Mapping[Stage, timedelta], now: datetime) -> dict[str, datetime]:
    """The values for the placeholders of ``this_second`` and ``moments_of_patience``."""
    second = now.replace(microsecond=0)
    return {"this_second": second} | {
        _usually(stage): second - usual[stage] if stage in usual else AFTER_EVERY_CARD for stage in Stage
    }


def has_turned_cold_at(
    ours: type[Relationship],
    moment: BindParameter[datetime],
    patient_with: Mapping[Stage, datetime | BindParameter[datetime]],
) -> ColumnElement[bool]:
    """Whether a card that ``is_quiet_at`` a moment without parts of a second is cold. A card that came into its stage
    after the stage's moment in ``patient_with`` has not stood there for as long as is usual.
    """
    is_patient = or_(
        false(),
        *(and_(ours.stage == stage, ours.stage_since > since) for stage, since in patient_with.items()),
    )
    is_old = quiet_since(ours) <= DaysBefore(moment, ours.cold_after_days)
    return and_(is_old, ~is_patient)


def is_quiet_at(ours: type[Relationship], moment: BindParameter[datetime]) -> ColumnElement[bool]:
    """Quiet or cold at a moment without parts of a second."""
    is_silent = quiet_since(ours) <= DaysBefore(moment, ours.quiet_after_days)
    return and_(ours.stage != Stage.CLOSED, is_silent, ~is_resting_at(ours, moment))


def resting_among(session: Session, relationship_ids: Collection[int], now: datetime) -> frozenset[int]:
    """The ids of those that ``is_resting_at`` this moment: one statement."""
    moment = bindparam(None, now.replace(microsecond=0), type_=UtcDateTime())
    resting = select(Relationship.id).where(
        Relationship.id.in_(relationship_ids), is_resting_at(Relationship, moment)
    )
    return frozenset(session.scalars(resting))


def is_resting_at(ours: type[Relationship], moment: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether nobody is expected to get in touch: the two meet soon, or one of them does not take part."""
    without_us, without_them = (
        exists().where(OneOfTheTwo.id == organisation_id, OneOfTheTwo.state.in_(TAKES_NO_PART))
        for organisation_id in (ours.organisation_id, ours.partner_id)
    )
    return or_(without_us, without_them, has_meeting_ahead(ours, moment))


def quiet_since(ours: type[Relationship]) -> ColumnElement[datetime]:
    """Since when nobody was in touch; before the first contact since the row was made."""
    return func.coalesce(ours.last_contact_at, ours.created_at)


def _usually(stage: Stage) -> str:
    """The placeholder for since when a card stands in the stage that has stood there for as long as is usual."""
    return f"usually_in_{stage.value}"
