"""Cadences: how often we ask again until something moves. The rules, and what every contact does to a running one.

- A real contact begins the cadence anew, counted from the day of that contact: a call that is written down later
  counts from its own day. What would be due already by then gets until the next working day: nobody can be late with
  what nobody asked for before.
- What we write moves on to the next step. What they answer, and a meeting that is set, stops it.
- At most one nudge of a relationship is open at any time, and none on a closed one, nor with an organisation that was
  closed. Tasks may stand on these, too: "ask again in spring".
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.follow_up import DEFAULT_CADENCE_DAYS, Cadence, FollowUp, FollowUpKind
from models.organisation import OrganisationState
from models.planning import (
    abandon,
    ask_for_reminders,
    belongs_to,
    change_plan,
    day_in,
    end_of,
    finish,
    next_working_day,
    open_follow_ups,
    reopen,
    zone_of,
)
from models.relationship import Contact, ContactKind, Direction, Relationship, Stage, note_contact

MOST_STEPS = 6
LONGEST_STEP = 365
# Said in English here and told in the reader's language by the pages, as every nudge says the same.
NUDGE_TEXT = "Ask how things are progressing"
# Several messages of one conversation are one sign of life, not several steps.
ONE_SIGN_OF_LIFE = timedelta(days=1)


def are_sound_days(days: Sequence[int]) -> bool:
    """Whether these can be the days of a cadence: one to six whole numbers, each larger than the one before."""
    in_order = all(earlier < later for earlier, later in pairwise(days))
    return 1 <= len(days) <= MOST_STEPS and in_order and days[0] >= 1 and days[-1] <= LONGEST_STEP


def due_day(days: Sequence[int], step: int, base: date, moved_on: date | None) -> date | None:
    """The day on which step ``step`` (from 0) is due, counted from ``base``. None: the cadence is over.

    ``moved_on`` is the day on which the step before was taken. After a late one, the next is never nearer than the
    two steps are apart.
    """
    if step >= len(days):
        return None
    due = base + timedelta(days=days[step])
    if moved_on is None or step == 0:
        return due
    return max(due, moved_on + timedelta(days=days[step] - days[step - 1]))


def days_of(session: Session, ours: Relationship) -> tuple[int, ...]:
    """The days of the relationship's own cadence, else of the organisation's default one, else 3, 7 and 14."""
    own = Cadence.id == ours.cadence_id
    if ours.cadence_id is None:
        own = Cadence.is_default & Cadence.retired_at.is_(None)
    cadence = session.scalar(select(Cadence).where(Cadence.organisation_id == ours.organisation_id, own))
    return tuple(cadence.days) if cadence is not None else DEFAULT_CADENCE_DAYS


def open_nudge(session: Session, ours: Relationship) -> FollowUp | None:
    """The nudge that waits, if any. There is never more than one."""
    return next((item for item in open_follow_ups(session, ours) if item.kind is FollowUpKind.NUDGE), None)


def start_cadence(session: Session, ours: Relationship, cadence: Cadence | None, now: datetime) -> None:
    """Let this cadence run from now on (None: the usual one). Does nothing where nobody is asked again."""
    if not _is_asked_again(ours):
        return
    ours.cadence_id = cadence.id if cadence is not None else None
    _restart(session, ours, now, now)


def stop_cadence(session: Session, ours: Relationship, now: datetime) -> None:
    """Ask no more: they answered, a meeting is set, or somebody said so. Nothing is left open of it."""
    ours.cadence_from = None
    nudge = open_nudge(session, ours)
    if nudge is not None:
        abandon(session, nudge, now)
        session.flush()


def stop_everything(session: Session, ours: Relationship, now: datetime) -> None:
    """For whoever closes a relationship: stops the cadence and drops what is open, at the moment of the closing."""
    ours.cadence_from = None
    for follow_up in open_follow_ups(session, ours):
        abandon(session, follow_up, now)
    session.flush()


def take_back_stop(session: Session, ours: Relationship, stopped_at: datetime, now: datetime) -> None:
    """For whoever undoes a closing: opens again what ``stop_everything`` dropped at ``stopped_at``."""
    dropped = session.scalars(
        select(FollowUp).where(FollowUp.relationship_id == ours.id, FollowUp.dropped_at == stopped_at)
    ).all()
    for follow_up in dropped:
        take_back(session, ours, follow_up, now)


def was_in_touch(
    session: Session,
    ours: Relationship,
    at: datetime,
    kind: ContactKind,
    direction: Direction,
    person_id: int | None,
    note: str,
    meeting_id: int | None,
    now: datetime,
) -> Contact:
    """Keep that the two were in touch and let the cadence follow. ``at`` may lie before ``now``.

    What is of an older day than what is known already is kept and changes nothing else. Of one day, what is written
    down last counts: people say on which day it was, not at what o'clock.
    """
    zone = zone_of(session, ours.owner_id)
    day = day_in(at, zone)
    is_newest = ours.last_contact_at is None or day_in(ours.last_contact_at, zone) <= day
    counts = ours.cadence_from is None or day_in(ours.cadence_from, zone) <= day
    contact = note_contact(session, ours, at, kind, direction, person_id, note, meeting_id)
    # The nudges that it begins and ends carry the same moment, by which they are found if it is taken back.
    contact.created_at = now
    if not counts or not _is_asked_again(ours):
        return contact
    if direction is Direction.THEIRS:
        stop_cadence(session, ours, now)
    elif direction is Direction.OURS:
        _we_wrote(session, ours, at, person_id, now)
    elif is_newest and (ours.cadence_from is not None or ours.stage is not Stage.PARTNERSHIP):
        # In a partnership check-ins and promises take over; only a cadence that somebody started goes on there.
        _restart(session, ours, at, now)
    return contact


def take_back_contact(session: Session, ours: Relationship, contact: Contact, now: datetime) -> None:
    """As if it had never been written down: what was known before counts again, and the cadence goes on as it did.

    Where somebody was in touch since, or settled the nudge that came of it, the cadence stays as it is.
    """
    written_at = contact.created_at
    session.delete(contact)
    session.flush()
    known = select(func.max(Contact.at), func.max(Contact.created_at))
    ours.last_contact_at, last_written = session.execute(
        known.where(Contact.relationship_id == ours.id)
    ).one()
    if last_written is None or last_written < written_at:
        _take_back_cadence(session, ours, written_at, now)


def done(
    session: Session, ours: Relationship, follow_up: FollowUp, person_id: int | None, now: datetime
) -> None:
    """It is done; after a nudge the next one is planned."""
    finish(session, follow_up, person_id, now)
    if follow_up.kind is FollowUpKind.NUDGE:
        session.flush()
        _plan_next(session, ours, follow_up, now, now)


def drop(session: Session, ours: Relationship, follow_up: FollowUp, now: datetime) -> None:
    """It will not be done; dropping a nudge stops its cadence."""
    if follow_up.kind is FollowUpKind.NUDGE:
        stop_cadence(session, ours, now)
    else:
        abandon(session, follow_up, now)


def take_back(session: Session, ours: Relationship, follow_up: FollowUp, now: datetime) -> bool:
    """Open it again. Returns False where that cannot be: it is open, or a nudge where nobody is asked again, or beside
    another open nudge.
    """
    if follow_up.is_open:
        return False
    if follow_up.kind is FollowUpKind.NUDGE:
        if not _is_asked_again(ours) or open_nudge(session, ours) is not None:
            return False
        ours.cadence_from = ours.last_contact_at or follow_up.created_at
    reopen(session, follow_up, now)
    session.flush()
    return True


def hand_over(session: Session, ours: Relationship, owner_id: int | None, now: datetime) -> None:
    """Give the relationship another owner, and with it the open nudge and what somebody had to do who left."""
    ours.owner_id = owner_id
    for item in open_follow_ups(session, ours):
        has_left = item.owner_id is not None and not belongs_to(session, item.owner_id, ours.organisation_id)
        if item.kind is FollowUpKind.NUDGE or has_left:
            change_plan(session, item, item.text, owner_id, item.due_on, item.is_theirs, now)


def _is_asked_again(ours: Relationship) -> bool:
    """Whether a cadence may run: not on a closed card, nor once the partner's organisation is closed."""
    return ours.stage is not Stage.CLOSED and ours.partner.state is not OrganisationState.CLOSED


