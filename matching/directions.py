"""Both directions of every organisation at once: what we would get, what they would get, and the order that follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.breadth import breadth
from matching.candidates import Facing, Mask, Numbers, OwnPosts, Question, face
from matching.explanation import Link
from matching.market import Market
from matching.measuring import Measured, compared_in, measure
from matching.recorded import Recorded
from matching.scoring import (
    LEAST_FIT,
    Grade,
    cover,
    cover_by_one,
    direction,
    direction_by_owner,
    fit_of_directions,
    known_both_ways,
)
from matching.signals import Signals, movements, ordering
from models.post import PostSide


@dataclass(frozen=True)
class Scored:
    """Every organisation of the index, one entry each: NaN in `get` or `give` is unknown, NaN in `fits` is both.

    `getting` holds our needs against their capabilities, `giving` our capabilities against their needs; `covers` is how
    well each of our needs (rows) is covered by each organisation. `moves` is what each signal moved, in log-odds.
    """

    organisation_ids: npt.NDArray[np.int64]
    get: Numbers
    give: Numbers
    fits: Numbers
    values: Numbers
    by_words: Mask
    covers: Numbers
    measured: Measured
    moves: Signals
    recorded: Recorded
    getting: Facing
    giving: Facing

    def is_two_way(self) -> Mask:
        return known_both_ways(self.get, self.give)

    def best_first(self, wanted: Mask) -> npt.NDArray[np.intp]:
        """Return the numbers of the wanted organisations, best first; equal ones by id, so that the order is stable."""
        numbers = np.nonzero(wanted)[0]
        order = np.lexsort((self.organisation_ids[numbers], -self.values[numbers]))
        return numbers[order]


def score(index: Market, needs: OwnPosts, capabilities: OwnPosts, question: Question) -> Scored:
    """Score all organisations that pass the filters. Call it inside the index's lock."""
    index.gather([needs, capabilities], question)
    among = index.shortlist([needs, capabilities], question)
    getting = face(index, needs, question, None if among is None else among.for_needs)
    giving = face(index, capabilities, question, None if among is None else among.for_capabilities)
    count = len(index.organisations)
    covers = _covers(getting, count)
    get = direction(covers, needs.posts["weight"])
    give = _give(giving, count)
    get[~_is_compared(getting, count)] = np.nan
    give[~_is_compared(giving, count)] = np.nan
    fits = fit_of_directions(get, give)
    broad = breadth(index, getting, count)
    compared = compared_in([getting, giving])
    measured = measure(index, question, compared, broad, None if among is None else among.organisations)
    return Scored(
        organisation_ids=index.organisations["id"].copy(),
        get=get,
        give=give,
        fits=fits,
        values=ordering(fits, measured.signals, known_both_ways(get, give), question.weights),
        by_words=_is_only_words(getting, get, count) | _is_only_words(giving, give, count),
        covers=covers,
        measured=measured,
        moves=movements(measured.signals, question.weights),
        recorded=question.recorded,
        getting=getting,
        giving=giving,
    )


def is_shown(scored: Scored, least_grade: Grade | None) -> Mask:
    """Which organisations are strong enough to be listed.

    *possible* also keeps those that fit well one way only: they are ranked low, and hiding them would hide an answer.
    """
    known: Mask = ~np.isnan(scored.fits)
    if least_grade is None:
        return known
    strength = scored.fits
    if least_grade is Grade.POSSIBLE:
        strength = np.fmax(scored.get, scored.give)
    return known & (scored.by_words | (strength >= LEAST_FIT[least_grade]))


def links_get(scored: Scored, number: int) -> list[Link]:
    """Return, for each of our needs, the capability of this organisation that answers it best, the weightiest first."""
    facing = scored.getting
    theirs = np.nonzero(facing.posts["owner"] == number)[0]
    if not len(theirs):
        return []
    best = theirs[facing.fits[:, theirs].argmax(axis=1)]
    needs = np.arange(len(facing.own.posts))
    weighed = facing.own.posts["weight"] * facing.fits[needs, best]
    return [_link(facing, row, int(best[row])) for row in _falling(weighed)]


def links_give(scored: Scored, number: int) -> list[Link]:
    """Return, for each need of this organisation, the capability of ours that answers it best, the weightiest first."""
    facing = scored.giving
    theirs = np.nonzero(facing.posts["owner"] == number)[0]
    if not len(theirs) or not len(facing.own.posts):
        return []
    best = facing.fits[:, theirs].argmax(axis=0)
    weighed = facing.posts["weight"][theirs] * facing.fits[best, theirs]
    return [_link(facing, int(best[place]), int(theirs[place])) for place in _falling(weighed)]


def all_links(facing: Facing, number: int, least: float) -> list[Link]:
    """Return every pair of our posts and this organisation's that fits at least so well, the strongest first."""
    theirs = np.nonzero(facing.posts["owner"] == number)[0]
    links = [
        _link(facing, row, int(column))
        for row in range(len(facing.own.posts))
        for column in theirs
        if facing.fits[row, column] >= least
        or (facing.by_words[row, column] and facing.fits[row, column] > 0)
    ]
    return sorted(links, key=lambda link: (-link.fit, link.need_id, link.capability_id))


def _link(facing: Facing, row: int, column: int) -> Link:
    own, other = int(facing.own.posts["id"][row]), int(facing.posts["id"][column])
    is_getting = facing.own.side is PostSide.NEED
    return Link(
        need_id=own if is_getting else other,
        capability_id=other if is_getting else own,
        fit=float(facing.fits[row, column]),
        by_words_only=bool(facing.by_words[row, column]),
    )


def _falling(weighed: Numbers) -> list[int]:
    """Return the places of the numbers above 0, the greatest first."""
    return [int(place) for place in np.argsort(-weighed, kind="stable") if weighed[place] > 0]


def _covers(facing: Facing, count: int) -> Numbers:
    if not facing.fits.size:
        return np.full((len(facing.own.posts), count), np.nan, dtype=np.float32)
    return cover(facing.fits, facing.posts["owner"], count)


def _give(facing: Facing, count: int) -> Numbers:
    if not facing.fits.size:
        return np.full(count, np.nan, dtype=np.float32)
    return direction_by_owner(
        cover_by_one(facing.fits.T), facing.posts["weight"], facing.posts["owner"], count
    )


def _is_compared(facing: Facing, count: int) -> Mask:
    """Which organisations were compared at all: texts in unknown languages without a shared word tell nothing."""
    owners = facing.posts["owner"]
    if len(facing.own.posts) and facing.by_words.any():
        owners = owners[(~facing.by_words | (facing.fits > 0)).any(axis=0)]
    is_compared: Mask = np.bincount(owners if len(facing.own.posts) else [], minlength=count) > 0
    return is_compared


def _is_only_words(facing: Facing, scores: Numbers, count: int) -> Mask:
    if not facing.by_words.any():
        return np.zeros(count, dtype=np.bool_)
    by_meaning = (~facing.by_words).any(axis=0)
    only: Mask = np.bincount(facing.posts["owner"][by_meaning], minlength=count) == 0
    return only & ~np.isnan(scores)
