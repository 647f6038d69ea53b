"""Notices on their way to those whom they are sent to by mail or webhook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync_daemon.store.column_types import JSON_TEXT, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("notice_id", sa.Integer, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try", UtcTime),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("problem", JSON_TEXT),
        sa.Column("ended_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_outbox_notice_id_notices"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sa.UniqueConstraint("notice_id", "receiver", name="uq_outbox_notice_id_receiver"),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'over')", name=op.f("ck_outbox_state")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_notice_id", "outbox", ["notice_id"])
    op.create_index("ix_outbox_tenant_state", "outbox", ["tenant", "state"])


def downgrade() -> None:
    op.drop_table("outbox")
