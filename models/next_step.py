"""The next step of a card: the follow-up that is due first, or a step that the dealings themselves ask for.

Those are our answers to times of an introduction that runs, to a proposed partnership and to a pilot that is to grow;
what a promise asks of us (``models.promise_steps``); a meeting that is set; and our account of one that is over. Whose
turn it is follows from the same steps, those of both sides (``models.turn``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from models.actor import Actor
from models.base import UtcDateTime
from models.commitment import Commitment
from models.commitment_standing import SILENCE
from models.database import rows_of
from models.dealings_policy import is_introduction_visible, visible_follow_ups
from models.follow_up import FollowUp
from models.introduction import Introduction, IntroductionState, Proposal, ProposalState
from models.meeting import Meeting, MeetingState
from models.outcome import Outcome
from models.partnership import Partnership, PartnershipState
from models.partnership_policy import visible_partnerships
from models.placeholders import (
    ANY_ACTOR,
    constant,
    ids_placeholder,
    moment_placeholder,
    values_of_actor,
    with_words_written,
)
from models.promise_steps import (
    HeldTerms,
    LastMove,
    due_of_kind,
    has_held_terms,
    is_last_move,
    kind_asked_of,
)
from models.relationship import Relationship, Stage
from models.side import Side
from models.step_kind import StepKind

NO_MOMENT = null().cast(UtcDateTime())
NO_DAY = null().cast(Date())
NO_WORDS = literal("")


@dataclass(frozen=True)
class DealtStep:
    """``record_id`` is that of the introduction, partnership, commitment or meeting. An answer is due before its time
    runs out, a meeting and its outcome when it ends; answers about a partnership or a promise have no last day, but one
    that was put off has the day of its return.

    ``what`` are the words of a promise, and ``due_on`` its day as it was agreed, wherever it is read.
    """

    kind: StepKind
    record_id: int
    due_at: datetime | None
    due_on: date | None = None
    what: str = ""


def urgency(due_at: datetime | None, now: datetime) -> tuple[int, datetime]:
    """To sort steps by: what is overdue; then an answer without a last day, because somebody waits for it; then what is
    still to come.
    """
    if due_at is None:
        return 1, now
    return (0 if due_at <= now else 2), due_at


def dealt_steps_of(
    session: Session, actor: Actor, relationship_ids: Collection[int], now: datetime
) -> dict[int, DealtStep]:
    """By the relationship, the first of those that the actor may see: one statement."""
    rows = _steps_in_order(session, actor, relationship_ids, now, are_theirs=False)
    # The first one to be written into the dictionary from behind is the last to stay.
    return {row.relationship_id: _step(row) for row in reversed(rows)}


def steps_between(
    session: Session, actor: Actor, relationship_id: int, now: datetime
) -> tuple[list[DealtStep], list[DealtStep]]:
    """All of ours and all of theirs that the actor may see, the most urgent first: two statements.

    Theirs are without what they owe to nobody but themselves: their account of a meeting.
    """
    ours, theirs = (
        [_step(row) for row in _steps_in_order(session, actor, [relationship_id], now, are_theirs)]
        for are_theirs in (False, True)
    )
    return ours, theirs


def _steps_in_order(
    session: Session, actor: Actor, relationship_ids: Collection[int], now: datetime, are_theirs: bool
) -> list[Any]:
    values = values_of_dealt_steps(actor, now) | {"relationship_ids": list(relationship_ids)}
    rows = rows_of(session, _dealt_steps_of(are_theirs), values)
    return sorted(rows, key=lambda row: (urgency(row.due_at, now), row.record_id))


def _step(row: Any) -> DealtStep:
    return DealtStep(StepKind(row.kind), row.record_id, row.due_at, row.due_on, row.what)


def values_of_dealt_steps(actor: Actor, now: datetime) -> dict[str, Any]:
    """What has to be given to whoever executes ``soonest_steps``."""
    return values_of_actor(actor) | {"steps_at": now, "silent_since": now - SILENCE}


@cache
def soonest_steps() -> Subquery:
    """When the next step of each relationship is due, as far as the actor may read it: ``relationship_id``, ``due_at``
    and ``urgent_at``, which puts cards in the order of ``urgency``.

    Whoever executes it gives ``values_of_dealt_steps`` and an ``organisation_id``. An answer without a last day is due
    at no moment, and urgent now.
    """
    follow_ups = visible_follow_ups(ANY_ACTOR).where(
        FollowUp.organisation_id == bindparam("organisation_id"),
        FollowUp.done_at.is_(None),
        FollowUp.dropped_at.is_(None),
    )
    is_ours = Relationship.organisation_id == bindparam("organisation_id")
    dealt = _dealt_steps(is_ours, are_theirs=False).subquery()
    steps = union_all(
        follow_ups.with_only_columns(FollowUp.relationship_id, FollowUp.due_at),
        select(dealt.c.relationship_id, dealt.c.due_at),
    ).subquery()
    urgent_at = func.coalesce(steps.c.due_at, moment_placeholder("steps_at"))
    soonest = select(
        steps.c.relationship_id,
        func.min(steps.c.due_at).label("due_at"),
        func.min(urgent_at).label("urgent_at"),
    )
    return soonest.group_by(steps.c.relationship_id).subquery("soonest")


@cache
def _dealt_steps_of(are_theirs: bool) -> CompoundSelect[Any]:
    """Those of the relationships ``relationship_ids``."""
    which = Relationship.id.in_(ids_placeholder("relationship_ids"))
    return with_words_written(_dealt_steps(which, are_theirs))


def _dealt_steps(which: ColumnElement[bool], are_theirs: bool) -> CompoundSelect[Any]:
    """Ours or theirs of ``which`` relationships, each as ``relationship_id`` and the fields of ``DealtStep``, with
    placeholders for who asks and when.
    """
    between = (_introductions, _partnerships, _promises)
    kinds = between if are_theirs else (*between, _meetings)
    return union_all(
        *(
            steps_of(side, side.other if are_theirs else side).where(which)
            for steps_of in kinds
            for side in Side
        )
    )


def _columns(kind: Any, record_id: Any, due_at: Any, due_on: Any = NO_DAY, what: Any = NO_WORDS) -> list[Any]:
    return [
        Relationship.id.label("relationship_id"),
        kind.label("kind"),
        record_id.label("record_id"),
        due_at.label("due_at"),
        due_on.label("due_on"),
        what.label("what"),
    ]


def _introductions(side: Side, owner: Side) -> Select[Any]:
    """Those in which ``side`` has to answer the open times, for relationships of the side ``owner``."""
    waits_first = Introduction.state == constant(IntroductionState.PROPOSED)
    kind = case((waits_first, constant(StepKind.REQUEST)), else_=constant(StepKind.TIMES))
    asked_for = kind if side is Side.ASKED else constant(StepKind.TIMES)
    return (
        select(Introduction)
        .join(Proposal, Proposal.introduction_id == Introduction.id)
        .join(Relationship, is_between(Introduction, owner))
        .where(
            is_introduction_visible(ANY_ACTOR),
            Proposal.state == constant(ProposalState.OPEN),
            Proposal.made_by == side.other,
            Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED)),
            Introduction.expires_at > moment_placeholder("steps_at"),
        )
        .with_only_columns(*_columns(asked_for, Introduction.id, Introduction.expires_at))
    )


def _partnerships(side: Side, owner: Side) -> Select[Any]:
    """Those about which ``side`` has to answer."""
    proposed, active = constant(PartnershipState.PROPOSED), constant(PartnershipState.ACTIVE)
    is_proposed = and_(Partnership.state == proposed, Partnership.proposed_by == side.other)
    is_to_grow = and_(Partnership.state == active, Partnership.growth_asked_by == side.other)
    kind = case((is_proposed, constant(StepKind.PARTNERSHIP)), else_=constant(StepKind.GROWTH))
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, is_between(Partnership, owner))
        .where(or_(is_proposed, is_to_grow))
        .with_only_columns(*_columns(kind, Partnership.id, NO_MOMENT))
    )


def _promises(side: Side, owner: Side) -> Select[Any]:
    """What promises ask of ``side`` in a partnership that goes on or is closed: what is owed then stays owed. They were
    sent, so both sides see them.
    """
    begun = constant(PartnershipState.ACTIVE), constant(PartnershipState.CLOSED)
    now = moment_placeholder("steps_at")
    kind = kind_asked_of(side, now, moment_placeholder("silent_since"))
    on_their_day = kind.in_((constant(StepKind.PROMISE), constant(StepKind.CHANGE_WAITS)))
    due_on = case((on_their_day, HeldTerms.due_on))
    return (
        visible_partnerships(ANY_ACTOR)
        .join(Relationship, is_between(Partnership, owner))
        .join(Commitment, Commitment.partnership_id == Partnership.id)
        .join(LastMove, is_last_move())
        .join(HeldTerms, has_held_terms())
        .where(Partnership.state.in_(begun), kind.is_not(None))
        .with_only_columns(*_columns(kind, Commitment.id, due_of_kind(kind), due_on, HeldTerms.what))
    )


def _meetings(side: Side, owner: Side) -> Select[Any]:
    """Those ahead, and those of which ``side`` has told nothing; on a closed card nobody waits for that."""
    now = moment_placeholder("steps_at")
    is_told = exists().where(Outcome.meeting_id == Meeting.id, Outcome.side == side)
    is_ahead = and_(Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > now)
    lacks_outcome = and_(
        Meeting.state.in_((MeetingState.SCHEDULED, MeetingState.HELD)), Meeting.ends_at <= now, ~is_told
    )
    kind = case((is_ahead, constant(StepKind.MEETING)), (lacks_outcome, constant(StepKind.OUTCOME)))
    return (
        select(Introduction)
        .join(Meeting, Meeting.introduction_id == Introduction.id)
        .join(Relationship, is_between(Introduction, owner))
        # As one value: SQLite would look up the meetings of everybody by their state rather than ours.
        .where(is_introduction_visible(ANY_ACTOR), Relationship.stage != Stage.CLOSED, kind.is_not(None))
        .with_only_columns(*_columns(kind, Meeting.id, Meeting.ends_at))
    )


def is_between(record: type[Introduction] | type[Partnership], owner: Side) -> ColumnElement[bool]:
    """Whether ``Relationship`` is the one that the side ``owner`` of the record has with the other side."""
    ours, theirs = record.asking_unit_id, record.asked_unit_id
    if owner is Side.ASKED:
        ours, theirs = theirs, ours
    return and_(Relationship.unit_id == ours, Relationship.partner_unit_id == theirs)
