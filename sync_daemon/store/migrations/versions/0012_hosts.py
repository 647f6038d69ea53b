"""Which hosts work on the store, and which configuration was put into force last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync_daemon.store.column_types import JSON_TEXT, NUMBER, TEXT, UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("pid", NUMBER, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("schema", TEXT, nullable=False),
        sa.Column("configuration", NUMBER, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("started", UtcTime, nullable=False),
        sa.Column("seen", UtcTime, nullable=False),
        sa.Column("works_on", JSON_TEXT, nullable=False),
        sa.Column("directories", JSON_TEXT, nullable=False),
        sa.Column("refused", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_hosts"),
    )
    op.create_table(
        "configurations",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_configurations"),
    )
    op.create_index("ix_configurations_digest", "configurations", ["digest"])


def downgrade() -> None:
    op.drop_table("configurations")
    op.drop_table("hosts")
