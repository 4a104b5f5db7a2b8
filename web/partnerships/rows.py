"""The rows of the page of one partnership, told to one side: small frozen records that its template prints."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from models.commitment import Move
from models.commitment_standing import Standing, State
from models.met_in_person import first_met_in_person
from models.partnership import Partnership
from models.promise_steps import PromiseStep, step_of_promise
from models.promises import Promise, bilateral_experiences, experiences_with, record_of
from models.side import Side
from models.step_kind import StepKind
from models.trust import trust_of
from web.access import current_person_id
from web.commitments.late import next_words, timely_and_late_moves
from web.commitments.words import ENDINGS, MOVES, STATES
from web.database import db
from web.labels import day_of, day_words
from web.localisation import gettext
from web.partnerships.words import STAGES, on_time_words, trust_words
from web.sides import side_name

# The one move that a promise asks for, in the state in which it waits: the first of these that is possible.
MAIN_MOVES: dict[State, tuple[Move, ...]] = {
    State.DRAFT: (Move.SEND, Move.DRAFT),
    State.AGREED: (Move.DELIVER,),
    State.OVERDUE: (Move.DELIVER, Move.MARK_BROKEN),
    State.DELIVERED: (Move.SATISFIED,),
}


@dataclass(frozen=True)
class PromiseRow:
    """One promise in a list. ``action_label`` is its one move, empty where it is only looked at."""

    what: str
    who: str
    is_ours: bool
    due: str
    state: str
    state_kind: str
    next_step: str
    is_my_turn: bool
    is_their_turn: bool
    is_urgent: bool
    url: str
    action_label: str
    action_url: str


@dataclass(frozen=True)
class RecordView:
    """How one side kept its word; ``url`` opens the list behind the figures."""

    name: str
    kept: int
    late: int
    unconfirmed: int
    broken: int
    overdue: int
    open: int
    on_time: str
    trust: str
    url: str


@dataclass(frozen=True)
class HistoryRow:
    """One promise that is over, or whose figures count."""

    what: str
    who: str
    due: str
    ended: str
    ending: str
    state_kind: str
    url: str


def promise_rows(
    partnership: Partnership, promises: Collection[Promise], side: Side, now: datetime
) -> list[PromiseRow]:
    """Everything that is not over yet and that this side may see: what waits for us first, then by date."""
    waiting = [promise for promise in promises if promise.is_seen_by(side) and _is_alive(promise.standing)]
    waiting.sort(
        key=lambda promise: (
            not _is_turn(step_of_promise(promise.standing, side)),
            promise.standing.terms.due_at,
        )
    )
    return [_promise_row(partnership, promise, side, now) for promise in waiting]


def records(
    partnership: Partnership, promises: Collection[Promise], side: Side, now: datetime
) -> list[RecordView]:
    """Both sides' records, ours first, each with what the other side lived through with it."""
    views = []
    for each in (side, side.other):
        record = record_of(promises, each)
        lived = bilateral_experiences(promises, each, partnership.organisation_id_of(each.other))
        views.append(
            RecordView(
                name=side_name(partnership, each),
                kept=record.kept,
                late=record.late,
                unconfirmed=record.unconfirmed,
                broken=record.broken,
                overdue=record.overdue,
                open=record.open,
                on_time=on_time_words(record),
                trust=trust_words(trust_of(lived, now, is_capped=False)),
                url=url_for("partnerships.promises", partnership_id=partnership.id, side=each.value),
            )
        )
    return views


def general_trust(partnership: Partnership, side: Side, now: datetime) -> str:
    """How the other side's organisation keeps its word to everybody here; counts only, no names of others."""
    organisation_id = partnership.organisation_id_of(side.other)
    return trust_words(trust_of(experiences_with(db.session, organisation_id, now), now))


