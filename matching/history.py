"""What two sides did here together, as one side may see it: meetings that led on, the card's stage, kept promises.

A third party's dealings are never read. Evidence for (r) and against (s) gives the mean of beta reputation, as in
`models.trust`; without any evidence nothing is known, which is neutral.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, ScalarSelect, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from models.actor import Actor
from models.commitment import Ending
from models.dealings_policy import readable_relationships
from models.outcome import Decision, Outcome
from models.partnership import Partnership
from models.partnership_policy import visible_partnerships
from models.promises import Promise, bilateral_experiences, promises_of
from models.relationship import ClosedReason, Contact, Direction, Relationship, Stage
from models.side import Side
from models.trust import evidence_of, expectation

GOING_ON = (Decision.MEET_AGAIN, Decision.EXCHANGE, Decision.PILOT, Decision.PARTNERSHIP)
# Older talks say little about today.
REMEMBERED_FOR = timedelta(days=730)
# Being in touch is worth little beside what was decided, however often.
WORTH_OF_A_CONTACT = 0.25
MOST_CONTACTS = 4
KEPT = (Ending.KEPT_ON_TIME, Ending.KEPT_RENEGOTIATED, Ending.KEPT_LATE, Ending.KEPT_UNCONFIRMED)
BROKEN = (Ending.BROKEN, Ending.REVOKED_LATE)


@dataclass(frozen=True)
class Between:
    """What our side and one organisation did here. `went_on` and `stopped` count our meetings by what was decided,
    `heard` how often we heard from them, `kept` and `broken` their promises to us. `positive` and `negative` are the
    evidence that all of it makes.
    """

    went_on: int = 0
    stopped: int = 0
    heard: int = 0
    is_partner: bool = False
    has_ended_badly: bool = False
    kept: int = 0
    broken: int = 0
    positive: float = 0.0
    negative: float = 0.0

    @property
    def signal(self) -> float:
        """The history as a signal in [0, 1]; 0.5 says as much good as bad."""
        return expectation(self.positive, self.negative)


_OURS = bindparam("organisation_id", type_=Integer())
# Built once: most organisations have no dealings yet, and then nothing else need be asked.
_HAS_ANY = select(
    exists().where(Relationship.organisation_id == _OURS).label("cards"),
    exists()
    .where(or_(Partnership.asking_organisation_id == _OURS, Partnership.asked_organisation_id == _OURS))
    .label("partnerships"),
)


def history_with(
    session: Session, organisation_id: int, actor: Actor, now: datetime
) -> Mapping[int, Between]:
    """Return, by organisation id, what our organisation did with it, as far as the actor may read it.

    Five statements at the most, however many organisations there are. Organisations without evidence are left out.
    """
    has = session.execute(_HAS_ANY, {"organisation_id": organisation_id}).one()
    found = _dealings(session, organisation_id, actor, now) if has.cards else defaultdict(Between)
    promised = _promised_to_us(session, organisation_id, actor, now) if has.partnerships else {}
    for partner_id, promises in promised.items():
        found[partner_id] = _with_promises(found[partner_id], promises, organisation_id, now)
    return {partner_id: one for partner_id, one in found.items() if one.positive or one.negative}


def _dealings(
    session: Session, organisation_id: int, actor: Actor, now: datetime
) -> defaultdict[int, Between]:
    """Cards with what was decided and heard; an organisation may have a card with several of our units."""
    since = now - REMEMBERED_FOR
    columns: list[Any] = [
        Relationship.partner_id,
        Relationship.stage,
        Relationship.closed_reason,
        _decided(GOING_ON, since).label("went_on"),
        _decided((Decision.STOP,), since).label("stopped"),
        _heard(since).label("heard"),
    ]
    cards = readable_relationships(actor).where(
        Relationship.organisation_id == organisation_id, Relationship.partner_id != organisation_id
    )
    found: defaultdict[int, Between] = defaultdict(Between)
    for card in session.execute(cards.with_only_columns(*columns)):
        is_partner = card.stage is Stage.PARTNERSHIP or card.closed_reason is ClosedReason.COMPLETED
        has_ended_badly = card.closed_reason is ClosedReason.NO_INTEREST
        before = found[card.partner_id]
        found[card.partner_id] = Between(
            went_on=before.went_on + card.went_on,
            stopped=before.stopped + card.stopped,
            heard=before.heard + card.heard,
            is_partner=before.is_partner or is_partner,
            has_ended_badly=before.has_ended_badly or has_ended_badly,
        )
    for partner_id, one in found.items():
        found[partner_id] = replace(
            one,
            positive=one.went_on + one.is_partner + WORTH_OF_A_CONTACT * min(one.heard, MOST_CONTACTS),
            negative=float(one.stopped + one.has_ended_badly),
        )
    return found


def _decided(decisions: tuple[Decision, ...], since: datetime) -> ScalarSelect[int]:
    """How many of our own accounts of meetings on this card end with one of these decisions."""
    return (
        select(func.count(Outcome.id))
        .where(
            Outcome.relationship_id == Relationship.id,
            Outcome.held,
            Outcome.decision.in_(decisions),
            Outcome.logged_at > since,
        )
        .correlate(Relationship)
        .scalar_subquery()
    )


def _heard(since: datetime) -> ScalarSelect[int]:
    return (
        select(func.count(Contact.id))
        .where(
            Contact.relationship_id == Relationship.id,
            Contact.direction != Direction.OURS,
            Contact.at > since,
        )
        .correlate(Relationship)
        .scalar_subquery()
    )


def _promised_to_us(
    session: Session, organisation_id: int, actor: Actor, now: datetime
) -> dict[int, list[Promise]]:
    """What each partner promised us, over the partnerships that the actor may see."""
    ours = visible_partnerships(actor).where(
        or_(
            Partnership.asking_organisation_id == organisation_id,
            Partnership.asked_organisation_id == organisation_id,
        ),
        Partnership.asking_organisation_id != Partnership.asked_organisation_id,
    )
    rows = session.execute(
        ours.with_only_columns(
            Partnership.id, Partnership.asking_organisation_id, Partnership.asked_organisation_id
        )
    ).all()
    if not rows:
        return {}
    partners: dict[int, tuple[int, Side]] = {}
    for row in rows:
        they_asked = row.asked_organisation_id == organisation_id
        partner_id = row.asking_organisation_id if they_asked else row.asked_organisation_id
        partners[row.id] = (partner_id, Side.ASKING if they_asked else Side.ASKED)
    promised: defaultdict[int, list[Promise]] = defaultdict(list)
    for promise in promises_of(session, partners.keys(), now):
        partner_id, their_side = partners[promise.partnership_id]
        if promise.standing.performer is their_side:
            promised[partner_id].append(promise)
    return promised


def _with_promises(
    before: Between, promises: Sequence[Promise], organisation_id: int, now: datetime
) -> Between:
    experiences = [
        experience
        for promise in promises
        for experience in bilateral_experiences([promise], promise.standing.performer, organisation_id)
    ]
    endings = [experience.ending for experience in experiences]
    positive, negative = evidence_of(experiences, now)
    return replace(
        before,
        kept=sum(ending in KEPT for ending in endings),
        broken=sum(ending in BROKEN for ending in endings),
        positive=before.positive + positive,
        negative=before.negative + negative,
    )
