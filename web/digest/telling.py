"""What a digest says: the person's own lines, their office in numbers, or how that stands which they sponsor."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.actor import Actor, load_actor
from models.base import utc_now
from models.organisation import Unit
from models.person import DigestFrequency, Person, Role
from models.reminder import Reminder, ReminderState
from web.digest.sponsoring import SponsoredLine, deals_themselves, sponsored_lines
from web.digest.stop_link import stop_url
from web.home.attention import OURS, attention_lines, office_counters, scope_of
from web.home.attention.line import AttentionLine
from web.home.attention.promises import what_one_owes
from web.letters import Letter, public_url
from web.localisation import gettext, ngettext
from web.reminders import reader_of, reminds

DIGEST = "digest"
MOST_LINES = 20
BEFORE_THE_FIRST = {DigestFrequency.DAILY: timedelta(days=1), DigestFrequency.WEEKLY: timedelta(days=7)}


@dataclass(frozen=True)
class Digest:
    """``more``: how many things did not fit. ``numbers`` are the office's, as words."""

    lines: list[AttentionLine]
    more: int
    numbers: list[str]
    sponsored: list[SponsoredLine]

    @property
    def is_empty(self) -> bool:
        return not (self.lines or self.numbers or self.sponsored)


@reminds(DIGEST)
def digest_of_a_person(session: Session, reminder: Reminder) -> Letter | None:
    """None when nothing waits, or the person wants no digest any more."""
    person = reader_of(session, reminder)
    if person is None or person.digest is DigestFrequency.OFF:
        return None
    digest = collect(session, person, _told_last(session, reminder, person))
    if digest.is_empty:
        return None
    return Letter(
        subject=_subject(digest),
        template="digest/mail/digest.txt",
        values={"digest": digest, "link": public_url("home.show", {})},
        unsubscribe_url=stop_url(person.id),
    )


def collect(session: Session, person: Person, told_last: datetime) -> Digest:
    """What is to be told now. A sponsor who deals with nobody themselves is told of what they sponsor, and of what they
    promised.
    """
    actor = load_actor(session, person.id)
    is_weekly = person.digest is DigestFrequency.WEEKLY
    sponsored = sponsored_lines(session, actor, utc_now())
    news = [line for line in sponsored if line.changed_at > told_last]
    told = sponsored if news or is_weekly else []
    unit = _unit_of(session, actor)
    scope = scope_of(actor, unit, "")
    if sponsored and not deals_themselves(session, actor):
        return Digest(what_one_owes(scope), 0, [], told)
    lines = attention_lines(scope)
    return Digest(
        lines=lines[:MOST_LINES],
        more=sum(line.count for line in lines[MOST_LINES:]),
        numbers=_numbers(actor, unit),
        sponsored=told,
    )


def _numbers(actor: Actor, unit: Unit | None) -> list[str]:
    """The office's numbers, once one of them asks for somebody."""
    counters = office_counters(scope_of(actor, unit, OURS))
    if not any(counter.is_urgent for counter in counters):
        return []
    return [f"{counter.count} {counter.label}" for counter in counters if counter.count]


def _told_last(session: Session, reminder: Reminder, person: Person) -> datetime:
    """When the digest before this one was written."""
    last = session.scalar(
        select(func.max(Reminder.settled_at)).where(
            Reminder.kind == DIGEST,
            Reminder.record_id == reminder.record_id,
            Reminder.state == ReminderState.SENT,
            Reminder.id < reminder.id,
        )
    )
    return last or reminder.due_at - BEFORE_THE_FIRST[person.digest]


def _unit_of(session: Session, actor: Actor) -> Unit | None:
    """The unit that Home shows first."""
    rights = sorted(actor.rights, key=lambda right: right.role is Role.ADMIN)
    return session.get(Unit, rights[0].unit_id) if rights else None


def _subject(digest: Digest) -> str:
    count = sum(line.count for line in digest.lines) + digest.more
    if count:
        return str(ngettext("%(num)d thing needs you", "%(num)d things need you", count))
    if digest.sponsored:
        return str(gettext("How what you sponsor stands"))
    return str(gettext("Your office in numbers"))
