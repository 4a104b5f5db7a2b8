"""The words of stages, reasons and quietness."""

from datetime import timedelta

from flask_babel.speaklater import LazyString

from models.organisation import OrganisationState
from models.relationship import ClosedReason, ContactKind, Direction, Quietness, Stage
from models.step_kind import StepKind
from web.localisation import gettext, ngettext
from web.localisation import lazy_gettext as _

STAGES: dict[Stage, LazyString] = {
    Stage.SUGGESTED: _("Suggested"),
    Stage.INTRODUCED: _("Introduced"),
    Stage.MEETING: _("Meeting"),
    Stage.FOLLOW_UP: _("Follow-up"),
    Stage.PARTNERSHIP: _("Partnership"),
    Stage.CLOSED: _("Closed"),
}

CLOSED_REASONS: dict[ClosedReason, LazyString] = {
    ClosedReason.NO_INTEREST: _("One side is not interested"),
    ClosedReason.NO_ANSWER: _("They did not answer"),
    ClosedReason.WRONG_TIME: _("Not the right time"),
    ClosedReason.NO_CAPACITY: _("No capacity"),
    ClosedReason.OTHER_PARTNER: _("Another partner was found"),
    ClosedReason.COMPLETED: _("What we wanted is done"),
    ClosedReason.PARTNER_GONE: _("They are not there any more"),
    ClosedReason.OTHER: _("Another reason"),
}

CONTACT_KINDS: dict[ContactKind, LazyString] = {
    ContactKind.CALL: _("Call"),
    ContactKind.MAIL: _("Mail"),
    ContactKind.VISIT: _("Visit"),
    ContactKind.MEETING: _("Meeting"),
    ContactKind.MESSAGE: _("Message"),
}

# Beside a contact of the past, of which nobody asks any more whether it was answered.
DIRECTIONS_TOLD: dict[Direction, LazyString] = {
    Direction.BOTH: _("We talked"),
    Direction.OURS: _("From us"),
    Direction.THEIRS: _("From them"),
}

DIRECTIONS: dict[Direction, LazyString] = {
    Direction.BOTH: _("We talked"),
    Direction.OURS: _("We wrote or called; they have not answered"),
    Direction.THEIRS: _("They wrote or called"),
}

DEALT_STEPS: dict[StepKind, LazyString] = {
    StepKind.REQUEST: _("Answer their request for a meeting"),
    StepKind.TIMES: _("Answer the times that they propose"),
    StepKind.PARTNERSHIP: _("Answer their proposal of a partnership"),
    StepKind.GROWTH: _("Answer whether the pilot grows"),
    StepKind.SUMMARY: _("Confirm or correct how they sum up the meeting"),
    StepKind.HEARD_NEED: _("Say whether they heard your need right"),
    StepKind.OFFER: _("Answer what they propose"),
    StepKind.DEFERRED: _("Answer what we put off"),
    StepKind.CHANGE: _("Answer the change that they ask for"),
    StepKind.DELIVERY: _("Confirm what they report done"),
    StepKind.SETTLEMENT: _("Answer how they would settle it"),
    StepKind.PROMISE: _("Keep our promise"),
    StepKind.DISPUTE: _("Settle what is in dispute"),
    StepKind.CHANGE_WAITS: _("Hear whether they agree to our change"),
    StepKind.MEETING: _("Meet them"),
    StepKind.OUTCOME: _("Tell what came of the meeting"),
}

# Whose move a step is; where nothing is said here, the other side waits for an answer.
WHOSE_MOVE: dict[StepKind, LazyString] = {
    StepKind.PROMISE: _("we owe it"),
    StepKind.DISPUTE: _("both sides’ turn"),
    StepKind.CHANGE_WAITS: _("theirs to answer"),
    StepKind.MEETING: _("agreed"),
    StepKind.OUTCOME: _("our account is missing"),
}
THEY_WAIT = _("they wait for us")

# What the partner has to do, on a card on which nothing else stands. What is in dispute asks us, too, and so does a
# change that they ask for.
AWAITED_STEPS: dict[StepKind, LazyString] = {
    StepKind.REQUEST: _("We wait for their answer to our request for a meeting"),
    StepKind.TIMES: _("We wait for their answer to our times"),
    StepKind.PARTNERSHIP: _("We wait for their answer to our proposal of a partnership"),
    StepKind.GROWTH: _("We wait for their answer whether the pilot grows"),
    StepKind.SUMMARY: _("We wait for them to confirm or correct our summary"),
    StepKind.HEARD_NEED: _("We wait to hear whether we heard their need right"),
    StepKind.OFFER: _("We wait for their answer to what we propose"),
    StepKind.DEFERRED: _("We wait for the answer that they put off"),
    StepKind.CHANGE: _("We wait for their answer to the change that we ask for"),
    StepKind.DELIVERY: _("We wait for them to confirm what we report done"),
    StepKind.SETTLEMENT: _("We wait for their answer to how we would settle it"),
    StepKind.PROMISE: _("We wait for what they promised"),
}
THEIR_TURN = _("their turn")
THEY_OWE = _("they owe it")

QUIETNESS: dict[Quietness, LazyString] = {
    Quietness.FRESH: _("Not quiet"),
    Quietness.QUIET: _("Quiet"),
    Quietness.COLD: _("Cold"),
}


def gone_words(state: OrganisationState) -> str | None:
    """That a partner of this state is closed, or not in the network at the moment; None: it takes part."""
    if state is OrganisationState.APPROVED:
        return None
    is_closed = state is OrganisationState.CLOSED
    return str(gettext("organisation closed") if is_closed else gettext("not in the network"))


def days_words(days: int) -> str:
    return str(ngettext("%(num)d day", "%(num)d days", days))


def quiet_words(
    quietness: Quietness, days: int, quiet_after_days: int, cold_after_days: int, usual: timedelta | None
) -> str:
    """How long nobody was in touch, and why that is quiet or cold."""
    said = {"days": days_words(days)}
    if quietness is Quietness.FRESH:
        words = gettext("%(days)s without contact", **said)
    elif quietness is Quietness.COLD:
        words = gettext("%(days)s without contact; cold after %(limit)d", limit=cold_after_days, **said)
    elif days >= cold_after_days and usual is not None:
        words = gettext(
            "%(days)s without contact; not cold yet, because this stage usually takes %(usual)s",
            usual=days_words(max(1, usual.days)),
            **said,
        )
    else:
        words = gettext("%(days)s without contact; quiet after %(limit)d", limit=quiet_after_days, **said)
    return str(words)
