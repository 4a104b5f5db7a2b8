"""How new and how free an organisation's posts are: the newest that we may see, and the places left in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from sqlalchemy import ARRAY, Engine, Integer, Row, Select, any_, func, literal, select
from sqlalchemy.orm import Session

from matching import reading
from models.changelog import Change
from models.post import Post, PostState, Visibility

# After so many days a post counts half as new. Needs of partners change with terms and budgets, not with weeks.
HALF_LIFE_DAYS = 120.0
# Of a post with a single place left of many, the rest of what its newness is worth.
WORTH_WITHOUT_PLACES = 0.5

Moments = npt.NDArray[np.float64]
NEVER = -np.inf
SECONDS_OF_A_DAY = 86_400


class Newest(Protocol):
    """Tells when organisations published their newest post."""

    def seen_by(self, organisation_ids: npt.NDArray[np.int64], same_kind: npt.NDArray[np.bool_]) -> Moments:
        """Return the moment of the newest post of each organisation that a seeker sees; NaN: none. `same_kind` tells
        which organisations are of the seeker's kind.
        """


@dataclass(frozen=True)
class NewestPosts:
    """When each organisation published its newest post, in seconds since 1970, shape (2, organisation ids).

    Row 0 is what everybody of the network sees, row 1 what only other kinds of organisations see; -infinity is "none".
    """

    moments: Moments

    def seen_by(self, organisation_ids: npt.NDArray[np.int64], same_kind: npt.NDArray[np.bool_]) -> Moments:
        last = self.moments.shape[1] - 1
        is_held, numbers = organisation_ids <= last, np.minimum(organisation_ids, last)
        everybody, others = (np.where(is_held, moments[numbers], NEVER) for moments in self.moments)
        newest = np.where(same_kind, everybody, np.maximum(everybody, others))
        newest[newest == NEVER] = np.nan
        return newest


NO_POSTS = NewestPosts(np.full((2, 1), NEVER))


@dataclass(frozen=True)
class NewestAsked:
    """The newest posts on PostgreSQL, read by one statement for the organisations that a question compares.

    Nothing is kept: the changelog's numbers are not in the order of the commits there, so one that is committed late
    would never be noticed. Good as long as the session of the question.
    """

    session: Session

    def seen_by(self, organisation_ids: npt.NDArray[np.int64], same_kind: npt.NDArray[np.bool_]) -> Moments:
        # One array, because a statement may not name more than 65,535 single numbers.
        compared = any_(literal(organisation_ids.tolist(), ARRAY(Integer)))
        rows = self.session.execute(_newest_query().where(Post.organisation_id == compared)).all()
        moments = np.full((2, int(organisation_ids.max(initial=0)) + 1), NEVER)
        _enter(moments, rows)
        return NewestPosts(moments).seen_by(organisation_ids, same_kind)


class _Keeper:
    """The newest posts of one SQLite database, kept true through the changelog."""

    def __init__(self) -> None:
        self._newest = NO_POSTS
        self._sequence = -1
        self._lock = Lock()

    def fresh(self, session: Session) -> NewestPosts:
        with self._lock:
            self._refresh(session)
            return self._newest

    def _refresh(self, session: Session) -> None:
        latest = session.scalar(select(func.max(Change.seq))) or 0
        if latest <= self._sequence:
            return
        if self._sequence < 0:
            self._take_in(session, None)
        else:
            post_ids, organisation_ids = reading.changed_posts(session, self._sequence, latest)
            for some in reading.parts(post_ids):
                owners = select(Post.organisation_id).where(Post.id.in_(some)).distinct()
                organisation_ids |= set(session.scalars(owners))
            for some in reading.parts(organisation_ids):
                self._take_in(session, some)
        self._sequence = latest

    def _take_in(self, session: Session, organisation_ids: list[int] | None) -> None:
        """Read the newest posts of these organisations, None for all."""
        query = _newest_query()
        if organisation_ids is not None:
            query = query.where(Post.organisation_id.in_(organisation_ids))
        rows = session.execute(query).all()
        highest = max([row.organisation_id for row in rows] + list(organisation_ids or ()), default=0)
        before = self._newest.moments
        # A copy, because whoever reads does so without the lock.
        moments = np.full((2, max(highest + 1, before.shape[1])), NEVER)
        moments[:, : before.shape[1]] = before
        moments[:, organisation_ids or []] = NEVER
        _enter(moments, rows)
        self._newest = NewestPosts(moments)


_KEEPERS: WeakKeyDictionary[Engine, _Keeper] = WeakKeyDictionary()


def newest_posts(session: Session) -> Newest:
    """Return the newest posts. On SQLite that takes one statement, and a few more after a change; on PostgreSQL they
    are read when they are asked for.
    """
    engine = session.get_bind().engine
    if engine.dialect.name == "postgresql":
        return NewestAsked(session)
    return _KEEPERS.setdefault(engine, _Keeper()).fresh(session)


def freshness(
    days: npt.NDArray[np.float64], room: npt.NDArray[np.float64], is_compared: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return how new and free each organisation's posts are, in [0, 1]; NaN: unknown.

    `days` are those since its newest post, `room` the share of places left (NaN: no limit). 0.5 is the middle of those
    that are compared, so that where all are old, or all are new, nobody is moved.
    """
    new = np.exp2(-days / HALF_LIFE_DAYS)
    new *= WORTH_WITHOUT_PLACES + (1 - WORTH_WITHOUT_PLACES) * np.nan_to_num(room, nan=1.0)
    counted = new[is_compared & ~np.isnan(new)]
    return new if not len(counted) else 0.5 + (new - np.median(counted)) / 2


def days_since(moments: Moments, now: datetime) -> Moments:
    """Whole days, so that nothing moves while somebody looks at it; NaN stays NaN."""
    days: Moments = np.maximum(0.0, (now.timestamp() - moments) // SECONDS_OF_A_DAY)
    return days


def _newest_query() -> Select[int, Visibility, datetime | None]:
    return (
        select(Post.organisation_id, Post.visibility, func.max(Post.published_at).label("newest"))
        .where(Post.state == PostState.PUBLISHED, Post.visibility != Visibility.OWN_ORGANISATION)
        .group_by(Post.organisation_id, Post.visibility)
    )


def _enter(moments: Moments, rows: Sequence[Row[int, Visibility, datetime | None]]) -> None:
    """Write the rows of `_newest_query` into moments of the shape that `NewestPosts` holds."""
    for row in rows:
        moments[int(row.visibility is Visibility.OTHER_KINDS), row.organisation_id] = row.newest.timestamp()
