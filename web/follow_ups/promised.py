"""What was promised to partners and is still to be done: it stands below the follow-ups, and is counted with them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, select

from models.organisation import Unit
from models.partnership import Partnership, PartnershipState
from models.partnership_people import Worker, who_works_on
from models.partnership_policy import partner_sides_of, visible_partnerships
from models.person import Person
from models.placeholders import ANY_ACTOR, constant, values_of_actor
from models.promise_steps import step_of_promise
from models.promises import Promise, has_promise_under_way, promises_under_way
from models.step_kind import StepKind
from web.access import current_actor, current_person_id
from web.addresses import record_url
from web.database import db
from web.labels import day_words
from web.localisation import gettext
from web.reach import units_below
from web.sides import side_name, with_sides

OWED = (StepKind.PROMISE, StepKind.CHANGE_WAITS)


@dataclass(frozen=True)
class PromisedRow:
    """One promise that is owed; ``with_partner`` is ``what`` and the partner. ``who`` does it, and ``is_mine`` says
    whether whoever looks has to see to it.
    """

    what: str
    url: str
    partner: str
    with_partner: str
    due: str
    due_at: datetime
    is_overdue: bool
    who: str
    is_mine: bool


def is_something_promised() -> ColumnElement[bool]:
    """Whether there is any such partnership of the person, for the statement that counts their follow-ups."""
    return _owing().with_only_columns(Partnership.id).exists()


def promised_rows(unit: Unit, now: datetime) -> list[PromisedRow]:
    """What the unit and all below it, or the person, owes to partners, by its day: eight statements at most.

    For where ``is_something_promised``; otherwise there is nothing to ask for.
    """
    owing = with_sides(_owing()).order_by(Partnership.id)
    partnerships = {each.id: each for each in db.session.scalars(owing, values_of_actor(current_actor()))}
    promises = promises_under_way(db.session, partnerships, now)
    people = {each.standing.responsible_id for each in promises if each.standing.responsible_id is not None}
    workers = who_works_on(db.session, partnerships.values(), people)
    # Asked once: for a unit below the person's own it takes a question.
    reach = units_below(unit, current_actor())
    owed = [
        (promise, partnerships[promise.partnership_id])
        for promise in promises
        if _is_owed(promise, partnerships[promise.partnership_id], unit, reach)
    ]
    names = _names(people) if owed else {}
    owed.sort(key=lambda each: each[0].standing.terms.due_at)
    return [
        _row(
            promise,
            partnership,
            _who_does(promise, workers, names),
            _is_ones_own(promise, workers),
            now,
        )
        for promise, partnership in owed
    ]


def _is_owed(promise: Promise, partnership: Partnership, unit: Unit, reach: frozenset[int]) -> bool:
    """Whether it is for a unit in reach of this one, or at least for its organisation where the person is named."""
    standing, actor = promise.standing, current_actor()
    side = standing.performer
    step = step_of_promise(standing, side)
    is_ours = partnership.unit_id_of(side) in reach
    is_named = (
        partnership.organisation_id_of(side) == unit.organisation_id
        and standing.responsible_id == actor.person_id
    )
    is_ones_work = side in partner_sides_of(actor, partnership)
    return step is not None and step.kind in OWED and is_ones_work and (is_ours or is_named)


def _is_ones_own(promise: Promise, workers: Collection[Worker]) -> bool:
    """The person's, or of somebody who may not work on it any more: whoever may has to see to it."""
    responsible_id = promise.standing.responsible_id
    return responsible_id == current_person_id() or not _does_somebody(promise, workers)


def _does_somebody(promise: Promise, workers: Collection[Worker]) -> bool:
    """Whether whoever is to keep it may still work on it."""
    standing = promise.standing
    responsible_id = standing.responsible_id
    if responsible_id is None:
        return False
    return Worker(promise.partnership_id, standing.performer, responsible_id) in workers


def _who_does(promise: Promise, workers: Collection[Worker], names: dict[int, str]) -> str:
    """Their name, while they may still work on it."""
    if not _does_somebody(promise, workers):
        return gettext("nobody looks after it")
    return names[promise.standing.responsible_id or 0]


def _row(promise: Promise, partnership: Partnership, who: str, is_mine: bool, now: datetime) -> PromisedRow:
    standing = promise.standing
    is_overdue = standing.terms.due_at <= now
    day, partner = day_words(standing.terms.due_on), side_name(partnership, standing.customer)
    return PromisedRow(
        what=standing.terms.what,
        url=record_url("commitments.show", "commitment_id", promise.commitment_id),
        partner=partner,
        with_partner=f"{standing.terms.what}, {partner}",
        due=gettext("overdue since %(day)s", day=day) if is_overdue else gettext("due %(day)s", day=day),
        due_at=standing.terms.due_at,
        is_overdue=is_overdue,
        who=who,
        is_mine=is_mine,
    )


def _names(person_ids: Collection[int]) -> dict[int, str]:
    people = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {person.id: person.name for person in people}


@cache
def _owing() -> Select[Partnership]:
    """Partnerships in which something is promised: what is owed stays owed when they are closed."""
    begun = constant(PartnershipState.ACTIVE), constant(PartnershipState.CLOSED)
    return visible_partnerships(ANY_ACTOR).where(Partnership.state.in_(begun), has_promise_under_way())
