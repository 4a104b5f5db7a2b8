"""What moved a partner's rank besides the texts, in words, and the one signal that people can switch off."""

from dataclasses import dataclass

import numpy as np
from flask_babel import gettext, ngettext

from matching.answers import Match
from matching.signals import ACTIVITY_NEUTRAL, NEARNESS_NEUTRAL, activity_signal


@dataclass(frozen=True)
class Signal:
    """One signal in a sentence. The link changes what is a matter of taste."""

    title: str
    sentence: str
    link_label: str | None = None
    link_url: str | None = None


def signals_of(match: Match, nearby_matters: bool, toggle_url: str) -> list[Signal]:
    """The signals of a match, in the order in which people ask for them."""
    signals = [_place(match, nearby_matters, toggle_url), _activity(match.activity)]
    if match.waiting or match.load:
        signals.append(_requests(match))
    if match.peers:
        signals.append(_turns(match.peers))
    return signals


def _place(match: Match, nearby_matters: bool, toggle_url: str) -> Signal:
    title = gettext("Place")
    if not nearby_matters:
        return Signal(
            title=title,
            sentence=gettext("You asked that being near does not matter, so place moved nothing."),
            link_label=gettext("Let being near matter again"),
            link_url=toggle_url,
        )
    if match.nearness is None:
        sentence = gettext("We do not know how far apart you are, so place moved nothing.")
        return Signal(title=title, sentence=sentence)
    is_up = match.nearness >= NEARNESS_NEUTRAL
    return Signal(
        title=title,
        sentence=_near_sentence(match.distance_km) if is_up else _far_sentence(match.distance_km),
        link_label=gettext("Rank as if being near did not matter"),
        link_url=toggle_url,
    )


def _near_sentence(distance_km: float | None) -> str:
    if distance_km is None:
        return str(gettext("You are in the same region or country, which moved this partner up."))
    if distance_km < 1:
        return str(gettext("You are in the same place, which moved this partner up."))
    return str(
        gettext("You are about %(km)s km apart, which moved this partner up.", km=_rounded(distance_km))
    )


def _far_sentence(distance_km: float | None) -> str:
    if distance_km is None:
        return str(gettext("You are in different countries, which moved this partner down."))
    return str(
        gettext("You are about %(km)s km apart, which moved this partner down.", km=_rounded(distance_km))
    )


def _activity(collaborations: int | None) -> Signal:
    title = gettext("Earlier collaborations")
    if collaborations is None:
        sentence = gettext(
            "We know nothing about collaborations before this portal. That neither helps nor hurts."
        )
        return Signal(title=title, sentence=sentence)
    is_up = float(activity_signal(np.array([float(collaborations)]))[0]) >= ACTIVITY_NEUTRAL
    if is_up:
        sentence = ngettext(
            "They had %(num)d collaboration of this kind before this portal, which moved them up.",
            "They had %(num)d collaborations of this kind before this portal, which moved them up.",
            collaborations,
        )
    else:
        sentence = ngettext(
            "They had only %(num)d collaboration of this kind before this portal, which moved them down.",
            "They had only %(num)d collaborations of this kind before this portal, which moved them down.",
            collaborations,
        )
    return Signal(title=title, sentence=sentence)


def _requests(match: Match) -> Signal:
    """What their queue did to the rank. It is moved within its grade only, so the word above stays true."""
    # Said without a number: how many ask somebody is nobody else's business.
    if match.is_busy:
        sentence = gettext(
            "Many requests wait for their answer, which moved them down among partners who fit as well."
        )
    elif match.waiting:
        sentence = gettext(
            "Requests wait for their answer, which moved them down a little among partners who fit as well."
        )
    else:
        sentence = gettext(
            "Others ask for the places that their post has left, which moved them down among partners who fit as well."
        )
    return Signal(title=gettext("Open requests"), sentence=str(sentence))


def _turns(peers: int) -> Signal:
    sentence = ngettext(
        "%(num)d other partner fits you nearly as well. You see them in turn, in another order each week.",
        "%(num)d other partners fit you nearly as well. You see them in turn, in another order each week.",
        peers,
    )
    return Signal(title=gettext("Turns among equals"), sentence=str(sentence))


def _rounded(distance_km: float) -> str:
    return str(round(distance_km) if distance_km < 100 else round(distance_km / 10) * 10)
