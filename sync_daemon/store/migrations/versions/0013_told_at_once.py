"""That somebody has acted, or something was written, is told to who listens, in PostgreSQL; SQLite stays as it is."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parents[1] / "sql" / revision
SCHEMA = "SELECT quote_ident(current_schema())"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    schema = op.get_bind().exec_driver_sql(SCHEMA).scalar_one()
    for file in sorted(FOLDER.glob("*.sql")):
        _execute(file.read_text(encoding="utf-8").replace("@schema@", schema))


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    _execute("DROP FUNCTION hanvisa_tell_act() CASCADE; DROP FUNCTION hanvisa_tell_written() CASCADE")


def _execute(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements, execution_options={"no_parameters": True})
