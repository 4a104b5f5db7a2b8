"""Closing an organisation that ceased: what ends with it, and what stays for its partners.

What waits for somebody ends: its posts, requests, open times and meetings ahead, and nobody is asked again how things
are progressing. Cards, partnerships and promises stay as they are. They belong to the partners, too, who close them
with their own reason.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from models.audit import AuditEntry
from models.database import is_writing
from models.introduction import Introduction, IntroductionState, Proposal, ProposalState
from models.introduction_steps import settle, settle_proposal
from models.meeting import Meeting, MeetingState
from models.organisation import Organisation, OrganisationState, Unit
from models.partnership import Partnership, PartnershipState
from models.person import Person
from models.post import Post, PostState
from models.relationship import ClosedReason, Relationship, Stage
from models.side import Side
from models.tending import is_here
from models.unit_people import offices_of, people_of_organisation

Ending = TypeVar("Ending", Post, Introduction, Meeting, Relationship)
# The action in the trail that withdraws a post with its organisation.
POST_CLOSED = "post.close"
IS_OPEN = Relationship.stage != Stage.CLOSED


@dataclass(frozen=True)
class Closing:
    """What closing an organisation ends: in the order of their ids, so that no two wait for each other's rows.

    ``asked_again`` are the cards of both sides on which a cadence runs.
    """

    posts: list[Post]
    introductions: list[Introduction]
    meetings: list[Meeting]
    asked_again: list[Relationship]


@dataclass(frozen=True)
class Staying:
    """How much others have with the organisation that closing does not touch, and how many people it has."""

    cards: int
    partnerships: int
    people: int


def can_be_closed(organisation: Organisation) -> bool:
    """Only what took part: whoever still waits is not approved instead."""
    return organisation.state in {OrganisationState.APPROVED, OrganisationState.REFUSED}


def can_be_reopened(organisation: Organisation) -> bool:
    """What was merged is no closed organisation but a part of another."""
    return organisation.state is OrganisationState.CLOSED and organisation.merged_into_id is None


def posts_withdrawn_by_closing(session: Session, organisation_id: int) -> int:
    """How many of them are withdrawn still."""
    ended = select(AuditEntry.record_id).where(
        AuditEntry.action == POST_CLOSED, AuditEntry.record_kind == Post.__tablename__
    )
    withdrawn = select(func.count(Post.id)).where(
        Post.organisation_id == organisation_id, Post.state == PostState.WITHDRAWN, Post.id.in_(ended)
    )
    return session.scalar(withdrawn) or 0


def what_ends(session: Session, organisation_id: int, now: datetime) -> Closing:
    """Within a write transaction the rows are held until its commit."""
    posts = select(Post).where(Post.organisation_id == organisation_id, Post.state == PostState.PUBLISHED)
    waiting = select(Proposal.introduction_id).where(Proposal.state == ProposalState.OPEN)
    introductions = select(Introduction).where(_is_theirs(organisation_id), Introduction.id.in_(waiting))
    meetings = (
        select(Meeting)
        .join(Introduction, Introduction.id == Meeting.introduction_id)
        .where(_is_theirs(organisation_id), Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > now)
    )
    asked_again = select(Relationship).where(
        or_(Relationship.partner_id == organisation_id, Relationship.organisation_id == organisation_id),
        Relationship.cadence_from.is_not(None),
    )
    return Closing(
        posts=_held(session, posts, Post),
        introductions=_held(session, introductions, Introduction),
        meetings=_held(session, meetings, Meeting),
        asked_again=_held(session, asked_again, Relationship),
    )


def what_stays(session: Session, organisation_id: int) -> Staying:
    theirs = or_(
        Partnership.asking_organisation_id == organisation_id,
        Partnership.asked_organisation_id == organisation_id,
    )
    running = select(func.count(Partnership.id)).where(theirs, Partnership.state == PartnershipState.ACTIVE)
    cards = select(func.count(Relationship.id)).where(*_is_card_of_others(organisation_id), IS_OPEN)
    return Staying(
        cards=session.scalar(cards) or 0,
        partnerships=session.scalar(running) or 0,
        people=len(people_of_organisation(session, organisation_id)),
    )


def end_request(
    session: Session, introduction: Introduction, organisation_id: int, now: datetime
) -> Proposal | None:
    """End what waits for an answer: what the organisation asked is taken back, and what it was asked ends unanswered,
    before its time. None: nothing waits.
    """
    proposal = introduction.open_proposal
    if proposal is None:
        return None
    settle_proposal(session, proposal, ProposalState.CLOSED, now)
    if introduction.state is IntroductionState.PROPOSED:
        has_asked = side_of(introduction, organisation_id) is Side.ASKING
        state = IntroductionState.WITHDRAWN if has_asked else IntroductionState.EXPIRED
        settle(session, introduction, state, None, now)
    return proposal


def was_cut_short() -> ColumnElement[bool]:
    """Whether an introduction ended with the asked organisation: nobody there had the time to answer."""
    return and_(
        Introduction.state == IntroductionState.EXPIRED, Introduction.answered_at < Introduction.expires_at
    )


def side_of(introduction: Introduction, organisation_id: int) -> Side:
    return Side.ASKING if introduction.asking_organisation_id == organisation_id else Side.ASKED


def closed_organisation_of(introduction: Introduction) -> Organisation | None:
    """The organisation that the operator closed while the request waited: nobody took it back, or it ended before its
    time was over.
    """
    if introduction.state is IntroductionState.WITHDRAWN and introduction.answered_by_id is None:
        return introduction.asking_organisation
    ended_at = introduction.answered_at
    is_early = ended_at is not None and ended_at < introduction.expires_at
    if introduction.state is IntroductionState.EXPIRED and is_early:
        return introduction.asked_organisation
    return None


def partners_to_tell(session: Session, organisation_id: int) -> dict[Person, list[Relationship]]:
    """Who looks after which open cards of it elsewhere: their owner, else the office of the card's unit."""
    return _who_looks_after(session, *_is_card_of_others(organisation_id), IS_OPEN)


