"""The park, the drafts, the record and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("account", name=op.f("uq_customers_account")),
    )
    op.create_table(
        "customer_words",
        sa.Column(
            "word",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_words_customer_id")
        ),
        sa.PrimaryKeyConstraint("word", "customer_id", name=op.f("pk_customer_words")),
    )
    with op.batch_alter_table("customer_words", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_words_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "sites",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("label_key", sa.String(length=510), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("address_key", sa.String(length=510), nullable=False),
        sa.Column("postal_code", sa.String(length=5), nullable=False),
        sa.Column("city", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_sites_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("customer_id", "label_key", name=op.f("uq_sites_customer_id_label_key")),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column(
            "type", sa.Enum("MetaCentrex", name="servicetype", native_enum=False, length=30), nullable=False
        ),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "suspended", "terminated", name="servicestate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_services_customer_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_services_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("reference", name=op.f("uq_services_reference")),
    )
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_services_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "licences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "Licence simple",
                "Licence full",
                "Licence full avancée",
                "Licence full meeting",
                "Licence full meeting avancée",
                "Licence full conferencing",
                "Licence fax entreprise",
                "Licence SVI",
                name="licencetype",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "terminated", name="licencestate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("accountcode", sa.String(length=255), nullable=True),
        sa.Column("emergency_number", sa.String(length=16), nullable=True),
        sa.Column("fax2mail", sa.String(length=16), nullable=True),
        sa.Column("call_restriction", sa.String(length=150), nullable=True),
        sa.Column("overage_restriction", sa.String(length=150), nullable=True),
        sa.Column("supervisor", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_licences_service_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_licences_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
        sa.UniqueConstraint("id", "service_id", name=op.f("uq_licences_id_service_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_licences_reference")),
    )
    with op.batch_alter_table("licences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_licences_service_id_type"), ["service_id", "type"], unique=False)

    op.create_table(
        "operations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "move",
                "termination",
                "dissociation",
                "site creation",
                "undo",
                name="operationkind",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("undoes", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_operations_customer_id")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_operations_service_id")),
        sa.ForeignKeyConstraint(["undoes"], ["operations.id"], name=op.f("fk_operations_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
        sa.UniqueConstraint("undoes", name=op.f("uq_operations_undoes")),
    )
    with op.batch_alter_table("operations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operations_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_operations_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_operations_service_id"), ["service_id"], unique=False)

    op.create_table(
        "service_words",
        sa.Column(
            "word",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_service_words_service_id")),
        sa.PrimaryKeyConstraint("word", "service_id", name=op.f("pk_service_words")),
    )
    with op.batch_alter_table("service_words", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_words_service_id_word"), ["service_id", "word"], unique=False
        )

    op.create_table(
        "announcements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operation_id", sa.String(length=32), nullable=False),
        sa.Column("amends_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.String(length=30), nullable=False),
        sa.Column("recipient", sa.String(length=30), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_channel", sa.String(length=30), nullable=True),
        sa.Column("posted_ts", sa.String(length=30), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["amends_id"], ["announcements.id"], name=op.f("fk_announcements_amends_id")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_announcements_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_announcements_done_at_due_at"), ["done_at", "due_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_announcements_operation_id"), ["operation_id"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "move",
                "termination",
                "dissociation",
                "site creation",
                "undo",
                name="operationkind",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("owner", sa.String(length=30), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=True),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("search", sa.String(length=255), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column(
            "licence_type",
            sa.Enum(
                "Licence simple",
                "Licence full",
                "Licence full avancée",
                "Licence full meeting",
                "Licence full meeting avancée",
                "Licence full conferencing",
                "Licence fax entreprise",
                "Licence SVI",
                name="licencetype",
                native_enum=False,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("destination_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("form", sa.JSON(), nullable=True),
        sa.Column("undoes", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("response_url", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_drafts_customer_id")),
        sa.ForeignKeyConstraint(["destination_id"], ["sites.id"], name=op.f("fk_drafts_destination_id")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["drafts.id"], name=op.f("fk_drafts_parent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_drafts_service_id")),
        sa.ForeignKeyConstraint(["undoes"], ["operations.id"], name=op.f("fk_drafts_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "numbers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("licence_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["licence_id", "service_id"],
            ["licences.id", "licences.service_id"],
            name=op.f("fk_numbers_licence_id_service_id"),
        ),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_numbers_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("e164", name=op.f("uq_numbers_e164")),
    )
    with op.batch_alter_table("numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_numbers_licence_id"), ["licence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_numbers_service_id"), ["service_id"], unique=False)

    op.create_table(
        "draft_licences",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("licence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["drafts.id"], name=op.f("fk_draft_licences_draft_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("fk_draft_licences_licence_id")),
        sa.PrimaryKeyConstraint("draft_id", "licence_id", name=op.f("pk_draft_licences")),
    )
    op.create_table(
        "draft_numbers",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("number_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["drafts.id"], name=op.f("fk_draft_numbers_draft_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.id"], name=op.f("fk_draft_numbers_number_id")),
        sa.PrimaryKeyConstraint("draft_id", "number_id", name=op.f("pk_draft_numbers")),
    )
    op.create_table(
        "operation_lines",
        sa.Column("operation_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("before", sa.String(length=255), nullable=True),
        sa.Column("after", sa.String(length=255), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("licence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("before_site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("after_site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "licence_id IS NOT NULL OR after_site_id IS NOT NULL", name=op.f("ck_operation_lines_subject")
        ),
        sa.ForeignKeyConstraint(
            ["after_site_id"], ["sites.id"], name=op.f("fk_operation_lines_after_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["before_site_id"], ["sites.id"], name=op.f("fk_operation_lines_before_site_id")
        ),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("fk_operation_lines_licence_id")),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.id"], name=op.f("fk_operation_lines_number_id")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_operation_lines_operation_id")
        ),
        sa.PrimaryKeyConstraint("operation_id", "position", name=op.f("pk_operation_lines")),
    )
    with op.batch_alter_table("operation_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operation_lines_licence_id"), ["licence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_operation_lines_number_id"), ["number_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("operation_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operation_lines_number_id"))
        batch_op.drop_index(batch_op.f("ix_operation_lines_licence_id"))

    op.drop_table("operation_lines")
    op.drop_table("draft_numbers")
    op.drop_table("draft_licences")
    with op.batch_alter_table("numbers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_numbers_service_id"))
        batch_op.drop_index(batch_op.f("ix_numbers_licence_id"))

    op.drop_table("numbers")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_drafts_expires_at"))

    op.drop_table("drafts")
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announcements_operation_id"))
        batch_op.drop_index(batch_op.f("ix_announcements_done_at_due_at"))

    op.drop_table("announcements")
    with op.batch_alter_table("service_words", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_words_service_id_word"))

    op.drop_table("service_words")
    with op.batch_alter_table("operations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operations_service_id"))
        batch_op.drop_index(batch_op.f("ix_operations_customer_id"))
        batch_op.drop_index(batch_op.f("ix_operations_at"))

    op.drop_table("operations")
    with op.batch_alter_table("licences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_licences_service_id_type"))

    op.drop_table("licences")
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_services_customer_id"))

    op.drop_table("services")
    op.drop_table("sites")
    with op.batch_alter_table("customer_words", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_words_customer_id"))

    op.drop_table("customer_words")
    op.drop_table("customers")
