"""What another system's role may do in the database, and everything else, which it may not."""

# ruff: noqa: S608 - the names are the catalogue's and our own

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import errors, sql

from rules.command import Phone
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon import by_hand
from sync_daemon.by_hand import Hand, Wish
from sync_daemon.cycle.commit import CycleEnd, InStore
from sync_daemon.cycle.rules_told import RulesTold
from sync_daemon.errors import RevisionMoved, StoreUnavailable
from sync_daemon.store import Store
from sync_daemon.store.databases import parsed_url
from sync_daemon.store.fence import lock_key_of
from sync_daemon.store.lock import LockKept
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.postgresql_lock import which_are_had
from tests import postgresql
from tests.other_system import OWNER, Switchboard, switchboard
from tests.sync_daemon.board.town import TEN

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[3]
FUNCTIONS = {"refer_phone", "withdraw_referral", "open_phone", "undo_opening"}
READ_BY = {"hanvisa_in_force", "hanvisa_own_tenants", "hanvisa_own_people"}
IN_AN_HOUR = "now() + interval '1 hour'"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Switchboard]:
    """Trio is let in to Sorsele, Telia to both municipalities."""
    made = switchboard(tmp_path)
    made.lets_in("trio", "sorsele")
    made.lets_in("telia", "sorsele", "mala")
    with made.town.store:
        yield made


def _refused(town: Switchboard, statement: str, role: str = "trio") -> psycopg.Error:
    with pytest.raises(psycopg.Error) as refused:
        town.asks(role, statement)
    return refused.value


def _names(town: Switchboard, query: str) -> list[str]:
    found = [name for (name,) in town.asks(OWNER, query)]
    assert found, query
    return found


_RELATIONS = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ({}) ORDER BY 1
"""
_FUNCTIONS = """
SELECT proname, oid::regprocedure::text, ARRAY(SELECT t::regtype::text FROM unnest(proargtypes) AS t)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY 1
"""


def test_no_table_is_read_or_written(town: Switchboard) -> None:
    """Whichever the schema has, or gets."""
    for table in _names(town, _RELATIONS.format("'r', 'p', 'm', 'f'")):
        first, *_ = _names(
            town, f"SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum = 1"
        )
        for statement in (
            f"SELECT * FROM {table}",
            f"SELECT count(*) FROM {table}",
            f"SELECT FROM {table} FOR UPDATE",
            f"INSERT INTO {table} DEFAULT VALUES",
            f"UPDATE {table} SET {first} = {first}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"COPY {table} TO STDOUT",
            f"COPY {table} FROM STDIN",
            f"LOCK TABLE {table} IN ACCESS SHARE MODE",
            f"ALTER TABLE {table} ADD COLUMN mine text",
            f"CREATE TRIGGER mine AFTER INSERT ON {table} EXECUTE FUNCTION mine()",
        ):
            error = _refused(town, statement)
            assert error.sqlstate in {"42501", "25P01"}, (statement, error)


def test_the_view_is_read_and_not_written(town: Switchboard) -> None:
    """And shows the role's own tenants only."""
    town.town.books("Cecilia Lund", "9:00", "9:30", day=-1)
    now = datetime.now(UTC)
    for name in ("Anna Ek", "Cecilia Lund"):
        _by_operator(town, name, now)
    (view,) = _names(town, _RELATIONS.format("'v'"))
    assert {name for (name,) in town.asks("trio", f"SELECT name FROM {view}")} == {"Anna Ek"}
    assert {name for (name,) in town.asks("telia", f"SELECT name FROM {view}")} == {"Anna Ek", "Cecilia Lund"}
    assert {name for (name,) in town.asks(OWNER, f"SELECT name FROM {view}")} == {"Anna Ek", "Cecilia Lund"}
    for statement in (f"DELETE FROM {view}", f"UPDATE {view} SET reason = 'x'", f"SELECT FROM {view} FOR UPDATE"):
        assert _refused(town, statement).sqlstate in {"42501", "55000", "0A000"}, statement


