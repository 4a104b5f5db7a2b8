"""What makes up the rank of one partner: every part named, in a sentence, with whether it moved them up or down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from flask import url_for

from matching.answers import Match, Pair, Reason
from matching.demand import Demand
from matching.scoring import Grade
from matching.signals import PlaceTaste, Taste
from web.distances import LEAST_KM, km_words
from web.localisation import gettext, ngettext
from web.partners.filters import carried_values
from web.partners.signals_here import history_sentence, newness_sentence, reply_sentence

# In log-odds of a one-way fit: less than this changes no place in any list that a person looks through.
NOTICEABLE = 0.05
WORDS_SHOWN = 6


class Direction(StrEnum):
    """What a part did to the rank. ``base`` parts make the fit that the others move."""

    BASE = "base"
    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True)
class Signal:
    """One part in a sentence. ``links`` (words, address) change what is a matter of taste."""

    title: str
    sentence: str
    direction: Direction
    links: tuple[tuple[str, str], ...] = ()


def signals_of(found: Pair, taste: Taste, demand: Demand, naming: Sequence[str]) -> list[Signal]:
    """The parts of a pair's rank: what was posted first, then what moved it, in the order in which people ask.
    ``naming`` says which of our needs name the country where they are.
    """
    match = found.match
    reasons = (*found.links_get, *found.links_give)
    parts = [
        _meaning(reasons),
        _shared_terms(reasons),
        _breadth(match),
        _place(match, taste, naming),
        _activity(match),
    ]
    parts.append(
        Signal(
            title=gettext("New posts and places left"),
            sentence=newness_sentence(match, found, demand),
            direction=_direction(match.moved.freshness),
        )
    )
    parts.append(_history(match, taste))
    parts.append(
        Signal(
            title=gettext("Likely to answer"),
            sentence=reply_sentence(match),
            direction=_direction(match.moved.reply),
        )
    )
    if match.waiting or match.load:
        parts.append(_requests(match))
    if match.peers:
        parts.append(_turns(match.peers))
    return parts


def _direction(moved: float) -> Direction:
    if abs(moved) < NOTICEABLE:
        return Direction.NONE
    return Direction.UP if moved > 0 else Direction.DOWN


def _meaning(reasons: tuple[Reason, ...]) -> Signal:
    by_meaning = [reason for reason in reasons if not reason.by_words_only]
    strong = sum(reason.grade in {Grade.STRONG, Grade.GOOD} for reason in by_meaning)
    if strong:
        sentence = ngettext(
            "%(num)d link between a need and a capability is strong or good by meaning.",
            "%(num)d links between a need and a capability are strong or good by meaning.",
            strong,
        )
    elif by_meaning:
        sentence = gettext("What you two posted is only loosely alike in meaning.")
    else:
        sentence = gettext("Nothing could be compared by meaning.")
    return Signal(gettext("Meaning"), str(sentence), Direction.BASE)


def _shared_terms(reasons: tuple[Reason, ...]) -> Signal:
    # A word is said once, whatever its forms: "cell" is not named beside "cells".
    by_stem: dict[str, str] = {}
    for reason in reasons:
        for word in reason.shared_words:
            by_stem.setdefault(word.stem, word.in_first)
    words = list(by_stem.values())
    if words:
        sentence = gettext("Both sides say: %(words)s.", words=", ".join(words[:WORDS_SHOWN]))
    else:
        sentence = gettext("The sentences that carry the fit share no word.")
    return Signal(gettext("Shared terms"), str(sentence), Direction.BASE)


def _breadth(match: Match) -> Signal:
    direction = _direction(match.moved.breadth)
    if match.breadth is None:
        sentence = gettext("Besides the fit itself, there was nothing more to compare.")
    elif direction is Direction.UP:
        sentence = gettext("All their capabilities together speak of your needs more than is usual.")
    elif direction is Direction.DOWN:
        sentence = gettext("All their capabilities together speak of your needs less than is usual.")
    else:
        sentence = gettext("All their capabilities together speak of your needs about as much as is usual.")
    return Signal(gettext("All their posts"), str(sentence), direction)


def _place(match: Match, taste: Taste, naming: Sequence[str]) -> Signal:
    links = tuple(
        (str(words), _with(match, replace(taste, place=place)))
        for place, words in (
            (PlaceTaste.NEAR, gettext("Rank near ones higher")),
            (PlaceTaste.ANY, gettext("Rank as if place did not matter")),
            (PlaceTaste.FAR, gettext("Rank far ones higher")),
        )
        if place is not taste.place
    )
    return Signal(
        gettext("Place"), _place_sentence(match, taste, naming), _direction(match.moved.nearness), links
    )


def _place_sentence(match: Match, taste: Taste, naming: Sequence[str]) -> str:
    if taste.place is PlaceTaste.ANY:
        return str(gettext("You asked that place does not matter, so place moved nothing."))
    if match.nearness is None:
        return str(gettext("We do not know how far apart you are, so place moved nothing."))
    named = " ".join(naming) or gettext("Your needs name their country.")
    if match.distance_km is not None:
        where = f"{_apart(match.distance_km)} {named}" if match.is_where_named else _apart(match.distance_km)
    elif match.is_where_named:
        where = named
    elif match.nearness > 0:
        where = gettext("You are in the same region or country.")
    else:
        where = gettext("You are in different countries.")
    if taste.place is PlaceTaste.FAR:
        return f"{where} {gettext('You asked for rather far ones.')}"
    return str(where)


def _apart(distance_km: float) -> str:
    if distance_km < LEAST_KM:
        return str(gettext("You are in the same place."))
    return str(gettext("You are about %(km)s km apart.", km=km_words(distance_km)))


def _activity(match: Match) -> Signal:
    if match.activity is None:
        sentence = gettext("We know nothing about collaborations before this portal.")
    else:
        sentence = ngettext(
            "They had %(num)d collaboration of this kind before this portal.",
            "They had %(num)d collaborations of this kind before this portal.",
            match.activity,
        )
    return Signal(gettext("Earlier collaborations"), str(sentence), _direction(match.moved.activity))


def _history(match: Match, taste: Taste) -> Signal:
    words = gettext("Leave it out") if taste.history_counts else gettext("Let it count again")
    other = replace(taste, history_counts=not taste.history_counts)
    return Signal(
        title=gettext("Your history together"),
        sentence=history_sentence(match, taste),
        direction=_direction(match.moved.history),
        links=((str(words), _with(match, other)),) if match.between or not taste.history_counts else (),
    )


def _requests(match: Match) -> Signal:
    """What their queue did to the rank. It is moved within its grade only, so the word above stays true."""
    # Said without a number: how many ask somebody is nobody else's business.
    if match.is_busy:
        sentence = gettext("Many requests wait for their answer. That counts among partners who fit as well.")
    elif match.waiting:
        sentence = gettext(
            "Requests wait for their answer. That counts a little among partners who fit as well."
        )
    else:
        sentence = gettext(
            "Others ask for the places that their post has left. That counts among partners who fit as well."
        )
    return Signal(gettext("Open requests"), str(sentence), Direction.DOWN)


def _turns(peers: int) -> Signal:
    sentence = ngettext(
        "%(num)d other partner fits you nearly as well. You see them in turn, in another order each week.",
        "%(num)d other partners fit you nearly as well. You see them in turn, in another order each week.",
        peers,
    )
    return Signal(gettext("Turns among equals"), str(sentence), Direction.NONE)


def _with(match: Match, taste: Taste) -> str:
    return url_for("partners.show", organisation_id=match.organisation_id, **carried_values(taste))
