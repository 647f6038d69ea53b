"""Versions of held sets: a set keeps its name while it grows, and an approval is of what it held at a version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("held", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("held", sa.Column("approved_version", sa.Integer))


def downgrade() -> None:
    for column in ("approved_version", "version"):
        op.drop_column("held", column)
