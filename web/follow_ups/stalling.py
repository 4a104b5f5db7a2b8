"""The stall alarm: when nobody was in touch for too long, the owner gets one mail for each such silence.

The sponsor is told in the digest alone, once it has turned cold.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from models.base import utc_now
from models.database import begin_write
from models.person import Membership, MembershipState, Person
from models.planning import belongs_to, day_in
from models.quietness import is_shown_as, quiet_since
from models.relationship import Quietness, Relationship, Stage
from models.reminder import Reminder, remind
from web.jobs.registry import periodic
from web.labels import day_words, partner_words
from web.letters import Letter, public_url
from web.localisation import gettext, ngettext
from web.reminders import reminds

STALLED = "relationship.quiet"
# Small transactions, so that nobody waits for a long night of alarms.
ROWS_PER_TRANSACTION = 50


@periodic("relationships.quiet", every=timedelta(minutes=30))
def alarm_about_silence(session: Session, now: datetime) -> int:
    """Remind the owners of relationships in which nobody was in touch for too long."""
    count = 0
    while alarms := _alarm_some(session, now):
        count += alarms
    return count


def _alarm_some(session: Session, now: datetime) -> int:
    session.rollback()
    due = session.execute(_unalarmed(now).limit(ROWS_PER_TRANSACTION)).all()
    if not due:
        return 0
    begin_write(session)
    for row in due:
        since = row.quiet_since
        remind(session, STALLED, row.id, row.owner_id, now, _occurrence(since))
    session.commit()
    return len(due)


def _unalarmed(now: datetime) -> Select[int, int | None, datetime]:
    """Quiet relationships whose present owner was not told of this silence yet."""
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
    is_quiet = ~is_shown_as(Relationship, Quietness.FRESH, {}, now)
    return (
        select(Relationship.id, Relationship.owner_id, quiet_since(Relationship).label("quiet_since"))
        .join(Person, Person.id == Relationship.owner_id)
        .where(is_quiet, Person.left_at.is_(None), works_there, ~told)
        .order_by(Relationship.id)
    )


@reminds(STALLED)
def relationship_is_quiet(session: Session, reminder: Reminder) -> Letter | None:
    """None once somebody was in touch, it was closed or handed over, or it is not too long any more."""
    ours = session.get(Relationship, reminder.record_id)
    now = utc_now()
    if ours is None or ours.stage is Stage.CLOSED or ours.owner_id != reminder.person_id:
        return None
    since = ours.last_contact_at or ours.created_at
    if reminder.occurrence != _occurrence(since) or ours.quietness(now) is Quietness.FRESH:
        return None
    if not belongs_to(session, reminder.person_id, ours.organisation_id):
        return None
    days = ours.days_quiet(now)
    return Letter(
        subject=gettext("Quiet for a while: %(partner)s", partner=partner_words(ours)),
        template="follow_ups/mail/quiet.txt",
        values={
            "partner": partner_words(ours),
            "unit": ours.unit.name,
            "silence": ngettext(
                "Nobody was in touch for %(num)d day.", "Nobody was in touch for %(num)d days.", days
            ),
            "since": day_words(day_in(since, ours.owner.zone)) if ours.owner else "",
            "has_met": ours.last_contact_at is not None,
            "link": public_url("relationships.show", {"relationship_id": ours.id}),
        },
    )


def _occurrence(since: datetime) -> str:
    """One silence: it begins with the last contact."""
    return f"{since:%Y-%m-%dT%H:%M:%SZ}"