def _take_back_cadence(session: Session, ours: Relationship, written_at: datetime, now: datetime) -> None:
    nudges = select(FollowUp).where(FollowUp.relationship_id == ours.id, FollowUp.kind == FollowUpKind.NUDGE)
    begun = session.scalar(nudges.where(FollowUp.created_at == written_at))
    if begun is not None and not begun.is_open:
        return
    if begun is not None:
        stop_cadence(session, ours, now)
    was_ended = or_(FollowUp.done_at == written_at, FollowUp.dropped_at == written_at)
    for nudge in session.scalars(nudges.where(was_ended)).all():
        take_back(session, ours, nudge, now)


def _restart(session: Session, ours: Relationship, base: datetime, now: datetime) -> None:
    stop_cadence(session, ours, now)
    ours.cadence_from = base
    _plan_step(session, ours, 0, None, now)


def _we_wrote(
    session: Session, ours: Relationship, at: datetime, person_id: int | None, now: datetime
) -> None:
    nudge = open_nudge(session, ours)
    if nudge is None or (nudge.step and at < nudge.created_at + ONE_SIGN_OF_LIFE):
        return
    finish(session, nudge, person_id, now)
    session.flush()
    _plan_next(session, ours, nudge, at, now)


def _plan_next(session: Session, ours: Relationship, nudge: FollowUp, at: datetime, now: datetime) -> None:
    assert nudge.step is not None
    _plan_step(session, ours, nudge.step + 1, at, now)


def _plan_step(
    session: Session, ours: Relationship, step: int, moved_at: datetime | None, now: datetime
) -> None:
    """Add the nudge of this step, or end the cadence behind its last one."""
    if ours.cadence_from is None or not _is_asked_again(ours):
        return
    zone = zone_of(session, ours.owner_id)
    moved_on = day_in(moved_at, zone) if moved_at is not None else None
    due_on = due_day(days_of(session, ours), step, day_in(ours.cadence_from, zone), moved_on)
    if due_on is None:
        ours.cadence_from = None
        return
    today = day_in(now, zone)
    if due_on <= today:
        due_on = next_working_day(today)
    nudge = FollowUp(
        organisation_id=ours.organisation_id,
        relationship_id=ours.id,
        kind=FollowUpKind.NUDGE,
        text=NUDGE_TEXT,
        owner_id=ours.owner_id,
        due_on=due_on,
        zone=zone,
        due_at=end_of(due_on, zone),
        step=step,
        created_at=now,
    )
    session.add(nudge)
    session.flush()
    ask_for_reminders(session, nudge, now)
