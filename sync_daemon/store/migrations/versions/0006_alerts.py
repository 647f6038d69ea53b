"""What admins and staff were mailed: which troubles who knows of, and of which series a near miss was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync_daemon.store.column_types import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("which", sa.Text, nullable=False),
        sa.Column("began_at", UtcTime),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("told_at", UtcTime),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try", UtcTime),
        sa.PrimaryKeyConstraint("audience", "cause", "tenant", "which", name="pk_alerts"),
    )
    op.create_table(
        "told_near_misses",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("mailed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_told_near_misses"),
        sa.UniqueConstraint("subscriber_id", "series", name="uq_told_near_misses_subscriber_id_series"),
    )


def downgrade() -> None:
    op.drop_table("told_near_misses")
    op.drop_table("alerts")
