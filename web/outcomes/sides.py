"""On which side of a meeting the person stands, and what of that side's own account they may read."""

from dataclasses import dataclass

from flask import abort
from sqlalchemy import exists, select

from models.actor import Action
from models.base import utc_now
from models.dealings_policy import is_left_to_members, sides_of
from models.introduction import Introduction
from models.meeting import Meeting
from models.outcome import SharedSummary
from models.person import Person
from models.policy import can
from models.relationship import Relationship
from models.side import Side
from models.unit_people import offices_of, people_of_unit, present_people
from web.access import current_actor
from web.database import db
from web.sides import short_side_name, side_among, units_of


@dataclass(frozen=True)
class Stand:
    """The side for which the person looks at a meeting. ``ours`` is None before the two were ever introduced."""

    side: Side
    ours: Relationship | None
    our_name: str
    partner_name: str


def stand_of(meeting: Meeting) -> Stand:
    """Where the current person stands; with a foot on both sides, the acting unit decides."""
    introduction = meeting.introduction
    side = side_among(sides_of(current_actor(), introduction), units_of(introduction))
    return Stand(
        side=side,
        ours=_card_of(introduction, side),
        our_name=introduction.organisation_of(side).name,
        partner_name=short_side_name(introduction, side.other),
    )


def is_reader(meeting: Meeting, stand: Stand) -> bool:
    """Whether the current person reads what that side keeps of the meeting: as its office, or taking part."""
    actor, introduction = current_actor(), meeting.introduction
    if introduction.unit_id_of(stand.side) in actor.units_overseen:
        return True
    if stand.ours is not None and can(actor, Action.RELATIONSHIP_READ, stand.ours, utc_now()):
        return True
    return actor.person_id in {person.id for person in present_people(db.session, introduction, stand.side)}


def refuse_unless_reader(meeting: Meeting, stand: Stand) -> None:
    """End the request with 403 for somebody of that side who neither is its office nor takes part."""
    if not is_reader(meeting, stand):
        abort(403)


def refuse_unless_answering(meeting: Meeting, stand: Stand) -> None:
    """End the request with 403 for whoever is no reader, unless a summary of the other side is left to them."""
    if is_reader(meeting, stand):
        return
    summed_up = exists().where(
        SharedSummary.meeting_id == meeting.id, SharedSummary.written_by == stand.side.other
    )
    left = select(Introduction.id).where(
        Introduction.id == meeting.introduction_id,
        is_left_to_members(current_actor(), stand.side),
        summed_up,
    )
    if db.session.scalar(left) is None:
        abort(403)


def people_of_side(introduction: Introduction, side: Side) -> list[Person]:
    """Who may own what this side does next: those who take part, then the unit's members and its offices."""
    named = present_people(db.session, introduction, side)
    return list(dict.fromkeys([*named, *people_of_unit(db.session, introduction.unit_of(side))]))


def answerers_of_side(introduction: Introduction, side: Side) -> list[Person]:
    """To whom of this side a summary goes: those who came to it, else the office, else whoever takes part in the card,
    else the members of the unit. ``refuse_unless_answering`` lets each of them in.
    """
    unit = introduction.unit_of(side)
    named = present_people(db.session, introduction, side)
    return (
        named
        or offices_of(db.session, unit)
        or _people_of_card(introduction, side)
        or people_of_unit(db.session, unit)
    )


def _people_of_card(introduction: Introduction, side: Side) -> list[Person]:
    """Who of the unit owns, sponsors or takes part in this side's card."""
    ours = _card_of(introduction, side)
    if ours is None:
        return []
    named = {ours.owner_id, ours.sponsor_id, *(entry.person_id for entry in ours.people)}
    return [person for person in people_of_unit(db.session, introduction.unit_of(side)) if person.id in named]


def _card_of(introduction: Introduction, side: Side) -> Relationship | None:
    our_unit_id, their_unit_id = introduction.unit_id_of(side), introduction.unit_id_of(side.other)
    return db.session.scalar(
        select(Relationship).where(
            Relationship.unit_id == our_unit_id, Relationship.partner_unit_id == their_unit_id
        )
    )
