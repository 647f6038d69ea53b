"""The numbers of locks in PostgreSQL, and under which a change was written; on SQLite that column stays empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync_daemon.store.column_types import NUMBER, TEXT, UtcTime, WrittenUnder

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("changes", sa.Column("fence", NUMBER, server_default=WrittenUnder()))
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(sa.schema.CreateSequence(sa.Sequence("fence_numbers")))
    op.create_table(
        "fences",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_fences"),
    )
    op.create_table(
        "fence_takings",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("changes_before", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_fence_takings"),
    )
    op.create_index("ix_fence_takings_name", "fence_takings", ["name"])


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_table("fence_takings")
        op.drop_table("fences")
        op.execute(sa.schema.DropSequence(sa.Sequence("fence_numbers")))
    op.drop_column("changes", "fence")
