"""What our own organisation has already: whom it is in contact with, and what its other units offer. Reads only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.introduction import Introduction, IntroductionState
from models.organisation import Unit, reach_of
from models.partnership import Partnership, PartnershipState
from models.post import Post, PostSide, is_open_at
from models.relationship import Relationship, Stage


def organisations_in_contact(session: Session, organisation_id: int) -> frozenset[int]:
    """Return the organisations with which any unit of ours has dealings that are still alive: a request, a
    partnership, or a card of the pipeline that is past a mere suggestion.
    """
    asked = Introduction.state.in_((IntroductionState.PROPOSED, IntroductionState.ACCEPTED))
    bound = Partnership.state.in_((PartnershipState.PROPOSED, PartnershipState.ACTIVE))
    known = Relationship.stage.not_in((Stage.SUGGESTED, Stage.CLOSED))
    found: set[int] = set()
    for theirs, ours, is_alive in (
        (Introduction.asked_organisation_id, Introduction.asking_organisation_id, asked),
        (Introduction.asking_organisation_id, Introduction.asked_organisation_id, asked),
        (Partnership.asked_organisation_id, Partnership.asking_organisation_id, bound),
        (Partnership.asking_organisation_id, Partnership.asked_organisation_id, bound),
        (Relationship.partner_id, Relationship.organisation_id, known),
    ):
        found |= _others(session, theirs, ours, is_alive, organisation_id)
    return frozenset(found)


def _others(
    session: Session,
    theirs: InstrumentedAttribute[int],
    ours: InstrumentedAttribute[int],
    is_alive: ColumnElement[bool],
    organisation_id: int,
) -> set[int]:
    return set(session.scalars(select(theirs).where(ours == organisation_id, is_alive)))


def offered_elsewhere(session: Session, unit_id: int, organisation_id: int, now: datetime) -> tuple[int, ...]:
    """Return the ids of the open capabilities of our units that are neither this one nor below it."""
    units = session.execute(select(Unit.id, Unit.parent_id).where(Unit.organisation_id == organisation_id))
    reach = reach_of(unit_id, {one.id: one.parent_id for one in units})
    capabilities = select(Post.id).where(
        Post.organisation_id == organisation_id,
        Post.unit_id.not_in(reach),
        Post.side == PostSide.CAPABILITY,
        is_open_at(now),
    )
    return tuple(session.scalars(capabilities.order_by(Post.id)))
