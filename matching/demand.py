"""What introductions have taken up and what waits for an answer: read once, then a frozen input of the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import CompoundSelect, Integer, and_, case, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from models.introduction import (
    MOST_PENDING_REQUESTS,
    Introduction,
    IntroductionPost,
    IntroductionState,
)
from models.post import Post


@dataclass(frozen=True)
class Places:
    """How many partners a post still has room for, of how many."""

    left: int
    limit: int


@dataclass(frozen=True)
class Demand:
    """Accepted (`taken`) and unanswered (`waiting`) introductions that cite a post, by post id; the `limits` of these
    posts where they have one; and the unanswered requests to each unit (`waiting_units`), by unit id.

    `week` (ISO year and week, 202647) decides whose turn it is among equals; None: nothing is spread, which is how
    `evaluate` ranks.
    """

    taken: Mapping[int, int] = field(default_factory=dict)
    waiting: Mapping[int, int] = field(default_factory=dict)
    limits: Mapping[int, int] = field(default_factory=dict)
    waiting_units: Mapping[int, int] = field(default_factory=dict)
    week: int | None = None

    @cached_property
    def full_posts(self) -> frozenset[int]:
        """Posts that have as many partners as they want. They are not suggested any more."""
        return frozenset(
            post_id for post_id, limit in self.limits.items() if self.taken.get(post_id, 0) >= limit
        )

    def places(self, post_id: int, limit: int | None = None) -> Places | None:
        """Return the places of a post, None if it has no limit. `limit` is asked for where nobody cited it yet."""
        known = self.limits.get(post_id, limit)
        return None if known is None else Places(max(0, known - self.taken.get(post_id, 0)), known)

    def is_busy(self, unit_id: int | None) -> bool:
        """Whether a unit has as many unanswered requests as one can answer well."""
        return unit_id is not None and self.waiting_units.get(unit_id, 0) >= MOST_PENDING_REQUESTS

    def load(self, unit_id: int, post_id: int) -> float:
        """Return how congested a partner is that would be asked at this unit because of this post, in [0, 1].

        Requests that wait count softly: each against the cap of the unit and against the places that the post has left.
        """
        of_unit = self.waiting_units.get(unit_id, 0) / MOST_PENDING_REQUESTS
        places = self.places(post_id)
        of_post = 0.0 if places is None else self.waiting.get(post_id, 0) / max(1, places.left)
        return min(1.0, max(of_unit, of_post))


NO_DEMAND = Demand()


def read_demand(session: Session, now: datetime) -> Demand:
    """Read all introductions' demand in one query; a request that has run out waits no more."""
    waits = and_(Introduction.state == IntroductionState.PROPOSED, Introduction.expires_at > now)
    is_taken = Introduction.state == IntroductionState.ACCEPTED
    by_post = (
        select(
            IntroductionPost.post_id.label("post_id"),
            cast(null(), Integer).label("unit_id"),
            func.sum(case((is_taken, 1), else_=0)).label("taken"),
            func.sum(case((waits, 1), else_=0)).label("waiting"),
            Post.partner_limit.label("partner_limit"),
        )
        .join(Introduction, Introduction.id == IntroductionPost.introduction_id)
        .join(Post, Post.id == IntroductionPost.post_id)
        .where(is_taken | waits)
        .group_by(IntroductionPost.post_id, Post.partner_limit)
    )
    by_unit = (
        select(
            cast(null(), Integer),
            Introduction.asked_unit_id,
            literal(0),
            func.count(Introduction.id),
            cast(null(), Integer),
        )
        .where(waits)
        .group_by(Introduction.asked_unit_id)
    )
    taken: dict[int, int] = {}
    waiting: dict[int, int] = {}
    limits: dict[int, int] = {}
    waiting_units: dict[int, int] = {}
    both: CompoundSelect[Any] = union_all(by_post, by_unit)
    for row in session.execute(both):
        if row.post_id is None:
            waiting_units[row.unit_id] = row.waiting
            continue
        taken[row.post_id] = row.taken
        waiting[row.post_id] = row.waiting
        if row.partner_limit is not None:
            limits[row.post_id] = row.partner_limit
    year, week, _ = now.isocalendar()
    return Demand(taken, waiting, limits, waiting_units, week=year * 100 + week)
