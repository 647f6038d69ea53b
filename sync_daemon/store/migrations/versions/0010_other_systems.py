"""What other systems read and write in a store on PostgreSQL, by functions that hold the rules; SQLite stays as it is.

The view is made anew, and shows each of them its own tenants only. A later revision that makes it anew has to keep
that, `security_barrier`, and who may read it.
"""

from __future__ import annotations

import sys
import unicodedata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parents[1] / "sql" / revision
NOT_LETTERS = "\u115f\u1160\u3164\uffa0"
JOINERS = "\u200c\u200d"

# Who owns the store, or may act as its owner, sees everybody: so do hanvisa and an admin.
VIEW = """
CREATE VIEW referrals_in_force WITH (security_barrier) AS
SELECT every_tenant.* FROM ({view}) AS every_tenant
WHERE pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = 'other_systems'::regclass), 'USAGE')
   OR every_tenant.tenant = ANY (ARRAY(SELECT unnest(tenants) FROM other_systems WHERE role = session_user))
"""
WHOLE_VIEW = """
SELECT substring(pg_get_viewdef('referrals_in_force'::regclass) FROM 'FROM \\( ?(.*)\\) every_tenant')
"""
FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace AND (
    starts_with(proname, 'hanvisa_') OR proname IN ('refer_phone', 'withdraw_referral', 'open_phone', 'undo_opening')
)
"""


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    _execute(_filled("".join(file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.sql")))))
    for (function,) in op.get_bind().exec_driver_sql(FUNCTIONS).all():
        _execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    view = _scalar("SELECT pg_get_viewdef('referrals_in_force'::regclass)")
    _execute("DROP VIEW referrals_in_force")
    _execute(VIEW.format(view=view.rstrip(";")))


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    view = _scalar(WHOLE_VIEW)
    _execute("DROP VIEW referrals_in_force")
    _execute(f"CREATE VIEW referrals_in_force AS {view}")
    for (function,) in op.get_bind().exec_driver_sql(FUNCTIONS).all():
        _execute(f"DROP FUNCTION {function} CASCADE")
    _execute("DROP TYPE referral_by_hand; DROP TABLE tenant_rules; DROP TABLE other_systems")


def _execute(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements, execution_options={"no_parameters": True})


def _scalar(query: str) -> str:
    found: str = op.get_bind().exec_driver_sql(query, execution_options={"no_parameters": True}).scalar_one()
    return found


def _filled(statements: str) -> str:
    """With the kinds of characters that Python knows, which a database's own language may see otherwise."""
    kinds = {
        "letters": _class(lambda sign: sign.isalnum() and sign not in NOT_LETTERS),
        "spaces": _class(str.isspace),
        "format_characters": _class(lambda sign: unicodedata.category(sign) == "Cf"),
        "format_characters_but_joiners": _class(
            lambda sign: unicodedata.category(sign) == "Cf" and sign not in JOINERS
        ),
        "schema": _scalar("SELECT quote_ident(current_schema())"),
    }
    for name, kind in kinds.items():
        statements = statements.replace(f"@{name}@", kind)
    return statements


def _class(belongs: Callable[[str], bool]) -> str:
    """What stands between the brackets of a regular expression for these characters."""
    codes = [code for code in range(sys.maxunicode + 1) if belongs(chr(code))]
    runs = [
        [code for _, code in run]
        for _, run in groupby(enumerate(codes), key=lambda numbered: numbered[1] - numbered[0])
    ]
    return "".join(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" for run in runs)
