"""What the reminders of follow-ups say: on the day before, on the day, and once when it is overdue."""

from sqlalchemy.orm import Session

from models.base import utc_now
from models.follow_up import FollowUp
from models.planning import FOLLOW_UP_REMINDER, day_in, still_asks
from models.reminder import Reminder
from web.follow_ups.words import what_words
from web.labels import day_words, partner_words
from web.letters import Letter, public_url
from web.localisation import gettext
from web.reminders import reminds


@reminds(FOLLOW_UP_REMINDER)
def follow_up_is_due(session: Session, reminder: Reminder) -> Letter | None:
    """None once it is done, dropped, given to somebody else or moved to another day."""
    follow_up = session.get(FollowUp, reminder.record_id)
    if follow_up is None or not reminder.occurrence.endswith(follow_up.due_on.isoformat()):
        return None
    if not still_asks(session, follow_up, reminder.person_id):
        return None
    return Letter(
        subject=_subject(follow_up),
        template="follow_ups/mail/due.txt",
        values={
            "what": what_words(follow_up),
            "partner": partner_words(follow_up.relationship_),
            "day": day_words(follow_up.due_on),
            "is_theirs": follow_up.is_theirs,
            "link": public_url("follow_ups.show", {"follow_up_id": follow_up.id}),
        },
    )


def _subject(follow_up: FollowUp) -> str:
    """Counted from today, so that a mail that comes late is still right."""
    what = what_words(follow_up)
    if len(what) > 60:
        what = f"{what[:59].rstrip()}…"
    days = (follow_up.due_on - day_in(utc_now(), follow_up.zone)).days
    if days > 0:
        return str(gettext("Tomorrow: %(what)s", what=what))
    return str(
        gettext("Today: %(what)s", what=what) if days == 0 else gettext("Overdue: %(what)s", what=what)
    )
