"""What other systems read and write in a store on PostgreSQL, by functions that hold the rules; SQLite stays as it is.

The view is made anew, and shows each of them its own tenants only. A later revision that makes it anew has to keep
that, `security_barrier`, and who may read it.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from pathlib import Path

from alembic import op

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
    """With the kinds of characters that Python knows, which a database's own language may see otherwise.

    To ask each of a million characters in turn takes most of a second, in which nobody else has the database.
    """
    every = array("I", range(sys.maxunicode + 1)).tobytes().decode(f"utf-32-{sys.byteorder[0]}e", "surrogatepass")
    kinds = "".join(map(unicodedata.category, every))
    other_kinds = kinds
    for sign in JOINERS:
        other_kinds = f"{other_kinds[: 2 * ord(sign)]}--{other_kinds[2 * ord(sign) + 2 :]}"
    classes = {
        "letters": _class(rf"[^\W_{NOT_LETTERS}]+", every),  # \w: what str.isalnum has, and _
        "spaces": _class(r"\s+", every),
        "format_characters": _class("Cf(?:Cf)*", kinds, width=2),
        "format_characters_but_joiners": _class("Cf(?:Cf)*", other_kinds, width=2),
        "schema": _scalar("SELECT quote_ident(current_schema())"),
    }
    for name, signs in classes.items():
        statements = statements.replace(f"@{name}@", signs)
    return statements


def _class(run: str, every: str, width: int = 1) -> str:
    """What stands between the brackets of a regular expression for the characters of such runs."""
    spans = (found.span() for found in re.finditer(run, every))
    return "".join(f"\\U{first // width:08x}-\\U{behind // width - 1:08x}" for first, behind in spans)