def history_rows(
    partnership: Partnership, promises: Collection[Promise], performer: Side | None, side: Side
) -> list[HistoryRow]:
    """The promises that are over, the newest end first; of one side if ``performer`` says so."""
    over = [
        promise
        for promise in promises
        if promise.is_seen_by(side)
        and promise.standing.ended_at is not None
        and performer in {None, promise.standing.performer}
    ]
    over.sort(key=lambda promise: (promise.standing.ended_at, promise.commitment_id), reverse=True)
    return [_history_row(partnership, promise) for promise in over]


def fact_rows(partnership: Partnership, side: Side) -> list[tuple[str, str]]:
    """The five facts of a partnership. A pilot shows these and no more."""
    ends = day_words(partnership.ends_on) if partnership.ends_on else gettext("open")
    return [
        (gettext("Between"), f"{side_name(partnership, side)} – {side_name(partnership, side.other)}"),
        (gettext("Began"), day_words(partnership.started_on)),
        (gettext("Ends"), ends),
        (gettext("Stage"), _stage_words(partnership)),
        (gettext("Met in person"), _met_words(partnership)),
    ]


def _is_alive(standing: Standing) -> bool:
    return standing.ended_at is None and standing.state not in {State.DECLINED, State.WITHDRAWN}


def _is_turn(step: PromiseStep | None) -> bool:
    """Whether the promise asks something of the side whose step this is, which does not wait for the other."""
    return step is not None and step.kind is not StepKind.CHANGE_WAITS


def _promise_row(partnership: Partnership, promise: Promise, side: Side, now: datetime) -> PromiseRow:
    standing = promise.standing
    is_ours = standing.performer is side
    state, kind = STATES[standing.state]
    timely, late = timely_and_late_moves(standing, side, current_person_id(), now)
    move = next((move for move in MAIN_MOVES.get(standing.state, ()) if move in timely), None)
    url = url_for("commitments.show", commitment_id=promise.commitment_id)
    step = step_of_promise(standing, side)
    is_my_turn = _is_turn(step)
    label = ""
    action_url = url
    if move is not None:
        label = str(MOVES[move].button)
        action_url = url_for("commitments.move", commitment_id=promise.commitment_id, move=move.value)
    elif step is not None and is_my_turn:
        label = gettext("Settle it") if step.kind is StepKind.DISPUTE else gettext("Answer")
    return PromiseRow(
        what=standing.terms.what,
        who=gettext("We owe") if is_ours else gettext("They owe"),
        is_ours=is_ours,
        due=day_words(standing.terms.due_on),
        state=str(state),
        state_kind=kind,
        next_step=next_words(standing, side, late),
        is_my_turn=is_my_turn,
        is_their_turn=_is_turn(step_of_promise(standing, side.other)),
        is_urgent=standing.state is State.OVERDUE,
        url=url,
        action_label=label,
        action_url=action_url,
    )


def _history_row(partnership: Partnership, promise: Promise) -> HistoryRow:
    standing = promise.standing
    assert standing.ending is not None
    assert standing.ended_at is not None
    return HistoryRow(
        what=standing.terms.what,
        who=side_name(partnership, standing.performer),
        due=day_words(standing.terms.due_on),
        ended=day_of(standing.ended_at),
        ending=str(ENDINGS[standing.ending]),
        state_kind=STATES[standing.state][1],
        url=url_for("commitments.show", commitment_id=promise.commitment_id),
    )


def _stage_words(partnership: Partnership) -> str:
    """ "Managing since 3 Mar 2027"."""
    began = [event.at for event in partnership.events if event.stage is partnership.stage]
    stage = str(STAGES[partnership.stage])
    if not began:
        return stage
    return str(gettext("%(stage)s since %(day)s", stage=stage, day=day_of(began[-1])))


def _met_words(partnership: Partnership) -> str:
    """When the two units first sat at one table, whichever of them had asked."""
    first = first_met_in_person(db.session, partnership.asking_unit_id, partnership.asked_unit_id)
    if first is None:
        return str(gettext("not yet"))
    return str(gettext("since %(day)s", day=day_of(first)))
