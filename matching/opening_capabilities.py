"""Which capabilities are worth trying: guessed by a matrix product or two, and told only after a full ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matching.answers import Filters
from matching.candidates import Mask, OwnPosts, Question, eligible
from matching.columns import EARLIEST_DAY, LATEST_DAY
from matching.demand import NO_DEMAND
from matching.directions import Scored
from matching.kinds import WORTH
from matching.market import Market
from matching.matches import Cited
from matching.opening_answers import answer_kinds_of, answering, is_offered_by
from matching.opening_kinship import Trade, trade_of
from matching.opening_trials import (
    GOOD,
    Numbers,
    Rows,
    Trial,
    fits_by_meaning,
    joined,
    one_of,
    seen_posts,
)
from matching.scoring import POOLING, cover_by_one, fuse
from models.post import PostSide

# So many of their needs are looked at, so many subjects among them, and so many peers' capabilities for each subject.
MOST_NEEDS = 1500
SUBJECTS = 12
PEERS_OF_A_SUBJECT = 6
# A need may lie further from us than what answers it, which alone is proposed.
SUBJECT_SHARE = 0.5
# With one direction perfect, the other must reach this for the harmonic mean to be good: 2g / (1 + g) = GOOD.
LEAST_OTHER_DIRECTION = GOOD / (2 - GOOD)
# So little that it decides only between candidates that open the same.
SHARE_OF_NEARNESS = 0.001
# What a fit that grows without becoming good counts beside one that becomes good.
SHARE_OF_GROWTH = 0.1


@dataclass(frozen=True)
class Reach:
    """Needs of organisations that do not fit well yet and could, those of one organisation side by side.

    `starts` tells where each organisation begins, `get` its other direction (NaN: unknown), `before` its fit today;
    `covered` how well we answer each need already.
    """

    rows: Rows
    kinds: npt.NDArray[np.int8]
    weights: Numbers
    starts: Rows
    get: Numbers
    before: Numbers
    covered: Numbers


def capability_trials(
    market: Market,
    scored: Scored,
    reached: Mask,
    question: Question,
    cited: Cited,
    elsewhere: Sequence[int],
    least_nearness: float,
    most: int,
) -> list[Trial]:
    """Return capabilities near to our posts that would open most, the most promising first. Call it inside the home's
    block. `reached` are the organisations that need not be opened any more.

    They are capabilities of our other units (`elsewhere`) and of peers that the actor may see; a need's own words
    where none of these answers it.
    """
    # First, because the rows that are remembered below must not move.
    market.hold(elsewhere)
    reach = _reach(market, scored, reached, question)
    if reach is None:
        return []
    trade = trade_of(market, (scored.getting.own, scored.giving.own), question)
    our_kind = Filters(kinds=frozenset({question.acting.kind}))
    of_peers = replace(question, filters=our_kind, demand=NO_DEMAND)
    peers = np.nonzero(eligible(market, PostSide.CAPABILITY, of_peers))[0]
    answer_kinds = answer_kinds_of(market.sides[PostSide.CAPABILITY].posts["kind"][peers])
    subjects = _subjects(market, reach, answer_kinds, trade, least_nearness)
    near_peers = peers[trade.kinship(market, PostSide.CAPABILITY, peers) >= least_nearness]
    colleagues = np.nonzero(np.isin(market.sides[PostSide.CAPABILITY].posts["id"], elsewhere))[0]
    colleague_ids = _peers_of(market, reach, subjects, colleagues)
    # Far ones too: they are not proposed, and yet they offer what would else be said to be offered by nobody.
    peer_ids = _peers_of(market, reach, subjects, near_peers) + _peers_of(market, reach, subjects, peers)
    subject_ids = market.sides[PostSide.NEED].posts["id"][reach.rows[subjects]].tolist()
    cited.load([*colleague_ids, *peer_ids, *subject_ids])
    own = seen_posts(market, PostSide.CAPABILITY, colleague_ids, cited)
    theirs = seen_posts(market, PostSide.CAPABILITY, peer_ids, cited)
    words = seen_posts(market, PostSide.NEED, subject_ids, cited)
    nearness = np.concatenate([_kinship(market, trade, one) for one in (own, theirs, words)])
    if not len(nearness):
        return []
    capabilities = scored.giving.own
    is_offered = is_offered_by(market, words, capabilities)
    words = answering(market, words, joined(joined(own, theirs), capabilities), answer_kinds)
    pool = joined(joined(own, theirs), words)
    fits = fits_by_meaning(market, _unbound(pool), reach.rows)
    offered = len(own.posts) + len(theirs.posts)
    wanted = nearness >= least_nearness
    wanted[len(own.posts) : offered] &= ~_is_like(market, theirs, own)
    wanted[offered:] &= _is_unanswered(market, reach, fits[:offered], words) & ~is_offered
    kept = np.flatnonzero(wanted)
    chosen = kept[_greedy(_fits_with(reach, fits[kept]), reach.before, nearness[kept], most)]
    return _trials(market, pool, nearness, chosen, len(own.posts))


def _trials(market: Market, pool: OwnPosts, nearness: Numbers, chosen: Rows, own_count: int) -> list[Trial]:
    """Return these candidates as trials; the first `own_count` of the pool are those of our other units."""
    unbound = _unbound(pool)
    owners = market.organisations["id"][pool.posts["owner"]]
    return [
        Trial(
            post=one_of(unbound, row),
            source_id=int(pool.posts["id"][row]),
            source_organisation_id=int(owners[row]),
            nearness=float(nearness[row]),
            is_offered_elsewhere=row < own_count,
        )
        for row in chosen.tolist()
    ]


def _kinship(market: Market, trade: Trade, posts: OwnPosts) -> Numbers:
    rows = np.flatnonzero(np.isin(market.sides[posts.side].posts["id"], posts.posts["id"]))
    return trade.kinship(market, posts.side, rows)


def _is_like(market: Market, theirs: OwnPosts, own: OwnPosts) -> Mask:
    """Which of the peers' capabilities another unit of ours offers in the same kind and meaning."""
    alike = market.calibration.probability(theirs.vectors @ own.vectors.T, np.zeros(1, dtype=np.float32))
    alike *= theirs.posts["kind"][:, None] == own.posts["kind"]
    is_like: Mask = alike.max(axis=1, initial=0) >= GOOD
    return is_like


