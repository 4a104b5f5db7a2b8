"""The steps that the moves of an introduction are made of: offered times, their settling, and what both sides keep."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.asking import IntroductionRefused, Refusal
from models.booking import hold, release
from models.cadence import was_in_touch
from models.introduction import (
    SLOTS_IN_A_PROPOSAL,
    Introduction,
    IntroductionPerson,
    IntroductionState,
    Proposal,
    ProposalState,
    Slot,
)
from models.meeting import MeetingMode
from models.person import Person
from models.relationship import (
    ContactKind,
    Direction,
    Relationship,
    Stage,
    advance_stage,
    relationship_between,
    take_part,
)
from models.side import Side
from models.wall_time import moment_of


@dataclass(frozen=True)
class TimeOffer:
    """One time that is offered: the naive wall time of the clock in ``zone`` (IANA), and how long it takes."""

    starts_local: datetime
    zone: str
    length: timedelta

    @property
    def starts_at(self) -> datetime:
        """The moment in UTC. Raises NoSuchTimeError in the gap of a clock."""
        return moment_of(self.starts_local, self.zone)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.length


@dataclass(frozen=True)
class Times:
    """What one side proposes: one to three times, with how and where."""

    offers: tuple[TimeOffer, ...]
    mode: MeetingMode = MeetingMode.IN_PERSON
    where: str = ""
    note: str = ""


@dataclass(frozen=True)
class Party:
    """Who moves, for which side: a person, or a guest by name who answers through a signed link."""

    side: Side
    person_id: int | None
    guest_name: str = ""


def check_times(times: Times, now: datetime) -> None:
    """Refuse no times, more than three, past ones, and such as overlap each other."""
    if not 0 < len(times.offers) <= SLOTS_IN_A_PROPOSAL:
        raise IntroductionRefused(Refusal.WRONG_TIMES)
    offers = sorted(times.offers, key=lambda offer: offer.starts_at)
    if offers[0].starts_at <= now:
        raise IntroductionRefused(Refusal.TIME_PAST)
    for earlier, later in pairwise(offers):
        if later.starts_at < earlier.ends_at:
            raise IntroductionRefused(Refusal.WRONG_TIMES)


def settle_proposal(session: Session, proposal: Proposal, state: ProposalState, at: datetime) -> None:
    """Close the open proposal and give its times back. Raises if it is not open any more."""
    is_open = (Proposal.id == proposal.id, Proposal.state == ProposalState.OPEN)
    change = update(Proposal).where(*is_open).values(state=state, answered_at=at)
    if session.scalar(change.returning(Proposal.id)) is None:
        raise IntroductionRefused(Refusal.ANSWERED_ALREADY)
    session.refresh(proposal, ["state", "answered_at"])
    release(session, slot_ids=[slot.id for slot in proposal.slots])


def settle(
    session: Session,
    introduction: Introduction,
    state: IntroductionState,
    person_id: int | None,
    at: datetime,
) -> None:
    """End the wait for the first answer. Raises if somebody ended it before."""
    change = (
        update(Introduction)
        .where(Introduction.id == introduction.id, Introduction.state == IntroductionState.PROPOSED)
        .values(state=state, answered_at=at, answered_by_id=person_id, version=Introduction.version + 1)
    )
    if session.scalar(change.returning(Introduction.id)) is None:
        raise IntroductionRefused(Refusal.ANSWERED_ALREADY)
    session.refresh(introduction, ["state", "answered_at", "answered_by_id", "version"])


def open_proposal(
    session: Session, introduction: Introduction, times: Times, by: Party, now: datetime
) -> Proposal:
    """Put these times up for the other side and keep them free for those of ours who are free."""
    proposal = Proposal(
        made_by=by.side,
        person_id=by.person_id,
        guest_name=by.guest_name,
        mode=times.mode,
        where=times.where,
        note=times.note,
        created_at=now,
    )
    introduction.proposals.append(proposal)
    for offer in times.offers:
        proposal.slots.append(
            Slot(
                starts_local=offer.starts_local,
                zone=offer.zone,
                starts_at=offer.starts_at,
                ends_at=offer.ends_at,
            )
        )
    session.flush()
    people = [person.id for person in introduction.people_of(by.side)]
    for slot in proposal.slots:
        hold(session, slot.id, slot.starts_at, slot.ends_at, people)
    return proposal


def name_people(
    session: Session, introduction: Introduction, side: Side, person_ids: Collection[int]
) -> None:
    """Let these people take part: both sides see their names, and they read the thread and our notes."""
    named = {person.id for person in introduction.people_of(side)}
    ours = relationship_of(session, introduction, side)
    for person_id in dict.fromkeys(person_ids):
        if person_id not in named:
            introduction.people.append(
                IntroductionPerson(side=side, person_id=person_id, person=session.get_one(Person, person_id))
            )
        take_part(session, ours, person_id)
    session.flush()


def choose_people(
    session: Session, introduction: Introduction, side: Side, person_ids: Collection[int]
) -> None:
    """Let exactly these come along on this side. Who was named before and stays behind still reads our notes."""
    introduction.people = [
        entry for entry in introduction.people if entry.side is not side or entry.person_id in person_ids
    ]
    name_people(session, introduction, side, person_ids)


def relationship_of(session: Session, introduction: Introduction, side: Side) -> Relationship:
    """What this side keeps about the dealings."""
    return relationship_between(session, introduction.unit_of(side), introduction.unit_of(side.other))


def note_move(
    session: Session, introduction: Introduction, by: Party, stage: Stage, now: datetime, words: str = ""
) -> Relationship:
    """Note on both sides that ``by`` was heard, and move both cards on; return the card of the side of ``by``."""
    ours = relationship_of(session, introduction, by.side)
    theirs = relationship_of(session, introduction, by.side.other)
    if by.person_id is not None:
        take_part(session, ours, by.person_id)
        ours.owner_id = ours.owner_id or by.person_id
    for card, direction, person_id in (
        (ours, Direction.OURS, by.person_id),
        (theirs, Direction.THEIRS, None),
    ):
        advance_stage(session, card, stage, person_id, now)
        was_in_touch(session, card, now, ContactKind.MESSAGE, direction, person_id, words, None, now)
    return ours
