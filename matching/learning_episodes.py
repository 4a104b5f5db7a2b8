"""Episodes of use: what units did with the organisations that were suggested to them, as records tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.history import GOING_ON, KEPT
from models.closing import was_cut_short
from models.dismissal import Dismissal, DismissalReason
from models.introduction import Introduction, IntroductionState
from models.meeting import Meeting
from models.outcome import Decision, Outcome
from models.partnership import Partnership
from models.promises import promises_of

# Reasons that speak of the fit. That two are partners already, or have no capacity now, says nothing against it.
UNFIT_REASONS = (DismissalReason.WRONG_FIELD, DismissalReason.TOO_FAR, DismissalReason.WRONG_SIZE)
# A yes to meet is the least; that both went on after the talk says more, and a promise that was kept the most.
WORTH_OF_ACCEPTED = 1.0
WORTH_OF_GOING_ON = 2.0
WORTH_OF_A_KEPT_PROMISE = 3.0


class Use(StrEnum):
    """What came of it. ``wanted`` and ``unwanted`` speak of the fit; the other two only of who answers."""

    WANTED = "wanted"
    UNWANTED = "unwanted"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Episode:
    """A unit of `seeker_id` decided at `at` about one organisation; `worth` is how much that says."""

    unit_id: int
    seeker_id: int
    organisation_id: int
    at: datetime
    use: Use
    worth: float = 1.0


def read_episodes(session: Session, now: datetime) -> list[Episode]:
    """Return all episodes, the oldest first. The moment is that of the asking or dismissing, not that of the answer.

    A request that was accepted and led to a talk after which both stopped says neither good nor bad of the fit; one
    that was declined, or ran out, tells who answers and nothing else. Dealings inside one organisation are left out.
    """
    episodes = [*_asked(session, now), *_dismissed(session)]
    return sorted(episodes, key=lambda one: (one.at, one.unit_id, one.organisation_id, one.use))


def _asked(session: Session, now: datetime) -> Iterable[Episode]:
    decisions = _decisions(session)
    kept = _with_kept_promises(session, now)
    rows = session.execute(
        select(
            Introduction.id,
            Introduction.asking_unit_id,
            Introduction.asking_organisation_id,
            Introduction.asked_organisation_id,
            Introduction.created_at,
            Introduction.state,
        ).where(
            Introduction.asking_organisation_id != Introduction.asked_organisation_id,
            Introduction.state.not_in((IntroductionState.PROPOSED, IntroductionState.WITHDRAWN)),
            ~was_cut_short(),
        )
    )
    for row in rows:
        who = (row.asking_unit_id, row.asking_organisation_id, row.asked_organisation_id, row.created_at)
        is_answered = row.state is not IntroductionState.EXPIRED
        yield Episode(*who, use=Use.ANSWERED if is_answered else Use.UNANSWERED)
        if row.state is IntroductionState.ACCEPTED:
            worth = WORTH_OF_A_KEPT_PROMISE if row.id in kept else _worth(decisions.get(row.id, set()))
            if worth:
                yield Episode(*who, use=Use.WANTED, worth=worth)


def _worth(decisions: set[Decision]) -> float:
    if decisions.intersection(GOING_ON):
        return WORTH_OF_GOING_ON
    return 0.0 if Decision.STOP in decisions else WORTH_OF_ACCEPTED


def _decisions(session: Session) -> dict[int, set[Decision]]:
    """What either side decided after the meetings of each introduction."""
    found: dict[int, set[Decision]] = {}
    rows = session.execute(
        select(Meeting.introduction_id, Outcome.decision)
        .join(Meeting, Meeting.id == Outcome.meeting_id)
        .where(Outcome.held)
    )
    for introduction_id, decision in rows:
        found.setdefault(introduction_id, set()).add(decision)
    return found


def _with_kept_promises(session: Session, now: datetime) -> set[int]:
    """Introductions that led to a partnership in which either side kept a promise."""
    introductions: dict[int, int] = {
        row.id: row.introduction_id
        for row in session.execute(
            select(Partnership.id, Partnership.introduction_id).where(
                Partnership.introduction_id.is_not(None)
            )
        )
    }
    return {
        introductions[promise.partnership_id]
        for promise in promises_of(session, introductions.keys(), now)
        if promise.standing.ending in KEPT
    }


def _dismissed(session: Session) -> Iterable[Episode]:
    """Dismissals for a reason of fit. One that was undone was a mistake."""
    rows = session.execute(
        select(
            Dismissal.unit_id, Dismissal.organisation_id, Dismissal.dismissed_id, Dismissal.created_at
        ).where(Dismissal.reason.in_(UNFIT_REASONS), Dismissal.undone_at.is_(None))
    )
    for row in rows:
        yield Episode(*row, use=Use.UNWANTED)
