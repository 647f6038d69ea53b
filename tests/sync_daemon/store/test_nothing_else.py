"""The role that `store grants` lets in: whatever the catalogue has is tried as it, so that what is new is tried too."""

# ruff: noqa: S608 - the names are the catalogue's and our own

from __future__ import annotations

from contextlib import chdir, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import make_url

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.cycle.rules_told import RulesTold
from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import Store, other_systems
from sync_daemon.store.backup import back_up
from sync_daemon.store.moving import Caller, move
from sync_daemon.store.restoring import restore
from tests import lived_year, postgresql
from tests.other_system import OWNER, Switchboard, switchboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VIEW = "referrals_in_force"
CALLED = {"refer_phone", "withdraw_referral", "open_phone", "undo_opening"}
ASKED = {"hanvisa_in_force", "hanvisa_own_tenants", "hanvisa_own_people"}
IN_AN_HOUR = "now() + interval '1 hour'"
REFUSED = {"42501", "42704", "42883", "0A000", "25P01", "55000", "22012", "42809", "25001"}
"""No right, no such thing, not possible with it: nothing is had where any of these is said."""

RELATIONS = """
SELECT c.oid::regclass::text, c.relkind::text, ARRAY(
    SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
)
FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY 1
"""
FUNCTIONS = """
SELECT proname, oid::regprocedure::text, ARRAY(SELECT t::regtype::text FROM unnest(proargtypes) AS t)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1
"""
TYPES = "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e')"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Switchboard]:
    """Trio is let in to Sorsele, Telia to both municipalities; of each somebody is referred by an operator."""
    made = switchboard(tmp_path)
    made.lets_in("trio", "sorsele")
    made.lets_in("telia", "sorsele", "mala")
    now = datetime.now(UTC).replace(microsecond=0)
    with made.town.store as store:
        for tenant in made.town.place.settings.tenants:
            RulesTold(store, tenant).tell(now)
        for name in ("Anna Ek", "Cecilia Lund"):
            away = Referral("operator", Phone.CLOSED, "away", now, now + timedelta(hours=1))
            store.refer(made.town.people[name].id, away, "Eva", now)
        yield made


@dataclass(frozen=True)
class Tried:
    """A statement, and with what it was refused; None where it was done."""

    statement: str
    state: str | None


def _tried(town: Switchboard, role: str, statements: list[str]) -> list[Tried]:
    found = []
    with town.connects(role) as connection:
        for statement in statements:
            try:
                with closing(connection.cursor()) as cursor, connection.transaction():
                    if statement.startswith("COPY"):
                        with cursor.copy(statement) as copy:
                            if "TO STDOUT" in statement:
                                copy.read()
                    else:
                        cursor.execute(statement)
                    found.append(Tried(statement, None))
            except psycopg.Error as error:
                found.append(Tried(statement, error.sqlstate))
    return found


