"""Add weights of the ranking that were learned from use."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ranking_weights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nearness", sa.Double(), nullable=False),
        sa.Column("activity", sa.Double(), nullable=False),
        sa.Column("freshness", sa.Double(), nullable=False),
        sa.Column("history", sa.Double(), nullable=False),
        sa.Column("reply", sa.Double(), nullable=False),
        sa.Column("learned_from", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "nearness >= 0 AND activity >= 0 AND freshness >= 0 AND history >= 0 AND reply >= 0",
            name=op.f("ck_ranking_weights_none_negative"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_weights")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("ranking_weights")
