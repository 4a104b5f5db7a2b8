"""First pages as they were: the ranking computed for an earlier moment, because nobody logs what pages showed.

What is of then: which organisations had posts, how new these were, who had answered whom, what meetings had decided and
which promises had ended. What cannot be told and is of today: texts, places and what else posts and organisations say
of themselves (also posts withdrawn since, which are missing), collaborations before this portal, the stage of cards,
being in touch, places taken in posts, and which filters and tastes somebody had chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching.candidates import Question, own_posts
from matching.demand import Demand
from matching.directions import Scored, score
from matching.exposure import FIRST_PAGE
from matching.freshness import NEVER, Newest, NewestPosts
from matching.history import GOING_ON, Between
from matching.learning_fit import Numbers
from matching.market import Home
from matching.own_side import OwnSide, own_side
from matching.recorded import Recorded
from matching.replies import read_replies
from matching.scoring import Grade
from matching.signals import TWO_WAY_SHARE, SignalWeights, movements
from matching.spreading import lists_of, spread_out
from models.dismissal import Dismissal
from models.outcome import Decision, Outcome
from models.post import Post, PostSide, PostState, Visibility
from models.relationship import Relationship

# Of a weight of 1 a signal moves exactly what it is above neutral.
ONE_EACH = SignalWeights(nearness=1.0, activity=1.0, freshness=1.0, history=1.0, reply=1.0, breadth=1.0)


@dataclass(frozen=True)
class Page:
    """What a first page of then showed, best first. `fits` are log-odds, `signals` what a weight of 1 moves: rows are
    the shown organisations.
    """

    organisation_ids: tuple[int, ...]
    fits: Numbers
    signals: Numbers

    def place(self, organisation_id: int) -> int | None:
        """Return the place from 0, None for an organisation that was not shown."""
        if organisation_id not in self.organisation_ids:
            return None
        return self.organisation_ids.index(organisation_id)


class PastPages:
    """Computes first pages under the weights in force, each unit's at most once a day."""

    def __init__(self, session: Session, home: Home, weights: SignalWeights) -> None:
        self._session = session
        self._home = home
        self._weights = weights
        self._decided = _decisions(session)
        self._dismissals = _dismissals(session)
        self._sides: dict[int, OwnSide] = {}
        self._days: dict[datetime, Recorded] = {}
        self._pages: dict[tuple[int, datetime], Page] = {}

    def page(self, unit_id: int, moment: datetime) -> Page:
        """Return the page of the day on which the moment lies (UTC), as the day began."""
        day = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
        if (unit_id, day) not in self._pages:
            self._pages[unit_id, day] = self._compute(unit_id, day)
        return self._pages[unit_id, day]

    def _compute(self, unit_id: int, day: datetime) -> Page:
        if unit_id not in self._sides:
            self._sides[unit_id] = own_side(self._session, unit_id, day)
        ours = self._sides[unit_id]
        of_day = self._of_day(day)
        recorded = replace(of_day, between=self._between(ours.acting.organisation_id, day))
        acting = replace(ours.acting, dismissed=self._dismissed(unit_id, day))
        with self._home.fresh(self._session) as market:
            needs = own_posts(market, PostSide.NEED, ours.texts[PostSide.NEED])
            capabilities = own_posts(market, PostSide.CAPABILITY, ours.texts[PostSide.CAPABILITY])
            question = Question(acting, day, weights=self._weights, recorded=recorded)
            scored = score(market, needs, capabilities, question)
        return _page(scored, of_day.newest, unit_id, day)

    def _of_day(self, day: datetime) -> Recorded:
        if day not in self._days:
            self._days[day] = Recorded(
                replies=read_replies(self._session, day), newest=_newest(self._session, day)
            )
        return self._days[day]

    def _between(self, organisation_id: int, day: datetime) -> dict[int, Between]:
        found: defaultdict[int, Between] = defaultdict(Between)
        for partner_id, decision, at in self._decided.get(organisation_id, ()):
            if at < day and decision in GOING_ON:
                found[partner_id] = replace(found[partner_id], positive=found[partner_id].positive + 1)
            elif at < day and decision is Decision.STOP:
                found[partner_id] = replace(found[partner_id], negative=found[partner_id].negative + 1)
        return dict(found)

    def _dismissed(self, unit_id: int, day: datetime) -> frozenset[int]:
        return frozenset(
            dismissed_id
            for dismissed_id, since, until in self._dismissals.get(unit_id, ())
            if since < day and (until is None or until > day)
        )


def _page(scored: Scored, newest: Newest, unit_id: int, day: datetime) -> Page:
    """The first page with turns among equals as of that week, without organisations that had posted nothing yet."""
    year, week, _ = day.isocalendar()
    demand = Demand(week=year * 100 + week)
    seen = ~np.isnan(newest.seen_by(scored.organisation_ids, np.zeros(len(scored.fits), dtype=np.bool_)))
    orders = [
        spread_out(scored, wanted & seen, demand, {}, unit_id).order
        for wanted in lists_of(scored, Grade.POSSIBLE)
    ]
    shown = np.concatenate(orders)[:FIRST_PAGE]
    fits = np.clip(scored.fits[shown].astype(np.float64), 1e-6, 1 - 1e-6)
    moves = movements(scored.measured.signals, ONE_EACH)
    share = np.where(scored.is_two_way(), TWO_WAY_SHARE, 1.0)
    each = (moves.nearness, moves.activity, moves.freshness, moves.history, moves.reply)
    return Page(
        organisation_ids=tuple(scored.organisation_ids[shown].tolist()),
        # Breadth is read from texts as the fit is, so it is not learned from use.
        fits=np.log(fits / (1 - fits)) + (share * scored.moves.breadth)[shown],
        signals=np.stack([(share * signal)[shown] for signal in each], axis=1).astype(np.float64),
    )


def _newest(session: Session, day: datetime) -> NewestPosts:
    """When each organisation had published its newest post by that day."""
    rows = session.execute(
        select(Post.organisation_id, Post.visibility, func.max(Post.published_at))
        .where(
            Post.state == PostState.PUBLISHED,
            Post.visibility != Visibility.OWN_ORGANISATION,
            Post.published_at < day,
        )
        .group_by(Post.organisation_id, Post.visibility)
    ).all()
    moments = np.full((2, max((row[0] for row in rows), default=0) + 1), NEVER)
    for organisation_id, visibility, published_at in rows:
        if published_at is not None:
            moments[int(visibility is Visibility.OTHER_KINDS), organisation_id] = published_at.timestamp()
    return NewestPosts(moments)


def _decisions(session: Session) -> Mapping[int, list[tuple[int, Decision, datetime]]]:
    """What each organisation decided after its meetings: with whom, what and when it was logged."""
    found: defaultdict[int, list[tuple[int, Decision, datetime]]] = defaultdict(list)
    rows = session.execute(
        select(Outcome.organisation_id, Relationship.partner_id, Outcome.decision, Outcome.logged_at)
        .join(Relationship, Relationship.id == Outcome.relationship_id)
        .where(Outcome.held)
    )
    for organisation_id, partner_id, decision, at in rows:
        found[organisation_id].append((partner_id, decision, at))
    return found


def _dismissals(session: Session) -> Mapping[int, list[tuple[int, datetime, datetime | None]]]:
    found: defaultdict[int, list[tuple[int, datetime, datetime | None]]] = defaultdict(list)
    rows = session.execute(
        select(Dismissal.unit_id, Dismissal.dismissed_id, Dismissal.created_at, Dismissal.undone_at)
    )
    for unit_id, dismissed_id, since, until in rows:
        found[unit_id].append((dismissed_id, since, until))
    return found
