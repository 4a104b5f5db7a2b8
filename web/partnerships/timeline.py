"""What happened in a partnership, as both sides may read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from models.partnership import Partnership, PartnershipEventKind
from models.promises import Promise
from web.commitments.words import ENDINGS
from web.labels import day_of
from web.localisation import gettext
from web.partnerships.words import EVENTS, STAGES
from web.sides import side_name


@dataclass(frozen=True)
class TimelineRow:
    day: str
    what: str
    who: str
    text: str


def timeline_of(partnership: Partnership, found: Collection[Promise]) -> list[TimelineRow]:
    """What happened, the newest first: the partnership's own events, letters, and promises made and ended."""
    moments: list[tuple[datetime, str, str, str]] = []
    for event in partnership.events:
        what = str(EVENTS[event.kind])
        if event.kind is PartnershipEventKind.STAGE and event.stage is not None:
            what = gettext("Stage: %(stage)s", stage=STAGES[event.stage])
        moments.append(
            (event.at, what, f"{event.person.name}, {side_name(partnership, event.side)}", event.text)
        )
    for letter in partnership.letters:
        if letter.sent_at is not None:
            who = f"{letter.author.name}, {side_name(partnership, letter.side)}"
            moments.append((letter.sent_at, gettext("Letter of expectations sent"), who, ""))
    for promise in found:
        moments += _moments_of(partnership, promise)
    moments.sort(key=lambda moment: moment[0], reverse=True)
    return [TimelineRow(day=day_of(at), what=what, who=who, text=text) for at, what, who, text in moments]


def _moments_of(partnership: Partnership, promise: Promise) -> list[tuple[datetime, str, str, str]]:
    standing = promise.standing
    who = side_name(partnership, standing.performer)
    moments = []
    if standing.agreed_at is not None:
        moments.append((standing.agreed_at, gettext("Promised: %(what)s", what=standing.terms.what), who, ""))
    if standing.ended_at is not None and standing.ending is not None:
        what = f"{ENDINGS[standing.ending]}: {standing.terms.what}"
        moments.append((standing.ended_at, what, who, ""))
    return moments
