"""Transactions on a store in PostgreSQL.

Reading sees one state throughout, by REPEATABLE READ
(https://www.postgresql.org/docs/18/transaction-iso.html#XACT-REPEATABLE-READ). Writing is READ COMMITTED under a lock,
so that each statement sees what was there when the lock was had; a snapshot would be older than that
(https://www.postgresql.org/docs/18/applevel-consistency.html#NON-SERIALIZABLE-CONSISTENCY).

The lock is the store's, an advisory one of the transaction
(https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS). Who writes to one subscriber alone shares it
with others who do, and has the subscriber's row by FOR UPDATE; everybody else has it alone, as the one writer has a
SQLite file: a directory, who goes on as whom, held sets, notices and marks are read and written with nobody between.
Whatever else writes referrals must take the same lock (`WRITERS`), or only ever hold what the tables' constraints hold.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from sync_daemon.store.database import (
    Database,
    Version,
    bring_up_to_date,
    refuse_older_schema,
    schema_version,
)
from sync_daemon.store.empty_database import EmptyDatabase
from sync_daemon.store.postgresql import engine_for, name_of
from sync_daemon.store.postgresql_connection import taking_long
from sync_daemon.store.postgresql_errors import COLLIDED, EXCLUDED, LOCK_TIMEOUT, code_of, keeps_from_answering, trouble
from sync_daemon.store.referrals import OverlappingReferrals
from sync_daemon.store.reopened import no_store_yet
from sync_daemon.store.schema import TABLES, subscribers
from sync_daemon.store.strangers import WRITERS, in_the_way
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection

    from sync_daemon.store.strangers import Stranger

_LOCK_STORE = f"SELECT pg_advisory_xact_lock({WRITERS[0]}, {WRITERS[1]})"
_SHARE_STORE = f"SELECT pg_advisory_xact_lock_shared({WRITERS[0]}, {WRITERS[1]})"
_FLUSHED = (
    ", CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END"
)
"""Whatever the server, the database or the role has by default; more than `on` stays (a standby that has it too)."""
_LOCK_STORE_FOR_LONG = f"SELECT pg_advisory_lock({WRITERS[0]}, {WRITERS[1]})"
_TAKES_LONG = ("SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = '10min'")
_STANDS_STILL = ", set_config('idle_in_transaction_session_timeout', '15s', true)"
"""A process that stands still (SIGSTOP) keeps others from writing for no longer."""
_MIGRATES = ("SET LOCAL statement_timeout = 0", "SET LOCAL lock_timeout = '10min'")
_NOT_FLUSHED = ", set_config('synchronous_commit', 'off', true)"
"""A crash may undo the last such transactions, whole, and damages nothing; a later flush has those before it as well
(https://www.postgresql.org/docs/18/wal-async-commit.html)."""

_ASIDE = "SELECT set_config('synchronous_commit', 'off', true)"

_LOCK_SUBSCRIBER = select(subscribers.c.id).where(subscribers.c.id == bindparam("subscriber_id")).with_for_update()

_SESSION = "SELECT pg_backend_pid()"

_WITHOUT_STATISTICS = """
SELECT relname FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_mod_since_analyze >= greatest(n_live_tup, 100000) ORDER BY relname
"""

_OTHER_STORES = """
SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname IN ('referrals', 'fence_takings') AND c.relkind = 'r' AND n.nspname <> current_schema()
    GROUP BY n.nspname HAVING count(*) = 2 ORDER BY n.nspname LIMIT 5
"""
"""Of two tables, as another program has referrals as well; a few are enough to tell."""

_VERSION = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_snapshot()::text END, pg_postmaster_start_time()"
)


def open_url(url: URL, *, read_only: bool, upgrade: bool = True) -> Database:
    """The store at the url, its schema up to date; an empty one where `read_only` and there is no schema yet.

    Raises:
        StoreUnavailable: the server cannot be reached or used.
        UserError: the schema is newer than this code's, or older (with `read_only`, or without `upgrade`).
    """
    database = PostgresqlDatabase(url, read_only=read_only)
    try:
        if not read_only and upgrade:
            bring_up_to_date(database)
            return database
        if schema_version(database) is not None:
            refuse_older_schema(database)
            return database
    except BaseException:
        database.close()
        raise
    database.close()
    if not read_only:
        raise no_store_yet()
    return EmptyDatabase(database.name)


@contextmanager
def _overlaps_told() -> Iterator[None]:
    """The constraint is looked at when the transaction ends, where nobody can say which two they were."""
    try:
        yield
    except IntegrityError as error:
        if code_of(error.orig) != EXCLUDED:
            raise
        raise OverlappingReferrals(
            Text("two referrals of the calendar of one subscriber and phone would overlap: nothing was written")
        ) from None