def test_no_number_is_drawn(town: Switchboard) -> None:
    """Of any sequence."""
    for sequence in _names(town, _RELATIONS.format("'S'")):
        for statement in (
            f"SELECT nextval('{sequence}')",
            f"SELECT setval('{sequence}', 1)",
            f"SELECT * FROM {sequence}",
        ):
            assert isinstance(_refused(town, statement), errors.InsufficientPrivilege), statement


def test_four_functions_are_called_and_no_other(town: Switchboard) -> None:
    """Whichever the schema has, or gets."""
    found = town.asks(OWNER, _FUNCTIONS)
    assert {name for name, _, _ in found} > FUNCTIONS
    for name, signature, arguments in found:
        statement = f"SELECT * FROM {name}({', '.join(f'NULL::{kind}' for kind in arguments)})"
        if name in READ_BY:
            town.asks("trio", statement)  # what they tell stands below
        elif name in FUNCTIONS:
            assert _refused(town, statement).sqlstate == "VX404", statement
        else:
            assert isinstance(_refused(town, statement), errors.InsufficientPrivilege), statement
        assert isinstance(_refused(town, f"DROP FUNCTION {signature}"), errors.InsufficientPrivilege)


@pytest.mark.parametrize(
    "statement",
    [
        f"SET ROLE {OWNER}",
        "SET ROLE telia",
        f"SET SESSION AUTHORIZATION {OWNER}",
        "CREATE TABLE public.mine (one int)",
        "CREATE TEMPORARY TABLE mine (one int)",
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION public.hanvisa_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "ALTER FUNCTION refer_phone SET search_path = pg_temp",
        "GRANT SELECT ON referrals TO trio",
        "GRANT trio TO telia",
        "ALTER ROLE trio SUPERUSER",
        "ALTER ROLE telia PASSWORD 'x'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT lo_import('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/mine'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_largeobject",
        "SET session_replication_role = replica",
        "ALTER SYSTEM SET work_mem = '1MB'",
    ],
)
def test_nothing_else_of_the_database_is_had(town: Switchboard, statement: str) -> None:
    """Nobody else's rights, nothing made, no file."""
    assert _refused(town, statement).sqlstate in {"42501", "22012", "25001"}, statement


def test_a_large_object_of_somebody_elses_is_not_read(town: Switchboard) -> None:
    """Who made it, reads it."""
    ((number,),) = town.asks(OWNER, "SELECT lo_from_bytea(0, 'secret')")
    assert isinstance(_refused(town, f"SELECT lo_get({number})"), errors.InsufficientPrivilege)


def test_a_schema_of_its_own_changes_nothing(town: Switchboard) -> None:
    """Whatever is called there as ours is, and whatever `search_path` says."""
    town.asks(OWNER, "CREATE SCHEMA evil; GRANT ALL ON SCHEMA evil TO trio")
    evil = """
    CREATE TABLE evil.other_systems (role text, origin text, tenants text[]);
    INSERT INTO evil.other_systems VALUES ('trio', 'calendar', ARRAY['sorsele', 'mala']);
    CREATE FUNCTION evil.hanvisa_now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2020-01-01'::timestamptz $$;
    CREATE FUNCTION evil.hanvisa_other_system() RETURNS evil.other_systems LANGUAGE sql
        AS $$ SELECT * FROM evil.other_systems $$;
    CREATE FUNCTION evil.date_trunc(text, timestamptz) RETURNS timestamptz LANGUAGE sql
        AS $$ SELECT '2020-01-01'::timestamptz $$;
    SET search_path = evil, public, pg_catalog;
    """
    with town.connects("trio") as connection:
        connection.execute(evil)
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(f"SELECT * FROM refer_phone('5001', {IN_AN_HOUR})")
        assert refused.value.sqlstate == "VX404"
        (row,) = connection.execute(
            f"SELECT origin, \"from\" > now() - interval '1 minute' FROM refer_phone('4712', {IN_AN_HOUR})"
        )
        assert row == ("trio", True)


