"""In a market too large to look at every post: name the organisations on PostgreSQL that are worth a look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    ARRAY,
    REAL,
    ColumnElement,
    Integer,
    column,
    func,
    literal,
    not_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from matching.candidates import OwnPosts
from matching.nearest_posts import Conditions, Stored, is_compared, nearest, sharing_rare_words
from matching.signals import ACTIVITY_NEUTRAL, MOST_COLLABORATIONS, NEARNESS_NEUTRAL, SignalWeights
from matching.sql_filters import is_matched
from matching.stored_posts import words_without_meaning
from matching.word_table import WordTable
from matching.words import PackedWords
from models.organisation import Organisation, Unit
from models.post import Post, PostState

# For each of our posts so many neighbours in meaning; so many organisations that place and activity move most, and so
# many that activity alone does.
NEIGHBOURS = 200
MOST_NEAR_AND_ACTIVE = 500
MOST_ACTIVE = 250
# So many share most of a post's rarest words, where meaning can be compared too and where it cannot.
BY_WORDS = 15
ONLY_BY_WORDS = 60
# So many posts without a meaning that can be compared are compared by all their words; of more, the newest.
MOST_WITHOUT_MEANING = 1_000

Places = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]


def named_by_meaning(
    session: Session, stored: Stored, own: Sequence[OwnPosts], conditions: Conditions
) -> set[int]:
    """Return the organisations of the posts nearest in meaning to each of ours."""
    found: set[int] = set()
    for posts in own:
        vectors = posts.vectors[posts.is_comparable]
        near = nearest(session, stored, posts.side.opposite, vectors, conditions, NEIGHBOURS)
        found |= {one.organisation_id for one in near}
    return found


def named_by_words(
    session: Session, stored: Stored, own: Sequence[OwnPosts], conditions: Conditions
) -> set[int]:
    """Return the organisations that share most of the rarest words of those of our posts that have a meaning."""
    found: set[int] = set()
    for posts in own:
        texts = _texts(posts, is_comparable=True)
        found |= sharing_rare_words(session, stored, posts.side.opposite, texts, conditions, BY_WORDS)
    return found


def named_only_by_words(
    session: Session, stored: Stored, own: Sequence[OwnPosts], conditions: Conditions
) -> set[int]:
    """Return the organisations that share most words where meaning cannot be compared, on our side or on theirs."""
    found: set[int] = set()
    for posts in own:
        texts, side = _texts(posts, is_comparable=False), posts.side.opposite
        found |= sharing_rare_words(session, stored, side, texts, conditions, ONLY_BY_WORDS)
        texts = _texts(posts, is_comparable=True)
        if not texts:
            continue
        owners, words = words_without_meaning(session, stored, side, conditions, MOST_WITHOUT_MEANING)
        found |= sharing_most(texts, owners, words)
        if len(owners) == MOST_WITHOUT_MEANING:
            others = [*conditions, not_(is_compared(stored))]
            found |= sharing_rare_words(session, stored, side, texts, others, ONLY_BY_WORDS)
    return found


def _texts(posts: OwnPosts, is_comparable: bool) -> list[dict[str, float]]:
    return [
        text for text, known in zip(posts.words, posts.is_comparable, strict=True) if known == is_comparable
    ]


def sharing_most(
    texts: Sequence[dict[str, float]], owners: npt.NDArray[np.int64], words: PackedWords
) -> set[int]:
    """Return the owners one of whose texts shares most words with each of ours; `words` are those of a text of each
    entry of `owners`.
    """
    table = WordTable()
    rows = np.arange(len(owners))
    table.add_packed(rows, words)
    ids, numbers = np.unique(owners, return_inverse=True)
    shared = np.zeros((len(ids), len(texts)), dtype=np.float32)
    np.maximum.at(shared, numbers, table.similarities_of_rows(texts, rows).T)
    first = np.argsort(-shared, axis=0, kind="stable")[:ONLY_BY_WORDS]
    return set(ids[first[np.take_along_axis(shared, first, axis=0) > 0]].tolist())


def named_by_standing(
    session: Session, nearness: Places, conditions: Conditions, weights: SignalWeights
) -> set[int]:
    """Return the organisations that place and activity move most in the order, and those that activity alone does."""
    both = _best_standing(session, nearness, conditions, weights, MOST_NEAR_AND_ACTIVE)
    if not weights.nearness:
        return both
    return both | _best_standing(session, nearness, conditions, replace(weights, nearness=0.0), MOST_ACTIVE)


def _best_standing(
    session: Session, nearness: Places, conditions: Conditions, weights: SignalWeights, most: int
) -> set[int]:
    ids, near = nearness
    is_near = (near > NEARNESS_NEUTRAL) & (weights.nearness != 0)
    places = (
        func.unnest(
            literal(ids[is_near].tolist(), ARRAY(Integer)), literal(near[is_near].tolist(), ARRAY(REAL))
        )
        .table_valued(column("place_id", Integer), column("nearness", REAL), name="near_places")
        .render_derived()
    )
    # Their units' places and those of single posts; of published ones, which the index of what is looked at holds.
    somewhere = union_all(
        select(Unit.organisation_id, places.c.nearness).join(places, places.c.place_id == Unit.place_id),
        select(Post.organisation_id, places.c.nearness)
        .join(places, places.c.place_id == Post.place_id)
        .where(Post.state == PostState.PUBLISHED),
    ).subquery()
    nearest_place = (
        select(somewhere.c.organisation_id, func.max(somewhere.c.nearness).label("nearness"))
        .group_by(somewhere.c.organisation_id)
        .subquery()
    )
    by_place = weights.nearness * func.coalesce(nearest_place.c.nearness - NEARNESS_NEUTRAL, 0)
    standing = (by_place + weights.activity * _activity()).label("standing")
    ranked = (
        select(Organisation.id, standing)
        .outerjoin(nearest_place, nearest_place.c.organisation_id == Organisation.id)
        .where(is_matched())
        .order_by(standing.desc(), Organisation.id)
        .subquery()
    )
    order = (ranked.c.standing.desc(), ranked.c.id)
    # Organisations that show us nothing are passed over. With the offset they are asked one after the other, the first
    # ones only; without it, all posts there are would be gone through beforehand.
    theirs = select(Post.id).join(Organisation, Organisation.id == Post.organisation_id)
    shown = theirs.where(Organisation.id == ranked.c.id, *conditions).offset(0).exists()
    return set(session.scalars(select(ranked.c.id).where(shown).order_by(*order).limit(most)))


def _activity() -> ColumnElement[float]:
    """The activity signal above what counts as neutral, as `signals` has it; 0 where it is unknown."""
    grown = func.ln(1.0 + Organisation.activity) / math.log1p(MOST_COLLABORATIONS)
    # The least of a number and nothing is the number.
    return func.least(1.0, func.coalesce(grown, ACTIVITY_NEUTRAL)) - ACTIVITY_NEUTRAL
