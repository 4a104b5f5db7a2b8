"""The stall alarm: when nobody was in touch for too long, the owner is told once of each such silence.

One mail tells of all that became quiet since the last one, so that a holiday fills nobody's letter box. The sponsor is
told in the digest alone, once it has turned cold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.person import Membership, MembershipState, Person
from models.planning import belongs_to, day_in
from models.quietness import is_shown_as, quiet_since
from models.relationship import Quietness, Relationship
from models.reminder import Reminder, remind
from web.jobs.registry import periodic
from web.labels import day_words, partner_words
from web.letters import Letter, public_url
from web.localisation import gettext, ngettext
from web.reminders import reminds_together

STALLED = "relationship.quiet"
# Small transactions, so that nobody waits for a long night of alarms. No letter lists more.
MOST_PER_TRANSACTION = 200


@dataclass(frozen=True)
class QuietPartner:
    """One silence in a letter."""

    partner: str
    unit: str
    silence: str
    since: str
    has_met: bool
    link: str


@periodic("relationships.quiet", every=timedelta(minutes=30))
def alarm_about_silence(session: Session, now: datetime) -> int:
    """Remind the owners of relationships in which nobody was in touch for too long."""
    count = 0
    while alarms := _alarm_some(session, now):
        count += alarms
    return count


def _alarm_some(session: Session, now: datetime) -> int:
    """Of one owner, so that a sweep in between finds all of theirs or none, and one letter tells of them."""
    session.rollback()
    first = session.execute(_unalarmed(now).limit(1)).one_or_none()
    if first is None:
        return 0
    theirs = _unalarmed(now).where(Relationship.owner_id == first.owner_id)
    due = session.execute(theirs.limit(MOST_PER_TRANSACTION)).all()
    begin_write(session)
    for row in due:
        since = row.quiet_since
        remind(session, STALLED, row.id, row.owner_id, now, _occurrence(since))
    session.commit()
    return len(due)


def _unalarmed(now: datetime) -> Select[int, int | None, datetime]:
    """Quiet relationships whose present owner was not told of this silence yet. If a meeting ahead does not come about,
    the silence is told then.
    """
    told = exists().where(
        Reminder.kind == STALLED,
        Reminder.record_id == Relationship.id,
        Reminder.person_id == Relationship.owner_id,
        Reminder.created_at >= quiet_since(Relationship),
    )
    works_there = exists().where(
        Membership.person_id == Relationship.owner_id,
        Membership.organisation_id == Relationship.organisation_id,
        Membership.state == MembershipState.ACTIVE,
    )
    return (
        select(Relationship.id, Relationship.owner_id, quiet_since(Relationship).label("quiet_since"))
        .join(Person, Person.id == Relationship.owner_id)
        .where(_is_quiet(now), Person.left_at.is_(None), works_there, ~told)
        .order_by(Relationship.owner_id, Relationship.id)
    )


def letter_about_silence(quiet: Sequence[QuietPartner]) -> Letter:
    """Names the partner where it is one."""
    one = gettext("Quiet for a while: %(partner)s", partner=quiet[0].partner)
    several = gettext("Quiet for a while: %(num)d partners", num=len(quiet))
    return Letter(
        subject=one if len(quiet) == 1 else several,
        template="follow_ups/mail/quiet.txt",
        values={"quiet": quiet},
    )


@reminds_together(STALLED, letter_about_silence)
def relationship_is_quiet(session: Session, reminder: Reminder) -> QuietPartner | None:
    """None once somebody was in touch or will be, it was closed or handed over, or it is not too long any more."""
    ours = session.get(Relationship, reminder.record_id)
    now = utc_now()
    if ours is None or ours.owner_id != reminder.person_id:
        return None
    since = ours.last_contact_at or ours.created_at
    if reminder.occurrence != _occurrence(since) or not _is_quiet_now(session, ours, now):
        return None
    if not belongs_to(session, reminder.person_id, ours.organisation_id):
        return None
    days = ours.days_quiet(now)
    return QuietPartner(
        partner=partner_words(ours),
        unit=ours.unit.name,
        silence=str(
            ngettext("Nobody was in touch for %(num)d day.", "Nobody was in touch for %(num)d days.", days)
        ),
        since=day_words(day_in(since, ours.owner.zone)) if ours.owner else "",
        has_met=ours.last_contact_at is not None,
        link=public_url("relationships.show", {"relationship_id": ours.id}),
    )


def _is_quiet(now: datetime) -> ColumnElement[bool]:
    return ~is_shown_as(Relationship, Quietness.FRESH, {}, now)


def _is_quiet_now(session: Session, ours: Relationship, now: datetime) -> bool:
    quiet = select(Relationship.id).where(Relationship.id == ours.id, _is_quiet(now))
    return session.scalar(quiet) is not None


def _occurrence(since: datetime) -> str:
    """One silence: it begins with the last contact."""
    return f"{since:%Y-%m-%dT%H:%M:%SZ}"