def partners_to_tell_of_reopening(session: Session, organisation_id: int) -> dict[Person, list[Relationship]]:
    """As ``partners_to_tell``, and of the cards that were closed because nobody was there any more."""
    was_let_go = Relationship.closed_reason == ClosedReason.PARTNER_GONE
    return _who_looks_after(session, *_is_card_of_others(organisation_id), or_(IS_OPEN, was_let_go))


def _who_looks_after(session: Session, *which: ColumnElement[bool]) -> dict[Person, list[Relationship]]:
    cards = (
        select(Relationship, is_here(Relationship.owner_id, Relationship.organisation_id))
        .where(*which)
        .options(joinedload(Relationship.owner), joinedload(Relationship.unit))
        .order_by(Relationship.id)
    )
    offices: dict[Unit, list[Person]] = {}
    people: dict[Person, list[Relationship]] = {}
    for ours, is_owner_here in session.execute(cards).all():
        if ours.owner is not None and is_owner_here:
            people.setdefault(ours.owner, []).append(ours)
            continue
        if ours.unit not in offices:
            offices[ours.unit] = offices_of(session, ours.unit)
        for person in offices[ours.unit]:
            people.setdefault(person, []).append(ours)
    return people


def _held(session: Session, statement: Select[Ending], model: type[Ending]) -> list[Ending]:
    if is_writing(session):
        statement = statement.with_for_update(of=model)
    return list(session.scalars(statement.order_by(model.id)))


def _is_theirs(organisation_id: int) -> ColumnElement[bool]:
    return or_(
        Introduction.asking_organisation_id == organisation_id,
        Introduction.asked_organisation_id == organisation_id,
    )


def _is_card_of_others(organisation_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Relationship.partner_id == organisation_id,
        Relationship.organisation_id != organisation_id,
    )
