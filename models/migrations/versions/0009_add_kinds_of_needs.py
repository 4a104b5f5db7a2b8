"""Let needs be searches for mentors or lecturers, for data or samples, and for funding."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = ()
depends_on = None

KINDS_OF_NEEDS = "'talent', 'research_question', 'placement', 'training', 'facility', 'other'"
KINDS_OF_CAPABILITIES = (
    "'programme', 'graduates', 'research_expertise', 'laboratory', "
    "'mentors', 'jobs', 'data_equipment', 'funding'"
)
NEW_KINDS = "'lecturers', 'data_samples', 'co_funding'"

KIND_OF_SIDE = f"(side = 'need') = (kind IN ({KINDS_OF_NEEDS}))"
NEW_KIND_OF_SIDE = f"(side = 'need') = (kind IN ({KINDS_OF_NEEDS}, {NEW_KINDS}))"
KIND = f"kind IN ({KINDS_OF_NEEDS}, {KINDS_OF_CAPABILITIES})"
NEW_KIND = f"kind IN ({KINDS_OF_NEEDS}, {KINDS_OF_CAPABILITIES}, {NEW_KINDS})"


def upgrade() -> None:
    change_checks({"kind_of_side": (KIND_OF_SIDE, NEW_KIND_OF_SIDE), "postkind": (KIND, NEW_KIND)})


def downgrade() -> None:
    op.execute("UPDATE post SET kind = 'other' WHERE kind IN ('lecturers', 'data_samples', 'co_funding')")
    change_checks({"kind_of_side": (NEW_KIND_OF_SIDE, KIND_OF_SIDE), "postkind": (NEW_KIND, KIND)})


def change_checks(changes: dict[str, tuple[str, str]]) -> None:
    """Give CHECKs of the posts, by name, another condition."""
    if op.get_bind().dialect.name == "sqlite":
        rebuild_posts(list(changes.values()))
        return
    for name, (_, condition) in changes.items():
        op.drop_constraint(op.f(f"ck_post_{name}"), "post", type_="check")
        op.create_check_constraint(op.f(f"ck_post_{name}"), "post", condition)


def rebuild_posts(conditions: list[tuple[str, str]]) -> None:
    """SQLite cannot change a CHECK: all rows move to a table whose own statement holds the new conditions.

    Alembic's batches would lose every CHECK, and which ids were given out.
    """
    connection = op.get_bind()
    statements = connection.execute(
        sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'post' AND sql IS NOT NULL")
    ).all()
    (statement,) = [sql for kind, sql in statements if kind == "table"]
    for before, after in conditions:
        assert statement.count(f"CHECK ({before})") == 1, f"the posts have no CHECK ({before})"
        statement = statement.replace(f"CHECK ({before})", f"CHECK ({after})")
    last_id = connection.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'post'")).scalar()
    head, _, body = statement.partition("(")
    connection.exec_driver_sql(f"{head.replace('post', 'new_post')}({body}")
    connection.exec_driver_sql("INSERT INTO new_post SELECT * FROM post")
    connection.exec_driver_sql("DROP TABLE post")
    connection.exec_driver_sql("ALTER TABLE new_post RENAME TO post")
    for kind, sql in statements:
        if kind != "table":
            connection.exec_driver_sql(sql)
    if last_id is not None:
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'post'"))
        connection.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('post', :id)"), {"id": last_id}
        )
