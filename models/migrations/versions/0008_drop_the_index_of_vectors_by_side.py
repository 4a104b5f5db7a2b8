"""Drop the index of stored vectors by recipe and side.

Each side has indexes of its own on PostgreSQL, which the planner passed over for this one.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_post_vector_recipe_side", "post_vector")


def downgrade() -> None:
    op.create_index("ix_post_vector_recipe_side", "post_vector", ["recipe", "side"])
