"""Whom dealings concern: the office of a unit, or whoever is named for it, or its members where nobody is."""

from sqlalchemy import ColumnElement, Exists, and_, exists, or_
from sqlalchemy.orm import InstrumentedAttribute

from models.dealings_policy import is_left_to_members, is_relationship_readable
from models.dealt_steps import is_between
from models.introduction import Introduction, IntroductionPerson
from models.side import Side
from models.tending import is_here
from web.home.attention.line import AnyScope


def is_ours(scope: AnyScope, side: Side) -> ColumnElement[bool]:
    """Whether the introduction concerns the scope on this side: the office's units, or oneself by name.

    A person's own are also those of their unit in which nobody is named, or nobody who is still here: somebody has to
    answer.
    """
    unit_id = Introduction.asking_unit_id if side is Side.ASKING else Introduction.asked_unit_id
    if scope.is_office:
        return unit_id.in_(scope.written)
    return or_(_is_named(scope, side), and_(unit_id.in_(scope.actor.units_written), ~_is_anybody_here(side)))


def _is_named(scope: AnyScope, side: Side) -> ColumnElement[bool]:
    """Whether the person is named on this side, and here."""
    organisation_id = organisation_of(side)
    oneself = _is_anybody_here(side).where(IntroductionPerson.person_id == scope.actor.person_id)
    return and_(organisation_id.in_(scope.actor.organisation_ids), oneself)


def _is_anybody_here(side: Side) -> Exists:
    return exists().where(
        IntroductionPerson.introduction_id == Introduction.id,
        IntroductionPerson.side == side,
        is_here(IntroductionPerson.person_id, organisation_of(side)),
    )


def answers(scope: AnyScope, side: Side) -> ColumnElement[bool]:
    """Whether a summary waits for the scope on this side; where nobody is named any more, for those who may read it."""
    if scope.is_office:
        return is_ours(scope, side)
    on_card = exists().where(is_between(Introduction, side), is_relationship_readable(scope.actor))
    return and_(
        is_ours(scope, side),
        or_(_is_named(scope, side), on_card, is_left_to_members(scope.actor, side)),
    )


def organisation_of(side: Side) -> InstrumentedAttribute[int]:
    return Introduction.asking_organisation_id if side is Side.ASKING else Introduction.asked_organisation_id
