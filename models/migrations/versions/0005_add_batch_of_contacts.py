"""Let a contact know the move on the board with which it was written down."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    # Nobody can tell any more which of the old ones came with a move, so undoing an old move leaves its contact.
    op.add_column("contact", sa.Column("batch", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("contact", "batch")
