"""Whether all posts of an organisation together speak of what our needs speak of, more than posts usually do.

The cover of a need tells of the few posts that answer it best. Real partners also show in the words of all the others:
see what was tried in docs/ranking.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matching.candidates import Facing, Numbers
from matching.market import Market, Words
from matching.usual_words import product

# 98 of 100 organisations lie within this much of the usual.
MOST_UNUSUAL = 0.1


def breadth(index: Market, getting: Facing, count: int) -> Numbers:
    """Return a signal in [0, 1] of each of `count` organisations: 0.5 speaks of our needs as much as is usual, or has
    one post only, of which the cover tells; NaN: nothing to compare.
    """
    own, weights = getting.own, getting.own.posts["weight"]
    if not getting.words.size or not weights.sum():
        return np.full(count, np.nan, dtype=np.float32)
    words = index.sides[own.side.opposite].words
    usual = index.usual_words(own.side.opposite)
    rows = words.rows(getting.posts["id"])
    above = above_usual(own.words, getting.words, words, rows, usual)
    return breadth_of(weights @ above / weights.sum(), getting.posts["owner"], count)


def above_usual(
    texts: Sequence[dict[str, float]],
    similarities: Numbers,
    words: Words,
    rows: npt.NDArray[np.int64],
    usual: dict[str, float],
) -> Numbers:
    """Return the similarities of words, shape (texts, rows), with what is usual taken out of both sides: below 0 are a
    text and a row that share less than usually.
    """
    of_texts = np.array([product(text, usual) for text in texts], dtype=np.float32)
    of_rows = words.similarities_of_rows([usual], rows)[0]
    above: Numbers = similarities - of_texts[:, None] - of_rows + np.float32(product(usual, usual))
    return above


def breadth_of(above: Numbers, owners: npt.NDArray[np.int64], count: int) -> Numbers:
    """Return the signal from how much each post speaks of our needs above what is usual; `owners[p]` is the number of
    that post's owner.

    The sum grows with the root of the number of posts, as chance would have it; a single post counts nothing.
    """
    posts = np.bincount(owners, minlength=count)
    total = np.bincount(owners, weights=above, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        unusual = total * np.sqrt(posts - 1) / posts
    bounded = np.clip(unusual / MOST_UNUSUAL, -1, 1)
    return np.where(posts > 0, (1 + bounded) / 2, np.nan).astype(np.float32)
