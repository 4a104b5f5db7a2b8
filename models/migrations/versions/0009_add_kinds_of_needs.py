"""Let needs be searches for mentors or lecturers, for data or samples, and for funding."""

from alembic import op

from models.migration_checks import change_checks

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
    change_checks("post", {"kind_of_side": (KIND_OF_SIDE, NEW_KIND_OF_SIDE), "postkind": (KIND, NEW_KIND)})


def downgrade() -> None:
    op.execute("UPDATE post SET kind = 'other' WHERE kind IN ('lecturers', 'data_samples', 'co_funding')")
    change_checks("post", {"kind_of_side": (NEW_KIND_OF_SIDE, KIND_OF_SIDE), "postkind": (NEW_KIND, KIND)})
