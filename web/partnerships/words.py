"""The words of partnerships: kinds, states, stages, reasons, the purpose in one sentence, and what trust may say."""

from flask_babel.speaklater import LazyString

from models.partnership import (
    ClosingReason,
    Partnership,
    PartnershipEventKind,
    PartnershipKind,
    PartnershipStage,
    PartnershipState,
)
from models.promises import Record
from models.trust import Trust, Verdict
from web.localisation import gettext, ngettext
from web.localisation import lazy_gettext as _

KINDS: dict[PartnershipKind, LazyString] = {
    PartnershipKind.PILOT: _("Pilot"),
    PartnershipKind.FULL: _("Partnership"),
}

STATES: dict[PartnershipState, tuple[LazyString, str]] = {
    PartnershipState.PROPOSED: (_("Proposed"), "warning"),
    PartnershipState.ACTIVE: (_("Active"), "ok"),
    PartnershipState.DECLINED: (_("Declined"), "plain"),
    PartnershipState.WITHDRAWN: (_("Taken back"), "plain"),
    PartnershipState.CLOSED: (_("Closed"), "plain"),
}

STAGES: dict[PartnershipStage, LazyString] = {
    PartnershipStage.SCOPING: _("Scoping"),
    PartnershipStage.MANAGING: _("Managing"),
    PartnershipStage.REVIEWING: _("Reviewing"),
    PartnershipStage.SUSTAINING: _("Sustaining"),
    PartnershipStage.CLOSING: _("Closing"),
}

STAGE_HINTS: dict[PartnershipStage, LazyString] = {
    PartnershipStage.SCOPING: _("Finding out what we want to do together"),
    PartnershipStage.MANAGING: _("Doing it, and keeping our promises"),
    PartnershipStage.REVIEWING: _("Looking back, and changing what should change"),
    PartnershipStage.SUSTAINING: _("It runs; we keep it alive"),
    PartnershipStage.CLOSING: _("We finish well and hand over"),
}

CLOSING_REASONS: dict[ClosingReason, LazyString] = {
    ClosingReason.REACHED: _("We reached what we set out to do"),
    ClosingReason.PILOT_OVER: _("The pilot is over and stays a pilot"),
    ClosingReason.CIRCUMSTANCES: _("Circumstances changed"),
    ClosingReason.NO_FIT: _("It was not the right fit after all"),
    ClosingReason.PROMISES: _("Promises were not kept"),
    ClosingReason.OTHER: _("Another reason"),
}

EVENTS: dict[PartnershipEventKind, LazyString] = {
    PartnershipEventKind.PROPOSED: _("Partnership proposed"),
    PartnershipEventKind.CONFIRMED: _("Partnership confirmed"),
    PartnershipEventKind.DECLINED: _("Partnership declined"),
    PartnershipEventKind.WITHDRAWN: _("Proposal taken back"),
    PartnershipEventKind.STAGE: _("New stage"),
    PartnershipEventKind.GROWTH_ASKED: _("Asked to turn the pilot into a full partnership"),
    PartnershipEventKind.GROWTH_REFUSED: _("Stays a pilot"),
    PartnershipEventKind.GROWN: _("The pilot became a full partnership"),
    PartnershipEventKind.CLOSED: _("Closed"),
}

VERDICTS: dict[Verdict, LazyString] = {
    Verdict.RELIABLE: _("reliable"),
    Verdict.MIXED: _("mixed"),
    Verdict.UNRELIABLE: _("often not kept"),
}


def purpose_sentence(partnership: Partnership) -> str:
    """The purpose in one sentence, made of its four parts."""
    return str(
        gettext(
            "By %(doing)s, this partnership will help %(beneficiary)s with %(benefit)s, leading to %(result)s.",
            doing=partnership.doing,
            beneficiary=partnership.beneficiary,
            benefit=partnership.benefit,
            result=partnership.result,
        )
    )


def trust_words(trust: Trust) -> str:
    """Counts first, then what they allow to say: never a bare number, and a newcomer is unknown."""
    if not (trust.kept + trust.late + trust.broken + trust.unconfirmed + trust.revoked):
        return str(gettext("Not enough history yet"))
    counts = gettext(
        "%(kept)s kept, %(late)s late, %(broken)s broken",
        kept=trust.kept,
        late=trust.late,
        broken=trust.broken,
    )
    partners = ngettext("with one partner", "with %(num)s partners", trust.partners)
    months = ngettext("in one month", "in %(num)s months", trust.months)
    facts = f"{counts} {partners} {months}"
    if trust.verdict is Verdict.UNKNOWN:
        return str(gettext("%(facts)s — not enough history yet", facts=facts))
    return str(
        gettext(
            "%(facts)s — %(verdict)s; certainty %(certainty)s",
            facts=facts,
            verdict=VERDICTS[trust.verdict],
            certainty=f"{trust.certainty:.1f}",
        )
    )


def on_time_words(record: Record) -> str:
    """ "3 of 4 on time"; a side that had nothing due is told as such, not as zero."""
    if not record.due:
        return str(gettext("nothing was due yet"))
    return str(gettext("%(on_time)s of %(due)s", on_time=record.on_time, due=record.due))
