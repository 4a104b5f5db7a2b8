"""When a digest is due: at seven in the person's own morning, each day or each Monday, and never twice for a date.

After a standstill only today's is written, and this week's for those who get it weekly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from models.database import begin_write
from models.person import DigestFrequency, Membership, MembershipState, Person
from models.planning import DAY, day_in, end_of
from models.reminder import Reminder, ReminderState, remind
from models.wall_time import moment_of_or_next
from web.digest.telling import DIGEST
from web.jobs.registry import periodic

SENT_AT = time(7)
DAYS_OF_A_WEEK = 6
PEOPLE_PER_TRANSACTION = 100
# Long enough to know what was told last; the rows themselves are worth nothing afterwards.
KEPT_FOR = timedelta(days=60)


@dataclass(frozen=True)
class Issue:
    """One digest of everybody in a zone: due from ``begins_at``, worth nothing from ``lapses_at``."""

    frequency: DigestFrequency
    zone: str
    day: date
    begins_at: datetime
    lapses_at: datetime


@periodic("digest", every=timedelta(minutes=10))
def plan_digests(session: Session, now: datetime) -> int:
    """Plan the digests whose morning has come."""
    zones = session.scalars(select(Person.zone).where(Person.left_at.is_(None)).distinct()).all()
    count = sum(_plan(session, issue, now) for zone in zones for issue in due_issues(zone, now))
    _clear_up(session, now)
    return count


def due_issues(zone: str, now: datetime) -> Iterator[Issue]:
    """Today's for those who get it daily, this week's for those who get it weekly, once it is seven there."""
    today = day_in(now, zone)
    monday = today - today.weekday() * DAY
    for frequency, first, last in (
        (DigestFrequency.DAILY, today, today),
        (DigestFrequency.WEEKLY, monday, monday + DAYS_OF_A_WEEK * DAY),
    ):
        begins_at = moment_of_or_next(datetime.combine(first, SENT_AT), zone)
        if begins_at <= now:
            yield Issue(frequency, zone, first, begins_at, end_of(last, zone))


def _plan(session: Session, issue: Issue, now: datetime) -> int:
    """Ask for the digest of everybody concerned, in small transactions."""
    count = 0
    while True:
        session.rollback()
        people = session.scalars(_readers(issue).limit(PEOPLE_PER_TRANSACTION)).all()
        if not people:
            return count
        begin_write(session)
        for person_id in people:
            remind(session, DIGEST, person_id, person_id, now, issue.day.isoformat(), issue.lapses_at)
        session.commit()
        count += len(people)


def _readers(issue: Issue) -> Select[int]:
    """Who gets this one and has it not yet. Whoever came after its hour begins with the next."""
    planned = exists().where(
        Reminder.kind == DIGEST,
        Reminder.record_id == Person.id,
        Reminder.occurrence == issue.day.isoformat(),
    )
    works_somewhere = exists().where(
        Membership.person_id == Person.id, Membership.state == MembershipState.ACTIVE
    )
    return (
        select(Person.id)
        .where(
            Person.zone == issue.zone,
            Person.digest == issue.frequency,
            Person.left_at.is_(None),
            Person.created_at < issue.begins_at,
            or_(works_somewhere, Person.is_operator),
            ~planned,
        )
        .order_by(Person.id)
    )


def _clear_up(session: Session, now: datetime) -> None:
    begin_write(session)
    session.execute(
        delete(Reminder).where(
            Reminder.kind == DIGEST,
            Reminder.state != ReminderState.WAITING,
            Reminder.due_at < now - KEPT_FOR,
        )
    )
    session.commit()
