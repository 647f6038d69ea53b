"""In PostgreSQL each table shows another system its own tenants at most; SQLite stays as it is.

The view reads by a function: of a plan that goes through the tables EXPLAIN ANALYZE tells how many rows of others were
left out, and so whether an extension is there (https://www.postgresql.org/docs/18/ddl-rowsecurity.html,
https://www.postgresql.org/docs/18/rules-privileges.html). A later revision that makes a table or the view anew has to
keep both; see CONTRIBUTING.md.
"""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parents[1] / "sql"

COLUMNS = """
SELECT quote_ident(attname), format_type(atttypid, atttypmod), attcollation = '"C"'::regcollation
FROM pg_attribute WHERE attrelid = 'referrals_in_force'::regclass AND attnum > 0 ORDER BY attnum
"""
FUNCTION = """
CREATE FUNCTION hanvisa_in_force() RETURNS TABLE ({columns})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp SET standard_conforming_strings = on
AS $body$ {body} $body$
"""
VIEW = "CREATE OR REPLACE VIEW referrals_in_force WITH (security_barrier) AS SELECT {columns} FROM hanvisa_in_force()"
WITH_POLICIES = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity
"""
CHANGED = {"2_stored.sql": "hanvisa_time_text", "3_numbers.sql": "hanvisa_alternative"}
"""What the functions that are replaced were made by, in the folder of revision 0010."""


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    schema = _scalar("SELECT quote_ident(current_schema())")
    _execute(_told("1_functions.sql").replace("@schema@", schema))
    columns = op.get_bind().exec_driver_sql(COLUMNS).all()
    body = _scalar("SELECT pg_get_viewdef('referrals_in_force'::regclass)").rstrip(";")
    listed = ", ".join(f"{name} {kind}" for name, kind, _ in columns)
    _execute(FUNCTION.format(columns=listed, schema=schema, body=body))
    shown = ", ".join(f'{name} COLLATE "C" AS {name}' if by_bytes else name for name, _, by_bytes in columns)
    _execute(VIEW.format(columns=shown))
    _execute(_told("2_policies.sql"))
    _execute(_told("3_rights.sql"))


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for (table,) in op.get_bind().exec_driver_sql(WITH_POLICIES).all():
        _execute(f"DROP POLICY IF EXISTS hanvisa_own ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    body = _scalar("SELECT prosrc FROM pg_proc WHERE oid = 'hanvisa_in_force()'::regprocedure")
    _execute(f"CREATE OR REPLACE VIEW referrals_in_force WITH (security_barrier) AS {body}")
    for file, function in CHANGED.items():
        made = re.search(rf"CREATE (FUNCTION {function}\(.*?\$\$;)", _told(f"../0010/{file}"), re.DOTALL)
        if made is not None:
            _execute(f"CREATE OR REPLACE {made[1]}")
    _execute("DROP FUNCTION hanvisa_in_force(), hanvisa_own_people(), hanvisa_own_tenants()")
    _execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC")


def _told(file: str) -> str:
    return (FOLDER / revision / file).read_text(encoding="utf-8")


def _execute(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements, execution_options={"no_parameters": True})


def _scalar(query: str) -> str:
    found: str = op.get_bind().exec_driver_sql(query, execution_options={"no_parameters": True}).scalar_one()
    return found
