"""The webhook's outbox, and to whom its events go (ADR 7)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("operation_id", sa.String(length=32), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name="fk_events_operation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("key", name="uq_events_key"),
    )
    op.create_index("ix_events_operation_id", "events", ["operation_id"])
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_events_done_at_due_at", "events", ["done_at", "due_at"])
    webhook = op.create_table(
        "webhook",
        sa.Column("id", ID, nullable=False),
        sa.Column("receiver", sa.String(length=64), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.bulk_insert(webhook, [{"id": 1, "receiver": None, "ended_at": None}])


def downgrade() -> None:
    for table in ("webhook", "events"):
        op.drop_table(table)
