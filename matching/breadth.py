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
from matching.words import product

# 98 of 100 organisations lie within this much of the usual.
MOST_UNUSUAL = 0.1


def breadth(index: Market, getting: Facing, count: int) -> Numbers:
    """Return a signal in [0, 1] of each of `count` organisations: 0.5 speaks of our needs as much as is usual; NaN:
    nothing to compare besides what the cover tells. Words tell of a subject only among texts in languages that the
    encoder knows.
    """
    own, weights = getting.own, getting.own.posts["weight"] * getting.own.is_comparable
    if not getting.words.size or not weights.sum():
        return np.full(count, np.nan, dtype=np.float32)
    words = index.sides[own.side.opposite].words
    usual = index.usual_words(own.side.opposite)
    rows = words.rows(getting.posts["id"])
    above = above_usual(own.words, weights / weights.sum(), getting.words, words, rows, usual)
    known = getting.posts["is_known_language"]
    return breadth_of(above[known], getting.posts["owner"][known], count)


def above_usual(
    texts: Sequence[dict[str, float]],
    shares: Numbers,
    similarities: Numbers,
    words: Words,
    rows: npt.NDArray[np.int64],
    usual: dict[str, float],
) -> Numbers:
    """Return how similar each row's words are to those of texts which count by their `shares`, with what is usual taken
    out of both sides: below 0 shares less than usually. `similarities` of shape (texts, rows) are those as they stand.
    """
    of_texts = shares @ np.array([product(text, usual) for text in texts], dtype=np.float32)
    of_rows = words.similarities_of_rows([usual], rows)[0]
    above: Numbers = shares @ similarities - of_rows + np.float32(product(usual, usual) - of_texts)
    return above


def breadth_of(above: Numbers, owners: npt.NDArray[np.int64], count: int) -> Numbers:
    """Return the signal from how much each post speaks of our needs above what is usual; `owners[p]` is the number of
    that post's owner.

    The sum grows with the root of the number of posts, as chance would have it, and is bounded, so that little can be
    won by repeating a post; of a single one the cover has told all.
    """
    posts = np.bincount(owners, minlength=count)
    total = np.bincount(owners, weights=above, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        unusual = total * np.sqrt(posts - 1) / posts
    bounded = np.clip(unusual / MOST_UNUSUAL, -1, 1)
    return np.where(posts > 1, (1 + bounded) / 2, np.nan).astype(np.float32)
