"""Planning a follow-up: the moment it is due, who is reminded of it and when, and how it ends.

Days are those of the owner's clock. Reminders come at nine: on the day before, on the day, and once when it is
overdue. What is past gets none, so a task that is written down late never makes the portal ring at once.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.follow_up import FollowUp, FollowUpKind
from models.person import Person
from models.relationship import Relationship
from models.reminder import forget_reminders, remind
from models.tending import is_here
from models.wall_time import moment_of_or_next, wall_time_of

FOLLOW_UP_REMINDER = "follow_up.due"
REMINDED_AT = time(9)
DAY = timedelta(days=1)
# As ``date.weekday`` counts: Monday to Friday.
WORKING_DAYS = range(5)


def plan_follow_up(
    session: Session,
    ours: Relationship,
    kind: FollowUpKind,
    text: str,
    owner_id: int | None,
    due_on: date,
    zone: str,
    is_theirs: bool,
    meeting_id: int | None,
    person_id: int | None,
    now: datetime,
) -> FollowUp:
    """Add a next step or a task with its reminders, whoever or whatever makes it. Flushes, so it has its id.

    ``zone`` is the owner's IANA zone and ``person_id`` who writes it down. Nudges come from a cadence alone.
    Raises ValueError for those.
    """
    if kind is FollowUpKind.NUDGE:
        raise ValueError("a nudge comes from a cadence")
    follow_up = FollowUp(
        organisation_id=ours.organisation_id,
        relationship_id=ours.id,
        meeting_id=meeting_id,
        kind=kind,
        text=text,
        owner_id=owner_id,
        is_theirs=is_theirs,
        due_on=due_on,
        zone=zone,
        due_at=end_of(due_on, zone),
        created_by_id=person_id,
        created_at=now,
    )
    session.add(follow_up)
    session.flush()
    ask_for_reminders(session, follow_up, now)
    return follow_up


def end_of(day: date, zone: str) -> datetime:
    """The moment at which ``day`` is over on the clocks of ``zone``."""
    return moment_of_or_next(datetime.combine(day + DAY, time.min), zone)


def zone_of(session: Session, person_id: int | None) -> str:
    """The zone by which somebody's days are counted; UTC for nobody."""
    person = session.get(Person, person_id) if person_id is not None else None
    return person.zone if person is not None else "UTC"


def change_plan(
    session: Session,
    follow_up: FollowUp,
    text: str,
    owner_id: int | None,
    due_on: date,
    is_theirs: bool,
    now: datetime,
) -> None:
    """Give it other words, another owner or another day; reminders follow, and those sent are not sent again."""
    follow_up.text = text
    follow_up.is_theirs = is_theirs
    if follow_up.owner_id != owner_id:
        follow_up.owner_id = owner_id
        follow_up.zone = zone_of(session, owner_id)
    postpone(session, follow_up, due_on, now)


def postpone(session: Session, follow_up: FollowUp, due_on: date, now: datetime) -> None:
    """Move it to another day, with its reminders."""
    follow_up.due_on = due_on
    follow_up.due_at = end_of(due_on, follow_up.zone)
    forget_reminders(session, FOLLOW_UP_REMINDER, follow_up.id, now)
    ask_for_reminders(session, follow_up, now)


def finish(session: Session, follow_up: FollowUp, person_id: int | None, now: datetime) -> None:
    """It is done. For a nudge use ``models.cadence.done``, which goes on to the next one."""
    follow_up.done_at = now
    follow_up.done_by_id = person_id
    forget_reminders(session, FOLLOW_UP_REMINDER, follow_up.id, now)


def abandon(session: Session, follow_up: FollowUp, now: datetime) -> None:
    """It will not be done. For a nudge use ``models.cadence.drop``, which stops the cadence, too."""
    follow_up.dropped_at = now
    forget_reminders(session, FOLLOW_UP_REMINDER, follow_up.id, now)


def reopen(session: Session, follow_up: FollowUp, now: datetime) -> None:
    """Take back that it was done or dropped. What was due meanwhile rings no more."""
    follow_up.done_at = None
    follow_up.done_by_id = None
    follow_up.dropped_at = None
    ask_for_reminders(session, follow_up, now)


def open_follow_ups(session: Session, ours: Relationship) -> list[FollowUp]:
    """Everything open of one relationship, the most urgent first."""
    return list(
        session.scalars(
            select(FollowUp)
            .where(
                FollowUp.relationship_id == ours.id,
                FollowUp.done_at.is_(None),
                FollowUp.dropped_at.is_(None),
            )
            .order_by(FollowUp.due_at, FollowUp.id)
        )
    )


def is_planned(
    session: Session, ours: Relationship, text: str, owner_id: int | None, due_on: date, is_theirs: bool
) -> bool:
    """Whether just this is open already, so that planning it again would only double it."""
    wanted = (text, owner_id, due_on, is_theirs)
    return any(
        (item.text, item.owner_id, item.due_on, item.is_theirs) == wanted
        for item in open_follow_ups(session, ours)
    )


def still_asks(session: Session, follow_up: FollowUp, person_id: int) -> bool:
    """Whether reminding this person is still right: it is open and theirs, and their role has not ended.

    Closing a card drops what was to do; what is planned on a closed one is asked for like everything else.
    """
    is_theirs = follow_up.is_open and follow_up.owner_id == person_id
    return is_theirs and belongs_to(session, person_id, follow_up.organisation_id)


def belongs_to(session: Session, person_id: int, organisation_id: int) -> bool:
    """Whether they have a role in this organisation now. Whoever left gets no mail about what is its alone."""
    return bool(session.scalar(select(is_here(person_id, organisation_id))))


def ask_for_reminders(session: Session, follow_up: FollowUp, now: datetime) -> None:
    """Ask for the reminders that still lie ahead. A nudge is small: it has none on the day before.

    Each of them is worth nothing any more when the next one comes, so after a standstill one arrives, not three.
    """
    if follow_up.owner_id is None or follow_up.due_at <= now:
        return
    day, zone = follow_up.due_on, follow_up.zone
    before, morning, after = (_nine(day + offset * DAY, zone) for offset in (-1, 0, 1))
    planned = [("on the day", morning, follow_up.due_at), ("overdue", after, None)]
    if follow_up.kind is not FollowUpKind.NUDGE:
        planned.append(("day before", before, morning))
    for name, at, lapses_at in planned:
        if at > now:
            remind(
                session,
                FOLLOW_UP_REMINDER,
                follow_up.id,
                follow_up.owner_id,
                at,
                f"{name} {day.isoformat()}",
                lapses_at,
            )


def _nine(day: date, zone: str) -> datetime:
    return moment_of_or_next(datetime.combine(day, REMINDED_AT), zone)


# A list asks for today in each of its lines, in the zones of few people.
@lru_cache(100)
def day_in(moment: datetime, zone: str) -> date:
    """Which day it is on the clocks of ``zone``."""
    return wall_time_of(moment, zone).date()


def next_working_day(day: date) -> date:
    """The first day after it that is none of a weekend; holidays are not known here."""
    later = day + DAY
    while later.weekday() not in WORKING_DAYS:
        later += DAY
    return later
