"""Columns of many rows as PostgreSQL sends them: each as one string of bytes, and the numbers that they hold.

A row a post takes ten times as long to read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg.pq import Format
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    LargeBinary,
    Row,
    Select,
    Text,
    cast,
    event,
    func,
    literal,
)
from sqlalchemy.orm import Session

from models.post import Post


def packed_row(session: Session, query: Select[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]]:
    """Return the one row of a query of packed columns, sent as bytes instead of as twice as many digits."""
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", _ask_for_bytes)
    try:
        return session.execute(query).one()
    finally:
        event.remove(connection, "before_cursor_execute", _ask_for_bytes)


def _ask_for_bytes(_connection: object, cursor: Any, *_of_the_statement: object) -> None:
    cursor.format = Format.BINARY


def packed(sent: Any) -> ColumnElement[Any]:
    """Return one column of all rows, each value already made bytes, as one string of bytes."""
    return func.string_agg(sent, literal(b"", LargeBinary), type_=LargeBinary)


def packed_integers(number: Any) -> ColumnElement[Any]:
    """Return one column of whole numbers or truths as `integers` reads it."""
    return packed(func.int4send(cast(number, Integer)))


def packed_pairs(first: Any, second: Any) -> ColumnElement[Any]:
    """Return two columns of whole numbers as `pairs` reads them, for little more than one of them costs; the second
    holds none below 0.
    """
    above = cast(first, BigInteger).bitwise_lshift(literal(32, Integer))
    return packed(func.int8send(above.bitwise_or(cast(second, BigInteger))))


def packed_vectors(vector: Any) -> ColumnElement[Any]:
    """Return one column of pgvector's vectors, all of one width, as `vectors` reads it; those that are NULL are left
    out.
    """
    return packed(func.vector_send(vector))


def packed_doubles(number: Any) -> ColumnElement[Any]:
    """Return one column of numbers, NaN where they are unknown, as `doubles` reads it."""
    return packed(func.float8send(func.coalesce(cast(number, Double), literal(np.nan, Double))))


def packed_words(word: Any) -> ColumnElement[Any]:
    """Return one column of words without line breaks, "" where they are unknown, as `words` reads it."""
    return func.string_agg(func.coalesce(word, ""), literal("\n", Text))


def integers(sent: bytes | None) -> npt.NDArray[np.int64]:
    """Return the numbers of a column that was sent by `packed_integers`."""
    return np.frombuffer(sent or b"", dtype=">i4").astype(np.int64)


def pairs(sent: bytes | None) -> npt.NDArray[np.int64]:
    """Return the numbers of two columns that were sent by `packed_pairs`, shape (2, rows)."""
    return np.frombuffer(sent or b"", dtype=">i4").reshape(-1, 2).T.astype(np.int64)


def vectors(sent: bytes | None, dimensions: int) -> npt.NDArray[np.float32]:
    """Return the vectors of a column that was sent by `packed_vectors`, shape (vectors, dimensions)."""
    of_one = np.dtype([("head", "V4"), ("numbers", ">f4", (dimensions,))])
    return np.asarray(np.frombuffer(sent or b"", dtype=of_one)["numbers"], dtype=np.float32)


def doubles(sent: bytes | None) -> npt.NDArray[np.float64]:
    """Return the numbers of a column that was sent by `packed_doubles`."""
    return np.frombuffer(sent or b"", dtype=">f8").astype(np.float64)


def words(sent: str | None) -> list[str]:
    """Return the words of a column that was sent by `packed_words`."""
    return [] if sent is None else sent.split("\n")


def code_in_sql(words: tuple[Any, ...], word: Any) -> ColumnElement[Any]:
    """The number that stands for one of the words of an enumeration, as `columns.code` gives it."""
    return func.array_position(literal([str(one) for one in words], ARRAY(Text)), cast(word, Text)) - 1


def need_weight_in_sql() -> ColumnElement[Any]:
    """The weight of a post, as `columns.need_weight` gives it."""
    return func.coalesce(Post.urgency * Post.importance, 1)
