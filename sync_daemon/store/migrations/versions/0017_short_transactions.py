"""In PostgreSQL a transaction in which another system has acted lasts for half a minute at most; SQLite stays as it is.

It keeps every tenant's cycle from its end, not only the person's whom it is of. From version 17 the server ends the
whole of it, before that each statement (https://www.postgresql.org/docs/18/runtime-config-client.html).
"""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parents[1] / "sql"
FUNCTION = "hanvisa_other_system"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        _execute((FOLDER / revision / "1_asked.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    before = (FOLDER / "0010" / "4_asked.sql").read_text(encoding="utf-8")
    made = re.search(rf"CREATE (FUNCTION {FUNCTION}\(.*?\$\$;)", before, re.DOTALL)
    if made is not None:
        _execute(f"CREATE OR REPLACE {made[1]}")


def _execute(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements, execution_options={"no_parameters": True})
