"""Two indexes of some rows of `changes`: what the brake counts in is found by them.

Without them it goes through all that was made within a day, which is everything where a store is young.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_changes_at_not_made": (["at"], "action <> 'create'"),
    "ix_changes_referral_id_made": (["referral_id", "at"], "action = 'create'"),
}


def upgrade() -> None:
    for name, (columns, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "changes", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "changes")
