"""Ranked partners of a unit, who could answer one post, and one pair face to face: what the pages ask.

An index hit is a hint, not a permission: whatever is returned was loaded again through the actor's policy.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from matching.answers import Draft, Filters, Match, Pair, PostLine, Ranking, Request
from matching.candidates import Acting, OwnPosts, own_posts
from matching.directions import LEAST_FIT, Scored, is_shown, score
from matching.encoder import Encoder
from matching.explanation import ReadText
from matching.index import Index
from matching.matches import Cited, matches_of, pair_of
from matching.own_side import OwnSide, draft_posts, encode_draft, no_posts, own_side
from matching.passages import spans_of
from matching.scoring import Grade
from models.actor import Actor
from models.post import Post, PostSide

EVERYTHING = Filters(least_grade=None)
NOT_STORED = 0


def rank_partners(session: Session, index: Index, request: Request, actor: Actor, now: datetime) -> Ranking:
    """Rank the organisations that complete a unit, from its open posts and those of the units below.

    The caller has authorised the actor to act for the unit. Organisations that this unit dismissed are left out.
    """
    ours = own_side(session, request.unit_id, now)
    scored, cited = _score_unit(session, index, request, ours, request.filters, actor, now)
    shown = is_shown(scored, request.filters.least_grade)
    two_way = scored.is_two_way()
    is_best = ~scored.by_words & (np.nan_to_num(scored.fits) >= LEAST_FIT[Grade.GOOD])
    best, others, one_way = matches_of(
        scored,
        [
            scored.best_first(wanted)[: request.limit].tolist()
            for wanted in (shown & two_way & is_best, shown & two_way & ~is_best, shown & ~two_way)
        ],
        request.explained,
        cited,
    )
    return Ranking(
        best=best,
        others=others,
        one_way=one_way,
        needs=len(scored.getting.own.posts),
        capabilities=len(scored.giving.own.posts),
    )


def pair(
    session: Session, index: Index, request: Request, organisation_id: int, actor: Actor, now: datetime
) -> Pair | None:
    """Return our unit and one organisation face to face, None if the actor may not see the organisation.

    Filters and dismissals do not hide it: whoever opens a pair has already chosen it.
    """
    ours = own_side(session, request.unit_id, now)
    if organisation_id == ours.acting.organisation_id:
        return None
    undismissed = replace(ours, acting=replace(ours.acting, dismissed=frozenset()))
    scored, cited = _score_unit(session, index, request, undismissed, EVERYTHING, actor, now)
    organisation = cited.organisations([organisation_id]).get(organisation_id)
    if organisation is None:
        return None
    numbers = np.nonzero(scored.organisation_ids == organisation_id)[0]
    return pair_of(scored, int(numbers[0]) if len(numbers) else None, organisation, cited)


def rank_for_post(
    session: Session,
    index: Index,
    post: Post,
    actor: Actor,
    now: datetime,
    limit: int = 20,
    nearby_matters: bool = True,
) -> tuple[Match, ...]:
    """Rank who could answer this need, or whom this capability serves: one direction, each with its best posts.

    Empty for a post that is not open. The caller has authorised the actor to see the post.
    """
    acting = own_side(session, post.unit_id, now).acting
    texts = {post.id: (post.matching_text, post.language)} if post.is_open(now) else {}
    with index.fresh(session):
        scored = _score_one(index, own_posts(index, post.side, texts), acting, Filters(), nearby_matters, now)
        cited = Cited(session, index.encoder_id, index.calibration, actor, now)
    return _listed(scored, limit, cited)


def rank_for_text(
    session: Session,
    index: Index,
    encoder: Encoder | None,
    draft: Draft,
    actor: Actor,
    now: datetime,
    limit: int = 5,
) -> tuple[Match, ...]:
    """Rank who would answer a post that is still being written. Nothing is stored.

    Without an encoder, or with another one than the index was filled by, only words are compared.
    """
    acting = own_side(session, draft.unit_id, now).acting
    text = encode_draft(draft, encoder) if encoder is not None else None
    with index.fresh(session):
        # Vectors of different encoders must never be compared.
        if encoder is not None and encoder.key != index.encoder_key:
            text = None
        own = draft_posts(index, draft, text)
        scored = _score_one(index, own, acting, Filters(), True, now)
        cited = Cited(session, index.encoder_id, index.calibration, actor, now)
    cited.add(NOT_STORED, text if text is not None else _unencoded(draft))
    return _listed(scored, limit, cited)


def _score_unit(
    session: Session,
    index: Index,
    request: Request,
    ours: OwnSide,
    filters: Filters,
    actor: Actor,
    now: datetime,
) -> tuple[Scored, Cited]:
    with index.fresh(session):
        needs = own_posts(index, PostSide.NEED, ours.texts[PostSide.NEED])
        capabilities = own_posts(index, PostSide.CAPABILITY, ours.texts[PostSide.CAPABILITY])
        scored = score(index, needs, capabilities, ours.acting, filters, request.nearby_matters, now)
        return scored, Cited(session, index.encoder_id, index.calibration, actor, now)


def _score_one(
    index: Index, own: OwnPosts, acting: Acting, filters: Filters, nearby_matters: bool, now: datetime
) -> Scored:
    nothing = no_posts(index, own.side.opposite)
    needs, capabilities = (own, nothing) if own.side is PostSide.NEED else (nothing, own)
    return score(index, needs, capabilities, acting, filters, nearby_matters, now)


def _listed(scored: Scored, limit: int, cited: Cited) -> tuple[Match, ...]:
    shown = scored.best_first(is_shown(scored, Grade.POSSIBLE))[:limit].tolist()
    return matches_of(scored, [shown], limit, cited)[0]


def _unencoded(draft: Draft) -> ReadText:
    line = PostLine(None, draft.unit_id, draft.side, draft.kind, draft.title)
    nothing = np.zeros((0, 0), dtype=np.float32)
    spans = spans_of(draft.matching_text, draft.language)[1:]
    return ReadText(line, draft.matching_text, draft.language, spans, nothing)
