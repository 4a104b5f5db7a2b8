"""Find the introductions between two units by an index."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_introduction_asking_unit_id_asked_unit_id", "introduction", ["asking_unit_id", "asked_unit_id"]
    )


def downgrade() -> None:
    op.drop_index("ix_introduction_asking_unit_id_asked_unit_id", "introduction")