def _everything(town: Switchboard, *, let_in: bool) -> list[str]:
    """What may be tried with all that the schema has, but for what the page allows."""
    statements = []
    for name, kind, columns in town.asks(OWNER, RELATIONS):
        readable = let_in and name == VIEW
        if not readable:
            statements += [f"SELECT {column} FROM {name}" for column in columns]
            statements += [f"SELECT count(*) FROM {name}", f"EXPLAIN SELECT * FROM {name}", f"TABLE {name}"]
            statements += [f"COPY {name} TO STDOUT", f"COPY (SELECT * FROM {name}) TO STDOUT"]
            statements += [f"LOCK TABLE {name} IN ACCESS SHARE MODE"]
        if kind == "S":
            statements += [f"SELECT nextval('{name}')", f"SELECT setval('{name}', 1)"]
            continue
        statements += [f"UPDATE {name} SET {column} = {column}" for column in columns]
        statements += [
            f"SELECT FROM {name} FOR UPDATE",
            f"INSERT INTO {name} DEFAULT VALUES",
            f"INSERT INTO {name} ({columns[0]}) VALUES (NULL) ON CONFLICT DO NOTHING",
            f"MERGE INTO {name} USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
            f"DELETE FROM {name}",
            f"TRUNCATE {name}",
            f"COPY {name} FROM STDIN",
            f"LOCK TABLE {name} IN SHARE MODE",
            f"ALTER TABLE {name} ADD COLUMN mine text",
            f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {name} OWNER TO CURRENT_USER",
            f"CREATE POLICY mine ON {name} USING (true)",
            f"CREATE INDEX ON {name} ({columns[0]})",
            f"CREATE RULE mine AS ON INSERT TO {name} DO ALSO NOTIFY mine",
            f"CREATE TRIGGER mine AFTER INSERT ON {name} EXECUTE FUNCTION hanvisa_now()",
            f"CREATE TABLE mine (one bigint REFERENCES {name})",
            f"CREATE VIEW mine AS SELECT * FROM {name}",
            f"COMMENT ON TABLE {name} IS 'mine'",
            f"ANALYZE (VERBOSE) {name}; SELECT 1 / 0",
            f"GRANT SELECT ON {name} TO CURRENT_USER WITH GRANT OPTION; SELECT 1 / 0",
            f"DROP {'VIEW' if kind == 'v' else 'TABLE'} {name}",
        ]
    for name, signature, arguments in town.asks(OWNER, FUNCTIONS):
        if not (let_in and name in CALLED | ASKED):
            statements.append(f"SELECT {name}({', '.join(f'NULL::{kind}' for kind in arguments)})")
        statements += [
            f"DROP FUNCTION {signature}",
            f"ALTER FUNCTION {signature} SECURITY INVOKER",
            f"ALTER FUNCTION {signature} SET search_path = pg_temp",
            f"ALTER FUNCTION {signature} OWNER TO CURRENT_USER",
        ]
    statements += [f"DROP TYPE {name}" for (name,) in town.asks(OWNER, TYPES)]
    return [*statements, *ELSE]


TEMPORARY = "CREATE TEMPORARY TABLE mine (one int)"
ELSE = (
    *(f"SET ROLE {role}" for role in (OWNER, "hanvisa", "telia", "nobody_yet", "pg_read_all_data")),
    f"SET SESSION AUTHORIZATION {OWNER}",
    *("CREATE TABLE public.mine (one int)", TEMPORARY, "CREATE SCHEMA mine"),
    "CREATE FUNCTION public.mine(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)",
    "CREATE AGGREGATE public.mine(text) (SFUNC = textcat, STYPE = text)",
    "CREATE CAST (text AS integer) WITHOUT FUNCTION",
    "CREATE TYPE public.mine AS (one int)",
    "CREATE LANGUAGE mine HANDLER plpgsql_call_handler",
    *("CREATE PUBLICATION mine", "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION hanvisa_now()"),
    *("SELECT * FROM pg_authid", "SELECT * FROM pg_statistic", "SELECT * FROM pg_statistic_ext_data"),
    *("SELECT * FROM pg_user_mapping", "SELECT * FROM pg_subscription", "SELECT * FROM pg_hba_file_rules"),
    *("SELECT pg_read_file('PG_VERSION')", "SELECT pg_ls_dir('.')", "SELECT lo_import('/etc/passwd')"),
    *("COPY (SELECT 1) TO '/tmp/mine'", "COPY (SELECT 1) TO PROGRAM 'true'", "LOAD 'auto_explain'"),
    *("SET session_replication_role = replica", "ALTER SYSTEM SET work_mem = '1MB'", "SET log_statement = 'all'"),
    *("SELECT pg_reload_conf()", "SELECT pg_export_snapshot() / 0", "CHECKPOINT"),
    *("ALTER DEFAULT PRIVILEGES FOR ROLE store_owner GRANT ALL ON TABLES TO PUBLIC", "ALTER ROLE trio BYPASSRLS"),
)


@dataclass(frozen=True)
class Place:
    """How the role came to be there."""

    town: Switchboard
    let_in: bool = True
    temporary: bool = False


def _url(database: str) -> str:
    return f"postgresql+psycopg://{OWNER}@/{database}?host={postgresql.shared_server().folder}"


def _new_database() -> str:
    name = postgresql.shared_server().new_database()
    postgresql.shared_server().execute(f"ALTER DATABASE {name} OWNER TO {OWNER}")
    return name


