"""Who is who: the mailbox that a subscriber had before, since when, and whether the new one has been read whole.

Sets that the brake holds back are of a kind: `changes` of referrals, or `leavers` of the directory.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync_daemon.store.column_types import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("former_mailbox", sa.Text))
    op.add_column("subscribers", sa.Column("renamed_at", UtcTime))
    op.add_column("subscribers", sa.Column("unread_since", UtcTime))
    op.add_column("held", sa.Column("kind", sa.Text, nullable=False, server_default="changes"))


def downgrade() -> None:
    op.drop_column("held", "kind")
    for column in ("unread_since", "renamed_at", "former_mailbox"):
        op.drop_column("subscribers", column)
