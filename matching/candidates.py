"""Hard filters and similarities: our posts of one side against every post that may answer them.

All of it happens inside the index's lock and is handed on as copies. Whatever is compared is compared exactly, posts in
the order of their owners. In a large market, `matching.shortlist` says beforehand whose posts are worth it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matching.answers import Filters
from matching.columns import KINDS, POST_KINDS, SECTORS, VISIBILITIES, Columns, codes
from matching.demand import NO_DEMAND, Demand
from matching.kinds import WORTH
from matching.market import Market, Side
from matching.nearness import Place, distances_km
from matching.recorded import NOTHING_RECORDED, Recorded
from matching.signals import DEFAULT_WEIGHTS, SignalWeights
from matching.words import word_weights
from models.organisation import OrganisationKind
from models.post import PostSide, Visibility

Numbers = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

# Looking through the words of each post costs about half as much again as asking each stem for all its posts, if all
# are wanted.
FEW_ROWS = 0.6

OTHER_KINDS = VISIBILITIES.index(Visibility.OTHER_KINDS)
OWN_ORGANISATION = VISIBILITIES.index(Visibility.OWN_ORGANISATION)


@dataclass(frozen=True)
class Acting:
    """Who looks for partners: the organisation, its places, and the organisations it does not want to see.

    `always` are compared however many others there are. `named` are the countries that our needs name: whoever is in
    one of them is near to us.
    """

    organisation_id: int
    kind: OrganisationKind
    places: tuple[Place, ...]
    dismissed: frozenset[int]
    always: frozenset[int] = frozenset()
    named: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """Who looks for partners, when, by which hard filters and weights of the signals; and what is recorded of all:
    places left and what waits (`demand`), history, replies and newest posts (`recorded`).
    """

    acting: Acting
    now: datetime
    filters: Filters = field(default_factory=Filters)
    weights: SignalWeights = DEFAULT_WEIGHTS
    demand: Demand = NO_DEMAND
    recorded: Recorded = NOTHING_RECORDED


@dataclass(frozen=True)
class OwnPosts:
    """Our posts of one side: index columns, placed vectors (n, dimensions) and word weights.

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
    compared by words only; `words` is how similar their words are.
    """

    own: OwnPosts
    posts: Columns
    fits: Numbers
    by_words: Mask
    words: Numbers


@lru_cache(maxsize=2048)
def weights_of(text: str, language: str) -> dict[str, float]:
    """Return `word_weights`, remembered, because the same own posts are compared at every look. Do not change it."""
    return word_weights(text, language)


def own_posts(index: Market, side: PostSide, texts: dict[int, tuple[str, str]]) -> OwnPosts:
    """Return those of our posts that the index holds; `texts` maps post id to matching text and language."""
    index.hold(texts)
    table = index.sides[side]
    rows = np.nonzero(np.isin(table.column("id"), np.fromiter(texts, dtype=np.int64, count=len(texts))))[0]
    posts = np.take(table.posts, rows)
    return OwnPosts(
        side=side,
        posts=posts,
        vectors=table.vectors.rows(rows),
        words=[weights_of(*texts[int(post_id)]) for post_id in posts["id"]],
        is_comparable=posts["is_known_language"],
    )


def face(index: Market, own: OwnPosts, question: Question, rows: Rows | None = None) -> Facing:
    """Compare our posts with every post of the opposite side that we may see and want to see, or with these `rows` of
    it, of which that is known already.
    """
    table = index.sides[own.side.opposite]
    allowed = rows
    if allowed is None:
        allowed = table.rows_of(eligible(index, own.side.opposite, question))
    # NumPy takes whole records many times as fast as it indexes them.
    posts = np.take(table.posts, allowed)
    if not len(own.posts) or not len(posts):
        shape = (len(own.posts), len(posts))
        nothing = np.zeros(shape, dtype=np.float32)
        return Facing(own, posts, nothing, np.zeros(shape, dtype=np.bool_), nothing)
    words = _word_similarities(table, own, allowed)
    fits, by_words = _fits(index, own, allowed, words)
    return Facing(own, posts, fits, by_words, words)


def fits_between(index: Market, own: OwnPosts, rows: Rows) -> tuple[Numbers, Mask]:
    """Return how likely each of our posts fits each of these rows of the other side, and what was compared by words."""
    return _fits(index, own, rows, _word_similarities(index.sides[own.side.opposite], own, rows))


def _fits(index: Market, own: OwnPosts, rows: Rows, words: Numbers) -> tuple[Numbers, Mask]:
    table = index.sides[own.side.opposite]
    posts = np.take(table.posts, rows)
    cosines = table.vectors.products(own.vectors, rows)
    is_known = posts["is_known_language"]
    if own.is_comparable.all() and is_known.all():
        by_words = np.zeros(cosines.shape, dtype=np.bool_)
        fits = index.calibration.probability(cosines, words)
    else:
        by_words = ~(own.is_comparable[:, None] & is_known)
        cosines[by_words] = 0
        fits = index.calibration.probability(cosines, words)
        fits[by_words & (words == 0)] = 0
    heed_kinds_and_dates(fits, own.posts, posts)
    return fits, by_words


def heed_kinds_and_dates(fits: Numbers, own: Columns, others: Columns) -> None:
    """Lower each fit of two texts, in place, by what such a capability is worth to such a need, and by their dates."""
    kinds = others["kind"].astype(np.intp)
    for number, kind in enumerate(own["kind"].tolist()):
        fits[number] *= np.take(WORTH[kind], kinds)
    _drop_where_dates_never_meet(fits, own, others)


def heed_kinds_and_dates_of_pairs(
    fits: Numbers, own: Columns, numbers: Rows, table: Side, rows: Rows
) -> None:
    """Do the same to fits of single pairs: `fits[i]` is that of our post `numbers[i]` and the row `rows[i]`."""
    fits *= WORTH[own["kind"][numbers], table.column("kind")[rows]]
    starts, ends = table.column("starts"), table.column("ends")
    limited = np.flatnonzero(_may_not_meet(own, starts, ends)[rows])
    rows, numbers = rows[limited], numbers[limited]
    fits[limited] *= (own["starts"][numbers] <= ends[rows]) & (starts[rows] <= own["ends"][numbers])


def _word_similarities(table: Side, own: OwnPosts, rows: Rows) -> Numbers:
    if len(rows) < FEW_ROWS * len(table.posts):
        return table.words.similarities_of_rows(own.words, table.word_rows[rows])
    return np.take(table.words.similarities_of_each(own.words), table.word_rows[rows], axis=1)


def _drop_where_dates_never_meet(fits: Numbers, own: Columns, others: Columns) -> None:
    """Set to 0 what cannot happen at the same time."""
    starts, ends = others["starts"], others["ends"]
    limited = np.flatnonzero(_may_not_meet(own, starts, ends))
    if len(limited):
        meet = (own["starts"][:, None] <= ends[limited]) & (starts[limited] <= own["ends"][:, None])
        fits[:, limited] *= meet


def _may_not_meet(own: Columns, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]) -> Mask:
    """Which posts begin or end such that one of ours may not meet them: few, for most have no dates."""
    limited: Mask = (starts > own["ends"].min()) | (ends < own["starts"].max())
    return limited


def eligible(index: Market, side: PostSide, question: Question) -> Mask:
    """Return which posts of a side pass every hard filter, one flag a row of that side; a post without a place left
    does not.
    """
    acting, filters = question.acting, question.filters
    # The columns are read one by one: among the others each would take many times as long.
    table = index.sides[side]
    owners, visibility = table.column("owner"), table.column("visibility")
    wanted = _wanted_organisations(index, acting, filters)
    # Asked of each organisation and then spread over its posts, because there are many times fewer of them.
    other_kind = wanted & (index.organisations["kind"] != KINDS.index(acting.kind))
    passes: Mask = np.where(visibility == OTHER_KINDS, other_kind[owners], wanted[owners])
    passes &= visibility != OWN_ORGANISATION
    passes &= table.column("closes_at") > question.now.timestamp()
    if filters.countries or filters.within_km is not None:
        places, is_remote = table.column("place"), table.column("is_remote")
        passes &= _is_there(index, places, is_remote, acting.places, filters)
    if question.demand.full_posts:
        passes &= ~np.isin(table.column("id"), sorted(question.demand.full_posts))
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
        is_wanted = np.isin(table.column("kind"), codes(POST_KINDS, filters.post_kinds))
        posts = np.take(table.posts, np.flatnonzero(is_wanted))
        hidden = (posts["visibility"] == OWN_ORGANISATION) | (
            (posts["visibility"] == OTHER_KINDS) & same_kind[posts["owner"]]
        )
        has_posted[posts["owner"][~hidden]] = True
    return has_posted


def at_places(index: Market, posts: Columns, seekers: Sequence[Place], filters: Filters) -> Mask:
    """Which posts are in the wanted countries and near enough to one of the seeker's places."""
    return _is_there(index, posts["place"], posts["is_remote"], seekers, filters)


def _is_there(
    index: Market, places: npt.NDArray[np.int32], is_remote: Mask, seekers: Sequence[Place], filters: Filters
) -> Mask:
    # The last entry answers for the row -1: a post whose place is unknown is in no country and at no distance.
    passes = np.ones(len(places), dtype=np.bool_)
    if filters.countries:
        in_country = np.isin(index.places.countries, sorted(filters.countries))
        passes &= np.append(in_country, False)[places]
    if filters.within_km is not None:
        close = np.append(kilometres_to(index, seekers) <= filters.within_km, False)
        passes &= close[places] | is_remote
    return passes


def kilometres_to(index: Market, places: Sequence[Place]) -> npt.NDArray[np.float64]:
    """Kilometres from each place of the index to the nearest of ours, NaN where unknown."""
    nearest = np.full(len(index.places), np.nan)
    for place in places:
        np.fmin(nearest, distances_km(place, index.places), out=nearest)
    return nearest
