"""Count the attempts at which no mail server answered beside those that one judged."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_mail", sa.Column("unanswered", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("outbox_mail", "unanswered")
