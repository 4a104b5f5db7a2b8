"""Whom the first pages of this portal would show in the next weeks under given weights, spread over equals."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.answers import Request
from matching.demand import read_demand
from matching.exposure import FIRST_PAGE, Exposure, measure_exposure
from matching.market import Home
from matching.metrics import SEED
from matching.ranking import rank_partners
from matching.signals import SignalWeights
from models.actor import Actor, Right
from models.organisation import Organisation, OrganisationKind, OrganisationState, Unit
from models.person import Role
from models.post import Post, Visibility, is_open_at

# So many units are asked for so many weeks: enough to tell two orders apart, and a matter of seconds.
MOST_SEEKERS = 60
WEEKS = 2


@dataclass(frozen=True)
class Seeker:
    """A root unit whose first page is looked at."""

    unit_id: int
    organisation_id: int
    kind: OrganisationKind


def exposure_under(session: Session, home: Home, weights: SignalWeights, now: datetime) -> Exposure | None:
    """Measure the first pages of up to MOST_SEEKERS organisations in WEEKS weeks; None where nobody posts anything.

    Queues are those of now, and turns among equals those of each week, as on the pages.
    """
    seekers = _seekers(session, now)
    if not seekers:
        return None
    # Drawn, the same ones for all weights: every n-th would follow whatever order organisations joined in.
    drawn = random.Random(SEED).sample(seekers, min(len(seekers), MOST_SEEKERS))  # noqa: S311 - Not a secret.
    pages = _first_pages(session, home, drawn, weights, now)
    return measure_exposure(pages, [seeker.organisation_id for seeker in seekers])


def _first_pages(
    session: Session, home: Home, seekers: Sequence[Seeker], weights: SignalWeights, now: datetime
) -> Iterator[list[int]]:
    demand = read_demand(session, now)
    for week in range(WEEKS):
        year, number, _ = (now + timedelta(weeks=week)).isocalendar()
        of_week = replace(demand, week=year * 100 + number)
        for seeker in seekers:
            request = Request(unit_id=seeker.unit_id, weights=weights, limit=FIRST_PAGE, explained=0)
            ranking = rank_partners(session, home, request, _office_of(seeker), now, of_week)
            listed = ranking.best + ranking.others + ranking.one_way
            yield [match.organisation_id for match in listed[:FIRST_PAGE]]


def _seekers(session: Session, now: datetime) -> list[Seeker]:
    """Approved organisations with an open post that others may see: they look, and they might be shown."""
    posting = select(Post.organisation_id).where(
        is_open_at(now), Post.visibility != Visibility.OWN_ORGANISATION
    )
    rows = session.execute(
        select(Unit.id, Unit.organisation_id, Organisation.kind)
        .join(Organisation, Organisation.id == Unit.organisation_id)
        .where(
            Unit.parent_id.is_(None),
            Organisation.state == OrganisationState.APPROVED,
            Organisation.id.in_(posting),
        )
        .order_by(Unit.organisation_id)
    )
    return [Seeker(*row) for row in rows]


def _office_of(seeker: Seeker) -> Actor:
    """Somebody who may see what the whole organisation may see."""
    right = Right(
        organisation_id=seeker.organisation_id,
        organisation_kind=seeker.kind,
        is_approved=True,
        unit_id=seeker.unit_id,
        role=Role.OFFICE,
        is_at_root=True,
        reach=frozenset({seeker.unit_id}),
    )
    return Actor(person_id=None, is_operator=False, rights=(right,))