def _caller() -> Caller:
    return Caller(["sorsele", "mala"], "hanvisa", datetime.now(UTC))


def _as_it_is(town: Switchboard, _folder: Path) -> list[Place]:
    return [Place(town)]


def _revoked(town: Switchboard, _folder: Path) -> list[Place]:
    town.lets_out("trio")
    return [Place(town, let_in=False)]


def _copied(town: Switchboard, _folder: Path) -> list[Place]:
    """Into another database nobody is let in by a copy; who is so anew is as before. The former one takes nothing."""
    other = replace(town, database=_new_database())
    move(_url(town.database), _url(other.database), _caller())
    before = Place(other, let_in=False, temporary=True)
    _refused_in(before, "trio")
    other.runs(OWNER, other_systems.grants("trio", "trio", ["sorsele"]))
    return [Place(other), Place(town)]


def _restored(town: Switchboard, folder: Path) -> list[Place]:
    file = folder / "backup.db"
    back_up(_url(town.database), file, datetime.now(UTC))
    with chdir(folder):  # where what was there before is kept
        restore(file, _url(town.database), _caller(), force=True)
    return [Place(town)]


def _refused_in(place: Place, role: str) -> None:
    statements = _everything(place.town, let_in=place.let_in)
    assert len(statements) > 500
    # Each may be itself; and where nobody was let in yet everybody may make temporary tables, as PostgreSQL has it.
    allowed = {f"SET ROLE {role}", *(() if place.temporary is False else (TEMPORARY,))}
    tried = [one for one in _tried(place.town, role, statements) if one.statement not in allowed]
    assert [one for one in tried if one.state not in REFUSED] == []


@pytest.mark.parametrize(
    ("role", "brought"),
    [
        pytest.param("trio", _as_it_is, id="one tenant"),
        pytest.param("trio", _revoked, id="revoked"),
        pytest.param("telia", _as_it_is, id="two tenants", marks=pytest.mark.long),
        pytest.param("trio", _copied, id="copied", marks=pytest.mark.long),
        pytest.param("trio", _restored, id="restored", marks=pytest.mark.long),
    ],
)
def test_what_the_catalogue_has_is_refused(
    town: Switchboard,
    tmp_path: Path,
    role: str,
    brought: Any,  # noqa: ANN401 - how it came there
) -> None:
    """Every relation, column, sequence, function and type; but the view and four functions."""
    for place in brought(town, tmp_path):
        _refused_in(place, role)


TENANT_OF = """
SELECT c.relname, max(CASE WHEN attname = 'tenant' THEN 1 END), max(CASE WHEN attname = 'subscriber_id' THEN 1 END)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') GROUP BY c.relname ORDER BY 1
"""


@pytest.fixture
def lived_in(town: Switchboard) -> Switchboard:
    """Every table has rows of Sorsele and of Malå, and the role was granted all of them by mistake."""
    town.lets_out("telia")
    lived_year.live(town.town.store, seed=20, step=20)
    RulesTold(town.town.store, town.town.place.settings.tenants[0]).tell(datetime.now(UTC))
    town.asks(OWNER, "GRANT ALL ON ALL TABLES IN SCHEMA public TO trio; ANALYZE")
    return town


def _of_sorsele(name: str, tenant: object, person: object) -> str:
    if name == "other_systems":
        return "role = 'trio'"
    if tenant:
        return "tenant = 'sorsele'"
    return "subscriber_id IN (SELECT id FROM subscribers WHERE tenant = 'sorsele')" if person else "false"


