"""What was applied is known by its fingerprint (R7), and what has changed since by its revision (R10)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added one by one, without rebuilding the tables: the record's triggers stay.
    op.add_column("operations", sa.Column("shown", sa.String(length=32), nullable=True))
    op.add_column("operation_lines", sa.Column("revision", sa.Integer(), nullable=True))
    for table in ("licences", "numbers"):
        op.add_column(table, sa.Column("revision", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for table, column in (
        ("numbers", "revision"),
        ("licences", "revision"),
        ("operation_lines", "revision"),
        ("operations", "shown"),
    ):
        op.drop_column(table, column)
