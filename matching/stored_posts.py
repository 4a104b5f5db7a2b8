"""Read many posts with their stored vectors and words from PostgreSQL: columns, each sent as one string of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    ColumnElement,
    Date,
    Double,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from matching.columns import EARLIEST_DAY, LATEST_DAY, POST, POST_KINDS, SIDES, VISIBILITIES, Columns
from matching.nearest_posts import Stored, is_known_language
from matching.packed_columns import code_in_sql, integers, need_weight_in_sql, packed, packed_integers
from matching.sql_filters import is_matched
from matching.stored_vectors import sent_vectors
from models.organisation import Organisation
from models.post import Post, PostState
from models.post_vector import PostVector

NOWHERE = -1


@dataclass(frozen=True)
class StoredPosts:
    """Posts in any order: `columns` as the index has them, but for owner and place, which are ids of organisations and
    of places here (−1: none of its own), and the language, which does not count the vector; `sides` are numbers of
    sides. `has_row` is False where nothing is stored of the recipe, `has_vector` where no vector is: zeros stand there.
    """

    columns: Columns
    organisation_ids: npt.NDArray[np.int64]
    place_ids: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int64]
    has_row: npt.NDArray[np.bool_]
    has_vector: npt.NDArray[np.bool_]
    vectors: npt.NDArray[np.float32]
    words: list[dict[str, float]]

    def __len__(self) -> int:
        return len(self.columns)


def read_stored(session: Session, stored: Stored, wanted: ColumnElement[bool]) -> StoredPosts:
    """Read the matched posts that are wanted."""
    row = session.execute(_query(stored, wanted)).one()
    ids = integers(row.id)
    columns = np.zeros(len(ids), dtype=POST)
    columns["id"] = ids
    for name in (
        "unit_id",
        "kind",
        "visibility",
        "starts",
        "ends",
        "is_remote",
        "is_known_language",
        "weight",
    ):
        columns[name] = integers(row._mapping[name])
    columns["closes_at"] = np.frombuffer(row.closes_at or b"", dtype=">f8")
    columns["owner"] = columns["place"] = NOWHERE
    has_vector = integers(row.has_vector) > 0
    vectors = np.zeros((len(ids), stored.dimensions), dtype=np.float32)
    if row.vectors is not None:
        vectors[has_vector] = sent_vectors([row.vectors], stored.dimensions)
    return StoredPosts(
        columns=columns,
        organisation_ids=integers(row.organisation_id),
        place_ids=integers(row.place_id),
        sides=integers(row.side),
        has_row=integers(row.has_row) > 0,
        has_vector=has_vector,
        vectors=vectors,
        words=_words(row.stems.split("\n") if len(ids) else [], row.weights or b""),
    )


def _query(stored: Stored, wanted: ColumnElement[bool]) -> Select[Any]:
    of_recipe = and_(PostVector.post_id == Post.id, PostVector.recipe == stored.recipe)
    numbers: dict[str, Any] = {
        "id": Post.id,
        "organisation_id": Post.organisation_id,
        "unit_id": Post.unit_id,
        "place_id": func.coalesce(Post.place_id, NOWHERE),
        "side": code_in_sql(SIDES, Post.side),
        "kind": code_in_sql(POST_KINDS, Post.kind),
        "visibility": code_in_sql(VISIBILITIES, Post.visibility),
        "starts": _ordinal(Post.starts_on, EARLIEST_DAY),
        "ends": _ordinal(Post.ends_on, LATEST_DAY),
        "is_remote": Post.is_remote,
        "is_known_language": is_known_language(stored),
        "weight": need_weight_in_sql(),
        "has_row": PostVector.post_id.is_not(None),
        "has_vector": PostVector.vector.is_not(None),
    }
    closes_at = func.coalesce(cast(extract("epoch", Post.closes_at), Double), literal(np.inf, Double))
    return (
        select(
            *(packed_integers(number).label(name) for name, number in numbers.items()),
            packed(func.float8send(closes_at)).label("closes_at"),
            packed(func.vector_send(PostVector.vector)).label("vectors"),
            func.string_agg(func.coalesce(PostVector.stems, ""), literal("\n", Text)).label("stems"),
            packed(PostVector.weights).label("weights"),
        )
        .select_from(Post)
        .join(Organisation, Organisation.id == Post.organisation_id)
        .outerjoin(PostVector, of_recipe)
        .where(Post.state == PostState.PUBLISHED, is_matched(), wanted)
    )


def _ordinal(day: Any, unknown: int) -> ColumnElement[Any]:
    """The proleptic ordinal of a day, as Python counts them."""
    first = literal(date.min, Date)
    return case((day.is_(None), unknown), else_=cast(day - first, Integer) + 1)


def _words(stems: list[str], weights: bytes) -> list[dict[str, float]]:
    """Return the weights of the words of each post; `weights` are all of them, one post after the other."""
    shares = np.frombuffer(weights, dtype=np.float32).tolist()
    found: list[dict[str, float]] = []
    start = 0
    for line in stems:
        some = line.split(" ") if line else []
        found.append(dict(zip(some, shares[start : start + len(some)], strict=True)))
        start += len(some)
    return found
