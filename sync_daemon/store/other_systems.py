"""Other systems that read and write a store on PostgreSQL themselves: what lets them in, and what they are to hold.

What they do it by are functions of the database (migrations/sql); on SQLite there is none of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ARRAY, CheckConstraint, Column, MetaData, Table, Text, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from sync_daemon.store import schema
from sync_daemon.store.column_types import TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

FUNCTIONS: Final = (
    "refer_phone(text, timestamptz, timestamptz, text, text, text, text)",
    "withdraw_referral(text, timestamptz, timestamptz, bigint)",
    "open_phone(text, timestamptz)",
    "undo_opening(text, timestamptz)",
)
"""By which they write."""

VIEW: Final = "referrals_in_force"
"""What they read."""

READ_BY: Final = ("hanvisa_in_force()", "hanvisa_own_tenants()", "hanvisa_own_people()")
"""By which the view and the tables' policies know what is theirs; whoever asks them is told of their own only."""

metadata = MetaData(naming_convention=schema.metadata.naming_convention)
"""Of the tables that are in PostgreSQL only; a copy of the store leaves them out, for roles are a server's own."""

other_systems = Table(
    "other_systems",
    metadata,
    Column("role", TEXT, primary_key=True),
    Column("origin", TEXT, nullable=False),
    Column("tenants", ARRAY(Text(collation="C")), nullable=False),
    CheckConstraint("role NOT IN ('', 'calendar', 'directory', 'operator')", name="role"),
    CheckConstraint("origin NOT IN ('', 'calendar', 'operator')", name="origin"),
)

tenant_rules = Table(
    "tenant_rules", metadata, Column("tenant", TEXT, primary_key=True), Column("rules", JSONB, nullable=False)
)  # fmt: skip


def takes_other_systems(connection: Connection) -> bool:
    """Whether others can act in this database."""
    return connection.dialect.name == "postgresql"


def rules_of(connection: Connection, tenant: str) -> Mapping[str, Any] | None:
    """What the database was told last; None where that is nothing."""
    rules: Mapping[str, Any] | None = connection.scalar(
        select(tenant_rules.c.rules).where(tenant_rules.c.tenant == tenant)
    )
    return rules


def keep_rules(connection: Connection, tenant: str, rules: Mapping[str, Any]) -> None:
    """These hold for the tenant from now on."""
    kept = insert(tenant_rules).values(tenant=tenant, rules=rules)
    connection.execute(kept.on_conflict_do_update(index_elements=["tenant"], set_={"rules": kept.excluded.rules}))


def rename_tenant(connection: Connection, old: str, new: str) -> None:
    """Who is let in to the tenant `old` is so to `new`; whether it had any of that name before does not count."""
    if not takes_other_systems(connection):
        return
    let_in = func.array_replace(other_systems.c.tenants, old, new)
    connection.execute(update(other_systems).values(tenants=let_in))
    connection.execute(delete(tenant_rules).where(tenant_rules.c.tenant == new))
    connection.execute(update(tenant_rules).where(tenant_rules.c.tenant == old).values(tenant=new))


_GRANT = """\
-- Lets the role {role} read and write hanvisa's store as the other system {origin}, of {tenants}.
-- Run it as the owner of the database, with psql, once more whenever the tenants are others; the role has to be there:
--   CREATE ROLE {role} LOGIN PASSWORD '…';
\\set ON_ERROR_STOP on
BEGIN;
DO $check$ BEGIN
    IF to_regclass('other_systems') IS NULL THEN
        RAISE 'this is no store of hanvisa, or one of an older version'
            USING HINT = 'Name its database to psql, and run `hanvisa once` first.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
        RAISE 'there is no role %', {name} USING HINT = 'CREATE ROLE … LOGIN PASSWORD …';
    END IF;
    IF pg_has_role({name}, (SELECT relowner FROM pg_class WHERE oid = 'other_systems'::regclass), 'MEMBER')
        OR (SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication FROM pg_roles WHERE rolname = {name})
        OR EXISTS (SELECT FROM pg_roles WHERE starts_with(rolname, 'pg_') AND pg_has_role({name}, oid, 'MEMBER'))
    THEN
        RAISE 'the role % may do more than another system should', {name}
            USING HINT = 'Make one that is no superuser, and no member of the role that owns the store, or of pg_….';
    END IF;
END $check$;
{revoked}
INSERT INTO other_systems (role, origin, tenants) VALUES ({name}, {origin_text}, ARRAY[{listed}])
    ON CONFLICT (role) DO UPDATE SET origin = excluded.origin, tenants = excluded.tenants;
DO $grant$ BEGIN
    -- What everybody may do in a database where nothing else is said.
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), {name});
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), {name});
END $grant$;
GRANT SELECT ON {view} TO {role};
{granted}
DO $else$
DECLARE
    more text;
BEGIN
    SELECT c.oid::regclass::text INTO more FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.oid <> '{view}'::regclass AND CASE
        WHEN c.relkind = 'S' THEN has_sequence_privilege({name}, c.oid, 'USAGE, SELECT, UPDATE')
        WHEN c.relkind IN ('r', 'p', 'v', 'm', 'f') THEN
            has_table_privilege({name}, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
            OR has_any_column_privilege({name}, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
        END
    LIMIT 1;
    IF more IS NOT NULL THEN
        RAISE 'the role % may do more than another system should, with %', {name}, more
            USING HINT = 'Take that away from PUBLIC, or from the role that it is a member of.';
    END IF;
END $else$;
COMMIT;
"""

_REVOKE = """\
-- Takes away from the role {role} what `hanvisa store grants` has given it; what it has set stays.
-- Run it as the owner of the database, with psql.
\\set ON_ERROR_STOP on
BEGIN;
DELETE FROM other_systems WHERE role = {name};
DO $check$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
        RAISE 'there is no role %', {name} USING HINT = 'See how it is written.';
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), {name});
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', current_schema(), {name});
END $check$;
{revoked}
COMMIT;
"""


def grants(role: str, origin: str, tenants: Sequence[str]) -> str:
    """The SQL that lets the role in; with the same role again it says what holds then."""
    return _GRANT.format(
        **_named(role),
        origin=origin,
        origin_text=_literal(origin),
        tenants=", ".join(tenants),
        listed=", ".join(map(_literal, tenants)),
        view=VIEW,
        granted="\n".join(
            f"GRANT EXECUTE ON FUNCTION {function} TO {_identifier(role)};" for function in (*FUNCTIONS, *READ_BY)
        ),
    )


def revocation(role: str) -> str:
    """The SQL that takes it all away."""
    return _REVOKE.format(**_named(role))


def _named(role: str) -> dict[str, str]:
    identifier = _identifier(role)
    revoked = (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {{schema}} FROM {identifier};",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {{schema}} FROM {identifier};",
        f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {{schema}} FROM {identifier};",
    )
    return {"role": identifier, "name": _literal(role), "revoked": _everywhere(revoked)}


def _everywhere(statements: Sequence[str]) -> str:
    """In the store's schema, whose name is not known here."""
    lines = [
        f"    EXECUTE format({_literal(one.rstrip(';').format(schema='%I'))}, current_schema());" for one in statements
    ]
    return "\n".join(("DO $revoke$ BEGIN", *lines, "END $revoke$;"))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def json_of(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """As it comes back out of the database."""
    told: Mapping[str, Any] = json.loads(json.dumps(rules))
    return told
