"""What happened on this portal that moves the order: read once for a question, then a frozen input of the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from matching.demand import Demand
from matching.freshness import NO_POSTS, Newest, newest_posts
from matching.history import Between, history_with
from matching.replies import NO_REPLIES, Replies, replies_of_today
from models.actor import Actor


@dataclass(frozen=True)
class Recorded:
    """`between` is our history with organisations, by id; `room` the share of places that a post has left, by post id,
    where it has a limit and somebody took a place.
    """

    between: Mapping[int, Between] = field(default_factory=dict)
    replies: Replies = NO_REPLIES
    newest: Newest = NO_POSTS
    room: Mapping[int, float] = field(default_factory=dict)


NOTHING_RECORDED = Recorded()


def read_recorded(
    session: Session, organisation_id: int, actor: Actor, demand: Demand, now: datetime
) -> Recorded:
    """Read it for one organisation as the actor may see it, in as many statements however many others there are."""
    return Recorded(
        between=history_with(session, organisation_id, actor, now),
        replies=replies_of_today(session, now),
        newest=newest_posts(session),
        room={
            post_id: max(0, limit - demand.taken.get(post_id, 0)) / limit
            for post_id, limit in demand.limits.items()
        },
    )
