"""What PostgreSQL has otherwise than the revisions before say: SQLite's is as it was.

Text is compared by its bytes, whole numbers have 64 bits, JSON stays as it was written, and no two calendar referrals
of one subscriber and phone overlap. The view is made anew, for PostgreSQL changes no column that one shows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "subscribers",
    "extensions",
    "referrals",
    "openings",
    "changes",
    "notices",
    "outbox",
    "held",
    "cycles",
    "alerts",
    "told_near_misses",
    "read_from",
    "secrets",
    "marks",
)
OTHERS = {
    "text": 'text COLLATE "C"',
    "int4": "bigint",
    "jsonb": "json",
}
BACK = {
    "text": "text",
    "int8": "integer",
    "json": "jsonb",
}
COLUMNS = """
SELECT table_name, column_name, udt_name, pg_get_serial_sequence(quote_ident(table_name), column_name)
FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name IN :tables AND udt_name IN :kinds
ORDER BY table_name, ordinal_position
"""
OVERLAP = """
ALTER TABLE referrals ADD CONSTRAINT {name}
EXCLUDE USING gist (int8range(subscriber_id, subscriber_id, '[]') WITH &&, tstzrange("from", until) WITH &&)
WHERE (origin = 'calendar' AND phone = '{phone}') DEFERRABLE INITIALLY DEFERRED
"""
PHONES = ("closed", "open")


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    _change_types(OTHERS, "bigint")
    for phone in PHONES:
        op.execute(sa.text(OVERLAP.format(name=f"ex_referrals_{phone}", phone=phone)))


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for phone in PHONES:
        op.drop_constraint(f"ex_referrals_{phone}", "referrals")
    _change_types(BACK, "integer")


def _change_types(others: dict[str, str], numbers: str) -> None:
    connection = op.get_bind()
    view = connection.scalar(sa.text("SELECT pg_get_viewdef('referrals_in_force'::regclass)"))
    connection.exec_driver_sql("DROP VIEW referrals_in_force")
    which = sa.text(COLUMNS).bindparams(
        sa.bindparam("tables", TABLES, expanding=True), sa.bindparam("kinds", list(others), expanding=True)
    )
    changes: dict[str, list[str]] = {}
    for table, column, kind, sequence in connection.execute(which).all():
        using = f'USING "{column}"::{others[kind]}' if kind in {"json", "jsonb"} else ""
        changes.setdefault(table, []).append(f'ALTER COLUMN "{column}" TYPE {others[kind]} {using}')
        if sequence is not None:
            connection.exec_driver_sql(f"ALTER SEQUENCE {sequence} AS {numbers}")
    for table, altered in changes.items():
        connection.exec_driver_sql(f"ALTER TABLE {table} {', '.join(altered)}")
    connection.exec_driver_sql(f"ALTER TABLE held ALTER COLUMN version SET DEFAULT '1'::{numbers}")
    connection.exec_driver_sql(f"CREATE VIEW referrals_in_force AS {view}")
