"""New for you: up to three partners that we are not in contact with, and their strongest reason."""

from dataclasses import dataclass

from flask import url_for

from matching.answers import Match, Request, Way
from matching.demand import read_demand
from matching.opening_own import organisations_in_contact
from matching.ranking import rank_partners
from models.base import utc_now
from models.organisation import Unit
from web.access import current_actor
from web.database import db
from web.labels import ORGANISATION_KINDS, place_words
from web.matcher import matcher
from web.partners.cards import (
    LinkedTitles,
    places_of_organisations,
    score_word,
    what_they_get,
    what_we_get,
)

MOST_SUGGESTIONS = 3
# Among so many of the ranking, since those from which mostly one side gains are no suggestion.
LOOKED_AT = 6


@dataclass(frozen=True)
class Suggestion:
    """One partner, with what links us both ways; a link that is weak convinces nobody and is left out."""

    name: str
    url: str
    facts: list[str]
    grade: str | None
    get: float | None
    give: float | None
    get_word: str | None
    give_word: str | None
    get_pair: LinkedTitles | None
    give_pair: LinkedTitles | None


def suggestions_for(unit: Unit) -> list[Suggestion]:
    """The best two-way fits of the unit with whom nobody of ours is in contact; one-way fits only where there is no
    other. Without a grade nobody is suggested, unless the texts could be compared by words only.
    """
    # Citing what carries a fit takes longest, so those of the other way are looked for only where they are shown.
    shown = _best_fits(unit, Way.BOTH_WAYS) or _best_fits(unit, Way.ONE_WAY)
    places = places_of_organisations(match.organisation_id for match in shown)
    return [_suggestion(match, place_words(places.get(match.organisation_id))) for match in shown]


def _best_fits(unit: Unit, way: Way) -> list[Match]:
    wanted = Request(
        unit_id=unit.id,
        limit=LOOKED_AT,
        explained=LOOKED_AT,
        only=way,
        left_out=organisations_in_contact(db.session, unit.organisation_id),
    )
    now = utc_now()
    demand = read_demand(db.session, now)
    ranking = rank_partners(db.session, matcher().index, wanted, current_actor(), now, demand)
    found = ranking.best + ranking.others + ranking.one_way
    return [match for match in found if match.grade or match.by_words_only][:MOST_SUGGESTIONS]


def _suggestion(match: Match, place: str) -> Suggestion:
    kind = str(ORGANISATION_KINDS[match.organisation.kind])
    return Suggestion(
        name=match.organisation.name,
        url=url_for("partners.show", organisation_id=match.organisation_id),
        facts=[fact for fact in (kind, place) if fact],
        grade=match.grade,
        get=match.get,
        give=match.give,
        get_word=score_word(match.get),
        give_word=score_word(match.give),
        get_pair=_unless_weak(what_we_get(match)),
        give_pair=_unless_weak(what_they_get(match)),
    )


def _unless_weak(titles: LinkedTitles | None) -> LinkedTitles | None:
    return None if titles is None or titles.caveat else titles
