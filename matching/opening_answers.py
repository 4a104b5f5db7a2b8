"""Somebody else's need taken as a capability of ours that answers it: of which kind, and whether we have it already."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from matching.candidates import Mask, OwnPosts
from matching.columns import POST_KINDS, code
from matching.kinds import ANSWERS, WORTH
from matching.market import Market
from matching.opening_trials import GOOD
from models.post import KINDS_OF_SIDE, PostSide


def answer_kinds_of(used: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Return, by the number of a need's kind, the kind of capability that answers it and that peers offer most."""
    counts = np.bincount(used, minlength=len(POST_KINDS))
    kinds = np.zeros(len(POST_KINDS), dtype=np.int8)
    for need, (fully, _) in ANSWERS.items():
        possible = [kind for kind in KINDS_OF_SIDE[PostSide.CAPABILITY] if kind in fully]
        kinds[code(POST_KINDS, need)] = code(
            POST_KINDS, max(possible, key=lambda kind: counts[code(POST_KINDS, kind)])
        )
    return kinds


def answering(
    market: Market, needs: OwnPosts, offers: OwnPosts, answer_kinds: npt.NDArray[np.int8]
) -> OwnPosts:
    """Return the needs as if each were a capability that answers it: of the kind of the nearest offer that does, else
    of the kind in `answer_kinds`. A capability is not moved as a need is, and so meets that need less than fully.
    """
    vectors = market.calibration.turned_back(needs.vectors, PostSide.NEED)
    answers = replace(needs, side=PostSide.CAPABILITY, posts=needs.posts.copy(), vectors=vectors)
    answers.posts["kind"] = answer_kinds[needs.posts["kind"]]
    cosines = needs.vectors @ offers.vectors.T
    cosines[~_answers_fully(needs, offers) | ~offers.is_comparable] = -1
    for row in np.flatnonzero(cosines.max(axis=1, initial=-1) > 0).tolist():
        answers.posts["kind"][row] = offers.posts["kind"][cosines[row].argmax()]
    return answers


def is_offered_by(market: Market, needs: OwnPosts, capabilities: OwnPosts) -> Mask:
    """Which of these needs a capability of ours answers well already: one more like it would be the same again."""
    no_words = np.zeros(1, dtype=np.float32)
    fits = market.calibration.probability(needs.vectors @ capabilities.vectors.T, no_words)
    is_offered: Mask = (fits * _answers_fully(needs, capabilities)).max(axis=1, initial=0) >= GOOD
    return is_offered


def _answers_fully(needs: OwnPosts, capabilities: OwnPosts) -> Mask:
    """Which capabilities (columns) are of a kind that answers the needs (rows) in full."""
    worth = WORTH[needs.posts["kind"].astype(np.intp)[:, None], capabilities.posts["kind"].astype(np.intp)]
    answers: Mask = worth == 1
    return answers
