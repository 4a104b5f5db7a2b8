"""Who hears of a post that fits a unit's: its members, and the offices of the units above it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alert import DEFAULT_FREQUENCY, AlertSetting, Frequency
from models.organisation import Unit
from models.person import Membership, MembershipState, Person, Role

LOUDEST_FIRST = (Frequency.AT_ONCE, Frequency.DAILY, Frequency.WEEKLY, Frequency.OFF)


@dataclass(frozen=True)
class Reader:
    """A person as a reader for one unit of theirs, which is the unit of the setting that counts."""

    person_id: int
    organisation_id: int
    unit_id: int
    frequency: Frequency


def readers_of(
    session: Session, unit_ids: Iterable[int], organisation_ids: Iterable[int]
) -> dict[int, list[Reader]]:
    """Return who hears of what fits a post of each unit, each person once, by the setting of the nearest unit."""
    organisations = sorted(set(organisation_ids))
    parents: dict[int, int | None] = {
        row.id: row.parent_id
        for row in session.execute(
            select(Unit.id, Unit.parent_id).where(Unit.organisation_id.in_(organisations))
        )
    }
    at_units = _readers_at_units(session, organisations)
    return {unit_id: _nearest(unit_id, parents, at_units) for unit_id in set(unit_ids)}


def _readers_at_units(session: Session, organisation_ids: list[int]) -> dict[int, list[tuple[Role, Reader]]]:
    rows = session.execute(
        select(
            Membership.person_id,
            Membership.organisation_id,
            Membership.unit_id,
            Membership.role,
            AlertSetting.frequency,
        )
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(
            AlertSetting,
            (AlertSetting.person_id == Membership.person_id) & (AlertSetting.unit_id == Membership.unit_id),
        )
        .where(
            Membership.organisation_id.in_(organisation_ids),
            Membership.state == MembershipState.ACTIVE,
            Person.left_at.is_(None),
        )
        .order_by(Membership.id)
    )
    at_units: dict[int, list[tuple[Role, Reader]]] = {}
    for row in rows:
        frequency = row.frequency or DEFAULT_FREQUENCY[row.role]
        reader = Reader(row.person_id, row.organisation_id, row.unit_id, frequency)
        at_units.setdefault(row.unit_id, []).append((row.role, reader))
    return at_units


def _nearest(
    unit_id: int, parents: dict[int, int | None], at_units: dict[int, list[tuple[Role, Reader]]]
) -> list[Reader]:
    """Climb from the unit to the root: a member answers for the own unit only, office and admin for all below."""
    found: dict[int, Reader] = {}
    above: int | None = unit_id
    while above is not None:
        here: dict[int, Reader] = {}
        for role, reader in at_units.get(above, []):
            if role is Role.MEMBER and above != unit_id:
                continue
            # Somebody with two roles in one unit hears of it by the louder of the two.
            other = here.get(reader.person_id)
            if other is None or LOUDEST_FIRST.index(reader.frequency) < LOUDEST_FIRST.index(other.frequency):
                here[reader.person_id] = reader
        found = here | found
        above = parents.get(above)
    return list(found.values())
