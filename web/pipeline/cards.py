"""What a card of the pipeline says: plain values of a row, so that board and table compute nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.follow_up import FollowUpKind
from models.next_step import DealtStep, urgency
from models.organisation import OrganisationState
from models.pipeline import PipelineRow
from models.quietness import quietness_now
from models.relationship import Quietness, Stage
from models.step_kind import ABOUT_PROMISES, StepKind
from web.addresses import record_url
from web.labels import day_of, day_words
from web.localisation import gettext
from web.moments import viewer_zone
from web.pipeline.words import (
    AWAITED_STEPS,
    CLOSED_REASONS,
    DEALT_STEPS,
    STAGES,
    THEIR_TURN,
    THEY_OWE,
    THEY_WAIT,
    WHOSE_MOVE,
    gone_words,
    quiet_words,
)


@dataclass(frozen=True)
class StepWords:
    """The next step, or what we wait for: what, by or since when, who; ``url`` is where it is done."""

    what: str
    due: str
    who: str
    is_overdue: bool
    url: str
    is_awaited: bool = False


@dataclass(frozen=True)
class Card:
    """One relationship. ``moves`` are the other stages as (code, words); ``gone`` says that the partner is closed, or
    not in the network at the moment, and ``is_to_be_closed`` that the card is left open with one that is closed.
    """

    id: int
    partner: str
    gone: str | None
    is_to_be_closed: bool
    partner_unit: str | None
    unit: str
    url: str
    move_url: str
    stage: str
    stage_word: str
    since: str
    closed_because: str | None
    owner: str | None
    step: StepWords | None
    plan_url: str
    quietness: str
    quiet_words: str
    moves: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        return f"{self.partner}, {self.partner_unit}" if self.partner_unit else self.partner


def cards_of(rows: list[PipelineRow], usual: Mapping[Stage, timedelta], now: datetime) -> list[Card]:
    """The cards of these rows, in their order."""
    moves = {stage: other_stages(stage) for stage in {row.stage for row in rows}}
    zone = viewer_zone()
    return [_card(row, usual, now, zone, moves[row.stage]) for row in rows]


def is_to_be_closed(stage: Stage, partner_state: OrganisationState) -> bool:
    """Whether nothing is left to do on a card but to close it, unless something is owed or planned."""
    return partner_state is OrganisationState.CLOSED and stage is not Stage.CLOSED


def other_stages(stage: Stage) -> tuple[tuple[str, str], ...]:
    """Where a card of this stage can be moved, as (code, words)."""
    return tuple((other.value, str(words)) for other, words in STAGES.items() if other is not stage)


def _card(
    row: PipelineRow,
    usual: Mapping[Stage, timedelta],
    now: datetime,
    zone: str,
    moves: tuple[tuple[str, str], ...],
) -> Card:
    quietness = quietness_now(
        row.stage,
        row.stage_since,
        row.quiet_since,
        row.quiet_after_days,
        row.cold_after_days,
        usual,
        now,
        row.is_resting,
    )
    days = (now - row.quiet_since) // timedelta(days=1)
    return Card(
        id=row.id,
        partner=row.partner,
        gone=None if row.is_within else gone_words(row.partner_state),
        is_to_be_closed=is_to_be_closed(row.stage, row.partner_state),
        partner_unit=None if row.is_with_root else row.partner_unit,
        unit=row.unit,
        url=record_url("relationships.show", "relationship_id", row.id),
        move_url=record_url("pipeline.move_now", "relationship_id", row.id),
        stage=row.stage.value,
        stage_word=str(STAGES[row.stage]),
        since=day_of(row.stage_since, zone),
        closed_because=str(CLOSED_REASONS[row.closed_reason]) if row.closed_reason else None,
        owner=row.owner,
        step=_step(row, now, zone),
        plan_url=record_url("follow_ups.new", "relationship_id", row.id),
        quietness=(Quietness.FRESH if row.stage is Stage.CLOSED else quietness).value,
        quiet_words=quiet_words(
            quietness, days, row.quiet_after_days, row.cold_after_days, usual.get(row.stage)
        ),
        moves=moves,
    )


def dealt_step_comes_first(step: DealtStep, other_due_at: datetime | None, now: datetime) -> bool:
    """Whether it comes before a follow-up that is due at that moment; None: there is no follow-up."""
    return other_due_at is None or urgency(step.due_at, now) < urgency(other_due_at, now)


def dealt_step_words(step: DealtStep, now: datetime, zone: str | None = None) -> StepWords:
    return StepWords(
        what=_deed(str(DEALT_STEPS[step.kind]), step),
        due=_dealt_due(step, zone),
        who=str(WHOSE_MOVE.get(step.kind, THEY_WAIT)),
        is_overdue=step.due_at is not None and step.due_at <= now,
        url=_dealt_step_url(step),
    )


def awaited_step_words(step: DealtStep, now: datetime, zone: str | None = None) -> StepWords:
    """What we wait for from the partner, since when, or by when they promised it."""
    is_promise = step.kind is StepKind.PROMISE
    has_day = is_promise or step.kind is StepKind.DEFERRED
    return StepWords(
        what=_deed(str(AWAITED_STEPS[step.kind]), step),
        due=_dealt_due(step, zone) if has_day or step.since is None else _since(step.since, zone),
        who=str(THEY_OWE if is_promise else THEIR_TURN),
        is_overdue=is_promise and step.due_at is not None and step.due_at <= now,
        url=_dealt_step_url(step),
        is_awaited=True,
    )


def _deed(deed: str, step: DealtStep) -> str:
    return gettext("%(deed)s: %(what)s", deed=deed, what=step.what) if step.what else deed


def _since(moment: datetime, zone: str | None) -> str:
    return str(gettext("since %(day)s", day=day_of(moment, zone)))


def _dealt_due(step: DealtStep, zone: str | None) -> str:
    if step.due_on is not None:
        return day_words(step.due_on)
    return str(gettext("no date")) if step.due_at is None else day_of(step.due_at, zone)


def _dealt_step_url(step: DealtStep) -> str:
    if step.kind in ABOUT_PROMISES:
        return record_url("commitments.show", "commitment_id", step.record_id)
    match step.kind:
        case StepKind.REQUEST | StepKind.TIMES:
            return record_url("introductions.show", "introduction_id", step.record_id)
        case StepKind.MEETING:
            return record_url("meetings.show", "meeting_id", step.record_id)
        case StepKind.OUTCOME:
            return record_url("outcomes.log", "meeting_id", step.record_id)
        case StepKind.SUMMARY:
            return record_url("outcomes.show", "meeting_id", step.record_id)
        case StepKind.HEARD_NEED:
            return record_url("heard_needs.show", "heard_need_id", step.record_id)
    return record_url("partnerships.show", "partnership_id", step.record_id)


def _step(row: PipelineRow, now: datetime, zone: str) -> StepWords | None:
    if row.dealt_step is not None and dealt_step_comes_first(row.dealt_step, row.step_due_at, now):
        return dealt_step_words(row.dealt_step, now, zone)
    if row.step_id is None or row.step is None or row.step_due_on is None or row.step_due_at is None:
        return None if row.awaited_step is None else awaited_step_words(row.awaited_step, now, zone)
    is_nudge = row.step_kind is FollowUpKind.NUDGE
    who = row.step_owner or gettext("nobody yet")
    if row.step_is_theirs:
        who = gettext("theirs; %(name)s asks for it", name=who)
    return StepWords(
        what=gettext("Ask how things are progressing") if is_nudge else row.step,
        due=day_words(row.step_due_on),
        who=str(who),
        is_overdue=row.step_due_at <= now,
        url=record_url("follow_ups.show", "follow_up_id", row.step_id),
    )