def _reach(market: Market, scored: Scored, reached: Mask, question: Question) -> Reach | None:
    posts = market.sides[PostSide.NEED].posts
    could = ~reached & (np.isnan(scored.get) | (scored.get >= LEAST_OTHER_DIRECTION))
    wanted = eligible(market, PostSide.NEED, question) & could[posts["owner"]]
    rows = np.nonzero(wanted & posts["is_known_language"])[0]
    if not len(rows):
        return None
    # Those who offer us most come first. Of equals any will do, but not always those who came to the network first.
    owners = posts["owner"][rows]
    mixed = (market.organisations["id"][owners] * 2_654_435_761) % 2**32
    rows = rows[np.lexsort((owners, mixed, -np.nan_to_num(scored.get[owners], nan=GOOD)))][:MOST_NEEDS]
    rows = rows[np.argsort(posts["owner"][rows], kind="stable")]
    owners = posts["owner"][rows]
    starts = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
    capabilities = scored.giving.own
    covered = (
        cover_by_one(fits_by_meaning(market, capabilities, rows).T)
        if len(capabilities.posts)
        else np.zeros(len(rows), dtype=np.float32)
    )
    return Reach(
        rows=rows,
        kinds=posts["kind"][rows],
        weights=posts["weight"][rows],
        starts=starts,
        get=scored.get[owners[starts]],
        # Who fits one way only, for want of a capability of ours, is still to be reached.
        before=np.where(np.isnan(scored.give), np.float32(0), scored.fits)[owners[starts]],
        covered=covered,
    )