def test_a_condition_that_tells_what_it_sees_sees_no_other_tenant(town: Switchboard) -> None:
    """A function that costs nothing would be asked first, of every row, were the view no barrier."""
    for name in ("Anna Ek", "Cecilia Lund"):
        _by_operator(town, name, datetime.now(UTC))
    town.asks(OWNER, """
        CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO trio;
        CREATE FUNCTION evil.tells(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
        AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$;
        GRANT EXECUTE ON FUNCTION evil.tells TO trio
    """)  # fmt: skip
    told: list[str] = []
    with town.connects("trio") as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        connection.execute("SELECT * FROM referrals_in_force WHERE evil.tells(name)")
    assert set(told) == {"Anna Ek"}


def test_who_is_not_let_in_does_nothing(town: Switchboard) -> None:
    """Though they may call the functions, or act as one who is: it counts who has logged in."""
    call = f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})"
    assert isinstance(_refused(town, call, "nobody_yet"), errors.InsufficientPrivilege)
    town.asks(
        OWNER,
        "GRANT EXECUTE ON FUNCTION refer_phone, hanvisa_in_force TO nobody_yet;"
        " GRANT SELECT ON referrals_in_force TO nobody_yet",
    )
    assert _refused(town, call, "nobody_yet").sqlstate == "VX403"
    _by_operator(town, "Anna Ek", datetime.now(UTC))
    assert town.asks("nobody_yet", "SELECT * FROM referrals_in_force") == []
    postgresql.shared_server().execute("GRANT trio TO nobody_yet")
    try:
        assert _refused(town, f"SET ROLE trio; {call}", "nobody_yet").sqlstate == "VX403"
    finally:
        postgresql.shared_server().execute("REVOKE trio FROM nobody_yet")


def test_what_is_taken_away_is_gone_and_what_was_set_stays(town: Switchboard) -> None:
    """`--revoke`; and grants once more change the tenants."""
    town.asks("telia", f"SELECT * FROM refer_phone('5001', {IN_AN_HOUR})")
    town.lets_in("telia", "sorsele")
    assert _refused(town, f"SELECT * FROM refer_phone('5001', {IN_AN_HOUR})", "telia").sqlstate == "VX404"
    town.lets_out("telia")
    for statement in ("SELECT * FROM referrals_in_force", f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})"):
        assert isinstance(_refused(town, statement, "telia"), errors.InsufficientPrivilege)
    assert [origin for (origin,) in town.asks(OWNER, "SELECT origin FROM referrals_in_force")] == ["telia"]


def test_only_what_it_has_done_itself_is_taken_back(town: Switchboard) -> None:
    """Not an operator's, not another system's, not the calendar's."""
    _by_operator(town, "Bo Öberg", datetime.now(UTC))
    town.asks("telia", f"SELECT * FROM refer_phone('4713', {IN_AN_HOUR})")
    for extension in ("4711", "4712", "4713"):
        assert _refused(town, f"SELECT * FROM withdraw_referral('{extension}')").sqlstate == "VX409"
    town.asks("telia", "SELECT * FROM open_phone('4713')")
    assert _refused(town, "SELECT * FROM undo_opening('4713')").sqlstate == "VX409"
    assert len(town.asks("telia", "SELECT * FROM undo_opening('4713')")) == 1
    ((number,),) = town.asks(OWNER, "SELECT id FROM referrals WHERE origin = 'operator'")
    assert _refused(town, f"SELECT * FROM withdraw_referral('4712', referral => {number})").sqlstate == "VX409"


