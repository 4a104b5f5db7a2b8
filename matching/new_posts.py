"""Whose posts does a new post fit? The ranking's own comparison, asked from the new post's side, for alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.candidates import (
    OTHER_KINDS,
    OWN_ORGANISATION,
    Mask,
    OwnPosts,
    fits_between,
    own_posts,
)
from matching.market import Home, Market
from matching.scoring import LEAST_FIT, Grade
from models.post import Post, PostSide, matching_text_of

# So many new posts are compared at once: a long import must not fill the memory with one product.
POSTS_OF_ONE_LOOK = 100


@dataclass(frozen=True)
class Fitting:
    """A new post fits an older one, `own_post_id`, of `own_unit_id` in another organisation; `fit` is in [0, 1]."""

    new_post_id: int
    own_post_id: int
    own_unit_id: int
    own_organisation_id: int
    fit: float


def fitting_posts(session: Session, home: Home, post_ids: Iterable[int], now: datetime) -> list[Fitting]:
    """Return every open post that one of these posts fits at least well and whose organisation may see that post.

    Pairs that were compared by words only have no grade, so they are left out. Dismissals and places left are the
    reader's matter and asked when the reader is told.
    """
    found: list[Fitting] = []
    wanted = sorted(set(post_ids))
    for start in range(0, len(wanted), POSTS_OF_ONE_LOOK):
        some = wanted[start : start + POSTS_OF_ONE_LOOK]
        texts: dict[PostSide, dict[int, tuple[str, str]]] = {side: {} for side in PostSide}
        for row in session.execute(
            select(Post.id, Post.side, Post.title, Post.text, Post.language).where(Post.id.in_(some))
        ):
            texts[row.side][row.id] = (matching_text_of(row.title, row.text), row.language)
        with home.fresh(session) as index:
            new = [own_posts(index, side, texts[side]) for side in PostSide]
            index.gather_near(new, now)
            for own in new:
                found += _fitting(index, own, now)
    return found


def _fitting(index: Market, new: OwnPosts, now: datetime) -> list[Fitting]:
    table = index.sides[new.side.opposite]
    # Nobody outside can answer a post that is for its own organisation alone, so nobody is told for it either.
    open_rows = np.nonzero(
        (table.column("closes_at") > now.timestamp()) & (table.column("visibility") != OWN_ORGANISATION)
    )[0]
    if not len(new.posts) or not len(open_rows):
        return []
    fits, by_words = fits_between(index, new, open_rows)
    theirs = np.take(table.posts, open_rows)
    is_told = (fits >= LEAST_FIT[Grade.GOOD]) & ~by_words & _may_see(index, new, theirs["owner"], now)
    return [
        Fitting(
            new_post_id=int(new.posts["id"][row]),
            own_post_id=int(theirs["id"][column]),
            own_unit_id=int(theirs["unit_id"][column]),
            own_organisation_id=int(index.organisations["id"][theirs["owner"][column]]),
            fit=float(fits[row, column]),
        )
        for row, column in zip(*np.nonzero(is_told), strict=True)
    ]


def _may_see(index: Market, new: OwnPosts, readers: npt.NDArray[np.int64], now: datetime) -> Mask:
    """Which organisations (columns, by number) are shown which of the new posts (rows), never their own."""
    kinds = index.organisations["kind"]
    posts = new.posts
    is_shown = (posts["visibility"] != OWN_ORGANISATION) & (posts["closes_at"] > now.timestamp())
    is_other_kind = kinds[posts["owner"]][:, None] != kinds[readers]
    may_see: Mask = is_shown[:, None] & (posts["owner"][:, None] != readers)
    may_see &= (posts["visibility"] != OTHER_KINDS)[:, None] | is_other_kind
    return may_see
