"""Each line of the record tells its field, and each operation has the order that led to it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("operations", "operation_lines")
EVENTS = ("UPDATE", "DELETE")

FIELDS = {
    "move": "site",
    "termination": "state",
    "dissociation": "holder",
    "site creation": "new site",
}


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("by", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    # What was confirmed is where its confirmation is owed: the message to the person who confirmed.
    op.execute(
        """
        INSERT INTO orders (id, kind, "by", at, shown, state, channel)
        SELECT id, kind, "by", at, shown, 'applied', (
            SELECT channel FROM announcements AS first
            WHERE first.operation_id = operations.id
                AND first.recipient IS NOT NULL AND first.amends_id IS NULL
            ORDER BY first.id LIMIT 1
        )
        FROM operations
        """
    )
    _open()
    op.add_column("operation_lines", sa.Column("field", sa.String(length=30), nullable=True))
    for kind, field in FIELDS.items():
        op.execute(
            f"""
            UPDATE operation_lines SET field = '{field}' WHERE operation_id IN (
                SELECT operations.id FROM operations
                LEFT JOIN operations AS undone ON undone.id = operations.undoes
                WHERE COALESCE(undone.kind, operations.kind) = '{kind}'
            )
            """  # noqa: S608 - the words are those above
        )
    with op.batch_alter_table("operation_lines") as lines:
        lines.alter_column("field", existing_type=sa.String(length=30), nullable=False)
    op.drop_column("operations", "shown")
    _close()


def downgrade() -> None:
    _open()
    op.add_column("operations", sa.Column("shown", sa.String(length=32), nullable=True))
    op.execute("UPDATE operations SET shown = (SELECT shown FROM orders WHERE orders.id = operations.id)")
    op.drop_column("operation_lines", "field")
    op.drop_table("orders")
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
