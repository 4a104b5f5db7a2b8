"""Ranked partners of a unit, who could answer one post, and one pair face to face: what the pages ask.

An index hit is a hint, not a permission: whatever is returned was loaded again through the actor's policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from matching.answers import MOST_COUNTED, Draft, Filters, Match, Pair, PostLine, Ranking, Request, Way
from matching.candidates import Acting, OwnPosts, Question, own_posts
from matching.demand import NO_DEMAND, Demand
from matching.directions import Scored, is_shown, score
from matching.encoder import Encoder
from matching.explanation import ReadText
from matching.learning import current_weights
from matching.market import Home, Market
from matching.matches import Cited, crowds_of, matches_of, pair_of
from matching.own_side import OwnSide, draft_posts, encode_draft, looking, no_posts, own_side
from matching.passages import spans_of
from matching.recorded import read_recorded
from matching.scoring import Grade
from matching.signals import PlaceTaste
from matching.spreading import Spread, asked_posts, lists_of, spread_out
from models.actor import Actor
from models.post import Post, PostSide

EVERYTHING = Filters(least_grade=None)
NOT_STORED = 0


def rank_partners(
    session: Session,
    home: Home,
    request: Request,
    actor: Actor,
    now: datetime,
    demand: Demand = NO_DEMAND,
) -> Ranking:
    """Rank the organisations that complete a unit, from its open posts and those of the units below.

    The caller has authorised the actor to act for the unit. Organisations that this unit dismissed are left out, and
    posts without a place left. With a `demand` that was read, suggestions are spread over equals.
    """
    ours = own_side(session, request.unit_id, now, demand.full_posts)
    acting = replace(ours.acting, dismissed=ours.acting.dismissed | request.left_out)
    asks = _question(session, acting, actor, now, demand)
    question = replace(_tasting(asks, request), filters=request.filters)
    scored, cited = _score_unit(session, home, ours, question, actor)
    asked = asked_posts(scored, demand)
    spreads = [
        spread_out(scored, wanted, demand, asked, request.unit_id)
        for wanted in lists_of(scored, request.filters.least_grade)
    ]
    two_way_count, one_way_count = _counts(scored, spreads, cited)
    shown = _listed_of(spreads, request)
    best, others, one_way = matches_of(
        scored,
        [spread.order.tolist() for spread in shown],
        request.explained,
        cited,
        crowds_of(shown, asked, demand),
    )
    return Ranking(
        best=best,
        others=others,
        one_way=one_way,
        two_way_count=two_way_count,
        one_way_count=one_way_count,
        needs=len(scored.getting.own.posts),
        capabilities=len(scored.giving.own.posts),
    )


def pair(
    session: Session,
    home: Home,
    request: Request,
    organisation_id: int,
    actor: Actor,
    now: datetime,
    demand: Demand = NO_DEMAND,
) -> Pair | None:
    """Return our unit and one organisation face to face, None if the actor may not see the organisation.

    Filters and dismissals do not hide it, nor does a post whose places are taken: whoever opens a pair has chosen it.
    """
    ours = own_side(session, request.unit_id, now)
    if organisation_id == ours.acting.organisation_id:
        return None
    undismissed = replace(ours.acting, dismissed=frozenset(), always=frozenset({organisation_id}))
    asks = _question(session, undismissed, actor, now, demand)
    question = replace(_tasting(asks, request), filters=EVERYTHING, demand=NO_DEMAND)
    scored, cited = _score_unit(session, home, ours, question, actor)
    organisation = cited.organisations([organisation_id]).get(organisation_id)
    if organisation is None:
        return None
    numbers = np.nonzero(scored.organisation_ids == organisation_id)[0]
    asked = asked_posts(scored, demand)
    spreads = [
        spread_out(scored, wanted, demand, asked, request.unit_id)
        for wanted in lists_of(scored, Grade.POSSIBLE)
    ]
    crowds = crowds_of([spread.of(numbers) for spread in spreads], asked, demand)
    return pair_of(scored, int(numbers[0]) if len(numbers) else None, organisation, cited, crowds)


def rank_for_post(
    session: Session,
    home: Home,
    post: Post,
    actor: Actor,
    now: datetime,
    limit: int = 20,
    demand: Demand = NO_DEMAND,
) -> tuple[Match, ...]:
    """Rank who could answer this need, or whom this capability serves: one direction, each with its best posts.

    Empty for a post that is not open or has no place left. The caller has authorised the actor to see the post.
    """
    is_sought = post.is_open(now) and post.id not in demand.full_posts
    texts = {post.id: (post.matching_text, post.language)} if is_sought else {}
    acting = own_side(session, post.unit_id, now).acting
    acting = looking(acting, texts if post.side is PostSide.NEED else {})
    question = _question(session, acting, actor, now, demand)
    with home.fresh(session) as index:
        own = own_posts(index, post.side, texts)
        scored = _score_one(index, own, question)
        cited = Cited(session, index.encoder_id, index.calibration, actor, now)
    return _listed(scored, limit, cited, demand, post.unit_id)


def rank_for_text(
    session: Session,
    home: Home,
    encoder: Encoder | None,
    draft: Draft,
    actor: Actor,
    now: datetime,
    limit: int = 5,
    demand: Demand = NO_DEMAND,
) -> tuple[Match, ...]:
    """Rank who would answer a post that is still being written. Nothing is stored.

    Without an encoder, or with another one than the index was filled by, only words are compared.
    """
    acting = own_side(session, draft.unit_id, now).acting
    texts = {NOT_STORED: (draft.matching_text, draft.language)} if draft.side is PostSide.NEED else {}
    acting = looking(acting, texts)
    question = _question(session, acting, actor, now, demand)
    text = encode_draft(draft, encoder) if encoder is not None else None
    with home.fresh(session) as index:
        # Vectors of different encoders must never be compared.
        if encoder is not None and encoder.key != index.encoder_key:
            text = None
        own = draft_posts(index, draft, text)
        scored = _score_one(index, own, question)
        cited = Cited(session, index.encoder_id, index.calibration, actor, now)
    cited.add(NOT_STORED, text if text is not None else _unencoded(draft))
    return _listed(scored, limit, cited, demand, draft.unit_id)


def _tasting(question: Question, request: Request) -> Question:
    """Weigh the signals as the person who asks wants them weighed."""
    acting = question.acting
    if request.taste.place is PlaceTaste.FAR:
        # Who asks for far ones does not mean that those whom the needs name should be last.
        acting = replace(acting, named=frozenset())
    return replace(question, acting=acting, weights=request.taste.weigh(request.weights or question.weights))


def _score_unit(
    session: Session, home: Home, ours: OwnSide, question: Question, actor: Actor
) -> tuple[Scored, Cited]:
    with home.fresh(session) as index:
        needs = own_posts(index, PostSide.NEED, ours.texts[PostSide.NEED])
        capabilities = own_posts(index, PostSide.CAPABILITY, ours.texts[PostSide.CAPABILITY])
        scored = score(index, needs, capabilities, question)
        return scored, Cited(session, index.encoder_id, index.calibration, actor, question.now)


def _question(session: Session, acting: Acting, actor: Actor, now: datetime, demand: Demand) -> Question:
    """What is asked without filters, with the weights in force."""
    recorded = read_recorded(session, acting.organisation_id, actor, demand, now)
    return Question(acting, now, weights=current_weights(session), demand=demand, recorded=recorded)


def _listed_of(spreads: Sequence[Spread], request: Request) -> list[Spread]:
    """Return what is listed of the best, the other and the one-way fits."""
    best, others, one_way = spreads
    two_way_limit = 0 if request.only is Way.ONE_WAY else request.limit
    one_way_limit = 0 if request.only is Way.BOTH_WAYS else request.limit
    left = max(two_way_limit - len(best.order), 0)
    return [best.first(two_way_limit), others.first(left), one_way.first(one_way_limit)]


def _counts(scored: Scored, spreads: Sequence[Spread], cited: Cited) -> list[int]:
    """Return how many two-way and one-way fits there are that the actor may see, each up to MOST_COUNTED."""
    best, others, one_way = (spread.order for spread in spreads)
    counted = [np.concatenate([best, others])[:MOST_COUNTED], one_way[:MOST_COUNTED]]
    return cited.counts([scored.organisation_ids[numbers].tolist() for numbers in counted])


def _score_one(index: Market, own: OwnPosts, question: Question) -> Scored:
    nothing = no_posts(index, own.side.opposite)
    needs, capabilities = (own, nothing) if own.side is PostSide.NEED else (nothing, own)
    return score(index, needs, capabilities, question)


def _listed(
    scored: Scored, limit: int, cited: Cited, demand: Demand, seeker_unit_id: int
) -> tuple[Match, ...]:
    asked = asked_posts(scored, demand)
    spread = spread_out(scored, is_shown(scored, Grade.POSSIBLE), demand, asked, seeker_unit_id)
    shown = spread.order[:limit].tolist()
    return matches_of(scored, [shown], limit, cited, crowds_of([spread.first(limit)], asked, demand))[0]


def _unencoded(draft: Draft) -> ReadText:
    line = PostLine(None, draft.unit_id, draft.side, draft.kind, draft.title)
    nothing = np.zeros((0, 0), dtype=np.float32)
    spans = spans_of(draft.matching_text, draft.language)[1:]
    return ReadText(line, draft.matching_text, draft.language, spans, nothing)