def test_a_grant_by_mistake_shows_its_own_tenants_alone(lived_in: Switchboard) -> None:
    """By row-level security on each table that the catalogue has; and changes nothing."""
    town, shown = lived_in, 0
    for name, tenant, person in town.asks(OWNER, TENANT_OF):
        own = _of_sorsele(name, tenant, person)
        counted = f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {name} AS t"
        assert town.asks("trio", counted) == town.asks(OWNER, f"{counted} WHERE {own}"), name
        ((rows, others),) = town.asks(OWNER, f"SELECT count(*) FILTER (WHERE {own}), count(*) FROM {name}")
        shown += 0 < rows < others
        columns = town.asks(
            OWNER, f"SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{name}'::regclass AND attnum = 1"
        )
        before = town.asks(OWNER, counted)
        assert town.asks("trio", f"DELETE FROM {name} RETURNING *") == []
        assert town.asks("trio", f"UPDATE {name} SET {columns[0][0]} = {columns[0][0]} RETURNING 1") == []
        assert town.asks("trio", f"SELECT * FROM {name} FOR UPDATE") == []
        ((written,),) = [(one.state,) for one in _tried(town, "trio", [f"INSERT INTO {name} SELECT * FROM {name}"])]
        assert written in {"42501", "428C9", None}, name
        assert town.asks(OWNER, counted) == before, name
        (off,) = _tried(town, "trio", [f"SET LOCAL row_security = off; SELECT * FROM {name}"])
        assert off.state == "42501", name
    assert shown >= 10
    assert town.asks("trio", "SELECT * FROM pg_stats WHERE schemaname = 'public'") == []


def test_a_copy_of_hanvisa_that_is_not_the_owner_is_refused(lived_in: Switchboard) -> None:
    """It would take what it is shown for all there is, and begin anew with it."""
    url = make_url(_url(lived_in.database)).set(username="trio").render_as_string(hide_password=False)
    with pytest.raises(StoreUnavailable, match="make it the owner of the database"), Store.open(url) as store:
        store.subscribers("malå")


@pytest.mark.parametrize(
    "condition", ["true", "extension = '5001'", "name = 'Cecilia Lund'", "tenant = 'mala'", '"from" < now()']
)
def test_no_plan_tells_of_others(town: Switchboard, condition: str) -> None:
    """EXPLAIN counts what was left out, and estimates by what there is: of nobody's as of another tenant's."""
    town.asks(OWNER, "ANALYZE")
    options = "ANALYZE, COSTS, BUFFERS OFF, TIMING OFF, SUMMARY OFF"
    told = [str(town.asks("trio", f"EXPLAIN ({options}) SELECT * FROM {VIEW} WHERE {condition}"))]
    town.town.store.withdraw(town.town.people["Cecilia Lund"].id, datetime.now(UTC), "Eva", datetime.now(UTC))
    told.append(str(town.asks("trio", f"EXPLAIN ({options}) SELECT * FROM {VIEW} WHERE {condition}")))
    assert told[0] == told[1]
    assert not [table for table, kind, _ in town.asks(OWNER, RELATIONS) if kind == "r" and table in told[0]]


def test_no_other_connection_is_seen_or_ended(town: Switchboard) -> None:
    """What hanvisa asks, and from where."""
    with town.connects(OWNER) as hanvisa:
        hanvisa.execute("SELECT 'Cecilia Lund'")
        ((pid,),) = hanvisa.execute("SELECT pg_backend_pid()").fetchall()
        seen = town.asks("trio", "SELECT query, client_addr, backend_xmin FROM pg_stat_activity WHERE pid = %s", pid)
        assert seen == [("<insufficient privilege>", None, None)]
        for ended in ("pg_cancel_backend", "pg_terminate_backend", "pg_log_backend_memory_contexts"):
            (one,) = _tried(town, "trio", [f"SELECT {ended}({pid})"])
            assert one.state == "42501"


def test_nobodys_and_another_tenants_are_refused_alike(town: Switchboard) -> None:
    """In every argument of every function: code, message, hint, detail and where."""
    theirs, nobodys = "5001", "5099"
    ((of_theirs,),) = town.asks(
        OWNER,
        "SELECT id FROM referrals WHERE subscriber_id = (SELECT subscriber_id FROM extensions WHERE number = '5001')",
    )
    calls = [
        *(f"SELECT * FROM refer_phone('{{}}', {IN_AN_HOUR}, phone => '{phone}')" for phone in ("closed", "x")),
        f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR}, alternative_number => '{{}}')",
        f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR}, alternative_number => '{{}}', alternative_mode => 'connect')",
        *(f"SELECT * FROM {name}('{{}}')" for name in ("open_phone", "undo_opening", "withdraw_referral")),
    ]
    for call in calls:
        told = [_said(town, call.format(number)).replace(number, "N") for number in (theirs, nobodys)]
        assert told[0] == told[1], call
    by_id = "SELECT * FROM withdraw_referral('4712', referral => {})"
    assert _said(town, by_id.format(of_theirs)) == _said(town, by_id.format(987654))
    assert [
        number for (number,) in town.asks(OWNER, "SELECT alternative_number FROM referrals WHERE origin = 'trio'")
    ] == []
    assert town.asks("telia", calls[2].format(theirs))[0][7] == theirs


