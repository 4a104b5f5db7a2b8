"""The one way to load a record for a person: through what the actor may see, or 404."""

from typing import TypeVar

from flask import abort
from sqlalchemy import Select

from models.base import Base, utc_now
from models.database import is_writing
from models.dismissal import Dismissal
from models.organisation import Organisation, Unit
from models.person import Membership
from models.policy import (
    Actor,
    visible_dismissals,
    visible_memberships,
    visible_organisations,
    visible_posts,
    visible_units,
)
from models.post import Post
from web.database import db

Record = TypeVar("Record", bound=Base)


def load_organisation(actor: Actor, organisation_id: int) -> Organisation:
    return _only(visible_organisations(actor).where(Organisation.id == organisation_id), Organisation)


def load_unit(actor: Actor, unit_id: int) -> Unit:
    return _only(visible_units(actor).where(Unit.id == unit_id), Unit)


def load_post(actor: Actor, post_id: int) -> Post:
    return _only(visible_posts(actor, utc_now()).where(Post.id == post_id), Post)


def load_membership(actor: Actor, membership_id: int) -> Membership:
    return _only(visible_memberships(actor).where(Membership.id == membership_id), Membership)


def load_dismissal(actor: Actor, dismissal_id: int) -> Dismissal:
    return _only(visible_dismissals(actor).where(Dismissal.id == dismissal_id), Dismissal)


def _only(statement: Select[Record], model: type[Record]) -> Record:
    if is_writing(db.session):
        # PostgreSQL holds the row until the commit; SQLite's one writer needs no such lock and ignores it.
        statement = statement.with_for_update(of=model)
    record = db.session.scalar(statement)
    if record is None:
        abort(404)
    return record
