"""Ask PostgreSQL which posts are near to ours, hard filters within the question: candidates, scored elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    ARRAY,
    REAL,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    column,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from matching.found_posts import LEAST_SHARE_OF_WORDS
from models.organisation import Organisation
from models.post import Post, PostSide
from models.post_vector import PostVector

# How many neighbours the index keeps in view, and after how many rows that the filters refuse it gives up. Whatever it
# then lacks is looked for exactly.
SEARCH_WIDTH = 200
MOST_SCANNED = 40_000
# So many of a text's rarest words name posts that have them, and each word so many posts at the most.
RARE_WORDS = 4
MOST_WITH_A_WORD = 300

Vectors = npt.NDArray[np.float32]
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Stored:
    """Which stored vectors are asked: those of one recipe, of one width."""

    recipe: str
    dimensions: int
    languages: frozenset[str]


@dataclass(frozen=True)
class Near:
    """A post that is near to our post of this number: `similarity` is the inner product of the two."""

    number: int
    post_id: int
    organisation_id: int
    similarity: float


def settle(session: Session) -> None:
    """Set what the statements of this transaction are run with: without it a filtered question to the index is silently
    answered with too few rows.
    """
    settings = {
        "hnsw.iterative_scan": "relaxed_order",
        "hnsw.ef_search": str(SEARCH_WIDTH),
        "hnsw.max_scan_tuples": str(MOST_SCANNED),
        # What is asked for often is in memory, where a page here costs hardly more than the next one.
        "random_page_cost": "1.1",
        # Sharing the work out costs more than it saves, as soon as several people look.
        "max_parallel_workers_per_gather": "0",
        # Compiling such statements takes longer than running them.
        "jit": "off",
        # A plan for any vector would read the vector's digits again for every post.
        "plan_cache_mode": "force_custom_plan",
    }
    session.execute(select(*(func.set_config(name, value, true()) for name, value in settings.items())))


def nearest(
    session: Session, stored: Stored, side: PostSide, vectors: Vectors, conditions: Conditions, most: int
) -> list[Near]:
    """Return about the nearest posts in meaning to each of these vectors, at most `most` each; never fewer than pass
    the filters and `most` allow. Call `settle` before.
    """
    found = nearest_by_index(session, stored, side, vectors, conditions, most)
    counts = np.bincount([one.number for one in found], minlength=len(vectors))
    lacking = np.flatnonzero(counts < most)
    if len(lacking):
        # The index gave up among rows that the filters refused. Few pass, so that all of them can be looked at.
        query = nearest_query(stored, side, vectors[lacking], conditions, most, is_exact=True)
        enough = [one for one in found if counts[one.number] >= most]
        again = _rows_near(session, query)
        found = enough + [
            Near(int(lacking[one.number]), one.post_id, one.organisation_id, one.similarity) for one in again
        ]
    return found


def nearest_by_index(
    session: Session, stored: Stored, side: PostSide, vectors: Vectors, conditions: Conditions, most: int
) -> list[Near]:
    """Return the same as far as the index tells it, which goes on looking while the filters refuse what it finds.

    Call `settle` before.
    """
    if not len(vectors):
        return []
    return _rows_near(session, nearest_query(stored, side, vectors, conditions, most, is_exact=False))


def nearest_query(
    stored: Stored, side: PostSide, vectors: Vectors, conditions: Conditions, most: int, is_exact: bool
) -> Select[Any]:
    """Return the query of the posts nearest to each vector; with `is_exact` no index may answer it."""
    width = VECTOR(stored.dimensions)
    ours = (
        func.unnest(cast(literal(written(vectors), Text), ARRAY(width)))
        .table_valued(column("vector", width), with_ordinality="number", name="ours")
        .render_derived()
    )
    distance = cast(PostVector.vector, width).max_inner_product(ours.c.vector)
    near = (
        of_side(stored, side, conditions)
        .where(is_compared(stored))
        .with_only_columns(PostVector.post_id, Post.organisation_id, (-distance).label("similarity"))
        # No index answers a sum.
        .order_by(distance + 0 if is_exact else distance)
        .limit(most)
        .lateral("near")
    )
    columns = ((ours.c.number - 1).label("number"), near.c.post_id, near.c.organisation_id, near.c.similarity)
    return select(*columns).select_from(ours.join(near, true()))


def sharing_rare_words(
    session: Session,
    stored: Stored,
    side: PostSide,
    texts: Sequence[Mapping[str, float]],
    conditions: Conditions,
    most: int,
) -> set[int]:
    """Return the organisations whose posts share most of the rarest words with one of these texts, at most `most` for
    each text.
    """
    rare = [
        (number, stem, words[stem])
        for number, words in enumerate(texts)
        for stem in sorted(words, key=lambda one: (-words[one], one))[:RARE_WORDS]
    ]
    if not rare:
        return set()
    numbers, stems, weights = zip(*rare, strict=True)
    ours = (
        func.unnest(
            literal(numbers, ARRAY(Integer)), literal(stems, ARRAY(Text)), literal(weights, ARRAY(REAL))
        )
        .table_valued(column("number", Integer), column("stem", Text), column("weight", REAL), name="ours")
        .render_derived()
    )
    there = (
        of_side(stored, side, conditions)
        .where(_stems().op("@>")(array([ours.c.stem], type_=Text)))
        .with_only_columns(Post.organisation_id)
        .limit(MOST_WITH_A_WORD)
        .lateral("there")
    )
    once = (
        select(ours.c.number, ours.c.stem, ours.c.weight, there.c.organisation_id)
        .select_from(ours.join(there, true()))
        .distinct()
        .subquery()
    )
    shared = (
        select(once.c.number, once.c.organisation_id, func.sum(once.c.weight).label("shared"))
        .group_by(once.c.number, once.c.organisation_id)
        .subquery()
    )
    order = (shared.c.shared.desc(), shared.c.organisation_id)
    place = func.row_number().over(partition_by=shared.c.number, order_by=order).label("place")
    placed = select(shared.c.organisation_id, place).subquery()
    return set(session.scalars(select(placed.c.organisation_id).where(placed.c.place <= most)))


def posts_with_words(
    session: Session, stored: Stored, side: PostSide, stems: Sequence[str], conditions: Conditions, most: int
) -> list[int]:
    """Return ids of posts in which one of these words stands, the newest first."""
    query = with_any_word(of_side(stored, side, conditions), stems)
    ids = query.with_only_columns(PostVector.post_id).order_by(PostVector.post_id.desc()).limit(most)
    return list(session.scalars(ids))


def needed_stems(words: Mapping[str, float]) -> list[str]:
    """Return the weightiest stems of a question: a post without any of them lacks too much of it to be found."""
    needed: list[str] = []
    missing = 0.0
    for stem in sorted(words, key=lambda one: -words[one]):
        needed.append(stem)
        missing += words[stem] ** 2
        if missing > 1 - LEAST_SHARE_OF_WORDS:
            break
    return needed


def with_any_word(query: Select[Any], stems: Sequence[str]) -> Select[Any]:
    """Keep posts in which one of these stems stands."""
    return query.where(_stems().op("&&")(literal(list(stems), ARRAY(Text))))


def of_side(stored: Stored, side: PostSide, conditions: Conditions) -> Select[Any]:
    return (
        select(PostVector)
        .join(Post, Post.id == PostVector.post_id)
        .join(Organisation, Organisation.id == Post.organisation_id)
        # Written out, so that the planner sees that the index of this side and width will do.
        .where(
            PostVector.recipe == stored.recipe,
            PostVector.side == literal(side, PostVector.side.type, literal_execute=True),
            Post.side == literal(side, Post.side.type, literal_execute=True),
            *conditions,
        )
    )


def is_compared(stored: Stored) -> ColumnElement[bool]:
    """Whether a post's meaning can be compared: it has a vector, and a language that the encoder knows."""
    # The width is written out, so that the planner sees that the index of this side and width will do.
    has_vector = PostVector.dimensions == literal(stored.dimensions, literal_execute=True)
    return and_(has_vector, PostVector.vector.is_not(None), is_known_language(stored))


def is_known_language(stored: Stored) -> ColumnElement[bool]:
    """Whether the encoder understands a post's language; the twin of `Market.knows`.

    By patterns, whose share of the posts the planner knows. Of a function's results it would expect one in two hundred
    to match, and rather look at every post than ask the index.
    """
    languages = sorted(stored.languages)
    # Nearly all are written in small letters, and heeding capitals takes several times as long.
    as_written = [Post.language.like(f"{language}%") for language in languages]
    return or_(false(), *as_written, *(Post.language.ilike(f"{language}%") for language in languages))


def written(vectors: Vectors) -> str:
    """Return vectors as PostgreSQL reads an array of them."""
    return "{" + ",".join('"[' + ",".join(map(repr, row)) + ']"' for row in vectors.tolist()) + "}"


def _stems() -> ColumnElement[Any]:
    return func.string_to_array(PostVector.stems, literal(" ", literal_execute=True))


def _rows_near(session: Session, query: Select[Any]) -> list[Near]:
    return [
        Near(row.number, row.post_id, row.organisation_id, row.similarity) for row in session.execute(query)
    ]
