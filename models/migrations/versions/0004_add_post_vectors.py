"""Add vectors of posts where the database compares them, and what of the changelog they have taken in."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR

revision = "0004"
down_revision = "0003"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post_vector",
        sa.Column("post_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipe", sa.String(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "need",
                "capability",
                name="postside",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary().with_variant(VECTOR(), "postgresql"), nullable=True),
        sa.Column("stems", sa.String(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_vector_post_id_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "recipe", name=op.f("pk_post_vector")),
    )
    op.create_index("ix_post_vector_recipe_side", "post_vector", ["recipe", "side"])
    # Whatever was changed so far is not taken in.
    op.add_column(
        "changelog", sa.Column("is_taken_in", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_changelog_not_taken_in",
        "changelog",
        ["post_id"],
        sqlite_where=sa.text("NOT is_taken_in"),
        postgresql_where=sa.text("NOT is_taken_in"),
    )


def downgrade() -> None:
    op.drop_index("ix_changelog_not_taken_in", "changelog")
    op.drop_column("changelog", "is_taken_in")
    op.drop_index("ix_post_vector_recipe_side", "post_vector")
    op.drop_table("post_vector")
