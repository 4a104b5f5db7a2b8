"""How likely an organisation answers an introduction in time, from what it was asked within the last year.

Only counts are read, as of the beginning of the day: so every process says the same, and reads it once a day. Nothing
is said, nor moved, before enough organisations asked that nobody can tell who was left without an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, and_, case, func, or_, select
from sqlalchemy.orm import Session

from models.closing import was_cut_short
from models.introduction import Introduction, IntroductionState

ASKED_WITHIN = timedelta(days=365)
# Until so many organisations asked, a single answer could be guessed from what is said.
LEAST_ASKING = 5
# So many askings of the network's mean are added to those of each organisation: a few answers say little.
PRIOR_ASKED = 5
USUALLY_FROM = 0.7
ANSWERED = (IntroductionState.ACCEPTED, IntroductionState.DECLINED)


class ReplyWord(StrEnum):
    USUALLY = "usually"
    SOMETIMES = "sometimes"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Replies:
    """`likelihoods` by organisation id, only of those that may be told; `mean` is that of the network."""

    likelihoods: Mapping[int, float]
    mean: float

    def word(self, organisation_id: int) -> ReplyWord:
        likelihood = self.likelihoods.get(organisation_id)
        if likelihood is None:
            return ReplyWord.UNKNOWN
        return ReplyWord.USUALLY if likelihood >= USUALLY_FROM else ReplyWord.SOMETIMES

    @cached_property
    def signals(self) -> dict[int, float]:
        """In [0, 1]; 0.5 is the network's mean, so whoever answers like all others is not moved."""
        return {one: 0.5 + (likelihood - self.mean) / 2 for one, likelihood in self.likelihoods.items()}


NO_REPLIES = Replies({}, 0.5)
_OF_TODAY: WeakKeyDictionary[Engine, tuple[date, Replies]] = WeakKeyDictionary()
_LOCK = Lock()


def replies_of_today(session: Session, now: datetime) -> Replies:
    """Return what is known of all organisations' answers until this day began (UTC): one statement a day."""
    engine, today = session.get_bind().engine, now.astimezone(UTC).date()
    with _LOCK:
        kept = _OF_TODAY.get(engine)
        if kept is None or kept[0] != today:
            kept = (today, read_replies(session, datetime.combine(today, datetime.min.time(), UTC)))
            _OF_TODAY[engine] = kept
    return kept[1]


def read_replies(session: Session, until: datetime) -> Replies:
    """Return (answered in time + prior) / (asking organisations + prior) of each that enough organisations asked.

    A request counts once it was answered or ran out; one that was taken back before that, or ended because the asked
    organisation was closed, was never waited for. Each asking organisation counts once, with its latest request, so
    that nobody sinks a rival by asking again and again.
    """
    in_time = and_(
        Introduction.state.in_(ANSWERED),
        Introduction.answered_at <= until,
        Introduction.answered_at <= Introduction.expires_at,
    )
    was_waited_for = and_(Introduction.state != IntroductionState.WITHDRAWN, ~was_cut_short())
    counted = or_(in_time, and_(Introduction.expires_at <= until, was_waited_for))
    both = (Introduction.asked_organisation_id, Introduction.asking_organisation_id)
    latest_first = (Introduction.created_at.desc(), Introduction.id.desc())
    requests = (
        select(
            Introduction.asked_organisation_id,
            case((in_time, 1), else_=0).label("answered"),
            func.row_number().over(partition_by=both, order_by=latest_first).label("number"),
        )
        .where(
            Introduction.created_at > until - ASKED_WITHIN,
            Introduction.created_at <= until,
            Introduction.asking_organisation_id != Introduction.asked_organisation_id,
            counted,
        )
        .subquery()
    )
    rows = session.execute(
        select(
            requests.c.asked_organisation_id,
            func.count().label("asking"),
            func.sum(requests.c.answered).label("answered"),
        )
        .where(requests.c.number == 1)
        .group_by(requests.c.asked_organisation_id)
    ).all()
    asked = sum(row.asking for row in rows)
    mean = sum(row.answered for row in rows) / asked if asked else NO_REPLIES.mean
    return Replies(
        likelihoods={
            row.asked_organisation_id: (row.answered + PRIOR_ASKED * mean) / (row.asking + PRIOR_ASKED)
            for row in rows
            if row.asking >= LEAST_ASKING
        },
        mean=mean,
    )
