"""The list of partners as a table for a spreadsheet: the same filters, order and words as the page."""

from flask import Response, get_template_attribute, request

from matching.answers import Way
from matching.demand import read_demand
from models.actor import Action
from models.base import utc_now
from models.organisation import Unit
from web.access import allowed
from web.database import db
from web.distances import rounded_km
from web.letters import public_url
from web.loaders import load_unit
from web.localisation import gettext
from web.localisation import lazy_gettext as _
from web.partners import blueprint
from web.partners.cards import LinkedTitles, PartnerCard, partner_cards
from web.partners.dismissals import ONE_WAY
from web.partners.filters import partner_filters
from web.partners.listing import MOST_SHOWN, ranked
from web.spreadsheet import csv_answer

COLUMNS = (
    _("Organisation"),
    _("Kind"),
    _("Sector"),
    _("Place"),
    _("Distance in km"),
    _("Fit"),
    _("You get"),
    _("They get"),
    _("Your need"),
    _("Answered by their capability"),
    _("Your capability"),
    _("Answers their need"),
    _("Not covered"),
    _("Good to know"),
    _("In contact"),
    _("In your pipeline"),
    _("Page"),
)


@blueprint.get("/download")
@allowed(Action.UNIT_ACT, load_unit, "unit_id")
def download(unit: Unit) -> Response:
    """The whole list, also what the page shows only after "Show more"."""
    way = Way.ONE_WAY if request.args.get("list") == ONE_WAY else Way.BOTH_WAYS
    filters = partner_filters("partners.download")
    demand = read_demand(db.session, utc_now())
    ranking = ranked(unit, filters, MOST_SHOWN, demand, way)
    matches = [*ranking.best, *ranking.others, *ranking.one_way]
    cards = partner_cards(matches, filters.values, demand)
    return csv_answer("partners.csv", [str(words) for words in COLUMNS], [_row(unit, card) for card in cards])


def _row(unit: Unit, card: PartnerCard) -> list[str]:
    get, give = card.get_pair, card.give_pair
    return [
        card.name,
        card.facts.kind,
        card.facts.sector,
        card.facts.place,
        "" if card.distance_km is None else str(rounded_km(card.distance_km)),
        _grade_words(card.grade) if card.grade else card.without_grade,
        _grade_words(card.get_word),
        _grade_words(card.give_word),
        get.ours if get else "",
        _answered(get),
        give.ours if give else "",
        _answered(give),
        "; ".join(card.uncovered),
        "; ".join(_good_to_know(card)),
        card.contact.words if card.contact else "",
        (card.keep.stage or "") if card.keep else "",
        public_url("partners.show", {"unit_id": unit.id, "organisation_id": card.organisation_id}),
    ]


def _answered(pair: LinkedTitles | None) -> str:
    """The post of theirs, named as the page does where it is only the nearest."""
    if pair is None:
        return ""
    return f"{pair.caveat} {pair.theirs}" if pair.caveat else pair.theirs


def _grade_words(word: str | None) -> str:
    """The word as the page writes it, whose macro holds the translations."""
    if word is None:
        return str(gettext("not known yet"))
    return str(get_template_attribute("macros/scores.html", "grade_word")(word))


def _good_to_know(card: PartnerCard) -> list[str]:
    words = [gettext("Compared by words only")] if card.by_words_only else []
    if card.is_busy:
        words.append(gettext("Has many requests at the moment"))
    return [*map(str, words), *card.places]
