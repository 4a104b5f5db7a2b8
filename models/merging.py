"""Merging an organisation that was registered twice into the one that lives on: nothing ends, everything moves.

Its units keep their ids, and so all that hangs on them: its root becomes a unit below the other's root. Each row that
names the organisation names the other one from then on. Only who was put aside (``dismissal.dismissed_id``) stays as it
was chosen. ``models.separating`` takes it back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Update, case, exists, func, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, aliased, selectinload

from models.base import Base
from models.belonging import columns_that_name_whose_a_row_is, move_at_once
from models.changelog import note_organisation_change
from models.follow_up import Cadence
from models.introduction import Introduction
from models.organisation import Organisation, OrganisationDomain, OrganisationState, Unit
from models.post import Post
from models.relationship import Relationship
from models.unit_people import people_of_organisation


@dataclass(frozen=True)
class Moving:
    """How much moves, in numbers; requests ``between`` the two are then requests within one organisation."""

    units: int
    people: int
    posts: int
    cards: int
    between: int


def can_be_merged(organisation: Organisation) -> bool:
    """Whether somebody has looked at it and it still is one of its own. Of one that nobody approved, people who were
    never checked would see at once what those of the other one see.
    """
    return organisation.is_approved and organisation.merged_into_id is None


def others_to_merge_into(session: Session, organisation: Organisation) -> list[Organisation]:
    """Approved ones of the same kind, by name: what others see of a post depends on the kind of its owner. Their units
    and places come along.
    """
    statement = select(Organisation).where(
        Organisation.state == OrganisationState.APPROVED,
        Organisation.merged_into_id.is_(None),
        Organisation.kind == organisation.kind,
        Organisation.id != organisation.id,
    )
    places = selectinload(Organisation.units).joinedload(Unit.place)
    return list(session.scalars(statement.options(places).order_by(Organisation.name, Organisation.id)))


def what_moves(session: Session, organisation: Organisation, target: Organisation) -> Moving:
    ours, theirs = organisation.id, target.id
    cards = or_(Relationship.organisation_id == ours, Relationship.partner_id == ours)
    return Moving(
        units=_count(session, Unit, Unit.organisation_id == ours),
        people=len(people_of_organisation(session, ours)),
        posts=_count(session, Post, Post.organisation_id == ours),
        cards=_count(session, Relationship, cards),
        between=_count(
            session,
            Introduction,
            Introduction.asking_organisation_id.in_((ours, theirs)),
            Introduction.asked_organisation_id.in_((ours, theirs)),
            Introduction.asking_organisation_id != Introduction.asked_organisation_id,
        ),
    )


def merge(
    session: Session, organisation: Organisation, target: Organisation, now: datetime
) -> dict[str, Any]:
    """Move everything within the current write transaction. All loaded records are expired by it.

    Returns what nobody could tell of it afterwards, for the trail: ``models.separating`` reads it.
    """
    old_id, new_id, root_id = organisation.id, target.id, target.root_unit.id
    kept = _give_up_what_may_be_there_once(session, organisation, target)
    organisation.state = OrganisationState.CLOSED
    organisation.merged_into_id = new_id
    organisation.decided_at = now
    session.flush()
    _move_rows(session.connection(), old_id, new_id, root_id)
    session.expire_all()
    # The posts that moved are among those of the organisation by now, and are looked at again with them.
    note_organisation_change(session, new_id)
    return kept


def _give_up_what_may_be_there_once(
    session: Session, organisation: Organisation, target: Organisation
) -> dict[str, Any]:
    """The usual rhythm and the domains that both have are the other's, and so are the marks of imported posts."""
    old_id, new_id = organisation.id, target.id
    rhythms = session.scalars(select(Cadence).where(Cadence.organisation_id == old_id)).all()
    usual = next((rhythm for rhythm in rhythms if rhythm.is_default), None)
    if usual is not None:
        usual.is_default = False
    known = {row.domain for row in target.domains}
    domains = [row.domain for row in organisation.domains]
    moved = [domain for domain in domains if domain not in known]
    organisation.domains.clear()
    for domain in moved:
        target.domains.append(OrganisationDomain(domain=domain))
    twin = aliased(Post)
    is_there = exists().where(
        twin.organisation_id == new_id, twin.side == Post.side, twin.external_id == Post.external_id
    )
    marked_twice = session.scalars(select(Post).where(Post.organisation_id == old_id, is_there)).all()
    import_marks = [[post.id, post.external_id] for post in marked_twice]
    for post in marked_twice:
        post.external_id = None
    return {
        "rhythms": [rhythm.id for rhythm in rhythms],
        "usual_rhythm": usual.id if usual is not None else None,
        "domains": domains,
        "domains_moved": moved,
        "import_marks": import_marks,
    }


def _move_rows(connection: Connection, old_id: int, new_id: int, root_id: int) -> None:
    unit = Base.metadata.tables[Unit.__tablename__]
    # Whoever writes a row of one of the units meanwhile is waited for, and their row moves, too.
    units = select(unit.c.id).where(unit.c.organisation_id == old_id).with_for_update()
    connection.execute(units).all()
    moves = {
        table.name: _to_new_organisation(table, columns, old_id, new_id)
        for table, columns in columns_that_name_whose_a_row_is().items()
    }
    parent_id = case((unit.c.parent_id.is_(None), root_id), else_=unit.c.parent_id)
    moves[unit.name] = moves[unit.name].values({unit.c.parent_id: parent_id})
    move_at_once(connection, moves)


def _to_new_organisation(table: Table, columns: list[Column[int]], old_id: int, new_id: int) -> Update:
    values = {column: case((column == old_id, new_id), else_=column) for column in columns}
    return update(table).where(or_(*(column == old_id for column in columns))).values(values)


def _count(session: Session, model: type[Base], *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0
