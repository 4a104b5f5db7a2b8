"""From episodes of use to comparisons of two organisations, both of which stood on the seeker's first page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.learning_episodes import Episode, Use
from matching.learning_fit import Comparisons, Numbers
from matching.learning_pages import Page, PastPages

# How often a place of the page is looked at, beside the first: 1 / place to this power (Joachims, Swaminathan and
# Schnabel, 2017, who find about 1 for web search; a page of ten partners is read more evenly).
ATTENTION = 0.5
# What was wanted far down counts for more, because it was seen less often; but never for more than this.
MOST_PROPENSITY = 3.0
# A busy organisation must not decide for everybody: of its episodes, no more than this count in full.
MOST_OF_ONE = 20
# The only signal that answers and silence tell of is the last one.
REPLY = 4


@dataclass(frozen=True)
class _Row:
    fit: float
    signals: Numbers
    worth: float
    tells_order: bool
    episode: Episode


def comparisons_of(episodes: Sequence[Episode], pages: PastPages) -> Comparisons:
    """Compare what was wanted with what stood beside it and was not, and everything on a page with what was unwanted.

    One episode counts as its worth, however many others it is compared with, and the mean episode as 1. Whoever was
    found in another way than on the first page is compared with nobody, because nothing tells what else was seen.
    """
    acted = defaultdict(set)
    for episode in episodes:
        acted[episode.unit_id].add(episode.organisation_id)
    rows: list[_Row] = []
    for episode in episodes:
        page = pages.page(episode.unit_id, episode.at)
        place = page.place(episode.organisation_id)
        if place is not None and episode.use in (Use.WANTED, Use.UNWANTED):
            rows += _beside(episode, page, place, acted[episode.unit_id])
    rows += _answers(episodes, pages)
    return _joined(rows)


def _beside(episode: Episode, page: Page, place: int, acted: set[int]) -> Iterable[_Row]:
    others = [number for number, one in enumerate(page.organisation_ids) if one not in acted]
    is_wanted = episode.use is Use.WANTED
    worth = episode.worth * (min(MOST_PROPENSITY, (place + 1) ** ATTENTION) if is_wanted else 1.0)
    for other in others:
        better, worse = (place, other) if is_wanted else (other, place)
        yield _Row(
            fit=float(page.fits[better] - page.fits[worse]),
            signals=page.signals[better] - page.signals[worse],
            worth=worth / len(others),
            tells_order=True,
            episode=episode,
        )


def _answers(episodes: Sequence[Episode], pages: PastPages) -> Iterable[_Row]:
    """Of the requests of one unit, one that was answered against each that ran out, by the likelihood of then alone."""
    answered: dict[int, Episode] = {}
    for episode in episodes:
        if episode.use is Use.ANSWERED:
            answered[episode.unit_id] = episode
        if episode.use is not Use.UNANSWERED or episode.unit_id not in answered:
            continue
        signals = [_reply_of(one, pages) for one in (answered[episode.unit_id], episode)]
        if signals[0] is None or signals[1] is None:
            continue
        difference = np.zeros(REPLY + 1)
        difference[REPLY] = signals[0] - signals[1]
        yield _Row(fit=0.0, signals=difference, worth=1.0, tells_order=False, episode=episode)


def _reply_of(episode: Episode, pages: PastPages) -> float | None:
    page = pages.page(episode.unit_id, episode.at)
    place = page.place(episode.organisation_id)
    return None if place is None else float(page.signals[place, REPLY])


def _joined(rows: Sequence[_Row]) -> Comparisons:
    episodes = {row.episode for row in rows}
    of_seeker = Counter(episode.seeker_id for episode in episodes)
    # The mean episode counts 1: how many there are decides how far the weights move, not how much each is worth.
    mean = sum(row.worth for row in rows) / max(1, len(episodes))
    caps = [min(1.0, MOST_OF_ONE / of_seeker[row.episode.seeker_id]) / mean for row in rows]
    return Comparisons(
        fits=np.array([row.fit for row in rows], dtype=np.float64),
        signals=np.array([row.signals for row in rows], dtype=np.float64).reshape(len(rows), REPLY + 1),
        worths=np.array([row.worth * cap for row, cap in zip(rows, caps, strict=True)], dtype=np.float64),
        seekers=np.array([row.episode.seeker_id for row in rows], dtype=np.int64),
        moments=np.array([row.episode.at.timestamp() for row in rows], dtype=np.float64),
        tells_order=np.array([row.tells_order for row in rows], dtype=np.bool_),
    )
