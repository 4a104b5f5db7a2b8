"""Create everything: organisations, people, posts, passages, mail and trails."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR

revision = "0001"
down_revision = None
branch_labels = ("default",)
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "account_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_role")),
        sa.UniqueConstraint("name", name=op.f("uq_account_role_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "encoder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "building",
                "retired",
                name="encoderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encoder")),
        sa.UniqueConstraint("key", name=op.f("uq_encoder_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_encoder_active",
        "encoder",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )

    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "company",
                "university",
                "other",
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "approved",
                "refused",
                name="organisationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "sector",
            sa.Enum(
                "agriculture",
                "food",
                "chemicals",
                "pharma_biotech",
                "healthcare",
                "mechanical_engineering",
                "automotive",
                "aerospace",
                "electronics",
                "energy",
                "construction",
                "transport_logistics",
                "software",
                "finance",
                "media",
                "tourism",
                "environment",
                "public_sector",
                "education",
                "textiles",
                "materials",
                "maritime",
                "retail",
                name="sector",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "size",
            sa.Enum(
                "under_10",
                "under_50",
                "under_250",
                "under_1000",
                "under_5000",
                "over_5000",
                name="organisationsize",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("ror", sa.String(), nullable=True),
        sa.Column("lei", sa.String(), nullable=True),
        sa.Column("activity", sa.Integer(), nullable=True),
        sa.Column("refusal_reason", sa.String(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "activity IS NULL OR activity >= 0", name=op.f("ck_organisation_activity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["organisation.id"], name=op.f("fk_organisation_merged_into_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_organisation_state"), "organisation", ["state"], unique=False)

    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sent",
                "failed",
                "obsolete",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_mail_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_mail_state_due_at", "outbox_mail", ["state", "due_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column(
            "contact_permission",
            sa.Enum(
                "ask_first",
                "tell_us",
                "feel_free",
                name="contactpermission",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["person.id"], name=op.f("fk_person_merged_into_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("geoname_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_place_both_coordinates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("geoname_id", name=op.f("uq_place_geoname_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_place_country_region_name", "place", ["country", "region", "name"], unique=False)

    op.create_table(
        "rate_limit_counter",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limit_counter")),
    )
    op.create_index(
        op.f("ix_rate_limit_counter_expires_at"), "rate_limit_counter", ["expires_at"], unique=False
    )

    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("create_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "changelog",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(post_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_changelog_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_changelog_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changelog")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "organisation_domain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_domain_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_domain")),
        sa.UniqueConstraint(
            "organisation_id", "domain", name=op.f("uq_organisation_domain_organisation_id_domain")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_organisation_domain_domain"), "organisation_domain", ["domain"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_unit_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id", "organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_unit_parent_id_organisation_id_unit"),
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_unit_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_unit_id_organisation_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_unit_organisation_id"), "unit", ["organisation_id"], unique=False)
    op.create_index(
        "uq_unit_root",
        "unit",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("record_kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_entry_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_audit_entry_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entry_record", "audit_entry", ["record_kind", "record_id"], unique=False)

    op.create_table(
        "dismissal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("dismissed_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "wrong_field",
                "too_far",
                "wrong_size",
                "already_partners",
                "not_now",
                "other",
                name="dismissalreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dismissed_id"], ["organisation.id"], name=op.f("fk_dismissal_dismissed_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_dismissal_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dismissal_person_id_person")),
        sa.ForeignKeyConstraint(
            ["unit_id", "organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_dismissal_unit_id_organisation_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dismissal")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_dismissal_organisation_id"), "dismissal", ["organisation_id"], unique=False)
    op.create_index(
        "uq_dismissal_current",
        "dismissal",
        ["unit_id", "dismissed_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "member", "office", "admin", name="role", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "active",
                "refused",
                "ended",
                name="membershipstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")),
        sa.ForeignKeyConstraint(
            ["unit_id", "organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_membership_unit_id_organisation_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"], unique=False)
    op.create_index(
        "uq_membership_current",
        "membership",
        ["person_id", "unit_id", "role"],
        unique=True,
        sqlite_where=sa.text("state IN ('requested', 'active')"),
        postgresql_where=sa.text("state IN ('requested', 'active')"),
    )

    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column(
            "side",
            sa.Enum(
                "need", "capability", name="postside", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "talent",
                "research_question",
                "placement",
                "training",
                "facility",
                "other",
                "programme",
                "graduates",
                "research_expertise",
                "laboratory",
                "mentors",
                "jobs",
                "data_equipment",
                "funding",
                name="postkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("partner_limit", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("is_remote", sa.Boolean(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.Column("importance", sa.Integer(), nullable=True),
        sa.Column(
            "visibility",
            sa.Enum(
                "own_organisation",
                "other_kinds",
                "network",
                name="visibility",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "withdrawn",
                name="poststate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(side = 'need') = (kind IN ('talent', 'research_question', 'placement', 'training', 'facility', 'other'))",
            name=op.f("ck_post_kind_of_side"),
        ),
        sa.CheckConstraint(
            "(side = 'need') = (urgency IS NOT NULL) AND (side = 'need') = (importance IS NOT NULL)",
            name=op.f("ck_post_needs_are_weighed"),
        ),
        sa.CheckConstraint(
            "(state = 'published') <= (published_at IS NOT NULL)", name=op.f("ck_post_published_when")
        ),
        sa.CheckConstraint(
            "(ends_on IS NULL) = (closes_at IS NULL)", name=op.f("ck_post_closes_with_its_end")
        ),
        sa.CheckConstraint(
            "importance IS NULL OR importance BETWEEN 1 AND 3", name=op.f("ck_post_importance_range")
        ),
        sa.CheckConstraint(
            "partner_limit IS NULL OR partner_limit > 0", name=op.f("ck_post_partner_limit_positive")
        ),
        sa.CheckConstraint("quantity IS NULL OR quantity > 0", name=op.f("ck_post_quantity_positive")),
        sa.CheckConstraint(
            "starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on",
            name=op.f("ck_post_dates_in_order"),
        ),
        sa.CheckConstraint("urgency IS NULL OR urgency BETWEEN 1 AND 3", name=op.f("ck_post_urgency_range")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_post_author_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_post_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_post_place_id_place")),
        sa.ForeignKeyConstraint(
            ["unit_id", "organisation_id"],
            ["unit.id", "unit.organisation_id"],
            name=op.f("fk_post_unit_id_organisation_id_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_post_id_organisation_id")),
        sa.UniqueConstraint(
            "organisation_id", "side", "external_id", name=op.f("uq_post_organisation_id_side_external_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_post_organisation_id_state", "post", ["organisation_id", "state"], unique=False)
    op.create_index(op.f("ix_post_unit_id"), "post", ["unit_id"], unique=False)

    op.create_table(
        "passage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("encoder_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary().with_variant(VECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["encoder_id"], ["encoder.id"], name=op.f("fk_passage_encoder_id_encoder")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_passage_post_id_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
        sa.UniqueConstraint(
            "post_id", "encoder_id", "position", name=op.f("uq_passage_post_id_encoder_id_position")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_passage_encoder_id"), "passage", ["encoder_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_passage_encoder_id"), table_name="passage")

    op.drop_table("passage")
    op.drop_index(op.f("ix_post_unit_id"), table_name="post")
    op.drop_index("ix_post_organisation_id_state", table_name="post")

    op.drop_table("post")
    op.drop_index(
        "uq_membership_current",
        table_name="membership",
        sqlite_where=sa.text("state IN ('requested', 'active')"),
        postgresql_where=sa.text("state IN ('requested', 'active')"),
    )
    op.drop_index(op.f("ix_membership_person_id"), table_name="membership")
    op.drop_index(op.f("ix_membership_organisation_id"), table_name="membership")

    op.drop_table("membership")
    op.drop_index(
        "uq_dismissal_current",
        table_name="dismissal",
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.drop_index(op.f("ix_dismissal_organisation_id"), table_name="dismissal")

    op.drop_table("dismissal")
    op.drop_index("ix_audit_entry_record", table_name="audit_entry")

    op.drop_table("audit_entry")
    op.drop_index(
        "uq_unit_root",
        table_name="unit",
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.drop_index(op.f("ix_unit_organisation_id"), table_name="unit")

    op.drop_table("unit")
    op.drop_index(op.f("ix_organisation_domain_domain"), table_name="organisation_domain")

    op.drop_table("organisation_domain")
    op.drop_table("changelog")
    op.drop_table("account")
    op.drop_index(op.f("ix_rate_limit_counter_expires_at"), table_name="rate_limit_counter")

    op.drop_table("rate_limit_counter")
    op.drop_index("ix_place_country_region_name", table_name="place")

    op.drop_table("place")
    op.drop_table("person")
    op.drop_index("ix_outbox_mail_state_due_at", table_name="outbox_mail")

    op.drop_table("outbox_mail")
    op.drop_index(op.f("ix_organisation_state"), table_name="organisation")

    op.drop_table("organisation")
    op.drop_index(
        "uq_encoder_active",
        table_name="encoder",
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )

    op.drop_table("encoder")
    op.drop_table("account_role")
