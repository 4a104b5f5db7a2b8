"""What the index keeps of each post and organisation beside its vector: numbers that hard filters are asked of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import Row

from models.organisation import OrganisationKind, Sector
from models.post import PostKind, PostSide, Visibility

KINDS = tuple(OrganisationKind)
SECTORS = tuple(Sector)
POST_KINDS = tuple(PostKind)
VISIBILITIES = tuple(Visibility)
SIDES = tuple(PostSide)

EARLIEST_DAY = date.min.toordinal()
LATEST_DAY = date.max.toordinal()

# One row a post. Days are proleptic ordinals, `closes_at` is seconds since 1970 (infinity: never), `owner` is the
# organisation's number in the index, `place` the row of its effective place (-1: unknown), `weight` is that of a need.
POST = np.dtype(
    [
        ("id", np.int64),
        ("owner", np.int64),
        ("unit_id", np.int64),
        ("kind", np.int8),
        ("visibility", np.int8),
        ("starts", np.int32),
        ("ends", np.int32),
        ("closes_at", np.float64),
        ("place", np.int32),
        ("is_remote", np.bool_),
        ("is_known_language", np.bool_),
        ("weight", np.float32),
    ]
)

# One row an organisation, in the order of the numbers that posts carry. `activity` is NaN where it is unknown.
ORGANISATION = np.dtype(
    [("id", np.int64), ("kind", np.int8), ("sector", np.int8), ("place", np.int32), ("activity", np.float64)]
)

Columns = npt.NDArray[np.void]


def code(words: tuple[object, ...], word: object) -> int:
    """Return the number that stands for one of the words of an enumeration."""
    return words.index(word)


def codes(words: tuple[object, ...], chosen: Iterable[object]) -> npt.NDArray[np.int8]:
    """Return the numbers of several words."""
    return np.array([words.index(word) for word in chosen], dtype=np.int8)


def post_columns(
    row: Row[tuple[object, ...]], owner: int, place: int, is_known_language: bool
) -> tuple[object, ...]:
    """Return the columns of one post, in the order of POST, from a row of the index's query."""
    return (
        row.id,
        owner,
        row.unit_id,
        code(POST_KINDS, row.kind),
        code(VISIBILITIES, row.visibility),
        EARLIEST_DAY if row.starts_on is None else row.starts_on.toordinal(),
        LATEST_DAY if row.ends_on is None else row.ends_on.toordinal(),
        seconds(row.closes_at),
        place,
        row.is_remote,
        is_known_language,
        need_weight(row.urgency, row.importance),
    )


def need_weight(urgency: int | None, importance: int | None) -> float:
    """Return urgency × importance, from 1 to 9; 1 for a capability, which has neither."""
    return 1.0 if urgency is None or importance is None else float(urgency * importance)


def organisation_columns(row: Row[tuple[object, ...]], place: int) -> tuple[object, ...]:
    """Return the columns of one organisation, in the order of ORGANISATION, from a row of the index's query."""
    return (
        row.id,
        code(KINDS, row.kind),
        code(SECTORS, row.sector),
        place,
        np.nan if row.activity is None else float(row.activity),
    )


def seconds(moment: datetime | None) -> float:
    """Return seconds since 1970, infinity for None."""
    return np.inf if moment is None else moment.timestamp()
