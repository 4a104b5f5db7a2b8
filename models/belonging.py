"""Whose a row is: the columns that say so, and giving rows to another organisation, all of them at once."""

from sqlalchemy import Column, Table, Update, literal, select
from sqlalchemy.engine import Connection

from models.base import Base
from models.organisation import Organisation

ORGANISATION = Organisation.__tablename__
# What tells of the organisation itself, and not of whose a row is.
STAYS = {("changelog", "organisation_id"), ("organisation", "merged_into_id"), ("dismissal", "dismissed_id")}


def columns_that_name_whose_a_row_is() -> dict[Table, list[Column[int]]]:
    columns: dict[Table, list[Column[int]]] = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            names_one = any(key.column.table.name == ORGANISATION for key in column.foreign_keys)
            if names_one and (table.name, column.name) not in STAYS:
                columns.setdefault(table, []).append(column)
    return columns


def move_at_once(connection: Connection, moves: dict[str, Update]) -> None:
    """Run the updates, by the names of their tables. A row and the unit that it names cannot change one after the
    other: their references are strict. SQLite has a switch for that; PostgreSQL checks them after a statement, and
    takes all tables in one.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for move in moves.values():
            connection.execute(move)
    else:
        all_at_once = (move.returning(literal(1)).cte(f"moved_{name}") for name, move in moves.items())
        connection.execute(select(literal(1)).add_cte(*all_at_once))
