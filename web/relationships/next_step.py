"""The next step of a relationship, and the one thing to do about it: the main button of its page."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel.speaklater import LazyString

from models.follow_up import FollowUp, FollowUpKind
from models.next_step import DealtStep
from models.step_kind import StepKind
from web.addresses import record_url
from web.follow_ups.words import due_words, what_words
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.pipeline.cards import StepWords, awaited_step_words, dealt_step_comes_first, dealt_step_words

ANSWER = _("Answer")
DEEDS: dict[StepKind, LazyString] = {
    StepKind.REQUEST: _("Answer their request"),
    StepKind.TIMES: _("Answer their times"),
    StepKind.PARTNERSHIP: _("Answer their proposal"),
    StepKind.SUMMARY: _("Answer their summary"),
    StepKind.DELIVERY: _("Confirm what is done"),
    StepKind.PROMISE: _("Open the promise"),
    StepKind.DISPUTE: _("Settle the promise"),
    StepKind.CHANGE_WAITS: _("Open the promise"),
    StepKind.MEETING: _("Open the meeting"),
    StepKind.OUTCOME: _("Tell the outcome"),
}
# While one of these waits, asking once more would only confuse.
ABOUT_TIMES = frozenset({StepKind.REQUEST, StepKind.TIMES})


@dataclass(frozen=True)
class TaskLine:
    """One follow-up in words."""

    what: str
    due: str
    who: str
    is_overdue: bool
    url: str


@dataclass(frozen=True)
class NextStep:
    """What is next, by when and who. ``has_chip`` is whether its being late has still to be said beside the day,
    ``is_awaited`` whether it is theirs to do, and ``is_about_times`` whether times of a meeting wait for an answer.
    """

    what: str
    due: str
    who: str
    is_overdue: bool
    has_chip: bool
    is_awaited: bool
    is_about_times: bool
    url: str
    action: str
    action_url: str


def next_step(
    dealt: DealtStep | None, awaited: DealtStep | None, follow_ups: list[FollowUp], now: datetime
) -> NextStep | None:
    """The most urgent of what our side has to do, else what we wait for; None: nothing is planned and nothing waits.

    ``dealt`` and ``awaited`` are the first steps of ours and of theirs, ``follow_ups`` the open ones in their order.
    """
    first = follow_ups[0] if follow_ups else None
    if dealt is not None and dealt_step_comes_first(dealt, first.due_at if first else None, now):
        return _of_dealings(dealt, dealt_step_words(dealt, now), str(DEEDS.get(dealt.kind, ANSWER)))
    if first is not None:
        return _of_follow_up(first, now)
    if awaited is not None:
        return _of_dealings(awaited, awaited_step_words(awaited, now), str(gettext("See what we wait for")))
    return None


def task_line(follow_up: FollowUp, now: datetime) -> TaskLine:
    who = follow_up.owner.name if follow_up.owner else gettext("nobody yet")
    if follow_up.is_theirs:
        who = gettext("theirs; %(name)s asks for it", name=who)
    return TaskLine(
        what=what_words(follow_up),
        due=due_words(follow_up, now),
        who=str(who),
        is_overdue=follow_up.is_overdue(now),
        url=record_url("follow_ups.show", "follow_up_id", follow_up.id),
    )


def _of_dealings(step: DealtStep, words: StepWords, action: str) -> NextStep:
    return NextStep(
        what=words.what,
        due=words.due,
        who=words.who,
        is_overdue=words.is_overdue,
        has_chip=words.is_overdue,
        is_awaited=words.is_awaited,
        is_about_times=step.kind in ABOUT_TIMES,
        url=words.url,
        action=action,
        action_url=words.url,
    )


def _of_follow_up(follow_up: FollowUp, now: datetime) -> NextStep:
    line = task_line(follow_up, now)
    is_nudge = follow_up.kind is FollowUpKind.NUDGE
    endpoint, action = (
        ("follow_ups.write", gettext("Write to them"))
        if is_nudge
        else ("follow_ups.done", gettext("Mark it done"))
    )
    return NextStep(
        what=line.what,
        due=line.due,
        who=line.who,
        is_overdue=line.is_overdue,
        has_chip=False,
        is_awaited=False,
        is_about_times=False,
        url=line.url,
        action=str(action),
        action_url=record_url(endpoint, "follow_up_id", follow_up.id),
    )
