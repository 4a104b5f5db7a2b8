"""What waits between us and a partner who is one already: answers about the partnership, and promises."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import joinedload, selectinload

from models.commitment_standing import Standing, State
from models.partnership import Partnership, PartnershipState
from models.partnership_policy import partner_sides_of, visible_partnerships
from models.placeholders import ANY_ACTOR, constant
from models.promise_steps import PromiseStep, step_of_promise
from models.promises import Promise, has_promise_under_way, promises_under_way
from models.side import Side
from models.step_kind import StepKind
from models.tending import who_is_here
from web.addresses import record_url
from web.database import db
from web.home.attention.line import AttentionLine, Scope, address, any_scope, capped, since
from web.labels import day_words
from web.localisation import gettext
from web.partnerships.sides import side_name

# A promise that is due later than this needs nobody's attention today.
DUE_SOON = timedelta(days=7)
LIVE = (PartnershipState.PROPOSED, PartnershipState.ACTIVE)


def what_partners_wait_for(scope: Scope) -> list[AttentionLine]:
    """Both kinds of lines, of partnerships that are read once."""
    partnerships = _partnerships(scope)
    return _to_answer(scope, partnerships) + _promises_that_wait(scope, partnerships)


def _to_answer(scope: Scope, partnerships: list[Partnership]) -> list[AttentionLine]:
    """A partnership that they proposed, or a pilot that they ask to let grow."""
    lines = []
    for partnership in partnerships:
        for side in _sides(scope, partnership):
            if partnership.turn is side:
                lines.append(_answer_line(partnership, side))
    return capped(lines, len(lines), address("partnerships.index", {}))


def _promises_that_wait(scope: Scope, partnerships: list[Partnership]) -> list[AttentionLine]:
    """What promises ask of us, what is overdue first. What somebody owes is theirs alone in their own list, while they
    are here.
    """
    begun = {each.id: each for each in partnerships if each.state is not PartnershipState.PROPOSED}
    if not begun:
        return []
    waiting = []
    promises = promises_under_way(db.session, begun, scope.now)
    here = _who_is_here(scope, promises)
    for promise in promises:
        for side in _sides(scope, begun[promise.partnership_id]):
            step = step_of_promise(promise.standing, side)
            if _is_told(scope, here, promise.standing, side, step):
                waiting.append((promise, side, step))
    waiting.sort(key=lambda each: (not _is_overdue(each[2], scope.now), each[0].standing.terms.due_at))
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
    names = (
        joinedload(Partnership.asking_organisation),
        joinedload(Partnership.asked_organisation),
        joinedload(Partnership.asking_unit),
        joinedload(Partnership.asked_unit),
        selectinload(Partnership.counterparts),
    )
    return statement.options(*names).order_by(Partnership.id)


def _sides(scope: Scope, partnership: Partnership) -> list[Side]:
    sides = partner_sides_of(scope.actor, partnership)
    return [side for side in Side if side in sides]


def _who_is_here(scope: Scope, promises: Collection[Promise]) -> frozenset[int]:
    """Of those who wrote or owe these promises, who belongs to an organisation of ours now."""
    named = {promise.standing.responsible_id for promise in promises}
    named |= {promise.standing.last_person_id for promise in promises}
    known = {person_id for person_id in named if person_id is not None}
    return who_is_here(db.session, known, scope.actor.organisation_ids)


def _is_told(
    scope: Scope, here: frozenset[int], standing: Standing, side: Side, step: PromiseStep | None
) -> bool:
    if step is None:
        is_our_draft = standing.state is State.DRAFT and standing.author is side
        return is_our_draft and _is_ones_own(scope, here, standing.last_person_id)
    if step.due_at is None:
        return True
    is_ours_to_watch = scope.is_office or _is_ones_own(scope, here, standing.responsible_id)
    # An answer that was put off comes back on its day.
    is_near = step.kind is not StepKind.DEFERRED and step.due_at <= scope.now + DUE_SOON
    return is_near and is_ours_to_watch


def _is_ones_own(scope: Scope, here: frozenset[int], person_id: int | None) -> bool:
    """Whether it is for whoever looks: theirs, or of somebody who left, whom nobody reminds."""
    return person_id == scope.actor.person_id or person_id not in here


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