def _subjects(
    market: Market, reach: Reach, answer_kinds: npt.NDArray[np.int8], trade: Trade, least_nearness: float
) -> Rows:
    """Return the needs near to our posts whose own words, offered, would open most: each stands for the near-equal
    ones around it.
    """
    vectors = market.sides[PostSide.NEED].vectors.rows(reach.rows)
    nearness = trade.kinship(market, PostSide.NEED, reach.rows)
    near = np.flatnonzero(nearness >= SUBJECT_SHARE * least_nearness)
    offered = market.calibration.turned_back(vectors[near], PostSide.NEED)
    fits = market.calibration.probability(offered @ vectors.T, np.zeros(1, dtype=np.float32))
    fits *= WORTH[answer_kinds[reach.kinds[near]][:, None], reach.kinds]
    subjects: Rows = near[_greedy(_fits_with(reach, fits), reach.before, nearness[near], SUBJECTS)]
    return subjects


def _peers_of(market: Market, reach: Reach, subjects: Rows, peers: Rows) -> list[int]:
    """Return the ids of the peers' capabilities that answer these needs best, those of each need side by side."""
    if not len(peers) or not len(subjects):
        return []
    table = market.sides[PostSide.CAPABILITY]
    vectors = market.sides[PostSide.NEED].vectors.rows(reach.rows[subjects])
    products = table.vectors.products(vectors, peers)
    fits = market.calibration.probability(products, np.zeros(1, dtype=np.float32))
    fits *= WORTH[reach.kinds[subjects][:, None], table.posts["kind"][peers]]
    fits *= table.posts["is_known_language"][peers]
    most = min(PEERS_OF_A_SUBJECT, len(peers))
    nearest = np.argpartition(-fits, most - 1, axis=1)[:, :most]
    return list(dict.fromkeys(table.posts["id"][peers[nearest.ravel()]].tolist()))


def _unbound(own: OwnPosts) -> OwnPosts:
    """Return the posts as new ones of ours: of no dates and no place of their own, under no id."""
    posts = own.posts.copy()
    posts["id"], posts["place"], posts["weight"] = 0, -1, 1
    posts["starts"], posts["ends"] = EARLIEST_DAY, LATEST_DAY
    return replace(own, posts=posts)


def _is_unanswered(market: Market, reach: Reach, fits: Numbers, words: OwnPosts) -> Mask:
    """Which of these needs no peer's capability answers well."""
    ids = market.sides[PostSide.NEED].posts["id"][reach.rows]
    columns = [int(np.flatnonzero(ids == post_id)[0]) for post_id in words.posts["id"]]
    if not len(fits):
        return np.ones(len(columns), dtype=np.bool_)
    unanswered: Mask = fits[:, columns].max(axis=0) < GOOD
    return unanswered


def _fits_with(reach: Reach, fits: Numbers) -> Numbers:
    """Return how well each organisation would fit with each candidate, shape (candidates, organisations)."""
    # What `cover_by_one` gives, but for the further of our posts, which would each count one place less.
    covers: Numbers = np.maximum(
        1 - (1 - fits) * (1 - POOLING.further_post * reach.covered),
        1 - (1 - reach.covered) * (1 - POOLING.further_post * fits),
    )
    shares = np.add.reduceat(reach.weights, reach.starts)
    weighed = np.add.reduceat(covers * reach.weights, reach.starts, axis=1)
    give = np.asarray(weighed / shares, dtype=np.float32)
    return np.where(np.isnan(reach.get), give, fuse(np.broadcast_to(reach.get, give.shape), give))


def _greedy(fits: Numbers, before: Numbers, nearness: Numbers, most: int) -> Rows:
    """Return rows, each the one that adds most to those before it, of equals the nearer one; near-equal ones add
    nothing to each other.
    """
    best, chosen = before.copy(), list[int]()
    for _ in range(min(most, len(fits))):
        open_still = best < GOOD
        worth = (fits[:, open_still] >= GOOD).sum(axis=1, dtype=np.float32)
        worth += SHARE_OF_GROWTH * np.maximum(fits - best, 0).sum(axis=1)
        row = int(np.where(worth > 0, worth + SHARE_OF_NEARNESS * (1 + nearness), 0).argmax())
        if worth[row] <= 0 or row in chosen:
            break
        chosen.append(row)
        best = np.maximum(best, fits[row])
    return np.array(chosen, dtype=np.intp)
