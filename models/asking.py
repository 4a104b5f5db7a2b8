"""What is to be known before one unit asks another for a meeting: whether it may, about what, and who did already."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from models.actor import Actor
from models.between import is_between_organisations, is_between_units
from models.introduction import (
    COOL_DOWN,
    MOST_PENDING_REQUESTS,
    Introduction,
    IntroductionPost,
    IntroductionState,
)
from models.organisation import Organisation, Unit
from models.policy import visible_posts
from models.post import Post, PostSide, Visibility, is_open_at
from models.side import Side
from models.unit_people import reach

# Beyond this a further request would only wait, so it is refused; from half of it on the asking side is warned.
MOST_REQUESTS_TAKEN_IN = 2 * MOST_PENDING_REQUESTS


class Refusal(StrEnum):
    """Why a move of an introduction is refused. The words are written in ``web/introductions/words.py``."""

    OWN_UNIT = "own_unit"
    UNIT_CLOSED = "unit_closed"
    NOT_APPROVED = "not_approved"
    WAITING = "waiting"
    THEY_ASKED = "they_asked"
    COOLING_DOWN = "cooling_down"
    TOO_MANY = "too_many"
    POST_NOT_SHOWN = "post_not_shown"
    POST_FULL = "post_full"
    NOT_ADDRESSABLE = "not_addressable"
    NOT_COLLEAGUES = "not_colleagues"
    WRONG_TIMES = "wrong_times"
    TIME_PAST = "time_past"
    NOT_YOUR_TURN = "not_your_turn"
    ANSWERED_ALREADY = "answered_already"
    EXPIRED = "expired"


class IntroductionRefused(Exception):  # noqa: N818 - It is an answer about the world, not an error of the program.
    """A move that the rules do not allow; nothing was changed. ``until`` ends a cool-down, ``introduction_id`` names
    the introduction that waits already, ``post_id`` the post that cannot be cited.
    """

    def __init__(
        self,
        reason: Refusal,
        until: datetime | None = None,
        introduction_id: int | None = None,
        post_id: int | None = None,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.until = until
        self.introduction_id = introduction_id
        self.post_id = post_id


@dataclass(frozen=True)
class EarlierContact:
    """The newest request between one of our units and the partner. ``person_name`` is who asked; ``is_by_us`` says
    which side that was.
    """

    introduction_id: int
    unit_id: int
    unit_name: str
    person_name: str
    at: datetime
    state: IntroductionState
    is_by_us: bool


def refusal_to_ask(
    session: Session, unit: Unit, asked_unit: Unit, now: datetime
) -> IntroductionRefused | None:
    """Why ``unit`` may not ask ``asked_unit`` at the moment; None if it may."""
    if unit.id == asked_unit.id:
        return IntroductionRefused(Refusal.OWN_UNIT)
    if unit.closed_at is not None or asked_unit.closed_at is not None:
        return IntroductionRefused(Refusal.UNIT_CLOSED)
    if not (_is_in_network(unit.organisation) and _is_in_network(asked_unit.organisation)):
        return IntroductionRefused(Refusal.NOT_APPROVED)
    waiting = waiting_between(session, unit.id, asked_unit.id, now)
    if waiting is not None:
        is_ours = waiting.asking_unit_id == unit.id
        reason = Refusal.WAITING if is_ours else Refusal.THEY_ASKED
        return IntroductionRefused(reason, introduction_id=waiting.id)
    until = cool_down_until(session, unit.organisation_id, asked_unit.id, now)
    if until is not None:
        return IntroductionRefused(Refusal.COOLING_DOWN, until=until)
    if pending_count(session, asked_unit.id, now) >= MOST_REQUESTS_TAKEN_IN:
        return IntroductionRefused(Refusal.TOO_MANY)
    return None


def are_in_network(introduction: Introduction) -> bool:
    """Whether both sides still take part: they may agree on a further meeting, and read each other's profiles."""
    return all(_is_in_network(introduction.organisation_of(side)) for side in Side)


def _is_in_network(organisation: Organisation) -> bool:
    return organisation.is_approved and organisation.merged_into_id is None


