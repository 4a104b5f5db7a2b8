"""pgvector's type, read as the server sends it. A file of its own, because pgvector brings NumPy."""

import sys
from array import array
from typing import Any

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ColumnElement, Dialect, func

# How many dimensions, and two bytes that are not used.
HEAD = 4


class SentVector(VECTOR):
    """Read as bytes, the float32 numbers, and not as digits, which take many times as long to read."""

    cache_ok = True

    def column_expression(self, colexpr: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.vector_send(colexpr, type_=self)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        return _numbers


def _numbers(sent: bytes | None) -> bytes | None:
    if sent is None:
        return None
    numbers = array("f", sent[HEAD:])
    # They come in the order of networks.
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()
