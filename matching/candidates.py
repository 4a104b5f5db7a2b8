"""Hard filters and similarities: our posts of one side against every post that may answer them.

All of it happens inside the index's lock and is handed on as copies. Everything that passes the filters is compared
exactly: one matrix product over 20,000 posts costs less than one filtered FAISS search for each of our posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matching.answers import Filters
from matching.columns import KINDS, POST_KINDS, SECTORS, VISIBILITIES, Columns, codes
from matching.demand import NO_DEMAND, Demand
from matching.kinds import WORTH
from matching.market import Market
from matching.nearness import Place, distances_km
from matching.words import word_weights
from models.organisation import OrganisationKind
from models.post import PostSide, Visibility

Numbers = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

OTHER_KINDS = VISIBILITIES.index(Visibility.OTHER_KINDS)
OWN_ORGANISATION = VISIBILITIES.index(Visibility.OWN_ORGANISATION)


@dataclass(frozen=True)
class Acting:
    """Who looks for partners: the organisation, its places, and the organisations it does not want to see."""

    organisation_id: int
    kind: OrganisationKind
    places: tuple[Place, ...]
    dismissed: frozenset[int]


@dataclass(frozen=True)
class OwnPosts:
    """Our posts of one side: index columns, centred unit vectors (n, dimensions) and word weights.

    `is_comparable` is False for a post whose language the encoder does not know, or that has no vector.
    """

    side: PostSide
    posts: Columns
    vectors: Numbers
    words: Sequence[dict[str, float]]
    is_comparable: Mask


@dataclass(frozen=True)
class Facing:
    """Our posts (rows) against the posts of the opposite side that passed every hard filter (columns).

    `fits` is how likely each pair fits, in [0, 1], 0 where their dates cannot meet; `by_words` marks pairs that were
    compared by words only.
    """

    own: OwnPosts
    posts: Columns
    fits: Numbers
    by_words: Mask


@lru_cache(maxsize=2048)
def weights_of(text: str, language: str) -> dict[str, float]:
    """Return `word_weights`, remembered, because the same own posts are compared at every look. Do not change it."""
    return word_weights(text, language)


def own_posts(index: Market, side: PostSide, texts: dict[int, tuple[str, str]]) -> OwnPosts:
    """Return those of our posts that the index holds; `texts` maps post id to matching text and language."""
    index.hold(texts)
    table = index.sides[side]
    rows = np.nonzero(np.isin(table.posts["id"], np.fromiter(texts, dtype=np.int64, count=len(texts))))[0]
    posts = table.posts[rows]
    return OwnPosts(
        side=side,
        posts=posts,
        vectors=table.vectors.rows(rows),
        words=[weights_of(*texts[int(post_id)]) for post_id in posts["id"]],
        is_comparable=posts["is_known_language"],
    )


def face(
    index: Market,
    own: OwnPosts,
    acting: Acting,
    filters: Filters,
    now: datetime,
    demand: Demand = NO_DEMAND,
) -> Facing:
    """Compare our posts with every post of the opposite side that we may see and want to see."""
    table = index.sides[own.side.opposite]
    allowed = np.nonzero(eligible(index, own.side.opposite, acting, filters, now, demand))[0]
    posts = table.posts[allowed]
    if not len(own.posts) or not len(posts):
        shape = (len(own.posts), len(posts))
        return Facing(own, posts, np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.bool_))
    fits, by_words = fits_between(index, own, allowed)
    return Facing(own, posts, fits, by_words)


def fits_between(index: Market, own: OwnPosts, rows: npt.NDArray[np.intp]) -> tuple[Numbers, Mask]:
    """Return how likely each of our posts fits each of these rows of the other side, and what was compared by words."""
    table = index.sides[own.side.opposite]
    posts = table.posts[rows]
    cosines = table.vectors.products(own.vectors, rows)
    words = table.words.similarities_of_each(own.words)[:, table.word_rows[rows]]
    by_words = ~(own.is_comparable[:, None] & posts["is_known_language"])
    if by_words.any():
        cosines[by_words] = 0
    fits = index.calibration.probability(cosines, words)
    fits *= WORTH[own.posts["kind"][:, None], posts["kind"]]
    fits[(by_words & (words == 0)) | ~_dates_meet(own.posts, posts)] = 0
    return fits, by_words


def eligible(
    index: Market,
    side: PostSide,
    acting: Acting,
    filters: Filters,
    now: datetime,
    demand: Demand = NO_DEMAND,
) -> Mask:
    """Return which posts of a side pass every hard filter, one flag a row of that side; a post without a place left
    does not.
    """
    posts = index.sides[side].posts
    passes: Mask = _wanted_organisations(index, acting, filters)[posts["owner"]]
    passes &= posts["closes_at"] > now.timestamp()
    same_kind = index.organisations["kind"] == KINDS.index(acting.kind)
    passes &= posts["visibility"] != OWN_ORGANISATION
    passes &= ~((posts["visibility"] == OTHER_KINDS) & same_kind[posts["owner"]])
    passes &= at_places(index, posts, acting.places, filters)
    if demand.full_posts:
        passes &= ~np.isin(posts["id"], sorted(demand.full_posts))
    return passes


def _wanted_organisations(index: Market, acting: Acting, filters: Filters) -> Mask:
    organisations = index.organisations
    unwanted = np.array([acting.organisation_id, *acting.dismissed], dtype=np.int64)
    wanted: Mask = ~np.isin(organisations["id"], unwanted)
    if filters.kinds:
        wanted &= np.isin(organisations["kind"], codes(KINDS, filters.kinds))
    if filters.sectors:
        wanted &= np.isin(organisations["sector"], codes(SECTORS, filters.sectors))
    if filters.post_kinds:
        wanted &= _has_posted(index, acting, filters)
    return wanted


def _has_posted(index: Market, acting: Acting, filters: Filters) -> Mask:
    """Which organisations show us an indexed post of one of the wanted kinds."""
    has_posted = np.zeros(len(index.organisations), dtype=np.bool_)
    same_kind = index.organisations["kind"] == KINDS.index(acting.kind)
    for table in index.sides.values():
        posts = table.posts[np.isin(table.posts["kind"], codes(POST_KINDS, filters.post_kinds))]
        hidden = (posts["visibility"] == OWN_ORGANISATION) | (
            (posts["visibility"] == OTHER_KINDS) & same_kind[posts["owner"]]
        )
        has_posted[posts["owner"][~hidden]] = True
    return has_posted


def at_places(index: Market, posts: Columns, seekers: Sequence[Place], filters: Filters) -> Mask:
    """Which posts are in the wanted countries and near enough to one of the seeker's places."""
    # The last entry answers for the row -1: a post whose place is unknown is in no country and at no distance.
    passes = np.ones(len(posts), dtype=np.bool_)
    if filters.countries:
        in_country = np.isin(index.places.countries, sorted(filters.countries))
        passes &= np.append(in_country, False)[posts["place"]]
    if filters.within_km is not None:
        close = np.append(kilometres_to(index, seekers) <= filters.within_km, False)
        passes &= close[posts["place"]] | posts["is_remote"]
    return passes


def kilometres_to(index: Market, places: Sequence[Place]) -> npt.NDArray[np.float64]:
    """Kilometres from each place of the index to the nearest of ours, NaN where unknown."""
    nearest = np.full(len(index.places), np.nan)
    for place in places:
        np.fmin(nearest, distances_km(place, index.places), out=nearest)
    return nearest


def _dates_meet(own: Columns, others: Columns) -> Mask:
    meet: Mask = (own["starts"][:, None] <= others["ends"]) & (others["starts"] <= own["ends"][:, None])
    return meet