def test_nothing_is_told_of_other_tenants(town: Switchboard) -> None:
    """Their people are answered as nobody's."""
    theirs = _refused(town, "SELECT * FROM open_phone('5001')")
    nobodys = _refused(town, "SELECT * FROM open_phone('5099')")
    assert (theirs.sqlstate, nobodys.sqlstate) == ("VX404", "VX404")
    assert str(theirs).replace("5001", "5099") == str(nobodys)


def test_a_tenant_that_is_renamed_stays_theirs(town: Switchboard) -> None:
    """`hanvisa tenant rename` lets in to the new id who was let in to the old one."""
    town.town.store.rename_tenant("mala", "mala-norra")
    assert len(town.asks("telia", f"SELECT * FROM refer_phone('5001', {IN_AN_HOUR})")) == 1
    assert _refused(town, f"SELECT * FROM refer_phone('5001', {IN_AN_HOUR})").sqlstate == "VX404"


@pytest.mark.parametrize(
    "settings",
    [
        "SET standard_conforming_strings = off; SET backslash_quote = on",
        "SET extra_float_digits = -15",
        "SET TimeZone = 'Pacific/Auckland'; SET DateStyle = 'German, DMY'; SET IntervalStyle = 'sql_standard'",
        "SET bytea_output = 'escape'; SET array_nulls = off; SET transform_null_equals = on",
        "SET synchronous_commit = off; SET lock_timeout = '3s'",
    ],
)
def test_no_setting_of_the_session_changes_what_is_done(town: Switchboard, settings: str) -> None:
    """Each may be set by anybody."""
    begins = datetime.now(UTC).replace(microsecond=0)
    for tenant in town.town.place.settings.tenants:
        RulesTold(town.town.store, tenant).tell(begins)
    with town.connects("trio") as connection:
        connection.execute(settings)
        row = connection.execute(
            'SELECT extension, reason, "from" = %(begins)s, until = %(until)s, alternative_number'
            " FROM refer_phone('oe:070-123 45 67', %(until)s, %(begins)s, %(reason)s, alternative_number => '4712')",
            {"until": begins + timedelta(hours=1), "begins": begins, "reason": "lunch\tou\u200b "},
        ).fetchone()
        assert row == ("+46701234567", "lunch ou", True, True, "4712")
        assert connection.execute("SELECT reason FROM open_phone('4711')").fetchone() == ("lunch ou",)


def test_a_night_is_one_however_numbers_are_written(town: Switchboard) -> None:
    """Midnights are compared as whole seconds."""
    (sorsele,) = (one for one in town.town.place.settings.tenants if one.id == "sorsele")
    RulesTold(town.town.store, sorsele).tell(TEN)
    begins = TEN.replace(hour=0).timestamp()
    rest = f"SELECT hanvisa_rest(rules->'offices'->'', {begins}, {begins + 86400}, false)->>'rest' FROM tenant_rules"
    assert town.asks(OWNER, rest) == [("night",)]
    with town.connects(OWNER) as connection:
        connection.execute("SET extra_float_digits = -15")
        assert connection.execute(rest).fetchall() == [("night",)]


def test_what_runs_with_the_owners_rights_is_bound(town: Switchboard) -> None:
    """It finds nothing of the caller's, and reads its own words as they were written; nothing else has these rights.

    Of a trigger there are no words to read.
    """
    definers = town.asks(OWNER, """
        SELECT proname, proconfig FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace
    """)  # fmt: skip
    bound = ["search_path=public, pg_temp", "standard_conforming_strings=on"]
    assert dict(definers) == dict.fromkeys(FUNCTIONS | READ_BY, bound) | {"hanvisa_tell_act": bound[:1]}


