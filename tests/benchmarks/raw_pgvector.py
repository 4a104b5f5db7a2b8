"""What a ranking is measured against: pgvector alone, HNSW over each side's vectors in a PostgreSQL of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pgvector.psycopg import register_vector
from psycopg import Connection, connect, sql
from sqlalchemy.engine import make_url

from tests.benchmarks.raw_search import NEAREST, Vectors, share_found
from tests.own_postgresql import own_postgresql

# pgvector keeps at most 1,000 neighbours in view.
EFFORTS = (100, 150, 200, 300, 450, 700, 1000)
ROUNDS = 3


@dataclass(frozen=True)
class PgvectorFigures:
    """Milliseconds of each looker's search, seconds until the index stood, and the share of the nearest it finds."""

    milliseconds: list[float]
    seconds: float
    recall: float
    effort: int


def pgvector_figures(
    sides: Sequence[Vectors],
    queries: list[list[Vectors]],
    truth: list[list[npt.NDArray[np.int64]]],
    least: float,
) -> PgvectorFigures:
    """Search with the least effort that finds this share of the nearest: `truth[looker][side]` are their rows."""
    with own_postgresql() as url:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with connect(plain, autocommit=True) as connection:
            started = time.perf_counter()
            _fill(connection, sides)
            seconds = time.perf_counter() - started
            effort, recall = _tuned(connection, queries, truth, least)
            taken = []
            for _ in range(ROUNDS):
                for one in queries:
                    started = time.perf_counter()
                    _found(connection, one)
                    taken.append(1000 * (time.perf_counter() - started))
    return PgvectorFigures(taken, seconds, recall, effort)


def _fill(connection: Connection[Any], sides: Sequence[Vectors]) -> None:
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    register_vector(connection)
    connection.execute("SET maintenance_work_mem = '2GB'")
    for number, side in enumerate(sides):
        name = sql.Identifier(f"side_{number}")
        connection.execute(
            sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, vector vector({}))").format(name, side.shape[1])
        )
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} FROM STDIN WITH (FORMAT BINARY)").format(name)) as copy,
        ):
            copy.set_types(["int4", "vector"])
            for row, vector in enumerate(side):
                copy.write_row((row, vector))
        connection.execute(sql.SQL("CREATE INDEX ON {} USING hnsw (vector vector_ip_ops)").format(name))
        connection.execute(sql.SQL("VACUUM ANALYZE {}").format(name))


def _tuned(
    connection: Connection[Any],
    queries: list[list[Vectors]],
    truth: list[list[npt.NDArray[np.int64]]],
    least: float,
) -> tuple[int, float]:
    recall = 0.0
    for effort in EFFORTS:
        connection.execute(sql.SQL("SET hnsw.ef_search = {}").format(effort))
        shares = [
            share_found(nearest, found)
            for one, true in zip(queries, truth, strict=True)
            for true_side, found_side in zip(true, _found(connection, one), strict=True)
            for nearest, found in zip(true_side, found_side, strict=True)
        ]
        recall = float(np.mean(shares))
        if recall >= least:
            return effort, recall
    return EFFORTS[-1], recall


def _found(connection: Connection[Any], one: list[Vectors]) -> list[list[npt.NDArray[np.int64]]]:
    """Return the rows nearest to each post of a looker, side by side."""
    found: list[list[npt.NDArray[np.int64]]] = []
    for number, own in enumerate(one):
        statement = sql.SQL("SELECT id FROM {} ORDER BY vector <#> %s LIMIT {}").format(
            sql.Identifier(f"side_{number}"), NEAREST
        )
        found.append(
            [
                np.array(connection.execute(statement, (vector,)).fetchall(), dtype=np.int64)[:, 0]
                for vector in own
            ]
        )
    return found