class PostgresqlDatabase(Database):
    """Any number of readers; writers as the module says. Where `read_only` the server refuses all writing as well."""

    def __init__(self, url: URL, *, read_only: bool = False) -> None:
        self._name = name_of(url)
        self._read_only = read_only
        self._engine = engine_for(url, read_only=read_only)
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = self._engine.execution_options(isolation_level="READ COMMITTED")
        self._onlooker = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Lets go of every connection."""
        self._engine.dispose()

    @property
    def name(self) -> str:
        """The address, without the password and the parameters."""
        return self._name

    @property
    def subscribers_at_once(self) -> int:
        """A transaction costs as much as some of their rows; more would keep others waiting for longer."""
        return 500

    def locked_by_strangers(self) -> list[Stranger]:
        """Whoever else has the store's lock. Raises StoreUnavailable."""
        with self._reported(), self._onlooker.connect() as connection:
            return [one for one in in_the_way(connection) if one.name is None]

    def clock_ahead(self) -> timedelta:
        """As the base says; as little as it can be, however long the answer takes."""
        with self._reported(), self._onlooker.connect() as connection:
            before = datetime.now(UTC)
            theirs: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            after = datetime.now(UTC)
        return max(before - theirs, timedelta()) or min(after - theirs, timedelta())

    def shares_sessions(self) -> bool:
        """By the server's processes that two connections of ours have, asked by turns.

        See https://www.pgbouncer.org/features.html, "Transaction pooling".
        """
        with self._reported(), self._onlooker.connect() as first, self._onlooker.connect() as second:
            seen = [tuple(one.exec_driver_sql(_SESSION).scalar_one() for one in (first, second)) for _ in range(3)]
        ours, theirs = seen[0]
        return ours == theirs or len({*seen}) > 1

    def without_statistics(self) -> list[str]:
        """As the base says; autovacuum looks a table through once a tenth of it has changed.

        See https://www.postgresql.org/docs/18/routine-vacuuming.html#VACUUM-FOR-STATISTICS.
        """
        with self._reported(), self._onlooker.connect() as connection:
            return list(connection.exec_driver_sql(_WITHOUT_STATISTICS).scalars())

    def other_stores(self) -> list[str]:
        """As the base says, five at most; everybody may read which tables there are, whoever's they are."""
        with self._reported(), self._onlooker.connect() as connection:
            return list(connection.exec_driver_sql(_OTHER_STORES).scalars())

    def _version(self) -> Version:
        """By which transactions have ended: two equal snapshots see the same ones committed.

        See https://www.postgresql.org/docs/18/functions-info.html#FUNCTIONS-INFO-SNAPSHOT. It costs no writer anything,
        and other hands' writing shows as well. Transactions are numbered for all of a server's databases together, so
        that writing to another makes another version too: that costs a look, and no write is ever missed. A standby's
        snapshot does not say it all, so that each of its versions is another one.
        """
        with self._onlooker.connect() as connection:
            snapshot, started = connection.exec_driver_sql(_VERSION).one()
        return Version(self._engine, object() if snapshot is None else (snapshot, started))

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._reader.begin()

    @contextmanager
    def _writing(self, *, durable: bool, subscriber: int | None) -> Iterator[Connection]:
        if self._read_only:
            raise RuntimeError(f"the store {self.name} was opened to be read only")
        lock = _LOCK_STORE if subscriber is None else _SHARE_STORE
        with _overlaps_told(), self._writer.begin() as connection:
            connection.exec_driver_sql(lock + _STANDS_STILL + (_FLUSHED if durable else _NOT_FLUSHED))
            if subscriber is not None:
                connection.execute(_LOCK_SUBSCRIBER, {"subscriber_id": subscriber})
            yield connection

    @contextmanager
    def _aside(self) -> Iterator[Connection]:
        with self._writer.begin() as connection:
            connection.exec_driver_sql(_ASIDE)
            yield connection

    @contextmanager
    def _reading_for_long(self) -> Iterator[Connection]:
        with self._reading() as connection, taking_long(connection):
            for statement in _TAKES_LONG:
                connection.exec_driver_sql(statement)
            yield connection

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """First the store's lock, for which writers of ours are waited out; then the tables', which anybody respects.

        What is seen is as of the first question after that (https://www.postgresql.org/docs/18/sql-lock.html).
        """
        with self._onlooker.connect() as connection:
            connection.exec_driver_sql(_LOCK_STORE_FOR_LONG)
            connection.commit()
            connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                with taking_long(connection), connection.begin():
                    for statement in _TAKES_LONG:
                        connection.exec_driver_sql(statement)
                    connection.exec_driver_sql(f"LOCK TABLE {', '.join(one.name for one in TABLES)} IN SHARE MODE")
                    yield connection
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = 'on'")
            finally:
                connection.invalidate()  # the lock is the session's, and ends with it

    @contextmanager
    def write_schema(self) -> Iterator[Connection]:
        """For a migration, which takes as long as it takes; another host's is waited for until it is done.

        The tables themselves it waits for no longer than any writer: everybody else would wait behind it.
        """
        with self._reported(), self._writer.begin() as connection, taking_long(connection):
            for statement in (*_MIGRATES, _LOCK_STORE + _FLUSHED, "SET LOCAL lock_timeout TO DEFAULT"):
                connection.exec_driver_sql(statement)
            yield connection

    def _trouble(self, error: BaseException | None) -> str:
        if code_of(error) == LOCK_TIMEOUT:
            with suppress(DBAPIError, NoConnectionLeft), self._onlooker.connect() as connection:
                for stranger in in_the_way(connection):
                    return stranger.text
        return trouble(error)

    def _keeps_from_answering(self, error: DBAPIError) -> bool:
        return keeps_from_answering(error.orig)

    def _has_collided(self, error: DBAPIError) -> bool:
        return code_of(error.orig) in COLLIDED
