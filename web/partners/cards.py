"""What a ranked organisation says on a page: plain values of a match, so that templates compute nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from matching.answers import Match, PostLine, Reason
from matching.demand import Demand
from matching.scoring import grade
from models.organisation import Organisation, Unit
from models.place import Place
from web.acting import acting_unit
from web.database import db
from web.labels import ORGANISATION_KINDS, SECTORS, place_words
from web.localisation import gettext
from web.partners.contacts import Contact, ask_url, colleagues_in_contact
from web.partners.dismissals import dismiss_url
from web.partners.places_left import places_words
from web.pipeline.keeping import KeepOffer, keep_offers


@dataclass(frozen=True)
class Facts:
    """What an organisation is, what it does and where it is; "" is unknown."""

    kind: str
    sector: str
    place: str

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(fact for fact in (self.kind, self.sector, self.place) if fact)


@dataclass(frozen=True)
class LinkedTitles:
    """A post of ours and one of theirs that answers it or is answered by it; ``caveat`` says so where neither clearly
    fits the other, else "".
    """

    ours: str
    theirs: str
    caveat: str


@dataclass(frozen=True)
class PartnerCard:
    """One card. ``get_pair`` is a link from a need of ours, ``give_pair`` one to a need of theirs.

    ``places`` tell of their cited posts how many more partners these want, as far as somebody took a place.
    """

    organisation_id: int
    name: str
    pair_url: str
    dismiss_url: str
    facts: Facts
    grade: str | None
    without_grade: str
    get: float | None
    give: float | None
    get_word: str | None
    give_word: str | None
    distance_km: float | None
    get_pair: LinkedTitles | None
    give_pair: LinkedTitles | None
    uncovered: tuple[str, ...]
    by_words_only: bool
    is_busy: bool
    places: tuple[str, ...]
    ask_url: str | None
    contact: Contact | None
    keep: KeepOffer | None


def partner_cards(matches: Sequence[Match], carried: dict[str, Any], demand: Demand) -> list[PartnerCard]:
    """The cards of these matches, in their order. ``carried`` goes into the addresses of pages about one."""
    places = places_of_organisations(match.organisation_id for match in matches)
    contacts = colleagues_in_contact([match.organisation_id for match in matches])
    offers = keep_offers({match.organisation_id: match.unit_id for match in matches})
    return [
        _card(
            match,
            places.get(match.organisation_id),
            carried,
            demand,
            contacts.get(match.organisation_id),
            offers.get(match.organisation_id),
        )
        for match in matches
    ]


def places_of_organisations(organisation_ids: Iterable[int]) -> dict[int, Place | None]:
    """Where each organisation as a whole is, in one query."""
    roots = db.session.scalars(
        select(Unit)
        .where(Unit.organisation_id.in_(list(organisation_ids)), Unit.parent_id.is_(None))
        .options(joinedload(Unit.place))
    )
    return {root.organisation_id: root.place for root in roots}


def facts_of(organisation: Organisation, place: Place | None) -> Facts:
    """The facts in words, from the record."""
    return Facts(
        kind=str(ORGANISATION_KINDS[organisation.kind]),
        sector=str(SECTORS[organisation.sector]),
        place=place_words(place),
    )


def score_word(score: float | None) -> str | None:
    """The word for one direction: a grade, "weak" for less, None for unknown."""
    if score is None:
        return None
    return grade(score) or "weak"


def what_we_get(match: Match) -> LinkedTitles | None:
    """The reason from a need of ours that a list cites, None without one."""
    if not match.reasons_get:
        return None
    cited = match.reasons_get[0]
    return LinkedTitles(
        cited.need.post.title, cited.capability.post.title, caveat_of(match.reasons_get, match.get)
    )


def what_they_get(match: Match) -> LinkedTitles | None:
    """The reason to a need of theirs that a list cites, None without one."""
    if not match.reasons_give:
        return None
    cited = match.reasons_give[0]
    return LinkedTitles(
        cited.capability.post.title, cited.need.post.title, caveat_of(match.reasons_give, match.give)
    )


def caveat_of(reasons: Sequence[Reason], score: float | None) -> str:
    """What to say before the links of a direction that scores so much; "" where one of them fits. Several posts that
    each come near may add up to more than any of them is.
    """
    if not all(reason.is_weak for reason in reasons):
        return ""
    if score is not None and grade(score):
        return str(gettext("Several posts come near, none clearly fits. Closest:"))
    return str(gettext("Nothing that clearly fits. Closest:"))


def words_without_grade(match: Match) -> str:
    """What stands where other fits have their grade; "" for a graded one and for what was compared by words only."""
    known = [score for score in (match.get, match.give) if score is not None]
    if match.grade or match.by_words_only or not known:
        return ""
    return str(gettext("Mostly one side gains") if grade(max(known)) else gettext("Weak fit so far"))


def _places_of_cited(match: Match, demand: Demand) -> tuple[str, ...]:
    theirs = [reason.capability.post for reason in match.reasons_get[:1]]
    theirs += [reason.need.post for reason in match.reasons_give[:1]]
    words = [(line.title, places_words_of(line, demand)) for line in theirs]
    return tuple(f"{title}: {words}" for title, words in words if words)


def places_words_of(line: PostLine, demand: Demand) -> str:
    """ "1 of 3 places left" for a post that introductions cited and that has a limit, else ""."""
    places = demand.places(line.post_id) if line.post_id is not None else None
    return "" if places is None else places_words(places)


def _card(
    match: Match,
    place: Place | None,
    carried: dict[str, Any],
    demand: Demand,
    contact: Contact | None,
    keep: KeepOffer | None,
) -> PartnerCard:
    organisation = match.organisation
    unit = acting_unit()
    return PartnerCard(
        organisation_id=organisation.id,
        name=organisation.name,
        pair_url=url_for("partners.show", organisation_id=organisation.id, **carried),
        dismiss_url=dismiss_url(match, carried),
        facts=facts_of(organisation, place),
        grade=match.grade,
        without_grade=words_without_grade(match),
        get=match.get,
        give=match.give,
        get_word=score_word(match.get),
        give_word=score_word(match.give),
        distance_km=match.distance_km,
        get_pair=what_we_get(match),
        give_pair=what_they_get(match),
        uncovered=tuple(line.title for line in match.uncovered),
        by_words_only=match.by_words_only,
        is_busy=match.is_busy,
        places=_places_of_cited(match, demand),
        ask_url=ask_url(unit, organisation.id) if unit is not None else None,
        contact=contact,
        keep=keep,
    )
