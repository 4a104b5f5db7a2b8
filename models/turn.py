"""Whose turn it is between two units, from the next steps of both: so it cannot say another thing than their cards."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from models.next_step import DealtStep
from models.step_kind import ANSWERS, StepKind


class Turn(StrEnum):
    """What one side waits for from the other. Where several are true, the first is told: what is waited for now, ours
    before theirs, and only then what is promised for a day to come.
    """

    OUR_ANSWER = "our_answer"
    OUR_LATE_PROMISE = "our_late_promise"
    THEIR_ANSWER = "their_answer"
    THEIR_LATE_PROMISE = "their_late_promise"
    DISPUTE = "dispute"
    OUR_PROMISE = "our_promise"
    THEIR_PROMISE = "their_promise"
    NOBODY = "nobody"


def turn_between(ours: Collection[DealtStep], theirs: Collection[DealtStep], now: datetime) -> Turn:
    """Meetings, what is to be told of them and tasks of our own make nobody wait on the other side."""
    is_true = {
        Turn.OUR_ANSWER: _has_answer(ours),
        Turn.OUR_LATE_PROMISE: _has_promise(ours, now),
        Turn.THEIR_ANSWER: _has_answer(theirs),
        Turn.THEIR_LATE_PROMISE: _has_promise(theirs, now),
        Turn.DISPUTE: any(step.kind is StepKind.DISPUTE for step in ours),
        Turn.OUR_PROMISE: _has_promise(ours, None),
        Turn.THEIR_PROMISE: _has_promise(theirs, None),
    }
    return next((turn for turn in Turn if is_true.get(turn)), Turn.NOBODY)


def _has_answer(steps: Collection[DealtStep]) -> bool:
    return any(step.kind in ANSWERS for step in steps)


def _has_promise(steps: Collection[DealtStep], due_by: datetime | None) -> bool:
    """One whose day is over by then; None: whenever it is due."""
    return any(
        step.kind is StepKind.PROMISE
        and (due_by is None or (step.due_at is not None and step.due_at <= due_by))
        for step in steps
    )
