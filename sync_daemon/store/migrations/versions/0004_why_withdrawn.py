"""Notices: why one is withdrawn, and because of which members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync_daemon.store.column_types import JSON_TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("reason", sa.Text))
    op.add_column("notices", sa.Column("whose", JSON_TEXT))


def downgrade() -> None:
    for column in ("whose", "reason"):
        op.drop_column("notices", column)