def _said(town: Switchboard, call: str) -> str:
    with pytest.raises(psycopg.Error) as refused:
        town.asks("trio", call)
    diag = refused.value.diag
    parts = (diag.message_primary, diag.message_hint, diag.message_detail, diag.column_name, diag.context)
    return " ".join(map(str, (refused.value.sqlstate, *parts)))


def test_another_origins_referrals_are_not_taken_back(town: Switchboard) -> None:
    """Nor by its id, by its beginning, or under the name of the other one's role or origin."""
    ((number, begins),) = town.asks("telia", f"SELECT id, \"from\" FROM refer_phone('4712', {IN_AN_HOUR})")
    for how in ("", f", referral => {number}", f", begins => '{begins}'", f", at => '{begins}'"):
        (one,) = _tried(town, "trio", [f"SELECT * FROM withdraw_referral('4712'{how})"])
        assert one.state == "VX409", how
    postgresql.shared_server().execute("GRANT telia TO trio")
    try:
        (one,) = _tried(
            town, "trio", [f"SET LOCAL ROLE telia; SELECT * FROM withdraw_referral('4712', referral => {number})"]
        )
        assert one.state == "VX409"
    finally:
        postgresql.shared_server().execute("REVOKE telia FROM trio")
    assert len(town.asks("telia", f"SELECT * FROM withdraw_referral('4712', referral => {number})")) <= 1


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("ALTER ROLE reader REPLICATION", "ALTER ROLE reader NOREPLICATION"),
        ("GRANT pg_read_all_data TO reader", "REVOKE pg_read_all_data FROM reader"),
        ("GRANT pg_monitor TO reader", "REVOKE pg_monitor FROM reader"),
        (f"GRANT {OWNER} TO reader", f"REVOKE {OWNER} FROM reader"),
    ],
)
def test_a_role_that_sees_more_by_itself_is_not_let_in(town: Switchboard, given: str, taken: str) -> None:
    """What the server's administrator gave it, no grant of ours takes away."""
    postgresql.shared_server().execute(given)
    try:
        with pytest.raises(AssertionError, match="may do more than another system should"):
            town.lets_in("reader", "sorsele")
    finally:
        postgresql.shared_server().execute(taken)
    town.lets_in("reader", "sorsele")


def test_what_everybody_may_is_found_when_somebody_is_let_in(town: Switchboard) -> None:
    """And named; nobody is let in then."""
    for given in ("SELECT ON referrals", "UPDATE (name) ON subscribers", "USAGE ON SEQUENCE changes_id_seq"):
        town.asks(OWNER, f"GRANT {given} TO PUBLIC")
        with pytest.raises(AssertionError, match="may do more than another system should, with"):
            town.lets_in("reader", "sorsele")
        town.asks(OWNER, f"REVOKE {given} FROM PUBLIC")
    assert town.asks(OWNER, "SELECT * FROM other_systems WHERE role = 'reader'") == []


def test_who_was_let_in_before_the_upgrade_goes_on_reading(town: Switchboard) -> None:
    """The view reads by a function since, which nobody was granted."""
    from alembic import command  # noqa: PLC0415 - as the program does

    from sync_daemon.store import migrations  # noqa: PLC0415
    from sync_daemon.store.moving import opened  # noqa: PLC0415

    seen = town.asks("trio", f"SELECT * FROM {VIEW}")
    assert seen
    with opened(_url(town.database)) as database:
        for step in (command.downgrade, command.upgrade):
            with database.write_schema() as connection:
                step(migrations.configuration(connection), "0010" if step is command.downgrade else "0014")
            assert town.asks("trio", f"SELECT * FROM {VIEW}") == seen
