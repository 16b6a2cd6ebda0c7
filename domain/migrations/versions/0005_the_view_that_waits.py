"""The modal that says « C’est fait » is known to the announcement, so that it can be linked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("announcements", sa.Column("view", sa.String(length=60), nullable=True))


def downgrade() -> None:
    op.drop_column("announcements", "view")
