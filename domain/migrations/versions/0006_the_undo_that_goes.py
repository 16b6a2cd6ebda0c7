"""A message knows since when it offers an undo, so that the offer ends with the time to undo."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("announcements", sa.Column("undoable_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_announcements_undoable_since", "announcements", ["undoable_since"])
    op.execute(
        """
        UPDATE announcements SET undoable_since = (
            SELECT at FROM operations
            WHERE operations.id = announcements.operation_id AND kind IN ('move', 'dissociation')
            AND NOT EXISTS (SELECT 1 FROM operations AS undo WHERE undo.undoes = operations.id)
        )
        WHERE amends_id IS NULL AND posted_ts IS NOT NULL
        """
    )


def downgrade() -> None:
    op.drop_index("ix_announcements_undoable_since", "announcements")
    op.drop_column("announcements", "undoable_since")
