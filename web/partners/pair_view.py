"""What the pair page says of two sides: plain values, so that templates compute nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from matching.answers import Filters as MatchFilters
from matching.answers import Match, Pair, PostLine, Reason, Request
from matching.demand import Demand
from matching.ranking import pair
from matching.signals import Taste
from models.organisation import Organisation, Unit
from web.access import current_actor
from web.database import db
from web.labels import POST_KINDS
from web.localisation import gettext, ngettext
from web.matcher import matcher
from web.partners.cards import (
    Facts,
    caveat_of,
    facts_of,
    places_of_organisations,
    places_words_of,
    score_word,
    words_without_grade,
)
from web.partners.contacts import Contact, ask_url, colleagues_in_contact
from web.partners.dismissals import PAIR, DismissedLine, dismiss_url, standing_dismissal
from web.partners.drawing import LinkDrawing, draw_links
from web.partners.filters import carried_values
from web.partners.named_there import sentences_of_naming
from web.partners.signals import Signal, signals_of
from web.pipeline.keeping import KeepOffer, keep_offers

FIRST_LINKS = 6


@dataclass(frozen=True)
class QuoteView:
    """A sentence that carries a link, where it comes from, and the words in it that both sentences share."""

    sentence: str
    shared_words: list[str]
    source: str
    post_url: str | None


@dataclass(frozen=True)
class LinkView:
    """One need ↔ capability, ours on the left. ``direction`` is "get" or "give"."""

    direction: str
    our_title: str
    our_line: str
    their_title: str
    their_line: str
    strength: float
    word: str | None
    by_words_only: bool
    ours: QuoteView
    theirs: QuoteView


@dataclass(frozen=True)
class DirectionView:
    """One direction: its word, its links (what the list cites, then the strongest), and the needs left uncovered.

    ``caveat`` says what to know of links of which none fits; ``has_several_needs``: they answer more than one.
    """

    direction: str
    word: str | None
    caveat: str
    has_several_needs: bool
    first_links: list[LinkView]
    more_links: list[LinkView]
    uncovered: list[str]
    drawing: LinkDrawing | None
    seeker_has_needs: bool
    giver_has_capabilities: bool


@dataclass(frozen=True)
class PairView:
    """Everything that the pair page shows. ``undo_carried`` leads back to it from taking a dismissal back."""

    unit: Unit
    organisation: Organisation
    back_url: str
    dismiss_url: str
    match: Match
    without_grade: str
    our_line: str
    their_line: str
    get: DirectionView
    give: DirectionView
    signals: list[Signal]
    facts: Facts
    dismissed: DismissedLine | None
    undo_carried: dict[str, Any]
    ask_url: str | None
    keep: KeepOffer | None
    contact: Contact | None

    @property
    def has_links(self) -> bool:
        return bool(self.get.first_links or self.give.first_links)


def pair_of(unit: Unit, organisation_id: int, taste: Taste, now: datetime, demand: Demand) -> Pair | None:
    """The unit and an organisation face to face; None if this person may not see it, or it is their own."""
    wanted = Request(unit_id=unit.id, filters=MatchFilters(least_grade=None), taste=taste)
    return pair(db.session, matcher().index, wanted, organisation_id, current_actor(), now, demand)


def pair_view(unit: Unit, found: Pair, demand: Demand, taste: Taste, now: datetime) -> PairView:
    """The page of a pair that was found."""
    organisation = found.match.organisation
    place = places_of_organisations([organisation.id]).get(organisation.id)
    carried = carried_values(taste)
    is_one_way = (found.match.get is None) != (found.match.give is None)
    listed_at = url_for("partners.one_way" if is_one_way else "partners.index", **carried)
    return PairView(
        unit=unit,
        organisation=organisation,
        back_url=f"{listed_at}#partner-{organisation.id}",
        dismiss_url=dismiss_url(found.match, carried),
        match=found.match,
        without_grade=words_without_grade(found.match),
        our_line=_posted(found.our_needs, found.our_capabilities),
        their_line=_posted(found.their_needs, found.their_capabilities),
        get=_direction(
            "get",
            found.match.get,
            found.links_get,
            found.our_uncovered,
            found.our_needs,
            found.their_capabilities,
            demand,
        ),
        give=_direction(
            "give",
            found.match.give,
            found.links_give,
            found.their_uncovered,
            found.their_needs,
            found.our_capabilities,
            demand,
        ),
        signals=signals_of(found, taste, demand, sentences_of_naming(unit, found, now)),
        facts=facts_of(organisation, place),
        dismissed=standing_dismissal(unit, organisation.id),
        undo_carried=carried | {"list": PAIR},
        ask_url=ask_url(unit, organisation.id),
        keep=keep_offers({organisation.id: found.match.unit_id}).get(organisation.id),
        contact=colleagues_in_contact([organisation.id]).get(organisation.id),
    )


def _direction(
    direction: str,
    score: float | None,
    reasons: tuple[Reason, ...],
    uncovered: tuple[PostLine, ...],
    needs: tuple[PostLine, ...],
    capabilities: tuple[PostLine, ...],
    demand: Demand,
) -> DirectionView:
    links = [_link(direction, reason, demand) for reason in reasons]
    return DirectionView(
        direction=direction,
        word=score_word(score),
        caveat=caveat_of(reasons, score),
        has_several_needs=len({reason.need.post for reason in reasons}) > 1,
        first_links=links[:FIRST_LINKS],
        more_links=links[FIRST_LINKS:],
        uncovered=[line.title for line in uncovered],
        drawing=draw_links(direction, reasons, uncovered),
        seeker_has_needs=bool(needs),
        giver_has_capabilities=bool(capabilities),
    )


def _link(direction: str, reason: Reason, demand: Demand) -> LinkView:
    need_words = [word.in_first for word in reason.shared_words]
    capability_words = [word.in_second for word in reason.shared_words]
    need = _quote(reason.need.text, need_words, reason.need.post)
    capability = _quote(reason.capability.text, capability_words, reason.capability.post)
    is_get = direction == "get"
    ours, theirs = (reason.need, reason.capability) if is_get else (reason.capability, reason.need)
    return LinkView(
        direction=direction,
        our_title=ours.post.title,
        our_line=_line_words(ours.post, demand),
        their_title=theirs.post.title,
        their_line=_line_words(theirs.post, demand),
        strength=reason.fit,
        word="weak" if reason.is_weak else reason.grade,
        by_words_only=reason.by_words_only,
        ours=need if is_get else capability,
        theirs=capability if is_get else need,
    )


def _quote(sentence: str, shared_words: list[str], post: PostLine) -> QuoteView:
    return QuoteView(
        sentence=sentence,
        shared_words=shared_words,
        source=post.title,
        post_url=None if post.post_id is None else url_for("posts.show", post_id=post.post_id),
    )


def _line_words(line: PostLine, demand: Demand) -> str:
    """The kind of a post, whether it is urgent and, once somebody took a place, how many are left."""
    kind = str(POST_KINDS[line.kind]) if line.kind else ""
    urgent = str(gettext("needed within weeks")) if line.is_urgent else ""
    return " · ".join(words for words in (kind, urgent, places_words_of(line, demand)) if words)


def _posted(needs: tuple[PostLine, ...], capabilities: tuple[PostLine, ...]) -> str:
    needed = ngettext("%(num)d need", "%(num)d needs", len(needs))
    given = ngettext("%(num)d capability", "%(num)d capabilities", len(capabilities))
    return f"{needed}, {given}"
