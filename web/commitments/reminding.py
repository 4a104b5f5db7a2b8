"""Reminders of whoever has to keep a promise: the day before, on the day, and once when it is overdue."""

from datetime import datetime, timedelta

from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from models.base import utc_now
from models.commitment import Commitment
from models.commitment_rules import standing_of_commitment
from models.commitment_standing import Standing, State
from models.partnership_people import workers_of
from models.reminder import Reminder, forget_reminders, remind
from web.labels import day_words
from web.letters import Letter, public_url
from web.localisation import lazy_gettext as _
from web.reminders import reminds
from web.sides import side_name

DUE_TOMORROW = "commitment.due_tomorrow"
DUE_TODAY = "commitment.due_today"
OVERDUE = "commitment.overdue"
KINDS = (DUE_TOMORROW, DUE_TODAY, OVERDUE)
# While they have not answered a change that was asked for, the old day holds.
IN_TIME = frozenset({State.AGREED, State.CHANGE_ASKED})
LATE = frozenset({State.OVERDUE, State.CHANGE_ASKED})
# Counted from the end of the due day: eight in the morning of the day before, of the day, and of the day after.
BEFORE_THE_END = {
    DUE_TOMORROW: timedelta(hours=40),
    DUE_TODAY: timedelta(hours=16),
    OVERDUE: -timedelta(hours=8),
}
# From when on it would be silly: tomorrow's reminder once the day has begun, today's once it is over.
LAPSES_BEFORE_THE_END = {DUE_TOMORROW: timedelta(hours=24), DUE_TODAY: timedelta(0)}


def plan_reminders(session: Session, commitment: Commitment, standing: Standing, now: datetime) -> None:
    """Forget what was planned for other terms, and plan for these what still lies ahead, while it is owed."""
    for kind in KINDS:
        forget_reminders(session, kind, commitment.id, now)
    if standing.state not in IN_TIME or standing.responsible_id is None:
        return
    end = standing.terms.due_at
    for kind in KINDS:
        due_at = end - BEFORE_THE_END[kind]
        lapses_at = end - LAPSES_BEFORE_THE_END[kind] if kind in LAPSES_BEFORE_THE_END else None
        if now < due_at:
            occurrence = standing.terms.due_on.isoformat()
            remind(session, kind, commitment.id, standing.responsible_id, due_at, occurrence, lapses_at)


@reminds(DUE_TOMORROW)
def _tomorrow(session: Session, reminder: Reminder) -> Letter | None:
    return _letter(session, reminder, IN_TIME, _("Due tomorrow"))


@reminds(DUE_TODAY)
def _today(session: Session, reminder: Reminder) -> Letter | None:
    return _letter(session, reminder, IN_TIME, _("Due today"))


@reminds(OVERDUE)
def _overdue(session: Session, reminder: Reminder) -> Letter | None:
    return _letter(session, reminder, LATE, _("Overdue"))


def _letter(
    session: Session, reminder: Reminder, states: frozenset[State], news: LazyString
) -> Letter | None:
    """What the reminder says, if the promise still stands in one of these, for this day and this person."""
    commitment = session.get(Commitment, reminder.record_id)
    if commitment is None:
        return None
    standing = standing_of_commitment(commitment, utc_now())
    is_same = (
        standing.terms.due_on.isoformat() == reminder.occurrence
        and standing.responsible_id == reminder.person_id
    )
    if standing.state not in states or not is_same:
        return None
    workers = workers_of(session, commitment.partnership, standing.performer)
    # Whoever may not open it any more has no use for it; those who may are told on their Home.
    if reminder.person_id not in {person.id for person in workers}:
        return None
    return Letter(
        subject=_("%(news)s: %(what)s", news=news, what=standing.terms.what),
        template="commitments/mail/due.txt",
        values={
            "news": news,
            "terms": standing.terms,
            "day": day_words(standing.terms.due_on),
            "owed_to": side_name(commitment.partnership, standing.customer),
            "is_overdue": reminder.kind == OVERDUE,
            "waits_for_change": standing.state is State.CHANGE_ASKED,
            "link": public_url("commitments.show", {"commitment_id": commitment.id}),
        },
    )
