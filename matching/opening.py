"""What would open more partners: one more capability, or a need said more clearly, tried before it is told.

A counterfactual: the post is added to ours and everybody is ranked again by the ranking's own code. Its words are those
of a post that the actor may see, never invented. Reads only.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from matching.answers import PostLine
from matching.candidates import OwnPosts, Question, own_posts
from matching.columns import POST_KINDS
from matching.demand import NO_DEMAND, Demand
from matching.directions import Scored, score
from matching.explanation import ReadText
from matching.market import Home, Market
from matching.matches import Cited
from matching.opening_capabilities import capability_trials
from matching.opening_kinship import FORM_STEMS, LEAST_KINSHIP
from matching.opening_needs import need_trials
from matching.opening_own import offered_elsewhere, organisations_in_contact
from matching.opening_trials import Trial, joined
from matching.own_side import own_side
from matching.scoring import LEAST_FIT, Grade, grade
from matching.words import shared_words
from models.actor import Actor
from models.organisation import Organisation
from models.post import PostKind, PostSide

# So many whole rankings at most beside the first one, and none is begun after so much processor time.
CAPABILITIES_TRIED = 8
NEEDS_TRIED = 4
MOST_SECONDS = 1.2
# A database that ranks works in processes of its own, so that no trial is begun after this has passed on the clock.
MOST_WAITED = 8.0
MOST_TERMS = 6

Reached = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Opened:
    """An organisation that would newly fit at least well. `line` is its post that ours would meet: a need that the
    capability answers, or a capability that answers the clearer need. `is_both_ways` tells whether both would gain.
    """

    organisation: Organisation
    line: PostLine
    grade: Grade
    is_both_ways: bool


@dataclass(frozen=True)
class Proposal:
    """A post worth writing: of this kind, like the post `like` of `like_organisation`, and whom it would open.

    `like` is a need where nobody of our kind offers what answers it; with `is_offered_elsewhere` it is what another
    unit of our own organisation offers already. `replaces` is our need that would be said more clearly, None for one
    more capability. `terms` are the words that would meet, those that meet most of them first. `lost` counts
    organisations that fit well today and would not any more.
    """

    kind: PostKind
    like: PostLine
    like_organisation: Organisation
    replaces: PostLine | None
    opened: tuple[Opened, ...]
    terms: tuple[str, ...]
    lost: int = 0
    nearness: float = 1.0
    is_offered_elsewhere: bool = False


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
        giving, getting = _reached(before, PostSide.CAPABILITY), _reached(before, PostSide.NEED)
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
        found.append(_proposal(trial, before, after, ours, cited))
    proposals = [one for one in found if one is not None and len(one.opened) > one.lost]
    capabilities = _worth_showing([one for one in proposals if one.replaces is None])
    return Openings(
        capabilities=tuple(one for one in capabilities if not one.is_offered_elsewhere),
        clearer_needs=_worth_showing([one for one in proposals if one.replaces is not None]),
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


def _reached(scored: Scored, side: PostSide) -> Reached:
    """Which organisations fit at least well, counting the direction that our posts of this side make."""
    direction = scored.give if side is PostSide.CAPABILITY else scored.get
    is_good: Reached = np.nan_to_num(scored.fits) >= LEAST_FIT[Grade.GOOD]
    return is_good & ~np.isnan(direction) & ~scored.by_words


def _proposal(trial: Trial, before: Scored, after: Scored, ours: _Ours, cited: Cited) -> Proposal | None:
    """Tell what a trial opened, as far as the actor may see it; None if its source is no longer to be seen."""
    side = PostSide.CAPABILITY if trial.replaces is None else PostSide.NEED
    then, now = _reached(before, side), _reached(after, side)
    ids_then, ids_now = set(before.organisation_ids[then].tolist()), set(after.organisation_ids[now].tolist())
    there_already = ids_then | ours.in_contact
    new = [
        number
        for number in np.flatnonzero(now).tolist()
        if after.organisation_ids[number] not in there_already
    ]
    opened = _opened(after, new, trial, cited)
    like = cited.text(trial.source_id)
    source = cited.organisations([trial.source_organisation_id]).get(trial.source_organisation_id)
    if like is None or source is None:
        return None
    return Proposal(
        kind=POST_KINDS[int(trial.post.posts["kind"][0])],
        like=like.line,
        like_organisation=source,
        replaces=None if trial.replaces is None else cited.line(int(ours.needs.posts["id"][trial.replaces])),
        opened=opened,
        terms=_terms(like, opened, cited),
        lost=len(ids_then - ids_now),
        nearness=trial.nearness,
        is_offered_elsewhere=trial.is_offered_elsewhere,
    )


def _opened(after: Scored, numbers: Sequence[int], trial: Trial, cited: Cited) -> tuple[Opened, ...]:
    """Return these organisations, the best fit first, each with the post that the trial's would meet."""
    met = {number: _met_post(after, number, trial) for number in numbers}
    cited.load(met.values())
    organisations = cited.organisations(int(after.organisation_ids[number]) for number in numbers)
    opened = []
    for number in sorted(numbers, key=lambda one: (-after.fits[one], after.organisation_ids[one])):
        organisation = organisations.get(int(after.organisation_ids[number]))
        line = cited.line(met[number])
        if organisation is not None and line is not None:
            opened.append(
                Opened(
                    organisation=organisation,
                    line=line,
                    grade=grade(float(after.fits[number])) or Grade.GOOD,
                    is_both_ways=not np.isnan(after.get[number] + after.give[number]),
                )
            )
    return tuple(opened)


def _met_post(after: Scored, number: int, trial: Trial) -> int:
    """Return the id of the post of this organisation for which the trial's post does most."""
    facing = after.giving if trial.replaces is None else after.getting
    row = -1 if trial.replaces is None else trial.replaces
    theirs = np.flatnonzero(facing.posts["owner"] == number)
    weighed = facing.posts["weight"][theirs] * facing.fits[row, theirs]
    return int(facing.posts["id"][theirs[weighed.argmax()]])


def _terms(like: ReadText, opened: Sequence[Opened], cited: Cited) -> tuple[str, ...]:
    """Return the words of the proposed text that stand in the posts it would meet, the most frequent first.

    A need that it would answer in its own words says nothing here, nor do words of mere form.
    """
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for one in opened:
        post_id = one.line.post_id
        text = None if post_id is None or post_id == like.line.post_id else cited.text(post_id)
        for word in () if text is None else shared_words(like.text, text.text, like.language):
            if word.stem not in FORM_STEMS:
                counts[word.stem] += 1
                written.setdefault(word.stem, word.in_first)
    return tuple(written[stem] for stem, _ in counts.most_common(MOST_TERMS))


def _worth_showing(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Return the proposals, the one that opens most first, without those that add nobody to better ones."""
    shown: list[Proposal] = []
    opened: set[int] = set()
    # What is there already, and what is nearer to us, comes before what opens as many.
    order = sorted(
        proposals,
        key=lambda one: (
            one.lost - len(one.opened),
            not one.is_offered_elsewhere,
            -one.nearness,
            one.like.post_id or 0,
        ),
    )
    for proposal in order:
        organisation_ids = {one.organisation.id for one in proposal.opened}
        if organisation_ids - opened:
            shown.append(proposal)
            opened |= organisation_ids
    return tuple(shown)