def test_each_waits_for_who_writes_to_the_same_person(town: Switchboard) -> None:
    """Nobody comes between hanvisa's statements, nor hanvisa between theirs; of others each goes on."""
    bo, dan = (town.town.people[name].id for name in ("Bo Öberg", "Dan Åström"))
    database = town.town.store.database
    with town.connects("trio") as connection:
        connection.execute("SET lock_timeout = '100ms'")
        for writes_to, refused in ((None, True), (bo, True), (dan, False)):
            with database.write(subscriber=writes_to):
                if refused:
                    with pytest.raises(errors.LockNotAvailable):
                        connection.execute(f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")
                else:
                    connection.execute(f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")


def test_what_was_planned_before_is_not_written(town: Switchboard) -> None:
    """The daemon plans again, for the revision is another one."""
    bo = town.town.people["Bo Öberg"]
    seen = town.town.store.revisions("sorsele")[bo.id]
    town.asks("trio", f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")
    now = datetime.now(UTC)
    meets = Referral(CALENDAR, Phone.CLOSED, "meeting", now, now + timedelta(hours=1))
    with pytest.raises(RevisionMoved):
        town.town.store.apply(bo.id, seen, [Change(Action.CREATE, None, meets, Cause.BOOKED)], now)


@pytest.mark.parametrize("mark", ["copying", "moved"])
def test_a_store_that_is_not_used_takes_nothing(town: Switchboard, mark: str) -> None:
    """It would be lost there."""
    town.asks(OWNER, f"INSERT INTO marks VALUES ('{mark}', '{{}}')")
    assert _refused(town, f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})").sqlstate == "VX503"


def test_another_isolation_is_refused(town: Switchboard) -> None:
    """Its snapshot would be older than the lock."""
    for level in ("REPEATABLE READ", "SERIALIZABLE"):
        statement = f"BEGIN ISOLATION LEVEL {level}; SELECT * FROM refer_phone('4712', {IN_AN_HOUR})"
        assert _refused(town, statement).sqlstate == "VX400"
    assert isinstance(
        _refused(town, f"BEGIN READ ONLY; SELECT * FROM refer_phone('4712', {IN_AN_HOUR})"),
        errors.ReadOnlySqlTransaction,
    )


def test_a_transaction_that_is_forgotten_ends(town: Switchboard) -> None:
    """It keeps writers of the whole store waiting."""
    with town.connects("trio") as connection:
        connection.execute(f"BEGIN; SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("10s",)
        connection.execute("ROLLBACK")
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("0",)


def test_a_transaction_that_goes_on_with_something_else_ends(town: Switchboard) -> None:
    """As long as it lasts no tenant's cycle does. A shorter limit of its own stays, and the session's comes back."""
    limits = ("transaction_timeout", "statement_timeout")
    shown = "SELECT current_setting(%s), current_setting(%s)"
    with town.connects("trio") as connection:
        for before, after in {"0": "30s", "1h": "30s", "30s": "30s", "1500ms": "1500ms"}.items():
            for limit in limits:
                connection.execute(sql.SQL("SET {} = {}").format(sql.Identifier(limit), before))
            connection.execute(f"BEGIN; SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")
            assert connection.execute(shown, limits).fetchone() == (after, after)
            connection.execute("ROLLBACK")
            assert connection.execute(shown, limits).fetchone() == (before, before)


@pytest.mark.long
def test_a_transaction_that_is_never_still_lasts_half_a_minute(town: Switchboard) -> None:
    """However short its statements are, and whatever limit it had set itself."""
    with town.connects("trio") as connection:
        connection.execute(f"SET transaction_timeout = '1h'; BEGIN; SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")
        began = time.monotonic()
        with pytest.raises(errors.TransactionTimeout):  # noqa: PT012 - in one of many
            for _ in range(120):
                connection.execute("SELECT pg_sleep(1)")
        assert 20 < time.monotonic() - began < 60


def test_whoever_has_a_lock_of_ours_is_told_by_their_role(town: Switchboard) -> None:
    """Anybody may take one. The other tenants are worked on meanwhile."""
    lock = tenant_lock(town.url, "sorsele")
    with town.connects("trio") as connection:
        its = rf"the role trio keeps it locked \(process {connection.info.backend_pid} "
        connection.execute("SELECT pg_advisory_lock_shared(%s)", (lock_key_of("sorsele"),))
        url = parsed_url(town.url)
        asked = (lock.holder, lock.refuse_other_files, lambda: lock.take("hanvisa once", TEN))
        for ask in (*asked, lambda: which_are_had(url, ["mala", "sorsele"])):
            with pytest.raises(LockKept, match=its):
                ask()
        once = town.hanvisa("once")
        assert once.code == 1
        assert "mala: " in once.out
        assert re.search(its, once.err)
        connection.execute("SELECT pg_advisory_unlock_all()")
        with lock.held("hanvisa once", TEN):
            assert lock.is_held


def test_whoever_keeps_the_store_locked_is_told_by_their_role(town: Switchboard) -> None:
    """A transaction in which they have acted does; one that is over in a moment is no trouble."""
    with town.connects("trio") as connection, Store.open(postgresql.impatient(town.url)) as store:
        its = rf"the role trio keeps it locked \(process {connection.info.backend_pid} "
        connection.execute(f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")
        assert store.database.locked_by_strangers() == []
        connection.execute(f"BEGIN; SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")
        with pytest.raises(StoreUnavailable, match=its):
            store.mark("run")
        (error,) = (line for line in town.hanvisa("check").out.splitlines() if "store_owner@" in line)
        assert re.search(its, error)


def test_nobody_else_takes_a_lock_where_an_administrator_has_seen_to_it(town: Switchboard) -> None:
    """By what docs/admin.md says; the functions and hanvisa go on."""
    (block,) = re.findall(r"```sql\n(DO \$\$.*?)```", (PROJECT / "docs" / "admin.md").read_text("utf-8"), re.DOTALL)
    postgresql.shared_server().execute(block.replace("TO hanvisa", f"TO {OWNER}"), town.database)
    for take in ("pg_advisory_lock(1)", "pg_try_advisory_lock_shared(1)", "pg_advisory_xact_lock(1, 0)"):
        assert isinstance(_refused(town, f"SELECT {take}"), errors.InsufficientPrivilege)
    assert len(town.asks("trio", f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR})")) == 1
    with tenant_lock(town.url, "sorsele").held("hanvisa once", TEN):
        town.town.store.mark("run")


def test_a_role_that_may_more_is_not_let_in(town: Switchboard) -> None:
    """A superuser, or a member of the owner, would see everybody."""
    printed = town.hanvisa("store", "grants", "--role", OWNER, "--origin", "mine", "--tenant", "sorsele").out
    with pytest.raises(AssertionError, match="may do more"):
        town.runs(OWNER, printed)


def test_a_whole_cycle_tells_the_rules(town: Switchboard) -> None:
    """Until then no number is known to take calls; a cycle that left anybody tells nothing."""
    call = f"SELECT * FROM refer_phone('4712', {IN_AN_HOUR}, alternative_number => '08-123 456 78')"
    (sorsele,) = (one for one in town.town.place.settings.tenants if one.id == "sorsele")
    now = datetime.now(UTC).replace(microsecond=0)
    InStore(town.town.store, sorsele).cycle(now, {}, CycleEnd((), {}, whole=False, directory_refused=False))
    assert _refused(town, call).sqlstate == "VX503"
    InStore(town.town.store, sorsele).cycle(now, {}, CycleEnd((), {}, whole=True, directory_refused=False))
    assert [row[7] for row in town.asks("trio", call)] == ["+46812345678"]
    assert town.asks(OWNER, "SELECT tenant FROM tenant_rules") == [("sorsele",)]


def _by_operator(town: Switchboard, name: str, now: datetime) -> None:
    person = town.town.people[name]
    tenants: dict[str, Any] = {one.id: one for one in town.town.place.settings.tenants}
    hand = Hand(town.town.store, tenants[person.tenant], person, "Eva", now.replace(microsecond=0))
    by_hand.refer(hand, Wish(until=now + timedelta(hours=1)))
