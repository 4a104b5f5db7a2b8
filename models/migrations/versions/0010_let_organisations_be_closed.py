"""Let the operator close an organisation that ceased or was registered twice."""

from alembic import op

from models.migration_checks import change_checks

revision = "0010"
down_revision = "0009"
branch_labels = ()
depends_on = None

STATE = "state IN ('pending', 'approved', 'refused')"
NEW_STATE = "state IN ('pending', 'approved', 'refused', 'closed')"


def upgrade() -> None:
    change_checks("organisation", {"organisationstate": (STATE, NEW_STATE)})


def downgrade() -> None:
    op.execute("UPDATE organisation SET state = 'refused' WHERE state = 'closed'")
    change_checks("organisation", {"organisationstate": (NEW_STATE, STATE)})
