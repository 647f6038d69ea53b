"""What the shards of a tenant that is read in shards are asked for and answer; nothing of what was there changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_postgresql = op.get_context().dialect.name == "postgresql"
    text = sa.Text(collation="C" if is_postgresql else None)
    number = sa.BigInteger() if is_postgresql else sa.Integer()
    op.create_table(
        "shards",
        sa.Column("tenant", text, nullable=False),
        sa.Column("number", number, nullable=False),
        sa.Column("cycle", number, nullable=False),
        sa.Column("request", text, nullable=False),
        sa.Column("answer", text),
        sa.Column("host", text),
        sa.PrimaryKeyConstraint("tenant", "number", name="pk_shards"),
    )
    if (
        is_postgresql
    ):  # as 0014 does with the tables before it: another system sees nothing of it, whatever it was granted
        op.execute("ALTER TABLE shards ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_table("shards")
