"""Taking a merger back: the organisation is one of its own again, with all that is its units' by now.

Units kept their ids, so they say themselves what is theirs, also of what was added since. What they cannot say stands
in the trail beside the merger: the rhythms and domains that were its own, and what both had and it gave up.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Table, Update, and_, case, func, null, or_, select, update
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.base import Base
from models.belonging import ORGANISATION, columns_that_name_whose_a_row_is, move_at_once
from models.changelog import note_organisation_change
from models.follow_up import Cadence
from models.organisation import Organisation, OrganisationDomain, OrganisationState, Unit
from models.person import Membership, MembershipState
from models.post import Post
from models.relationship import Relationship
from models.unit_people import reach

# The actions in the trail.
MERGED = "organisation.merge"
SEPARATED = "organisation.separate"


@dataclass(frozen=True)
class Going:
    """How much goes back with the units, in numbers."""

    units: int
    people: int
    posts: int
    cards: int


class Obstacle(StrEnum):
    """Why a merger cannot be taken back now."""

    NOT_NOTED = "not_noted"
    TARGET_IS_MERGED = "target_is_merged"
    UNIT_IS_CLOSED = "unit_is_closed"


def merged_into(session: Session, organisation: Organisation) -> list[Organisation]:
    """Those that are part of it, by name."""
    statement = select(Organisation).where(Organisation.merged_into_id == organisation.id)
    return list(session.scalars(statement.order_by(Organisation.name, Organisation.id)))


def entry_of_merger(session: Session, organisation: Organisation) -> AuditEntry | None:
    """What was noted when it was last merged; ``unit_id`` is the unit that it became."""
    noted = select(AuditEntry).where(
        AuditEntry.action == MERGED,
        AuditEntry.record_kind == ORGANISATION,
        AuditEntry.record_id == organisation.id,
    )
    entry = session.scalar(noted.order_by(AuditEntry.id.desc()).limit(1))
    return entry if entry is not None and "kept" in entry.changes else None


def obstacle_to_separating(
    session: Session, organisation: Organisation, entry: AuditEntry | None
) -> Obstacle | None:
    """``organisation`` was merged, and ``entry`` is its ``entry_of_merger``."""
    if entry is None:
        return Obstacle.NOT_NOTED
    if session.get_one(Organisation, organisation.merged_into_id).merged_into_id is not None:
        return Obstacle.TARGET_IS_MERGED
    if session.get_one(Unit, entry.unit_id).closed_at is not None:
        return Obstacle.UNIT_IS_CLOSED
    return None


def what_goes(session: Session, entry: AuditEntry) -> Going:
    unit_ids = _units_that_go(session, entry)
    people = select(func.count(Membership.person_id.distinct())).where(
        Membership.unit_id.in_(unit_ids), Membership.state == MembershipState.ACTIVE
    )
    posts = select(func.count(Post.id)).where(Post.unit_id.in_(unit_ids))
    cards = select(func.count(Relationship.id)).where(
        or_(Relationship.unit_id.in_(unit_ids), Relationship.partner_unit_id.in_(unit_ids))
    )
    return Going(
        units=len(unit_ids),
        people=session.scalar(people) or 0,
        posts=session.scalar(posts) or 0,
        cards=session.scalar(cards) or 0,
    )


def _units_that_go(session: Session, entry: AuditEntry) -> frozenset[int]:
    """The ids of the unit that it became and of all below it, also of those that were added since."""
    return reach(session, session.get_one(Unit, entry.unit_id))


def separate(session: Session, organisation: Organisation, entry: AuditEntry, now: datetime) -> None:
    """Take the merger back within the current write transaction. All loaded records are expired by it."""
    old_id, target_id, root_id = organisation.id, organisation.merged_into_id, entry.unit_id
    assert target_id is not None
    kept = entry.changes["kept"]
    unit_ids = _units_that_go(session, entry)
    _part_with_rhythms_of_the_other(session, unit_ids, target_id, kept["rhythms"])
    # Whatever was made the usual one meanwhile was so for the other side; it gets back its own below.
    session.execute(update(Cadence).where(Cadence.id.in_(kept["rhythms"])).values(is_default=False))
    organisation.state = OrganisationState.APPROVED
    organisation.merged_into_id = None
    organisation.decided_at = now
    session.flush()
    # Whoever writes a row of one of the units meanwhile is waited for, and their row goes along.
    session.execute(select(Unit.id).where(Unit.id.in_(unit_ids)).order_by(Unit.id).with_for_update()).all()
    unit = Base.metadata.tables[Unit.__tablename__]
    moves = {
        table.name: _back(table, unit_ids, kept["rhythms"], old_id)
        for table in columns_that_name_whose_a_row_is()
        if table.name != OrganisationDomain.__tablename__
    }
    root_has_none = case((unit.c.id == root_id, null()), else_=unit.c.parent_id)
    moves[unit.name] = moves[unit.name].values({unit.c.parent_id: root_has_none})
    move_at_once(session.connection(), moves)
    session.expire_all()
    _give_back_what_it_gave_up(session, organisation, target_id, kept)
    for organisation_id in (old_id, target_id):
        note_organisation_change(session, organisation_id)


def _back(table: Table, unit_ids: frozenset[int], rhythm_ids: list[int], old_id: int) -> Update:
    columns = columns_that_name_whose_a_row_is()[table]
    goes = {column: _goes_along(table, column.name, unit_ids, rhythm_ids) for column in columns}
    values = {column: case((condition, old_id), else_=column) for column, condition in goes.items()}
    return update(table).where(or_(*goes.values())).values(values)


def _goes_along(
    table: Table, column: str, unit_ids: frozenset[int], rhythm_ids: list[int]
) -> ColumnElement[bool]:
    """Whether the unit, or the card of the unit, that stands beside this column in a row goes."""
    if table.name == Unit.__tablename__:
        return table.c.id.in_(unit_ids)
    if table.name == Cadence.__tablename__:
        return table.c.id.in_(rhythm_ids)
    beside = {
        key.referred_table.name: next(other for other in key.columns if other.name != column)
        for key in table.foreign_key_constraints
        if column in key.columns and len(key.columns) > 1
    }
    if Unit.__tablename__ in beside:
        return beside[Unit.__tablename__].in_(unit_ids)
    cards = select(Relationship.id).where(Relationship.unit_id.in_(unit_ids))
    return beside[Relationship.__tablename__].in_(cards)


def _part_with_rhythms_of_the_other(
    session: Session, unit_ids: frozenset[int], target_id: int, rhythm_ids: list[int]
) -> None:
    """Cards that follow a rhythm of the other side go back to the usual one of their own."""
    goes, is_theirs = Relationship.unit_id.in_(unit_ids), Relationship.cadence_id.in_(rhythm_ids)
    session.execute(
        update(Relationship)
        .where(
            Relationship.organisation_id == target_id,
            Relationship.cadence_id.is_not(None),
            or_(and_(goes, ~is_theirs), and_(~goes, is_theirs)),
        )
        .values(cadence_id=None)
        .execution_options(synchronize_session=False)
    )


def _give_back_what_it_gave_up(
    session: Session, organisation: Organisation, target_id: int, kept: dict[str, Any]
) -> None:
    usual = (Cadence.id == kept["usual_rhythm"], Cadence.retired_at.is_(None))
    session.execute(update(Cadence).where(*usual).values(is_default=True))
    target = session.get_one(Organisation, target_id)
    for row in list(target.domains):
        if row.domain in kept["domains_moved"]:
            target.domains.remove(row)
    for domain in kept["domains"]:
        organisation.domains.append(OrganisationDomain(domain=domain))
    for post_id, mark in kept["import_marks"]:
        post = session.get(Post, post_id)
        if post is not None and post.organisation_id == organisation.id and post.external_id is None:
            post.external_id = mark
