"""What waits between us and a partner who is one already: answers about the partnership, and promises."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, and_, or_

from models.commitment_standing import Standing, State
from models.partnership import Partnership, PartnershipState
from models.partnership_people import Worker, current_counterparts, who_works_on
from models.partnership_policy import partner_sides_of, visible_partnerships
from models.placeholders import ANY_ACTOR, constant
from models.planning import day_in
from models.promise_steps import PromiseStep, step_of_promise
from models.promises import Promise, has_promise_under_way, promises_under_way
from models.side import Side
from models.step_kind import StepKind
from web.addresses import record_url
from web.database import db
from web.home.attention.line import AttentionLine, Scope, address, any_scope, capped, since
from web.labels import day_words
from web.localisation import gettext
from web.sides import side_name, with_sides

# A promise that is due later than this needs nobody's attention today.
DUE_SOON = timedelta(days=7)
# Time enough to ask the other side, and for them to answer.
PILOT_ENDS_SOON = timedelta(days=14)
LIVE = (PartnershipState.PROPOSED, PartnershipState.ACTIVE)
# A promise, the side of ours that it concerns, and what it asks of it; None: it is our draft, or theirs and late.
Waiting = tuple[Promise, Side, PromiseStep | None]


def what_partners_wait_for(scope: Scope) -> list[AttentionLine]:
    """Every kind of line about partnerships, which are read once for all of them."""
    partnerships = _partnerships(scope)
    begun = _begun(partnerships)
    promised = _lines(scope, begun, _waiting(scope, begun))
    return _to_answer(scope, partnerships) + promised + _pilots_that_end(scope, partnerships)


def what_one_owes(scope: Scope) -> list[AttentionLine]:
    """Of these lines the promises that the person has to keep: for a sponsor, who is told of nothing else."""
    begun = _begun(_partnerships(scope))
    me = scope.actor.person_id
    return _lines(
        scope,
        begun,
        [
            (promise, side, step)
            for promise, side, step in _waiting(scope, begun)
            if promise.standing.responsible_id == me and promise.standing.performer is side
        ],
    )


def _to_answer(scope: Scope, partnerships: list[Partnership]) -> list[AttentionLine]:
    """A partnership that they proposed, or a pilot that they ask to let grow."""
    lines = []
    for partnership in partnerships:
        for side in _sides(scope, partnership):
            if partnership.turn is side:
                lines.append(_answer_line(partnership, side))
    return capped(lines, len(lines), address("partnerships.index", {}))


def _pilots_that_end(scope: Scope, partnerships: list[Partnership]) -> list[AttentionLine]:
    """Pilots of which somebody has to decide whether they grow or are closed: nothing ends them by itself."""
    today = day_in(scope.now, scope.zone)
    ending = [
        (partnership, partnership.ends_on)
        for partnership in partnerships
        if partnership.state is PartnershipState.ACTIVE
        and partnership.growth_asked_by is None
        and partnership.ends_on is not None
        and partnership.ends_on <= today + PILOT_ENDS_SOON
    ]
    lines = [
        AttentionLine(
            what=gettext(
                "The pilot with %(partner)s ends: let it grow, or close it",
                partner=side_name(partnership, side.other),
            ),
            who=None,
            since=gettext("on %(day)s", day=day_words(ends_on)),
            action_label=gettext("Decide"),
            action_url=record_url("partnerships.show", "partnership_id", partnership.id),
            icon="link-2",
            is_urgent=ends_on < today,
        )
        for partnership, ends_on in sorted(ending, key=lambda each: each[1])
        for side in _sides(scope, partnership)
    ]
    return capped(lines, len(lines), address("partnerships.index", {}))


def _begun(partnerships: list[Partnership]) -> dict[int, Partnership]:
    return {each.id: each for each in partnerships if each.state is not PartnershipState.PROPOSED}


def _waiting(scope: Scope, begun: Mapping[int, Partnership]) -> list[Waiting]:
    """What promises ask of us, what is overdue first. What somebody owes is theirs alone in their own list, while they
    may work on it.
    """
    if not begun:
        return []
    waiting = []
    promises = promises_under_way(db.session, begun, scope.now)
    workers = _workers(promises, begun)
    for promise in promises:
        for side in _sides(scope, begun[promise.partnership_id]):
            step = step_of_promise(promise.standing, side)
            if _is_told(scope, workers, begun[promise.partnership_id], promise, side, step):
                waiting.append((promise, side, step))
    waiting.sort(key=lambda each: (not _is_overdue(each[2], scope.now), each[0].standing.terms.due_at))
    return waiting


def _lines(scope: Scope, begun: Mapping[int, Partnership], waiting: list[Waiting]) -> list[AttentionLine]:
    lines = [
        _promise_line(begun[promise.partnership_id], promise, side, step, _is_overdue(step, scope.now))
        for promise, side, step in waiting
    ]
    return capped(lines, len(lines), address("partnerships.index", {}))


def _partnerships(scope: Scope) -> list[Partnership]:
    """Those that the list is about, with the names of both sides: two statements, however many there are."""
    return list(db.session.scalars(_live(scope.is_office), scope.values))


@cache
def _live(is_office: bool) -> Select[Partnership]:
    # What is promised stays owed when a partnership is closed, and what was asked can still be answered.
    is_left = and_(Partnership.state == constant(PartnershipState.CLOSED), has_promise_under_way())
    statement = visible_partnerships(ANY_ACTOR).where(or_(Partnership.state.in_(LIVE), is_left))
    if is_office:
        written = any_scope(is_office).written
        statement = statement.where(
            or_(Partnership.asking_unit_id.in_(written), Partnership.asked_unit_id.in_(written))
        )
    return with_sides(statement).order_by(Partnership.id)


def _sides(scope: Scope, partnership: Partnership) -> list[Side]:
    sides = partner_sides_of(scope.actor, partnership)
    return [side for side in Side if side in sides]


def _workers(promises: Collection[Promise], begun: Mapping[int, Partnership]) -> frozenset[Worker]:
    """Of those who wrote or owe these promises, who may work on which of the partnerships."""
    named = {promise.standing.responsible_id for promise in promises}
    named |= {promise.standing.last_person_id for promise in promises}
    known = {person_id for person_id in named if person_id is not None}
    return who_works_on(db.session, begun.values(), known)


def _is_told(
    scope: Scope,
    workers: frozenset[Worker],
    partnership: Partnership,
    promise: Promise,
    side: Side,
    step: PromiseStep | None,
) -> bool:
    standing = promise.standing

    def is_ones_own(person_id: int | None) -> bool:
        """Whether it is for whoever looks: theirs, or of somebody who works on it no more, whom nobody reminds."""
        works = person_id is not None and Worker(promise.partnership_id, side, person_id) in workers
        return person_id == scope.actor.person_id or not works

    if step is None and standing.state is State.DRAFT:
        return standing.author is side and is_ones_own(standing.last_person_id)
    if step is None:
        return _is_theirs_and_late(standing, side) and _looks_after(scope, partnership, side)
    if step.due_at is None:
        return True
    # An answer that was put off comes back on its day.
    is_near = step.kind is not StepKind.DEFERRED and step.due_at <= scope.now + DUE_SOON
    return is_near and (scope.is_office or is_ones_own(standing.responsible_id))


def _looks_after(scope: Scope, partnership: Partnership, side: Side) -> bool:
    """Whether the person is the unit's office or named for it: what waits for the other side, for days on end, is for
    these alone. Where nobody is named it is for everybody of the unit.
    """
    named = {entry.person_id for entry in current_counterparts(partnership, side)}
    is_office = partnership.unit_id_of(side) in scope.actor.units_overseen
    return is_office or not named or scope.actor.person_id in named


def _is_theirs_and_late(standing: Standing, side: Side) -> bool:
    """Whether the other side owes us what it promised for a day that is over: whoever waits must not forget it."""
    return standing.state is State.OVERDUE and standing.performer is side.other


def _is_overdue(step: PromiseStep | None, now: datetime) -> bool:
    return step is not None and step.due_at is not None and step.due_at <= now


def _answer_line(partnership: Partnership, side: Side) -> AttentionLine:
    partner = side_name(partnership, side.other)
    if partnership.state is PartnershipState.PROPOSED:
        what = gettext("%(partner)s proposes a partnership", partner=partner)
    else:
        what = gettext("%(partner)s asks to let the pilot grow", partner=partner)
    return AttentionLine(
        what=what,
        who=None,
        since=since(partnership.created_at) if partnership.state is PartnershipState.PROPOSED else None,
        action_label=gettext("Answer"),
        action_url=record_url("partnerships.show", "partnership_id", partnership.id),
        icon="link-2",
        is_urgent=True,
    )


def _promise_line(
    partnership: Partnership, promise: Promise, side: Side, step: PromiseStep | None, is_urgent: bool
) -> AttentionLine:
    terms = promise.standing.terms
    if _is_theirs_and_late(promise.standing, side):
        what, label = gettext("They are late with their promise"), gettext("Look")
    else:
        what, label = _words(step, is_urgent)
    return AttentionLine(
        what=gettext("%(news)s: %(what)s", news=what, what=terms.what),
        who=side_name(partnership, side.other),
        since=gettext("by %(day)s", day=day_words(terms.due_on)),
        action_label=label,
        action_url=record_url("commitments.show", "commitment_id", promise.commitment_id),
        icon="list-checks",
        is_urgent=is_urgent,
    )


def _words(step: PromiseStep | None, is_overdue: bool) -> tuple[str, str]:
    """What is the matter, and the word of the one move."""
    if step is None:
        return gettext("Not sent yet"), gettext("Send")
    match step.kind:
        case StepKind.PROMISE if is_overdue:
            return gettext("Overdue promise"), gettext("Report it done")
        case StepKind.PROMISE:
            return gettext("Promise due soon"), gettext("Report it done")
        case StepKind.CHANGE_WAITS:
            return gettext("They have not answered the change you asked for"), gettext("Report it done")
        case StepKind.DELIVERY:
            return gettext("They say it is done"), gettext("Confirm")
        case StepKind.CHANGE:
            return gettext("They ask for a change"), gettext("Answer")
        case StepKind.DISPUTE:
            return gettext("In dispute"), gettext("Settle it")
    return gettext("They wait for your answer"), gettext("Answer")