def waiting_between(session: Session, unit_id: int, other_id: int, now: datetime) -> Introduction | None:
    """The request that waits between the two units, whoever asked."""
    return session.scalar(
        select(Introduction)
        .where(
            is_between_units(Introduction, unit_id, other_id),
            Introduction.state == IntroductionState.PROPOSED,
            Introduction.expires_at > now,
        )
        .order_by(Introduction.id)
        .limit(1)
    )


def cool_down_until(
    session: Session, asking_organisation_id: int, asked_unit_id: int, now: datetime
) -> datetime | None:
    """Until when this organisation leaves the unit alone because the unit declined; None: it need not."""
    declined_at = session.scalar(
        select(func.max(Introduction.answered_at)).where(
            Introduction.asking_organisation_id == asking_organisation_id,
            Introduction.asked_unit_id == asked_unit_id,
            # Colleagues of one house talk to each other; the rule is for those who come from outside.
            Introduction.asked_organisation_id != asking_organisation_id,
            Introduction.state == IntroductionState.DECLINED,
        )
    )
    if declined_at is None or declined_at + COOL_DOWN <= now:
        return None
    until: datetime = declined_at + COOL_DOWN
    return until


def pending_count(session: Session, unit_id: int, now: datetime) -> int:
    """How many requests to this unit wait for an answer."""
    waits = (
        Introduction.asked_unit_id == unit_id,
        Introduction.state == IntroductionState.PROPOSED,
        Introduction.expires_at > now,
    )
    return session.scalar(select(func.count()).select_from(Introduction).where(*waits)) or 0


def places_taken(session: Session, post_ids: Collection[int]) -> dict[int, int]:
    """How many accepted introductions cite each of these posts; a post without one is left out."""
    rows = session.execute(
        select(IntroductionPost.post_id, func.count().label("taken"))
        .join(Introduction, Introduction.id == IntroductionPost.introduction_id)
        .where(
            IntroductionPost.post_id.in_(post_ids),
            Introduction.state == IntroductionState.ACCEPTED,
        )
        .group_by(IntroductionPost.post_id)
    )
    return {row.post_id: row.taken for row in rows}


def earlier_contacts(session: Session, organisation_id: int, partner_id: int) -> list[EarlierContact]:
    """The newest request between each of our units and the partner organisation, whoever asked, newest first."""
    rows = session.scalars(
        select(Introduction)
        .where(is_between_organisations(Introduction, organisation_id, partner_id))
        .options(
            joinedload(Introduction.asking_unit),
            joinedload(Introduction.asked_unit),
            joinedload(Introduction.asked_by),
        )
        .order_by(Introduction.created_at.desc(), Introduction.id.desc())
    )
    newest: dict[int, EarlierContact] = {}
    for row in rows:
        is_by_us = row.asking_organisation_id == organisation_id
        ours = row.asking_unit if is_by_us else row.asked_unit
        contact = EarlierContact(
            introduction_id=row.id,
            unit_id=ours.id,
            unit_name=ours.name,
            person_name=row.asked_by.name,
            at=row.created_at,
            state=row.state,
            is_by_us=is_by_us,
        )
        newest.setdefault(ours.id, contact)
    return list(newest.values())


def posts_to_cite(session: Session, actor: Actor, unit: Unit, asked_unit: Unit, now: datetime) -> list[Post]:
    """Open posts of both sides that the request may name: ours that they may see, and theirs that the actor may see."""
    ours = Post.unit_id.in_(reach(session, unit))
    theirs = Post.organisation_id == asked_unit.organisation_id
    if unit.organisation_id == asked_unit.organisation_id:
        theirs = Post.unit_id.in_(reach(session, asked_unit))
    found = session.scalars(
        visible_posts(actor, now)
        .where(or_(ours, theirs), is_open_at(now))
        .order_by(Post.side == PostSide.CAPABILITY, Post.title, Post.id)
    )
    return [post for post in found if _is_shown_to(post, asked_unit.organisation)]


def _is_shown_to(post: Post, reader: Organisation) -> bool:
    """Whether naming the post tells the reader nothing that they may not see by themselves."""
    if post.organisation_id == reader.id or post.visibility is Visibility.NETWORK:
        return True
    return post.visibility is Visibility.OTHER_KINDS and post.organisation.kind is not reader.kind
