"""Which source each subscriber's calendar is read from, and what the first readings of another one said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sync_daemon.store.column_types import JSON_TEXT, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "read_from",
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("readings", sa.Integer),
        sa.Column("first_reading", UtcTime),
        sa.Column("asks", JSON_TEXT),
        sa.PrimaryKeyConstraint("subscriber_id", name="pk_read_from"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name="fk_read_from_subscriber_id_subscribers"),
    )


def downgrade() -> None:
    op.drop_table("read_from")
