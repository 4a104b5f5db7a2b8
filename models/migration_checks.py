"""Another condition for a CHECK, on either database: SQLite can change none and needs the table written anew."""

import sqlalchemy as sa
from alembic import op


def change_checks(table: str, changes: dict[str, tuple[str, str]]) -> None:
    """Give CHECKs of the table, by name, another condition: each from the one that it has to the other."""
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(table, list(changes.values()))
        return
    for name, (_, condition) in changes.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _write_anew(table: str, conditions: list[tuple[str, str]]) -> None:
    """All rows move to a table whose own statement holds the new conditions.

    Alembic's batches would lose every CHECK, and which ids were given out.
    """
    connection = op.get_bind()
    of_table = {"table": table}
    statements = connection.execute(
        sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL"), of_table
    ).all()
    (statement,) = [sql for kind, sql in statements if kind == "table"]
    for before, after in conditions:
        assert statement.count(f"CHECK ({before})") == 1, f"{table} has no CHECK ({before})"
        statement = statement.replace(f"CHECK ({before})", f"CHECK ({after})")
    last_id = connection.execute(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = :table"), of_table
    ).scalar()
    head, _, body = statement.partition("(")
    connection.exec_driver_sql(f"{head.replace(table, f'new_{table}')}({body}")
    connection.exec_driver_sql(f"INSERT INTO new_{table} SELECT * FROM {table}")  # noqa: S608 - A name of ours.
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE new_{table} RENAME TO {table}")
    for kind, sql in statements:
        if kind != "table":
            connection.exec_driver_sql(sql)
    if last_id is not None:
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :table"), of_table)
        connection.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :id)"),
            {"table": table, "id": last_id},
        )
