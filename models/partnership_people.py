"""The people of a partnership: who works on a side, and whom to tell."""

from collections import defaultdict
from collections.abc import Collection
from itertools import product
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import Unit, reach_of
from models.partnership import Counterpart, Partnership
from models.person import Membership, MembershipState, Person, Role
from models.side import Side
from models.unit_people import people_of_unit


class Worker(NamedTuple):
    """Somebody who may work on this side of a partnership."""

    partnership_id: int
    side: Side
    person_id: int


def current_counterparts(partnership: Partnership, side: Side) -> list[Counterpart]:
    """Those whom this side names today, in the order in which they were named."""
    return [entry for entry in partnership.counterparts if entry.side is side and entry.ended_at is None]


def workers_of(session: Session, partnership: Partnership, side: Side) -> list[Person]:
    """Everybody who may work on this side: whom it named, the members of its unit, and the offices of it and above."""
    named_ids = {entry.person_id for entry in current_counterparts(partnership, side)}
    return people_of_unit(session, partnership.unit_of(side), named_ids)


def who_works_on(
    session: Session, partnerships: Collection[Partnership], person_ids: Collection[int]
) -> frozenset[Worker]:
    """Of these people, who may work on which side of which of these partnerships, as by ``workers_of``: two statements,
    however many there are, where the counterparts of the partnerships are loaded.
    """
    if not person_ids:
        return frozenset()
    roles = session.execute(
        select(Membership.person_id, Membership.organisation_id, Membership.unit_id, Membership.role)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.person_id.in_(person_ids),
            Membership.state == MembershipState.ACTIVE,
            Person.left_at.is_(None),
        )
    ).all()
    theirs = {row.organisation_id for row in roles}
    units = session.execute(select(Unit.id, Unit.parent_id).where(Unit.organisation_id.in_(theirs)))
    parents: dict[int, int | None] = {row.id: row.parent_id for row in units}
    houses_of: dict[int, set[int]] = defaultdict(set)
    units_of: dict[int, set[int]] = defaultdict(set)
    for row in roles:
        houses_of[row.person_id].add(row.organisation_id)
        if row.role is Role.MEMBER:
            units_of[row.person_id].add(row.unit_id)
        elif row.role is Role.OFFICE:
            units_of[row.person_id] |= reach_of(row.unit_id, parents)
    workers = set()
    for partnership, side in product(partnerships, Side):
        named = {entry.person_id for entry in current_counterparts(partnership, side)}
        for person_id, houses in houses_of.items():
            is_named = person_id in named and partnership.organisation_id_of(side) in houses
            if is_named or partnership.unit_id_of(side) in units_of[person_id]:
                workers.add(Worker(partnership.id, side, person_id))
    return frozenset(workers)


def people_to_tell(session: Session, partnership: Partnership, side: Side) -> list[Person]:
    """Whom to write to about the partnership: those named on this side; before anybody is named, those of its
    introduction and whoever proposed it; failing them, everybody who works on this side.
    """
    workers = workers_of(session, partnership, side)
    named = {entry.person_id for entry in current_counterparts(partnership, side)}
    if not named and partnership.introduction is not None:
        named = {person.id for person in partnership.introduction.people_of(side)}
    if partnership.proposed_by is side and not named:
        named = {partnership.proposed_by_id}
    return [person for person in workers if person.id in named] or workers
