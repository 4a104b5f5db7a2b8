"""Add introductions, meetings, outcomes, relationships, follow-ups, partnerships, alerts and jobs."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR

revision = "0002"
down_revision = "0001"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_position",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_alert_position_only_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_position")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job_run",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
    )
    op.create_table(
        "cadence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_cadence_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_cadence_id_organisation_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_cadence_organisation_id"), "cadence", ["organisation_id"], unique=False)
    op.create_index(
        "uq_cadence_default",
        "cadence",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )

    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_calendar_feed_working",
        "calendar_feed",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )

    op.create_table(
        "pipeline_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pipeline_view_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline_view")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_pipeline_view_person_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_pipeline_view_default",
        "pipeline_view",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "obsolete",
                "lapsed",
                name="reminderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("key", name=op.f("uq_reminder_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reminder_kind_record_id", "reminder", ["kind", "record_id"], unique=False)
    op.create_index(op.f("ix_reminder_person_id"), "reminder", ["person_id"], unique=False)
    op.create_index("ix_reminder_state_try_at", "reminder", ["state", "try_at"], unique=False)

    op.create_table(
        "alert_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum(
                "off",
                "at_once",
                "daily",
                "weekly",
                name="frequency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_alert_setting_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alert_setting_person_id_person")),
        sa.ForeignKeyConstraint(
            ["unit_id", "organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_alert_setting_unit_id_organisation_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_setting")),
        sa.UniqueConstraint("id", "person_id", name=op.f("uq_alert_setting_id_person_id")),
        sa.UniqueConstraint("person_id", "unit_id", name=op.f("uq_alert_setting_person_id_unit_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_alert_setting_organisation_id"), "alert_setting", ["organisation_id"], unique=False
    )

    op.create_table(
        "introduction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asking_organisation_id", sa.Integer(), nullable=False),
        sa.Column("asking_unit_id", sa.Integer(), nullable=False),
        sa.Column("asked_organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_unit_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("addressed_to_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("hope", sa.String(), nullable=False),
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "declined",
                "expired",
                "withdrawn",
                name="introductionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (answered_at IS NULL)", name=op.f("ck_introduction_answered_when")
        ),
        sa.CheckConstraint("asking_unit_id <> asked_unit_id", name=op.f("ck_introduction_two_units")),
        sa.ForeignKeyConstraint(
            ["addressed_to_id"], ["person.id"], name=op.f("fk_introduction_addressed_to_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_introduction_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_introduction_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["asked_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_introduction_asked_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_unit_id", "asked_organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_introduction_asked_unit_id_asked_organisation_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["asking_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_introduction_asking_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["asking_unit_id", "asking_organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_introduction_asking_unit_id_asking_organisation_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_introduction_asked_organisation_id"), "introduction", ["asked_organisation_id"], unique=False
    )
    op.create_index(
        "ix_introduction_asked_unit_id_state", "introduction", ["asked_unit_id", "state"], unique=False
    )
    op.create_index(
        op.f("ix_introduction_asking_organisation_id"),
        "introduction",
        ["asking_organisation_id"],
        unique=False,
    )
    op.create_index(
        "ix_introduction_asking_unit_id_state", "introduction", ["asking_unit_id", "state"], unique=False
    )
    op.create_index(
        "uq_introduction_waiting",
        "introduction",
        ["asking_unit_id", "asked_unit_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )

    op.create_table(
        "relationship",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("partner_unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "suggested",
                "introduced",
                "meeting",
                "follow_up",
                "partnership",
                "closed",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "closed_reason",
            sa.Enum(
                "no_interest",
                "no_answer",
                "wrong_time",
                "no_capacity",
                "other_partner",
                "completed",
                "other",
                name="closedreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("sponsor_id", sa.Integer(), nullable=True),
        sa.Column("cadence_id", sa.Integer(), nullable=True),
        sa.Column("cadence_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_after_days", sa.Integer(), nullable=False),
        sa.Column("cold_after_days", sa.Integer(), nullable=False),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(stage = 'closed') = (closed_reason IS NOT NULL)",
            name=op.f("ck_relationship_closed_with_reason"),
        ),
        sa.CheckConstraint(
            "0 < quiet_after_days AND quiet_after_days < cold_after_days",
            name=op.f("ck_relationship_thresholds_in_order"),
        ),
        sa.CheckConstraint("unit_id <> partner_unit_id", name=op.f("ck_relationship_two_units")),
        sa.ForeignKeyConstraint(
            ["cadence_id", "organisation_id"],
            ["cadence.id", "cadence.organisation_id"],
            name=op.f("fk_relationship_cadence_id_organisation_id_cadence"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_relationship_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_relationship_owner_id_person")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["organisation.id"], name=op.f("fk_relationship_partner_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["partner_unit_id", "partner_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_relationship_partner_unit_id_partner_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["person.id"], name=op.f("fk_relationship_sponsor_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_relationship_unit_id_organisation_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationship")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_relationship_id_organisation_id")),
        sa.UniqueConstraint(
            "unit_id", "partner_unit_id", name=op.f("uq_relationship_unit_id_partner_unit_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_relationship_organisation_id"), "relationship", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_relationship_owner_id"), "relationship", ["owner_id"], unique=False)
    op.create_index(op.f("ix_relationship_partner_id"), "relationship", ["partner_id"], unique=False)
    op.create_index(op.f("ix_relationship_sponsor_id"), "relationship", ["sponsor_id"], unique=False)
    op.create_index("ix_relationship_unit_id_stage", "relationship", ["unit_id", "stage"], unique=False)

    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum(
                "off",
                "at_once",
                "daily",
                "weekly",
                name="frequency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("encoder_key", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary().with_variant(VECTOR(), "postgresql"), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("frequency <> 'at_once'", name=op.f("ck_saved_search_in_rounds")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_saved_search_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_search_person_id_person")),
        sa.ForeignKeyConstraint(
            ["unit_id", "organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_saved_search_unit_id_organisation_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_saved_search_person_id"), "saved_search", ["person_id"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("setting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("own_post_id", sa.Integer(), nullable=False),
        sa.Column("their_post_id", sa.Integer(), nullable=False),
        sa.Column("fit", sa.Double(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["own_post_id"], ["post.id"], name=op.f("fk_alert_own_post_id_post"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alert_person_id_person")),
        sa.ForeignKeyConstraint(
            ["setting_id", "person_id"],
            ["alert_setting.id", "alert_setting.person_id"],
            name=op.f("fk_alert_setting_id_person_id_alert_setting"),
        ),
        sa.ForeignKeyConstraint(
            ["their_post_id"], ["post.id"], name=op.f("fk_alert_their_post_id_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "person_id",
            "own_post_id",
            "their_post_id",
            name=op.f("uq_alert_person_id_own_post_id_their_post_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alert_own_post_id"), "alert", ["own_post_id"], unique=False)
    op.create_index("ix_alert_setting_id_told_at", "alert", ["setting_id", "told_at"], unique=False)
    op.create_index(op.f("ix_alert_their_post_id"), "alert", ["their_post_id"], unique=False)

    op.create_table(
        "alert_seen_post",
        sa.Column("post_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_alert_seen_post_post_id_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_alert_seen_post")),
    )
    op.create_table(
        "answer_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_answer_link_created_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_answer_link_introduction_id_introduction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_link")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_answer_link_introduction_id"), "answer_link", ["introduction_id"], unique=False)

    op.create_table(
        "introduction_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_introduction_person_introduction_id_introduction"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_introduction_person_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction_person")),
        sa.UniqueConstraint(
            "introduction_id",
            "side",
            "person_id",
            name=op.f("uq_introduction_person_introduction_id_side_person_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_introduction_person_person_id"), "introduction_person", ["person_id"], unique=False
    )

    op.create_table(
        "introduction_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_introduction_post_introduction_id_introduction"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_introduction_post_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction_post")),
        sa.UniqueConstraint(
            "introduction_id", "post_id", name=op.f("uq_introduction_post_introduction_id_post_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_introduction_post_post_id"), "introduction_post", ["post_id"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column("organiser_id", sa.Integer(), nullable=False),
        sa.Column(
            "organiser_side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "video",
                "phone",
                name="meetingmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("where", sa.String(), nullable=False),
        sa.Column("starts_local", sa.DateTime(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "held",
                "not_held",
                "cancelled",
                name="meetingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled_reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_meeting_has_length")),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_meeting_introduction_id_introduction")
        ),
        sa.ForeignKeyConstraint(["organiser_id"], ["person.id"], name=op.f("fk_meeting_organiser_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_meeting_introduction_id"), "meeting", ["introduction_id"], unique=False)
    op.create_index("ix_meeting_state_ends_at", "meeting", ["state", "ends_at"], unique=False)

    op.create_table(
        "partnership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asking_organisation_id", sa.Integer(), nullable=False),
        sa.Column("asking_unit_id", sa.Integer(), nullable=False),
        sa.Column("asked_organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_unit_id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=True),
        sa.Column(
            "proposed_by",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pilot", "full", name="partnershipkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "active",
                "declined",
                "withdrawn",
                "closed",
                name="partnershipstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "scoping",
                "managing",
                "reviewing",
                "sustaining",
                "closing",
                name="partnershipstage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("doing", sa.String(), nullable=False),
        sa.Column("beneficiary", sa.String(), nullable=False),
        sa.Column("benefit", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "growth_asked_by",
            sa.Enum(
                "asking",
                "asked",
                name="growth_asked_by",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("growth_asked_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "closing_reason",
            sa.Enum(
                "reached",
                "pilot_over",
                "circumstances",
                "no_fit",
                "promises",
                "other",
                name="closingreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'pilot') = (ends_on IS NOT NULL)", name=op.f("ck_partnership_pilots_end")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_partnership_closed_when")
        ),
        sa.CheckConstraint(
            "growth_asked_by IS NULL OR kind = 'pilot'", name=op.f("ck_partnership_pilots_grow")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closing_reason IS NULL)", name=op.f("ck_partnership_closed_why")
        ),
        sa.CheckConstraint("asking_unit_id <> asked_unit_id", name=op.f("ck_partnership_two_units")),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= started_on", name=op.f("ck_partnership_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["asked_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_partnership_asked_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_unit_id", "asked_organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_partnership_asked_unit_id_asked_organisation_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["asking_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_partnership_asking_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["asking_unit_id", "asking_organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_partnership_asking_unit_id_asking_organisation_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["growth_asked_by_id"], ["person.id"], name=op.f("fk_partnership_growth_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_partnership_introduction_id_introduction")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name=op.f("fk_partnership_proposed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_partnership_asked_organisation_id"), "partnership", ["asked_organisation_id"], unique=False
    )
    op.create_index(
        "ix_partnership_asked_unit_id_state", "partnership", ["asked_unit_id", "state"], unique=False
    )
    op.create_index(
        op.f("ix_partnership_asking_organisation_id"), "partnership", ["asking_organisation_id"], unique=False
    )
    op.create_index(
        "ix_partnership_asking_unit_id_state", "partnership", ["asking_unit_id", "state"], unique=False
    )
    op.create_index(op.f("ix_partnership_introduction_id"), "partnership", ["introduction_id"], unique=False)
    op.create_index(
        "uq_partnership_waiting",
        "partnership",
        ["asking_unit_id", "asked_unit_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )

    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column(
            "made_by",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("guest_name", sa.String(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "video",
                "phone",
                name="meetingmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("where", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "superseded",
                "closed",
                name="proposalstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_proposal_introduction_id_introduction")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_proposal_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_proposal_introduction_id"), "proposal", ["introduction_id"], unique=False)
    op.create_index(
        "uq_proposal_open",
        "proposal",
        ["introduction_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "relationship_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_relationship_person_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["relationship_id"],
            ["relationship.id"],
            name=op.f("fk_relationship_person_relationship_id_relationship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationship_person")),
        sa.UniqueConstraint(
            "relationship_id", "person_id", name=op.f("uq_relationship_person_relationship_id_person_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_relationship_person_person_id"), "relationship_person", ["person_id"], unique=False
    )

    op.create_table(
        "saved_search_hit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_saved_search_hit_post_id_post"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["saved_search.id"],
            name=op.f("fk_saved_search_hit_search_id_saved_search"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search_hit")),
        sa.UniqueConstraint("search_id", "post_id", name=op.f("uq_saved_search_hit_search_id_post_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_saved_search_hit_post_id"), "saved_search_hit", ["post_id"], unique=False)

    op.create_table(
        "stage_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "from_stage",
            sa.Enum(
                "suggested",
                "introduced",
                "meeting",
                "follow_up",
                "partnership",
                "closed",
                name="from_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "from_reason",
            sa.Enum(
                "no_interest",
                "no_answer",
                "wrong_time",
                "no_capacity",
                "other_partner",
                "completed",
                "other",
                name="from_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_stage",
            sa.Enum(
                "suggested",
                "introduced",
                "meeting",
                "follow_up",
                "partnership",
                "closed",
                name="to_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_reason",
            sa.Enum(
                "no_interest",
                "no_answer",
                "wrong_time",
                "no_capacity",
                "other_partner",
                "completed",
                "other",
                name="to_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("batch", sa.String(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stage_change_person_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id"],
            ["relationship.id"],
            name=op.f("fk_stage_change_relationship_id_relationship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stage_change_batch", "stage_change", ["batch"], unique=False)
    op.create_index(
        op.f("ix_stage_change_relationship_id"), "stage_change", ["relationship_id"], unique=False
    )

    op.create_table(
        "thread_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("guest_name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_thread_message_introduction_id_introduction"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_thread_message_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_message")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_thread_message_introduction_id"), "thread_message", ["introduction_id"], unique=False
    )

    op.create_table(
        "commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column(
            "performer_side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_commitment_partnership_id_partnership")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_commitment_partnership_id"), "commitment", ["partnership_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "meeting",
                "call",
                "mail",
                "message",
                "visit",
                name="contactkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "direction",
            sa.Enum(
                "ours",
                "theirs",
                "both",
                name="direction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_contact_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id"], ["relationship.id"], name=op.f("fk_contact_relationship_id_relationship")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_relationship_id_at", "contact", ["relationship_id", "at"], unique=False)

    op.create_table(
        "counterpart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("goals", sa.String(), nullable=False),
        sa.Column("works_with_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_counterpart_partnership_id_partnership")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_counterpart_person_id_person")),
        sa.ForeignKeyConstraint(
            ["works_with_id", "partnership_id"],
            ["counterpart.id", "counterpart.partnership_id"],
            name=op.f("fk_counterpart_works_with_id_partnership_id_counterpart"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counterpart")),
        sa.UniqueConstraint("id", "partnership_id", name=op.f("uq_counterpart_id_partnership_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_counterpart_partnership_id"), "counterpart", ["partnership_id"], unique=False)
    op.create_index(
        "uq_counterpart_current",
        "counterpart",
        ["partnership_id", "side", "person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "expectation_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_expectation_letter_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnership.id"],
            name=op.f("fk_expectation_letter_partnership_id_partnership"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expectation_letter")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_expectation_letter_partnership_id"), "expectation_letter", ["partnership_id"], unique=False
    )
    op.create_index(
        "uq_expectation_letter_draft",
        "expectation_letter",
        ["partnership_id", "side"],
        unique=True,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )

    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "next_step",
                "task",
                "nudge",
                name="followupkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("is_theirs", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'nudge') = (step IS NOT NULL)", name=op.f("ck_follow_up_nudges_have_steps")
        ),
        sa.CheckConstraint(
            "done_at IS NULL OR dropped_at IS NULL", name=op.f("ck_follow_up_done_or_dropped")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_follow_up_created_by_id_person")
        ),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_follow_up_done_by_id_person")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_follow_up_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_follow_up_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_follow_up_owner_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id", "organisation_id"],
            ["relationship.id", "relationship.organisation_id"],
            name=op.f("fk_follow_up_relationship_id_organisation_id_relationship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_follow_up_organisation_id"), "follow_up", ["organisation_id"], unique=False)
    op.create_index("ix_follow_up_owner_id_due_at", "follow_up", ["owner_id", "due_at"], unique=False)
    op.create_index(
        "ix_follow_up_relationship_id_due_at", "follow_up", ["relationship_id", "due_at"], unique=False
    )
    op.create_index(
        "uq_follow_up_open_nudge",
        "follow_up",
        ["relationship_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'nudge' AND done_at IS NULL AND dropped_at IS NULL"),
        postgresql_where=sa.text("kind = 'nudge' AND done_at IS NULL AND dropped_at IS NULL"),
    )

    op.create_table(
        "heard_need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("by_organisation_id", sa.Integer(), nullable=False),
        sa.Column("about_organisation_id", sa.Integer(), nullable=False),
        sa.Column("about_unit_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("corrected_text", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "confirmed",
                "corrected",
                "refused",
                name="heardstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (answered_at IS NULL)", name=op.f("ck_heard_need_answered_when")
        ),
        sa.ForeignKeyConstraint(
            ["about_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_heard_need_about_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["about_unit_id", "about_organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_heard_need_about_unit_id_about_organisation_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_heard_need_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["by_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_heard_need_by_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_heard_need_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_heard_need_person_id_person")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_heard_need_post_id_post")),
        sa.ForeignKeyConstraint(
            ["relationship_id", "by_organisation_id"],
            ["relationship.id", "relationship.organisation_id"],
            name=op.f("fk_heard_need_relationship_id_by_organisation_id_relationship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heard_need")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_heard_need_about_unit_id"), "heard_need", ["about_unit_id"], unique=False)
    op.create_index(op.f("ix_heard_need_relationship_id"), "heard_need", ["relationship_id"], unique=False)

    op.create_table(
        "meeting_attendee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column(
            "attendance",
            sa.Enum(
                "waiting",
                "accepted",
                "declined",
                name="attendance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_attendee_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_meeting_attendee_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_attendee")),
        sa.UniqueConstraint("meeting_id", "email", name=op.f("uq_meeting_attendee_meeting_id_email")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meeting_attendee_person_id", "meeting_attendee", ["person_id"], unique=False)

    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column(
            "our_interest",
            sa.Enum(
                "high",
                "some",
                "none",
                "unknown",
                name="our_interest",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "their_interest",
            sa.Enum(
                "high",
                "some",
                "none",
                "unknown",
                name="their_interest",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "decision",
            sa.Enum(
                "meet_again",
                "exchange",
                "pilot",
                "partnership",
                "wait",
                "stop",
                "open",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("agreed", sa.String(), nullable=False),
        sa.Column("feedback", sa.String(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_outcome_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_outcome_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outcome_person_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id", "organisation_id"],
            ["relationship.id", "relationship.organisation_id"],
            name=op.f("fk_outcome_relationship_id_organisation_id_relationship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint("meeting_id", "side", name=op.f("uq_outcome_meeting_id_side")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outcome_organisation_id"), "outcome", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_outcome_relationship_id"), "outcome", ["relationship_id"], unique=False)

    op.create_table(
        "partnership_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "proposed",
                "confirmed",
                "declined",
                "withdrawn",
                "stage",
                "growth_asked",
                "growth_refused",
                "grown",
                "closed",
                name="partnershipeventkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "scoping",
                "managing",
                "reviewing",
                "sustaining",
                "closing",
                name="partnershipstage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'stage') <= (stage IS NOT NULL)", name=op.f("ck_partnership_event_stage_is_named")
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnership.id"],
            name=op.f("fk_partnership_event_partnership_id_partnership"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_partnership_event_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_partnership_event_partnership_id"), "partnership_event", ["partnership_id"], unique=False
    )

    op.create_table(
        "private_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_private_note_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_private_note_person_id_person")),
        sa.ForeignKeyConstraint(
            ["relationship_id"],
            ["relationship.id"],
            name=op.f("fk_private_note_relationship_id_relationship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_note")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_private_note_relationship_id"), "private_note", ["relationship_id"], unique=False
    )

    op.create_table(
        "shared_summary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column(
            "written_by",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "confirmed",
                "corrected",
                name="summarystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_shared_summary_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_shared_summary_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_shared_summary_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_summary")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_shared_summary_meeting_id"), "shared_summary", ["meeting_id"], unique=False)
    op.create_index(
        "uq_shared_summary_proposed",
        "shared_summary",
        ["meeting_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )

    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("starts_local", sa.DateTime(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_slot_has_length")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_slot_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_slot_proposal_id"), "slot", ["proposal_id"], unique=False)

    op.create_table(
        "topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("introduction_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "post_id IS NULL OR introduction_id IS NULL", name=op.f("ck_topic_becomes_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_topic_introduction_id_introduction")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_topic_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_topic_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_topic_person_id_person")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_topic_post_id_post")),
        sa.ForeignKeyConstraint(
            ["relationship_id", "organisation_id"],
            ["relationship.id", "relationship.organisation_id"],
            name=op.f("fk_topic_relationship_id_organisation_id_relationship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_topic_meeting_id"), "topic", ["meeting_id"], unique=False)

    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(slot_id IS NULL) <> (meeting_id IS NULL)", name=op.f("ck_booking_slot_or_meeting")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_has_length")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_booking_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_booking_person_id_person")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_booking_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_booking_meeting_id"), "booking", ["meeting_id"], unique=False)
    op.create_index("ix_booking_person_id_starts_at", "booking", ["person_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_booking_slot_id"), "booking", ["slot_id"], unique=False)

    op.create_table(
        "commitment_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commitment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "move",
            sa.Enum(
                "draft",
                "send",
                "promise",
                "counter",
                "accept",
                "decline",
                "defer",
                "withdraw",
                "condition_met",
                "deliver",
                "ask_change",
                "agree_change",
                "refuse_change",
                "revoke",
                "release",
                "satisfied",
                "not_satisfied",
                "mark_broken",
                "dispute",
                "end_dispute",
                "propose_settlement",
                "accept_settlement",
                name="move",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum("asking", "asked", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("importance", sa.Integer(), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "settles_as",
            sa.Enum(
                "kept_on_time",
                "kept_renegotiated",
                "kept_late",
                "kept_unconfirmed",
                "broken",
                "revoked_in_time",
                "revoked_late",
                "released",
                "expired",
                name="ending",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(move IN ('draft', 'counter', 'ask_change')) = (what IS NOT NULL)",
            name=op.f("ck_commitment_move_terms_where_they_belong"),
        ),
        sa.CheckConstraint(
            "(what IS NULL) = (due_on IS NULL) AND (what IS NULL) = (due_at IS NULL) AND (what IS NULL) = (importance IS NULL)",
            name=op.f("ck_commitment_move_terms_are_whole"),
        ),
        sa.CheckConstraint(
            "importance IS NULL OR importance BETWEEN 1 AND 3",
            name=op.f("ck_commitment_move_importance_range"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_commitment_move_number_positive")),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_commitment_move_commitment_id_commitment")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_commitment_move_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["person.id"], name=op.f("fk_commitment_move_responsible_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_move")),
        sa.UniqueConstraint("commitment_id", "number", name=op.f("uq_commitment_move_commitment_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pipeline_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("relationship_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("from_owner_id", sa.Integer(), nullable=True),
        sa.Column("to_owner_id", sa.Integer(), nullable=True),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_up.id"], name=op.f("fk_pipeline_change_follow_up_id_follow_up")
        ),
        sa.ForeignKeyConstraint(
            ["from_owner_id"], ["person.id"], name=op.f("fk_pipeline_change_from_owner_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pipeline_change_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["relationship_id"],
            ["relationship.id"],
            name=op.f("fk_pipeline_change_relationship_id_relationship"),
        ),
        sa.ForeignKeyConstraint(
            ["to_owner_id"], ["person.id"], name=op.f("fk_pipeline_change_to_owner_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_pipeline_change_batch"), "pipeline_change", ["batch"], unique=False)
    op.create_index(
        op.f("ix_pipeline_change_relationship_id"), "pipeline_change", ["relationship_id"], unique=False
    )

    op.create_table(
        "private_goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counterpart_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counterpart_id"], ["counterpart.id"], name=op.f("fk_private_goal_counterpart_id_counterpart")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_goal")),
        sa.UniqueConstraint("counterpart_id", name=op.f("uq_private_goal_counterpart_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("calendar_method", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("calendar_text", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("unsubscribe_url", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("locale", sa.String(), server_default="en", nullable=False))

    # One statement that both databases read; rebuilding the table on SQLite would forget which ids were given out.
    op.execute(
        "ALTER TABLE person ADD COLUMN digest VARCHAR(40) DEFAULT 'daily' NOT NULL "
        "CONSTRAINT ck_person_digestfrequency CHECK (digest IN ('off', 'daily', 'weekly'))"
    )

    refuse_overlapping_bookings()


def refuse_overlapping_bookings() -> None:
    """No two bookings of one person overlap: an exclusion constraint, and on SQLite, which has none, a trigger."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE booking ADD CONSTRAINT ex_booking_person_id_no_overlap EXCLUDE USING gist "
            "(int8range(person_id, person_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)"
        )
        return
    op.execute(
        """
CREATE TRIGGER ex_booking_person_id_no_overlap BEFORE INSERT ON booking
WHEN EXISTS (
    SELECT 1 FROM booking WHERE person_id = NEW.person_id
    AND starts_at < NEW.ends_at AND NEW.starts_at < ends_at
)
BEGIN SELECT RAISE(ABORT, 'two bookings of one person overlap'); END
"""
    )


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("digest")

    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_column("locale")
        batch_op.drop_column("unsubscribe_url")
        batch_op.drop_column("calendar_text")
        batch_op.drop_column("calendar_method")

    op.drop_table("private_goal")
    op.drop_index(op.f("ix_pipeline_change_relationship_id"), table_name="pipeline_change")
    op.drop_index(op.f("ix_pipeline_change_batch"), table_name="pipeline_change")

    op.drop_table("pipeline_change")
    op.drop_table("commitment_move")
    op.drop_index(op.f("ix_booking_slot_id"), table_name="booking")
    op.drop_index("ix_booking_person_id_starts_at", table_name="booking")
    op.drop_index(op.f("ix_booking_meeting_id"), table_name="booking")

    op.drop_table("booking")
    op.drop_index(op.f("ix_topic_meeting_id"), table_name="topic")

    op.drop_table("topic")
    op.drop_index(op.f("ix_slot_proposal_id"), table_name="slot")

    op.drop_table("slot")
    op.drop_index(
        "uq_shared_summary_proposed",
        table_name="shared_summary",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_shared_summary_meeting_id"), table_name="shared_summary")

    op.drop_table("shared_summary")
    op.drop_index(op.f("ix_private_note_relationship_id"), table_name="private_note")

    op.drop_table("private_note")
    op.drop_index(op.f("ix_partnership_event_partnership_id"), table_name="partnership_event")

    op.drop_table("partnership_event")
    op.drop_index(op.f("ix_outcome_relationship_id"), table_name="outcome")
    op.drop_index(op.f("ix_outcome_organisation_id"), table_name="outcome")

    op.drop_table("outcome")
    op.drop_index("ix_meeting_attendee_person_id", table_name="meeting_attendee")

    op.drop_table("meeting_attendee")
    op.drop_index(op.f("ix_heard_need_relationship_id"), table_name="heard_need")
    op.drop_index(op.f("ix_heard_need_about_unit_id"), table_name="heard_need")

    op.drop_table("heard_need")
    op.drop_index(
        "uq_follow_up_open_nudge",
        table_name="follow_up",
        sqlite_where=sa.text("kind = 'nudge' AND done_at IS NULL AND dropped_at IS NULL"),
        postgresql_where=sa.text("kind = 'nudge' AND done_at IS NULL AND dropped_at IS NULL"),
    )
    op.drop_index("ix_follow_up_relationship_id_due_at", table_name="follow_up")
    op.drop_index("ix_follow_up_owner_id_due_at", table_name="follow_up")
    op.drop_index(op.f("ix_follow_up_organisation_id"), table_name="follow_up")

    op.drop_table("follow_up")
    op.drop_index(
        "uq_expectation_letter_draft",
        table_name="expectation_letter",
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.drop_index(op.f("ix_expectation_letter_partnership_id"), table_name="expectation_letter")

    op.drop_table("expectation_letter")
    op.drop_index(
        "uq_counterpart_current",
        table_name="counterpart",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_counterpart_partnership_id"), table_name="counterpart")

    op.drop_table("counterpart")
    op.drop_index("ix_contact_relationship_id_at", table_name="contact")

    op.drop_table("contact")
    op.drop_index(op.f("ix_commitment_partnership_id"), table_name="commitment")

    op.drop_table("commitment")
    op.drop_index(op.f("ix_thread_message_introduction_id"), table_name="thread_message")

    op.drop_table("thread_message")
    op.drop_index(op.f("ix_stage_change_relationship_id"), table_name="stage_change")
    op.drop_index("ix_stage_change_batch", table_name="stage_change")

    op.drop_table("stage_change")
    op.drop_index(op.f("ix_saved_search_hit_post_id"), table_name="saved_search_hit")

    op.drop_table("saved_search_hit")
    op.drop_index(op.f("ix_relationship_person_person_id"), table_name="relationship_person")

    op.drop_table("relationship_person")
    op.drop_index(
        "uq_proposal_open",
        table_name="proposal",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_proposal_introduction_id"), table_name="proposal")

    op.drop_table("proposal")
    op.drop_index(
        "uq_partnership_waiting",
        table_name="partnership",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_partnership_introduction_id"), table_name="partnership")
    op.drop_index("ix_partnership_asking_unit_id_state", table_name="partnership")
    op.drop_index(op.f("ix_partnership_asking_organisation_id"), table_name="partnership")
    op.drop_index("ix_partnership_asked_unit_id_state", table_name="partnership")
    op.drop_index(op.f("ix_partnership_asked_organisation_id"), table_name="partnership")

    op.drop_table("partnership")
    op.drop_index("ix_meeting_state_ends_at", table_name="meeting")
    op.drop_index(op.f("ix_meeting_introduction_id"), table_name="meeting")

    op.drop_table("meeting")
    op.drop_index(op.f("ix_introduction_post_post_id"), table_name="introduction_post")

    op.drop_table("introduction_post")
    op.drop_index(op.f("ix_introduction_person_person_id"), table_name="introduction_person")

    op.drop_table("introduction_person")
    op.drop_index(op.f("ix_answer_link_introduction_id"), table_name="answer_link")

    op.drop_table("answer_link")
    op.drop_table("alert_seen_post")
    op.drop_index(op.f("ix_alert_their_post_id"), table_name="alert")
    op.drop_index("ix_alert_setting_id_told_at", table_name="alert")
    op.drop_index(op.f("ix_alert_own_post_id"), table_name="alert")

    op.drop_table("alert")
    op.drop_index(op.f("ix_saved_search_person_id"), table_name="saved_search")

    op.drop_table("saved_search")
    op.drop_index("ix_relationship_unit_id_stage", table_name="relationship")
    op.drop_index(op.f("ix_relationship_sponsor_id"), table_name="relationship")
    op.drop_index(op.f("ix_relationship_partner_id"), table_name="relationship")
    op.drop_index(op.f("ix_relationship_owner_id"), table_name="relationship")
    op.drop_index(op.f("ix_relationship_organisation_id"), table_name="relationship")

    op.drop_table("relationship")
    op.drop_index(
        "uq_introduction_waiting",
        table_name="introduction",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index("ix_introduction_asking_unit_id_state", table_name="introduction")
    op.drop_index(op.f("ix_introduction_asking_organisation_id"), table_name="introduction")
    op.drop_index("ix_introduction_asked_unit_id_state", table_name="introduction")
    op.drop_index(op.f("ix_introduction_asked_organisation_id"), table_name="introduction")

    op.drop_table("introduction")
    op.drop_index(op.f("ix_alert_setting_organisation_id"), table_name="alert_setting")

    op.drop_table("alert_setting")
    op.drop_index("ix_reminder_state_try_at", table_name="reminder")
    op.drop_index(op.f("ix_reminder_person_id"), table_name="reminder")
    op.drop_index("ix_reminder_kind_record_id", table_name="reminder")

    op.drop_table("reminder")
    op.drop_index(
        "uq_pipeline_view_default",
        table_name="pipeline_view",
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )

    op.drop_table("pipeline_view")
    op.drop_index(
        "uq_calendar_feed_working",
        table_name="calendar_feed",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )

    op.drop_table("calendar_feed")
    op.drop_index(
        "uq_cadence_default",
        table_name="cadence",
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )
    op.drop_index(op.f("ix_cadence_organisation_id"), table_name="cadence")

    op.drop_table("cadence")
    op.drop_table("job_run")
    op.drop_table("alert_position")
