"""Which clearer words for our needs are worth trying: needs of others, near to ours and more concrete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.candidates import Mask, OwnPosts, Question, eligible
from matching.demand import NO_DEMAND
from matching.directions import Scored
from matching.market import Market
from matching.matches import Cited
from matching.opening_trials import GOOD, Trial, fits_by_meaning, one_of, seen_posts, taken
from matching.scoring import LEAST_FIT, Grade, cover, fuse
from models.coaching import ADVICE, coach
from models.post import PostKind, PostSide

# So many needs of others are compared with each of ours, and so many altogether.
NEAR_NEEDS = 6
MOST_NEAR_NEEDS = 36
# A vague need lies near to nothing, so what may be meant by it is not asked to be nearer than a possible fit.
LEAST_NEARNESS = LEAST_FIT[Grade.POSSIBLE]


def need_trials(
    market: Market,
    scored: Scored,
    reached: Mask,
    in_contact: Mask,
    question: Question,
    cited: Cited,
    most: int,
) -> list[Trial]:
    """Return needs of others, near to one of ours and more concrete, that would open more than they close, the most
    promising first and one for each of ours. Call it inside the home's block.
    """
    needs = scored.getting.own
    pairs = _near_needs(market, needs, question)
    cited.load([*needs.posts["id"].tolist(), *(post_id for _, post_id in pairs)])
    pairs = [
        (row, post_id) for row, post_id in pairs if _is_clearer(cited, int(needs.posts["id"][row]), post_id)
    ]
    seen = seen_posts(market, PostSide.NEED, [post_id for _, post_id in pairs], cited)
    places = {int(post_id): place for place, post_id in enumerate(seen.posts["id"])}
    pairs = [(row, post_id) for row, post_id in pairs if post_id in places]
    allowed = np.nonzero(eligible(market, PostSide.CAPABILITY, question))[0]
    if not pairs or not len(allowed):
        return []
    rows = np.array([row for row, _ in pairs])
    pool = taken(seen, np.array([places[post_id] for _, post_id in pairs]))
    theirs = market.organisations["id"][pool.posts["owner"]]
    pool = replace(pool, posts=needs.posts[rows].copy())
    owners = market.sides[PostSide.CAPABILITY].posts["owner"][allowed]
    covers = cover(fits_by_meaning(market, pool, allowed), owners, len(market.organisations))
    shares = (needs.posts["weight"] / needs.posts["weight"].sum())[rows]
    get = scored.get + shares[:, None] * (covers - scored.covers[rows])
    fits = np.where(np.isnan(scored.give), get, fuse(get, np.broadcast_to(scored.give, get.shape)))
    becomes = np.nan_to_num(fits) >= GOOD
    gains = (becomes & ~reached & ~in_contact).sum(axis=1) - (reached & ~becomes).sum(axis=1)
    growth = np.maximum(np.nan_to_num(fits - scored.fits), 0).sum(axis=1)
    best: dict[int, int] = {}
    for place in np.lexsort((-growth, -gains)).tolist():
        best.setdefault(int(rows[place]), int(place))
    return [
        Trial(one_of(pool, place), pairs[place][1], int(theirs[place]), row) for row, place in best.items()
    ][:most]


def _near_needs(market: Market, needs: OwnPosts, question: Question) -> list[tuple[int, int]]:
    """Return (row of our need, id of a need of somebody else) of the same kind and near in meaning, nearest first."""
    table = market.sides[PostSide.NEED]
    # Words may be learned from a need without a place left too.
    rows = np.nonzero(eligible(market, PostSide.NEED, replace(question, demand=NO_DEMAND)))[0]
    if not len(needs.posts) or not len(rows):
        return []
    # On the other side our needs meet theirs; how two needs differ in kind is not a matter of worth.
    fits = fits_by_meaning(market, replace(needs, side=PostSide.CAPABILITY), rows)
    fits *= needs.posts["kind"][:, None] == table.posts["kind"][rows]
    near = [
        (float(fits[row, column]), row, int(table.posts["id"][rows[column]]))
        for row in range(len(needs.posts))
        for column in np.argsort(-fits[row], kind="stable")[:NEAR_NEEDS].tolist()
        if fits[row, column] >= LEAST_NEARNESS
    ]
    return [(row, post_id) for _, row, post_id in sorted(near, reverse=True)[:MOST_NEAR_NEEDS]]


def _is_clearer(cited: Cited, our_id: int, their_id: int) -> bool:
    """Whether another need says more than ours and leaves a reader no more to ask."""
    ours, theirs = cited.text(our_id), cited.text(their_id)
    if ours is None or theirs is None:
        return False
    says_more = len(set(theirs.text.lower().split())) > len(set(ours.text.lower().split()))
    return says_more and _questions(theirs.line.kind, theirs.text) <= _questions(ours.line.kind, ours.text)


def _questions(kind: PostKind, text: str) -> int:
    hints = coach(PostSide.NEED, kind, "", text, quantity=None, has_dates=True, has_place=True)
    return sum(hint not in ADVICE for hint in hints)
