"""The first move of an introduction: asking, which keeps the request and holds its times.

It runs like the others, of which ``models.introducing`` tells. Of two colleagues who ask at once, one waits for the
other and is then told.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.actor import Actor
from models.asking import IntroductionRefused, Refusal, places_taken, posts_to_cite, refusal_to_ask
from models.introducing import expire
from models.introduction import LIFE_OF_A_REQUEST, Introduction, IntroductionPost, IntroductionState
from models.introduction_steps import Party, Times, check_times, name_people, note_move, open_proposal
from models.organisation import Unit
from models.post import Post
from models.relationship import Stage
from models.side import Side
from models.unit_people import colleagues, people_to_address


@dataclass(frozen=True)
class MeetingRequest:
    """What ``unit`` asks ``asked_unit``. ``people_ids`` come along on our side, beside whoever asks."""

    unit: Unit
    asked_unit: Unit
    purpose: str
    times: Times
    hope: str = ""
    offer: str = ""
    addressed_to_id: int | None = None
    post_ids: tuple[int, ...] = ()
    people_ids: tuple[int, ...] = ()


def ask(session: Session, request: MeetingRequest, actor: Actor, now: datetime) -> Introduction:
    """Keep the request and hold its times. ``actor`` must be a person who may write for ``request.unit``."""
    assert actor.person_id is not None
    _take_place_between(session, request.unit, request.asked_unit)
    _end_overdue_between(session, request.unit, request.asked_unit, now)
    refused = refusal_to_ask(session, request.unit, request.asked_unit, now)
    if refused is not None:
        raise refused
    _check_people(session, request, actor.person_id)
    check_times(request.times, now)
    posts = _cited(session, request, actor, now)
    introduction = Introduction(
        asking_organisation_id=request.unit.organisation_id,
        asking_unit_id=request.unit.id,
        asked_organisation_id=request.asked_unit.organisation_id,
        asked_unit_id=request.asked_unit.id,
        asked_by_id=actor.person_id,
        addressed_to_id=request.addressed_to_id,
        purpose=request.purpose,
        hope=request.hope,
        offer=request.offer,
        created_at=now,
        expires_at=now + LIFE_OF_A_REQUEST,
        posts=[IntroductionPost(post_id=post.id) for post in posts],
    )
    session.add(introduction)
    session.flush()
    name_people(session, introduction, Side.ASKING, (actor.person_id, *request.people_ids))
    if request.addressed_to_id is not None:
        name_people(session, introduction, Side.ASKED, (request.addressed_to_id,))
    by = Party(Side.ASKING, actor.person_id)
    open_proposal(session, introduction, request.times, by, now)
    note_move(session, introduction, by, Stage.INTRODUCED, now)
    return introduction


def _take_place_between(session: Session, unit: Unit, asked_unit: Unit) -> None:
    """Let nobody else ask between these two until our commit, nor past the cap of the asked unit."""
    both = select(Unit.id).where(Unit.id.in_((unit.id, asked_unit.id))).order_by(Unit.id)
    session.execute(both.with_for_update()).all()


def _end_overdue_between(session: Session, unit: Unit, asked_unit: Unit, now: datetime) -> None:
    """A request that ran out while no job was at work must not stand in the way of a new one."""
    overdue = session.scalars(
        select(Introduction).where(
            Introduction.asking_unit_id == unit.id,
            Introduction.asked_unit_id == asked_unit.id,
            Introduction.state == IntroductionState.PROPOSED,
            Introduction.expires_at <= now,
        )
    )
    for introduction in overdue:
        expire(session, introduction, now)


def _check_people(session: Session, request: MeetingRequest, asker_id: int) -> None:
    known = {person.id for person in colleagues(session, request.unit)} | {asker_id}
    if not set(request.people_ids) <= known:
        raise IntroductionRefused(Refusal.NOT_COLLEAGUES)
    if request.addressed_to_id is not None and request.addressed_to_id not in {
        person.id for person in people_to_address(session, request.asked_unit)
    }:
        raise IntroductionRefused(Refusal.NOT_ADDRESSABLE)


def _cited(session: Session, request: MeetingRequest, actor: Actor, now: datetime) -> list[Post]:
    allowed = {post.id: post for post in posts_to_cite(session, actor, request.unit, request.asked_unit, now)}
    taken = places_taken(session, request.post_ids)
    for post_id in request.post_ids:
        if post_id not in allowed:
            raise IntroductionRefused(Refusal.POST_NOT_SHOWN, post_id=post_id)
        limit = allowed[post_id].partner_limit
        if limit is not None and taken.get(post_id, 0) >= limit:
            raise IntroductionRefused(Refusal.POST_FULL, post_id=post_id)
    return [allowed[post_id] for post_id in dict.fromkeys(request.post_ids)]
