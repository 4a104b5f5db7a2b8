"""Read many posts with their stored vectors and words from PostgreSQL: columns, each sent as one string of bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    ColumnElement,
    Date,
    Double,
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    not_,
    select,
    union,
)
from sqlalchemy.orm import Session

from matching import packed_columns, reading
from matching.columns import EARLIEST_DAY, LATEST_DAY, POST, POST_KINDS, SIDES, VISIBILITIES, Columns
from matching.nearest_posts import Conditions, Stored, is_known_language, of_side
from matching.packed_columns import (
    code_in_sql,
    integers,
    need_weight_in_sql,
    packed,
    packed_integers,
    packed_row,
    packed_vectors,
    packed_words,
)
from matching.sql_filters import is_matched, is_one_of
from matching.usual_words import spread_ids
from matching.word_table import ranges
from matching.words import PackedWords, texts_of, word_weights
from models.organisation import Organisation
from models.post import Post, PostSide, PostState, Visibility
from models.post_vector import PostVector

NOWHERE = -1


@dataclass(frozen=True)
class StoredPosts:
    """Posts in any order: `columns` as the index has them, but for owner and place, which are ids of organisations and
    of places here (−1: none of its own), and the language, which does not count the vector; `sides` are numbers of
    sides. `has_row` is False where nothing is stored of the recipe, `has_vector` where no vector is: zeros stand there.
    `vectors` are None if they were not wanted.
    """

    columns: Columns
    organisation_ids: npt.NDArray[np.int64]
    place_ids: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int64]
    has_row: npt.NDArray[np.bool_]
    has_vector: npt.NDArray[np.bool_]
    vectors: npt.NDArray[np.float32] | None
    words: PackedWords

    def __len__(self) -> int:
        return len(self.columns)


def read_stored(
    session: Session, stored: Stored, wanted: ColumnElement[bool], with_vectors: bool
) -> StoredPosts:
    """Read the matched posts that are wanted."""
    query = _query(stored, wanted)
    row = packed_row(session, query.add_columns(packed_vectors(PostVector.vector)) if with_vectors else query)
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
    vectors = None
    if with_vectors:
        vectors = np.zeros((len(ids), stored.dimensions), dtype=np.float32)
        vectors[has_vector] = packed_columns.vectors(row[-1], stored.dimensions)
    return StoredPosts(
        columns=columns,
        organisation_ids=integers(row.organisation_id),
        place_ids=integers(row.place_id),
        sides=integers(row.side),
        has_row=integers(row.has_row) > 0,
        has_vector=has_vector,
        vectors=vectors,
        words=_words(row),
    )


def spread_words(
    session: Session, stored: Stored, side: PostSide, waiting: Collection[int]
) -> list[dict[str, float]]:
    """Return the weights of the words of posts of one side that are spread over all that others may see; what is stored
    of those who wait is not believed.
    """
    spread = set(spread_ids(reading.largest_matched_id(session)))
    believed = is_one_of(PostVector.post_id, spread.difference(waiting))
    query = of_side(stored, side, [is_matched(), Post.state == PostState.PUBLISHED, believed])
    row = packed_row(
        session,
        query.where(Post.visibility != Visibility.OWN_ORGANISATION).with_only_columns(*_packed_words()),
    )
    texts = reading.shown_texts(session, side, spread.intersection(waiting))
    believed_words = texts_of(_words(row))
    return [*believed_words, *(word_weights(text, language) for text, language in texts)]


def words_without_meaning(
    session: Session, stored: Stored, side: PostSide, conditions: Conditions, most: int
) -> tuple[npt.NDArray[np.int64], PackedWords]:
    """Return the owners and the words of posts that have no meaning to be compared, the newest of them."""
    # Asked one by one: posts without a vector have an index of their own, which "one or the other" would not use.
    reasons = (not_(is_known_language(stored)), PostVector.vector.is_(None))
    kept = [PostVector.post_id, Post.organisation_id]
    found = union(*(of_side(stored, side, [*conditions, one]).with_only_columns(*kept) for one in reasons))
    newest = found.order_by(found.selected_columns.post_id.desc()).limit(most).subquery().c
    # Words are read of these alone, however many posts have no meaning.
    read = select(packed_integers(newest.organisation_id), *_packed_words()).join(
        PostVector, and_(PostVector.post_id == newest.post_id, PostVector.recipe == stored.recipe)
    )
    row = packed_row(session, read)
    return integers(row[0]), _words(row)


def read_vectors(
    session: Session, stored: Stored, post_ids: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return the stored vectors of these posts, of zeros where none is."""
    wanted = and_(PostVector.recipe == stored.recipe, is_one_of(PostVector.post_id, post_ids.tolist()))
    found = select(packed_integers(PostVector.post_id), packed_vectors(PostVector.vector))
    ids, sent = packed_row(session, found.where(wanted, PostVector.vector.is_not(None)))
    vectors = np.zeros((len(post_ids), stored.dimensions), dtype=np.float32)
    order = np.argsort(post_ids)
    vectors[order[np.searchsorted(post_ids, integers(ids), sorter=order)]] = packed_columns.vectors(
        sent, stored.dimensions
    )
    return vectors


def words_of_rows(packed: PackedWords, rows: npt.NDArray[np.intp]) -> PackedWords:
    """Return the words of some of several texts, in the order of these rows."""
    starts, sizes = packed.first[rows], np.diff(packed.first)[rows]
    places = ranges(starts, sizes)
    first = np.concatenate([[0], np.cumsum(sizes)])
    return PackedWords(packed.stems, packed.numbers[places], packed.weights[places], first)


def _packed_words() -> tuple[ColumnElement[Any], ...]:
    sizes = packed_integers(func.coalesce(func.octet_length(PostVector.weights), 0) / 4)
    stems = packed_words(PostVector.stems)
    return sizes.label("sizes"), stems.label("stems"), packed(PostVector.weights).label("weights")


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
            *_packed_words(),
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


def _words(row: Row[*tuple[Any, ...]]) -> PackedWords:
    """Return the words of each post from what `_packed_words` sent."""
    sizes = integers(row.sizes)
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    found = (row.stems or "").split()
    numbers_of_words = np.fromiter(map(numbers.__getitem__, found), np.int64, len(found))
    shares = np.frombuffer(row.weights or b"", dtype=np.float32).astype(np.float64)
    return PackedWords(list(numbers), numbers_of_words, shares, np.concatenate([[0], np.cumsum(sizes)]))
