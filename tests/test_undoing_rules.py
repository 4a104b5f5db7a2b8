"""What undoing a batch of the board would take back, asked of either database."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.organisation import Unit
from models.person import Membership, MembershipState
from models.pipeline_moves import give_owner
from models.pipeline_undo import Undoing, relationships_of_batch, relationships_to_undo, undo
from models.relationship import Relationship
from tests.alba_cards import alba as alba
from tests.cards import add_card
from tests.world import World

BATCH, LATER = "firstbatch", "laterbatch"
Happening = Callable[[Session, World, Relationship], None]


def nothing(_session: Session, _world: World, _ours: Relationship) -> None:
    return None


def owner_leaves(session: Session, world: World, _ours: Relationship) -> None:
    role = session.scalars(select(Membership).where(Membership.person_id == world.people["max"])).one()
    role.state = MembershipState.ENDED


def given_on(session: Session, world: World, ours: Relationship) -> None:
    give_owner(session, ours, world.people["max"], None, LATER, utc_now())


def given_on_and_back(session: Session, world: World, ours: Relationship) -> None:
    given_on(session, world, ours)
    give_owner(session, ours, world.people["olga"], None, LATER, utc_now())


@pytest.mark.parametrize(
    ("happens", "undoing"),
    [
        (nothing, Undoing.WHOLE),
        (owner_leaves, Undoing.OWNER_GONE),
        (given_on, Undoing.CHANGED_SINCE),
        (given_on_and_back, Undoing.CHANGED_SINCE),
    ],
)
def test_what_is_offered_is_what_is_done(
    alba: tuple[Session, World, Unit], happens: Happening, undoing: Undoing
) -> None:
    session, world, unit = alba
    ours = add_card(session, unit, "Nord", owner_id=world.people["max"])
    add_card(session, unit, "Ost", owner_id=world.people["max"])
    now = utc_now()
    give_owner(session, ours, world.people["olga"], None, BATCH, now)
    session.flush()
    happens(session, world, ours)
    session.flush()
    is_offered = undoing is Undoing.WHOLE
    assert session.scalars(relationships_of_batch(BATCH, now)).all() == [ours.id]
    assert session.scalars(relationships_to_undo(BATCH, now)).all() == ([ours.id] if is_offered else [])
    in_a_week = now + timedelta(days=7)
    assert session.scalars(relationships_of_batch(BATCH, in_a_week)).all() == []
    assert session.scalars(relationships_to_undo(BATCH, in_a_week)).all() == []
    owner_id = ours.owner_id
    assert undo(session, ours, BATCH, now) is undoing
    session.flush()
    assert ours.owner_id == (world.people["max"] if is_offered else owner_id)
    assert session.scalars(relationships_to_undo(BATCH, now)).all() == []
