"""The words in which follow-ups are told on pages and in mail."""

from datetime import datetime

from flask import url_for

from models.follow_up import FollowUp, FollowUpKind
from models.planning import day_in
from web.access import current_person_id
from web.addresses import record_url
from web.labels import day_words
from web.localisation import gettext
from web.localisation import lazy_gettext as _

KIND_WORDS = {
    FollowUpKind.NEXT_STEP: _("Next step"),
    FollowUpKind.TASK: _("Task"),
    FollowUpKind.NUDGE: _("Asking again"),
}


def what_words(follow_up: FollowUp) -> str:
    """What is to be done. Nudges all say the same, in the reader's language."""
    if follow_up.kind is FollowUpKind.NUDGE:
        return str(gettext("Ask how things are progressing"))
    return follow_up.text


def due_words(follow_up: FollowUp, now: datetime) -> str:
    """ "due today", "due 3 March 2027", "overdue since 3 March 2027", on the owner's clock."""
    days = (follow_up.due_on - day_in(now, follow_up.zone)).days
    if days == 0:
        return str(gettext("due today"))
    if days == 1:
        return str(gettext("due tomorrow"))
    day = day_words(follow_up.due_on)
    return str(gettext("due %(day)s", day=day) if days > 0 else gettext("overdue since %(day)s", day=day))


def relationship_url(ours_id: int) -> str:
    """Where everything about this partner stands."""
    return record_url("relationships.show", "relationship_id", ours_id)


def list_url(follow_up: FollowUp) -> str:
    """The list on which it stands for whoever looks: their own, or that of the office."""
    is_own = follow_up.owner_id == current_person_id()
    return url_for("follow_ups.index", whose=None if is_own else "ours")
