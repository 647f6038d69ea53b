"""Notices: each word of a stretch is a row of its own, and names the row that told of it first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("told_id", sa.Integer))


def downgrade() -> None:
    op.drop_column("notices", "told_id")
