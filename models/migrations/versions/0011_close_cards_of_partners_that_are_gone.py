"""Let a card be closed because the partner is not there any more."""

from alembic import op

from models.migration_checks import change_checks

revision = "0011"
down_revision = "0010"
branch_labels = ()
depends_on = None

REASONS = "('no_interest', 'no_answer', 'wrong_time', 'no_capacity', 'other_partner', 'completed', 'other')"
NEW_REASONS = REASONS.replace("'completed', ", "'completed', 'partner_gone', ")


def upgrade() -> None:
    _allow(REASONS, NEW_REASONS)


def downgrade() -> None:
    op.execute("UPDATE relationship SET closed_reason = 'other' WHERE closed_reason = 'partner_gone'")
    op.execute("UPDATE stage_change SET from_reason = 'other' WHERE from_reason = 'partner_gone'")
    op.execute("UPDATE stage_change SET to_reason = 'other' WHERE to_reason = 'partner_gone'")
    _allow(NEW_REASONS, REASONS)


def _allow(before: str, after: str) -> None:
    change_checks(
        "relationship", {"closedreason": (f"closed_reason IN {before}", f"closed_reason IN {after}")}
    )
    change_checks(
        "stage_change",
        {name: (f"{name} IN {before}", f"{name} IN {after}") for name in ("from_reason", "to_reason")},
    )
