"""Who could answer a post, as a page shows it: plain values made from the ranking's matches."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from matching.answers import Draft, Match, Reason
from matching.demand import read_demand
from matching.ranking import rank_for_post, rank_for_text
from models.base import utc_now
from models.post import Post, PostSide
from web.access import current_actor
from web.database import db
from web.labels import ORGANISATION_KINDS, POST_KINDS, place_words
from web.matcher import matcher
from web.partners.cards import places_of_organisations
from web.partners.contacts import Contact, ask_url, colleagues_in_contact

PREVIEWED = 3
MOST_COUNTED = 10


@dataclass(frozen=True)
class Answer:
    """One organisation that may answer, with its post that does and the sentence of it that says so. Those who may are
    led to asking for a meeting about the two posts, or to the ``contact`` that there is.

    ``grade`` is how well their posts answer our need, or how well our capability answers the one need that is cited.
    """

    name: str
    facts: tuple[str, ...]
    pair_url: str
    organisation_url: str
    grade: str | None
    distance_km: float | None
    post_title: str
    post_kind: str
    post_url: str
    sentence: str
    our_sentence: str
    shared_in_theirs: tuple[str, ...]
    shared_in_ours: tuple[str, ...]
    more_titles: tuple[str, ...]
    by_words_only: bool
    ask_url: str | None
    contact: Contact | None


@dataclass(frozen=True)
class Answers:
    """The best answers, and how many there are: at least so many if ``has_more``."""

    answers: tuple[Answer, ...]
    count: int
    has_more: bool
    by_words_only: bool


def answers_to_post(post: Post, limit: int) -> Answers:
    """Who could answer this open post, the best first."""
    now = utc_now()
    demand = read_demand(db.session, now)
    matches = rank_for_post(db.session, matcher().index, post, current_actor(), now, limit + 1, demand=demand)
    return _answers(matches, post.side, post.unit_id, limit, limit, post)


def answers_to_draft(draft: Draft) -> Answers:
    """Who would answer a post that is being written. Raises EncoderIsWarmingError while it cannot be read."""
    now = utc_now()
    matches = rank_for_text(
        db.session,
        matcher().index,
        matcher().encoder(),
        draft,
        current_actor(),
        now,
        MOST_COUNTED + 1,
        read_demand(db.session, now),
    )
    return _answers(matches, draft.side, draft.unit_id, PREVIEWED, MOST_COUNTED, post=None)


def _answers(
    matches: Sequence[Match], side: PostSide, unit_id: int, shown: int, counted: int, post: Post | None
) -> Answers:
    places = places_of_organisations(match.organisation_id for match in matches)
    facts = {
        match.organisation_id: (
            str(ORGANISATION_KINDS[match.organisation.kind]),
            place_words(places.get(match.organisation_id)),
        )
        for match in matches
    }
    # What is still being written is nothing to ask about.
    contacts = colleagues_in_contact([match.organisation_id for match in matches[:shown]]) if post else {}
    answers = [
        _answer(
            match,
            side,
            unit_id,
            tuple(fact for fact in facts[match.organisation_id] if fact),
            post,
            contacts.get(match.organisation_id),
        )
        for match in matches[:shown]
        if _reasons(match, side)
    ]
    return Answers(
        answers=tuple(answers),
        count=min(len(matches), counted),
        has_more=len(matches) > counted,
        by_words_only=any(answer.by_words_only for answer in answers),
    )


def _reasons(match: Match, side: PostSide) -> tuple[Reason, ...]:
    return match.reasons_get if side is PostSide.NEED else match.reasons_give


def _answer(
    match: Match,
    side: PostSide,
    unit_id: int,
    facts: tuple[str, ...],
    post: Post | None,
    contact: Contact | None,
) -> Answer:
    reasons = _reasons(match, side)
    best = reasons[0]
    ours, theirs = best.need, best.capability
    in_ours = tuple(word.in_first for word in best.shared_words)
    in_theirs = tuple(word.in_second for word in best.shared_words)
    if side is PostSide.CAPABILITY:
        ours, theirs, in_ours, in_theirs = theirs, ours, in_theirs, in_ours
    titles = [
        (reason.capability if side is PostSide.NEED else reason.need).post.title for reason in reasons[1:]
    ]
    kind, their_id = theirs.post.kind, theirs.post.post_id
    return Answer(
        name=match.organisation.name,
        facts=facts,
        pair_url=url_for("partners.show", unit_id=unit_id, organisation_id=match.organisation_id),
        organisation_url=url_for("organisations.show", organisation_id=match.organisation_id),
        # What they get of us on the whole falls with each other need of theirs, and says nothing of this post.
        grade=match.grade if side is PostSide.NEED else best.grade,
        distance_km=match.distance_km,
        post_title=theirs.post.title,
        post_kind=str(POST_KINDS[kind]) if kind else "",
        post_url=url_for("posts.show", post_id=their_id),
        sentence=theirs.text,
        our_sentence=ours.text,
        shared_in_theirs=in_theirs,
        shared_in_ours=in_ours,
        more_titles=tuple(dict.fromkeys(title for title in titles if title != theirs.post.title)),
        by_words_only=match.by_words_only,
        ask_url=ask_url(post.unit, match.organisation_id, [post.id, their_id])
        if post is not None and their_id is not None
        else None,
        contact=contact,
    )
