"""The words of outcomes, summaries and heard needs, each written once."""

from flask_babel.speaklater import LazyString

from models.outcome import Decision, HeardState, Interest, SummaryState
from web.localisation import lazy_gettext as _

INTERESTS: dict[Interest, LazyString] = {
    Interest.HIGH: _("High"),
    Interest.SOME: _("Some"),
    Interest.NONE: _("None"),
    Interest.UNKNOWN: _("I cannot tell"),
}

DECISIONS: dict[Decision, LazyString] = {
    Decision.MEET_AGAIN: _("Meet again"),
    Decision.EXCHANGE: _("Exchange information first"),
    Decision.PILOT: _("Start a small pilot"),
    Decision.PARTNERSHIP: _("Work towards a partnership"),
    Decision.WAIT: _("Wait for now"),
    Decision.STOP: _("Stop here"),
    Decision.OPEN: _("Nothing decided yet"),
}

SUMMARY_STATES: dict[SummaryState, LazyString] = {
    SummaryState.PROPOSED: _("Waits for an answer"),
    SummaryState.CONFIRMED: _("Confirmed by both sides"),
    SummaryState.CORRECTED: _("Replaced by the next version"),
}

# The word and the kind of its chip.
HEARD_STATES: dict[HeardState, tuple[LazyString, str]] = {
    HeardState.WAITING: (_("Not confirmed yet"), "warning"),
    HeardState.CONFIRMED: (_("Confirmed"), "ok"),
    HeardState.CORRECTED: (_("Corrected"), "ok"),
    HeardState.REFUSED: (_("Said not to be so"), "danger"),
}
