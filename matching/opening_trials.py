"""A post of somebody else tried as if it were ours, and what the search for such posts shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.candidates import OwnPosts, fits_between, own_posts
from matching.market import Market
from matching.matches import Cited
from matching.scoring import LEAST_FIT, Grade
from models.post import PostSide

GOOD = LEAST_FIT[Grade.GOOD]

Numbers = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Trial:
    """One post of somebody else, as if it were ours. `replaces` is the row of the need that it would stand for; None:
    it would be one capability more. `source_id` is the post whose words it has, of `source_organisation_id`; with
    `is_offered_elsewhere` another unit of ours. `nearness` is the kinship to the nearest of our posts.
    """

    post: OwnPosts
    source_id: int
    source_organisation_id: int
    replaces: int | None = None
    nearness: float = 1.0
    is_offered_elsewhere: bool = False


def joined(own: OwnPosts, more: OwnPosts) -> OwnPosts:
    """Return the posts of both, in this order."""
    return OwnPosts(
        side=own.side,
        posts=np.concatenate([own.posts, more.posts]),
        vectors=np.concatenate([own.vectors, more.vectors]),
        words=[*own.words, *more.words],
        is_comparable=np.concatenate([own.is_comparable, more.is_comparable]),
    )


def taken(own: OwnPosts, rows: Rows) -> OwnPosts:
    """Return these of the posts, in this order."""
    return OwnPosts(
        side=own.side,
        posts=own.posts[rows],
        vectors=own.vectors[rows],
        words=[own.words[row] for row in rows],
        is_comparable=own.is_comparable[rows],
    )


def one_of(own: OwnPosts, row: int) -> OwnPosts:
    """Return one of the posts alone."""
    return taken(own, np.array([row]))


def seen_posts(market: Market, side: PostSide, post_ids: Sequence[int], cited: Cited) -> OwnPosts:
    """Return those of the posts that the actor may see."""
    found = {post_id: cited.text(post_id) for post_id in post_ids}
    return own_posts(
        market, side, {post_id: (one.text, one.language) for post_id, one in found.items() if one is not None}
    )


def fits_by_meaning(market: Market, own: OwnPosts, rows: Rows) -> Numbers:
    """Return the ranking's fits, 0 where only words could be compared: those have no grade."""
    fits, by_words = fits_between(market, own, rows)
    return np.where(by_words, np.float32(0), fits)
