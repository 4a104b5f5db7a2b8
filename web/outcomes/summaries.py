"""A meeting's shared summary as either side sees it, and the form of a version."""

from dataclasses import dataclass

from wtforms import HiddenField

from models.meeting import Meeting
from models.organisation import OrganisationState
from models.outcome import SharedSummary, SummaryState
from models.summaries import summaries_of
from web.database import db
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.moments import short_moment_words
from web.outcomes.forms import TEXT_LIMIT
from web.outcomes.sides import Stand
from web.outcomes.words import SUMMARY_STATES
from web.page_form import PageForm
from web.text_fields import words_field


class SummaryForm(PageForm):
    """A version of the summary. ``seen`` is the version that was read before, empty for none."""

    text = words_field(
        _("What was said and agreed"), TEXT_LIMIT, _("Write what was said, in a few sentences.")
    )
    seen = HiddenField()


@dataclass(frozen=True)
class Version:
    """One version of the summary, for either side."""

    text: str
    author: str
    state: str
    is_settled: bool


@dataclass(frozen=True)
class SummaryView:
    """All versions, oldest first, and whose turn it is, or that it would be theirs if they were not closed. ``seen`` is
    the newest version's id.
    """

    versions: list[Version]
    newest_text: str
    seen: str
    is_our_turn: bool
    is_their_turn: bool
    is_left_by_them: bool


def summary_view(meeting: Meeting, stand: Stand) -> SummaryView:
    """The summaries of a meeting as either side sees them."""
    versions = summaries_of(db.session, meeting)
    newest = versions[-1] if versions else None
    waits = newest is not None and newest.state is SummaryState.PROPOSED
    is_ours = newest is not None and newest.written_by is stand.side
    partner = meeting.introduction.organisation_of(stand.side.other)
    is_partner_closed = partner.state is OrganisationState.CLOSED
    return SummaryView(
        versions=[_version(summary, stand) for summary in versions],
        newest_text=newest.text if newest else "",
        seen=str(newest.id) if newest else "",
        is_our_turn=waits and not is_ours,
        is_their_turn=waits and is_ours and not is_partner_closed,
        is_left_by_them=waits and is_ours and is_partner_closed,
    )


def _version(summary: SharedSummary, stand: Stand) -> Version:
    who = stand.our_name if summary.written_by is stand.side else stand.partner_name
    return Version(
        text=summary.text,
        author=gettext(
            "%(name)s of %(organisation)s, %(when)s",
            name=summary.person.name,
            organisation=who,
            when=short_moment_words(summary.created_at),
        ),
        state=str(SUMMARY_STATES[summary.state]),
        is_settled=summary.state is SummaryState.CONFIRMED,
    )
