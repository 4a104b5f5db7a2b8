"""What would open more partners: one more capability, or a need said more clearly, tried before it is told.

A counterfactual: the post is added to ours and everybody is ranked again by the ranking's own code. Its words are those
of a post that the actor may see, never invented. Reads only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from matching.candidates import OwnPosts, Question, own_posts
from matching.demand import NO_DEMAND, Demand
from matching.directions import Scored, score
from matching.market import Home, Market
from matching.matches import Cited
from matching.opening_capabilities import capability_trials
from matching.opening_kinship import LEAST_KINSHIP
from matching.opening_needs import need_trials
from matching.opening_own import offered_elsewhere, organisations_in_contact
from matching.opening_telling import Proposal, reached, told_proposal, worth_showing
from matching.opening_trials import Trial, joined
from matching.own_side import own_side
from models.actor import Actor
from models.post import PostSide

# So many whole rankings at most beside the first one, and none is begun after so much processor time.
CAPABILITIES_TRIED = 8
NEEDS_TRIED = 4
MOST_SECONDS = 1.2
# A database that ranks works in processes of its own, so that no trial is begun after this has passed on the clock.
MOST_WAITED = 8.0


@dataclass(frozen=True)
class Openings:
    """Proposals, the one that opens most first, each counted alone and without organisations that ours is in contact
    with; `offered_elsewhere` are those that another unit of ours has posted. `need_ids` are our open needs,
    `capability_count` our open capabilities; `reached` counts the organisations that fit at least well already and
    gain from us.
    """

    capabilities: tuple[Proposal, ...]
    clearer_needs: tuple[Proposal, ...]
    need_ids: tuple[int, ...]
    capability_count: int
    reached: int
    offered_elsewhere: tuple[Proposal, ...] = ()


@dataclass(frozen=True)
class _Ours:
    """What stays the same in every trial."""

    question: Question
    needs: OwnPosts
    capabilities: OwnPosts
    encoder_id: int | None
    in_contact: frozenset[int]


def find_openings(
    session: Session,
    home: Home,
    unit_id: int,
    actor: Actor,
    now: datetime,
    demand: Demand = NO_DEMAND,
    most_seconds: float = MOST_SECONDS,
    least_nearness: float = LEAST_KINSHIP,
) -> Openings:
    """Return what would open most partners to a unit. The caller has authorised the actor to act for the unit.

    The home is free for others between two rankings, and but for the first none is begun after
    `most_seconds` of processor time, so that a busy machine tells nobody less, or MOST_WAITED seconds of waiting.
    `least_nearness` is the kinship to one of the unit's posts that a proposed capability has at least.
    """
    begun, begun_waiting = time.thread_time(), time.monotonic()
    side = own_side(session, unit_id, now, demand.full_posts)
    question = Question(side.acting, now, demand=demand)
    in_contact = organisations_in_contact(session, side.acting.organisation_id)
    elsewhere = offered_elsewhere(session, unit_id, side.acting.organisation_id, now)
    with home.fresh(session) as market:
        ours = _Ours(
            question=question,
            needs=own_posts(market, PostSide.NEED, side.texts[PostSide.NEED]),
            capabilities=own_posts(market, PostSide.CAPABILITY, side.texts[PostSide.CAPABILITY]),
            encoder_id=market.encoder_id,
            in_contact=in_contact,
        )
        before = _score(market, ours, None)
        cited = Cited(session, market.encoder_id, market.calibration, actor, now)
        giving, getting = reached(before, PostSide.CAPABILITY), reached(before, PostSide.NEED)
        if not len(ours.needs.posts) and not len(ours.capabilities.posts):
            return Openings((), (), (), 0, 0)
        known = np.isin(before.organisation_ids, sorted(in_contact))
        trials = [
            *capability_trials(
                market,
                before,
                giving | known,
                question,
                cited,
                elsewhere,
                least_nearness,
                most=CAPABILITIES_TRIED,
            ),
            *need_trials(market, before, getting, known, question, cited, most=NEEDS_TRIED),
        ]
    found: list[Proposal | None] = []
    for trial in trials:
        with home.fresh(session) as market:
            is_late = (
                time.thread_time() - begun > most_seconds or time.monotonic() - begun_waiting > MOST_WAITED
            )
            # Vectors of different encoders must never be compared.
            if market.encoder_id != ours.encoder_id or (found and is_late):
                break
            after = _score(market, ours, trial)
        found.append(told_proposal(trial, before, after, ours.needs, ours.in_contact, cited))
    proposals = [one for one in found if one is not None and len(one.opened) > one.lost]
    capabilities = worth_showing([one for one in proposals if one.replaces is None])
    return Openings(
        capabilities=tuple(one for one in capabilities if not one.is_offered_elsewhere),
        clearer_needs=worth_showing([one for one in proposals if one.replaces is not None]),
        need_ids=tuple(ours.needs.posts["id"].tolist()),
        capability_count=len(ours.capabilities.posts),
        reached=int(giving.sum()),
        offered_elsewhere=tuple(one for one in capabilities if one.is_offered_elsewhere),
    )


def _score(market: Market, ours: _Ours, trial: Trial | None) -> Scored:
    """Rank everybody as the pages do, with the post of the trial among ours."""
    needs, capabilities = ours.needs, ours.capabilities
    if trial is not None:
        if trial.replaces is None:
            capabilities = joined(capabilities, trial.post)
        else:
            needs = _with_replaced(needs, trial.post, trial.replaces)
    return score(market, needs, capabilities, ours.question)


def _with_replaced(own: OwnPosts, post: OwnPosts, row: int) -> OwnPosts:
    vectors, comparable = own.vectors.copy(), own.is_comparable.copy()
    vectors[row], comparable[row] = post.vectors[0], post.is_comparable[0]
    words = [*own.words[:row], post.words[0], *own.words[row + 1 :]]
    return OwnPosts(own.side, own.posts, vectors, words, comparable)
