"""What each line owes the portal, its imports and conflicts; an import is an operation on record (ADR 15)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("operations", "operation_lines")
EVENTS = ("UPDATE", "DELETE")

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

SUBJECT = "ck_operation_lines_subject"
IS_SOMETHING = "COALESCE(licence_id, number_id, after_site_id, service_id, customer_id) IS NOT NULL"
WAS_SOMETHING = "licence_id IS NOT NULL OR after_site_id IS NOT NULL"

THING = """
CASE field WHEN 'holder' THEN number_id WHEN 'new site' THEN after_site_id ELSE licence_id END
"""
"""The licence, number or site that a line changes."""

HOLDS = """
CASE WHEN newest.after IS NULL THEN numbers.licence_id IS NULL ELSE numbers.licence_id = newest.licence_id END
"""
"""Whether a number is held as its newest line says."""

BEFORE = """
CASE field
    WHEN 'site' THEN CAST(before_site_id AS VARCHAR(64))
    WHEN 'state' THEN before
    WHEN 'holder' THEN CASE WHEN before IS NULL THEN '' ELSE CAST(licence_id AS VARCHAR(64)) END
    ELSE ''
END
"""
AFTER = """
CASE field
    WHEN 'site' THEN CAST(after_site_id AS VARCHAR(64))
    WHEN 'state' THEN after
    WHEN 'holder' THEN CASE WHEN after IS NULL THEN '' ELSE CAST(licence_id AS VARCHAR(64)) END
    ELSE 'there'
END
"""


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("operation_id", sa.String(length=32), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name="fk_imports_operation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )
    op.create_index("ix_imports_digest", "imports", ["digest"])
    op.create_table(
        "carry_overs",
        sa.Column("id", ID, nullable=False),
        sa.Column("operation_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("before", sa.String(length=255), nullable=True),
        sa.Column("before_key", sa.String(length=64), nullable=False),
        sa.Column("after_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("by", sa.String(length=30), nullable=True),
        sa.Column("at", MOMENT, nullable=True),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("settled_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["operation_id", "position"],
            ["operation_lines.operation_id", "operation_lines.position"],
            name="fk_carry_overs_operation_id_position",
        ),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_carry_overs_import_id"),
        sa.ForeignKeyConstraint(["settled_by"], ["operations.id"], name="fk_carry_overs_settled_by"),
        sa.PrimaryKeyConstraint("id", name="pk_carry_overs"),
        sa.UniqueConstraint("operation_id", "position", name="uq_carry_overs_operation_id_position"),
    )
    op.create_index("ix_carry_overs_field_subject_id", "carry_overs", ["field", "subject_id"])
    op.create_index("ix_carry_overs_state", "carry_overs", ["state"])
    op.create_table(
        "conflicts",
        sa.Column("id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("service_id", ID, nullable=True),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("base", sa.String(length=255), nullable=True),
        sa.Column("ours", sa.String(length=255), nullable=True),
        sa.Column("theirs", sa.String(length=255), nullable=True),
        sa.Column("theirs_key", sa.String(length=64), nullable=False),
        sa.Column("form", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("by", sa.String(length=30), nullable=True),
        sa.Column("at", MOMENT, nullable=True),
        sa.Column("operation_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_conflicts_import_id"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_conflicts_service_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_conflicts_customer_id"),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name="fk_conflicts_operation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conflicts"),
    )
    op.create_index("ix_conflicts_field_subject_id", "conflicts", ["field", "subject_id"])
    op.create_index("ix_conflicts_state", "conflicts", ["state"])
    _open()
    with op.batch_alter_table("operations") as operations:
        operations.alter_column("customer_id", existing_type=ID, nullable=True)
    with op.batch_alter_table("operation_lines") as lines:
        lines.drop_constraint(op.f(SUBJECT), type_="check")
        lines.add_column(sa.Column("detail", sa.String(length=30), nullable=True))
        lines.add_column(sa.Column("customer_id", ID, nullable=True))
        lines.add_column(sa.Column("service_id", ID, nullable=True))
        lines.create_foreign_key("fk_operation_lines_customer_id", "customers", ["customer_id"], ["id"])
        lines.create_foreign_key("fk_operation_lines_service_id", "services", ["service_id"], ["id"])
        lines.create_check_constraint(op.f(SUBJECT), IS_SOMETHING)
    _close()
    _doubt()


def _doubt() -> None:
    """Take over the lines of which the portal may know nothing: nobody was asked to carry them over.

    Those of what still is as the record left it. What an import changed since is as the portal has it.
    """
    stands = {
        "site": ("licences", "licences.site_id = newest.after_site_id", "licence_id"),
        "state": ("licences", "licences.state = newest.after", "licence_id"),
        "holder": ("numbers", HOLDS, "number_id"),
        "new site": ("sites", "1 = 1", "after_site_id"),
    }
    for field, (table, test, thing) in stands.items():
        op.execute(
            f"""
            INSERT INTO carry_overs
                (operation_id, position, field, subject_id, before, before_key, after_key, state)
            WITH theirs AS (
                SELECT operation_lines.*, ROW_NUMBER() OVER (
                    PARTITION BY {thing} ORDER BY operations.at DESC, operation_lines.revision DESC
                ) AS age, operations.at
                FROM operation_lines JOIN operations ON operations.id = operation_lines.operation_id
                WHERE field = '{field}' AND NOT refused
            )
            SELECT operation_id, position, field, {THING}, before, {BEFORE}, {AFTER}, 'unsure'
            FROM theirs
            WHERE EXISTS (
                SELECT 1 FROM theirs AS newest JOIN {table} ON {table}.id = newest.{thing}
                WHERE newest.{thing} = theirs.{thing} AND newest.age = 1 AND ({test})
            )
            ORDER BY at, revision, operation_id, position
            """  # noqa: S608 - the words are those above
        )


def downgrade() -> None:
    for table in ("conflicts", "carry_overs", "imports"):
        op.drop_table(table)
    _open()
    # An import has no place in the record of before; nor have its lines.
    theirs = "operation_id IN (SELECT id FROM operations WHERE kind = 'import')"
    op.execute(f"DELETE FROM announcements WHERE {theirs}")  # noqa: S608
    op.execute(f"DELETE FROM operation_lines WHERE {theirs}")  # noqa: S608
    op.execute("DELETE FROM operations WHERE kind = 'import'")
    with op.batch_alter_table("operation_lines") as lines:
        lines.drop_constraint(op.f(SUBJECT), type_="check")
        lines.drop_constraint("fk_operation_lines_customer_id", type_="foreignkey")
        lines.drop_constraint("fk_operation_lines_service_id", type_="foreignkey")
        for name in ("detail", "customer_id", "service_id"):
            lines.drop_column(name)
        lines.create_check_constraint(op.f(SUBJECT), WAS_SOMETHING)
    with op.batch_alter_table("operations") as operations:
        operations.alter_column("customer_id", existing_type=ID, nullable=False)
    _close()


def _open() -> None:
    """Take the triggers off that make the record final (0002)."""
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for event in EVENTS:
                op.execute(f"DROP TRIGGER {table}_no_{event.lower()}")
        else:
            op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_final")


def _close() -> None:
    """Put them back."""
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for event in EVENTS:
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the record is final'); END"
                )
        else:
            op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_final")
