"""A tenant's lock in PostgreSQL: an advisory one of a session's, on a connection of its own.

The server lets go of it when that connection ends, however it does
(https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS): whoever loses the connection has lost the
lock, and so whoever asks whether it is held has the server answer on it. Who has it says a word on that connection
every few seconds; where none comes (the process stands still, its host is cut off) the server ends the connection. Who
has lost the lock and does not know it yet writes nothing: `fence`.

Who has it stands in a mark of the store with the session's number, by which a mark that its writer left behind is
known.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import fence
from sync_daemon.store.lock import Holder, Lock, LockKept, TenantBusy
from sync_daemon.store.marks import lock_key
from sync_daemon.store.postgresql import engine_for, name_of
from sync_daemon.store.postgresql_errors import LOCK_TIMEOUT, code_of, keeps_from_answering, trouble
from sync_daemon.store.strangers import with_the_locks_of
from sync_daemon.texts import Text
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import URL, Connection, Engine, TextClause

    from sync_daemon.store.fence import Fence
    from sync_daemon.store.postgresql_connection import LimitedConnection

_SAY = text(
    "INSERT INTO marks (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_SAID = text("SELECT value FROM marks WHERE name = :name")
_WORD = text("SELECT true")
_TAKE = text("SELECT pg_try_advisory_lock(:key), pg_backend_pid()")
# Of what was the primary until another was promoted nobody need ask for a lock any more: it is had of the other.
_TAKES_WRITES = text("SELECT current_setting('transaction_read_only') = 'off'")
# Where a pooler in between drops what a connection asks for at its beginning.
_END_SILENT = text(
    "SELECT set_config('idle_session_timeout', :silence, false) WHERE current_setting('idle_session_timeout') = '0'"
)
_LET_GO = text("SELECT pg_advisory_unlock(:key)")
_TAKEN = (
    "FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_ALL_TAKEN = text(f"SELECT classid::bigint AS high, objid::bigint AS low {_TAKEN}")
_HAS_IT = text(f"SELECT pid {_TAKEN} AND classid::bigint = :high AND objid::bigint = :low")

WORD_SECONDS = 2.5
"""How often the holder says a word."""

SILENCE_SECONDS = 10
"""Without a word for so long the server ends the connection, and with it the lock: well before whoever is to take it
over within half a minute may be lost as well."""

_ANSWER_SECONDS = 10.0
"""A server that answers on the lock's connection no sooner stands still."""

_OPTIONS = {
    "idle_session_timeout": f"{SILENCE_SECONDS}s",
    "lock_timeout": "5s",  # for who still writes under the number before
}


class SessionLock(Lock):
    """The lock of one tenant in the database at the url. Safe to share between threads."""

    def __init__(self, url: URL, tenant: str) -> None:
        super().__init__(tenant)
        self._url = url
        self._turn = threading.Lock()
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._driver: LimitedConnection | None = None
        self._has_it = False
        self._fence: Fence | None = None
        self._over = threading.Event()

    @property
    def fence(self) -> Fence | None:
        """The number that it was had under last; another one each time that it is taken."""
        return self._fence

    @property
    def is_held(self) -> bool:
        """Whether the server says so on the connection that has it, and takes writes; once lost it stays lost."""
        with self._turn:
            if self._connection is None or not self._has_it:
                return False
            if self._answers(self._connection, _TAKES_WRITES):
                return True
            self._forget()
            return False

    def make_sure(self) -> None:
        """Raises LockLost where it is lost, as far as the server has said so: it is not asked.

        That another has taken it each transaction sees by the number (`Store.fenced`).
        """
        driver = self._driver
        if not self._has_it or driver is None or (driver.has_word and not self.is_held):
            raise fence.lock_lost(self._tenant)

    def take(self, command: str, now: datetime) -> None:
        """Takes it at once.

        Raises TenantBusy where another has it, StoreUnavailable where the server does not answer, or who has it is no
        hanvisa. Who waits, and tries each second, keeps the connection until `release`.
        """
        if self._has_it:
            self.release()
        with self._turn, _reported(self._url):
            try:
                connection = self._connected()
                session = self._taken(connection)
                self._fence = self._next_fence(connection, now)
                self._has_it = True
                self._say(connection, command, now, session)
                self._go_on_saying(connection)
            except TenantBusy:
                raise
            except BaseException:
                self._forget()
                raise

    def holder(self) -> Holder | None:
        """Who has it, whichever process on whichever host that is; None where nobody does. Writes nothing.

        Raises TenantBusy where somebody has it and has not said who, StoreUnavailable where the server does not answer,
        or who has it is no hanvisa.
        """
        with _looking(self._url) as connection:
            while (session := self._session(connection)) is not None:
                if (who := self._holder(connection)) is not None:
                    return who
                if self._session(connection) == session:  # else another has it by now, or nobody
                    raise TenantBusy(self._tenant, None)
            return None

    def refuse_other_files(self) -> None:
        """Raises LockKept where another role's session has it."""
        with _looking(self._url) as connection:
            _refuse_strangers(connection, [self._tenant])

    def release(self) -> None:
        """Lets go of it; nothing where it is not held."""
        with self._turn:
            if self._connection is not None and self._has_it:
                with suppress(DBAPIError):  # then the server has let go of it already, or will with the connection
                    self._connection.execute(_LET_GO, {"key": fence.lock_key_of(self._tenant)})
            self._forget()

    def _connected(self) -> Connection:
        """The one of the last try, unless the server has ended it since."""
        if self._connection is not None and not self._answers(self._connection, _WORD):
            self._forget()
        if self._connection is None:
            self._engine = engine_for(self._url, pooled=1, options=_OPTIONS, seconds=_ANSWER_SECONDS)
            self._connection = self._engine.execution_options(isolation_level="AUTOCOMMIT").connect()
            driver: Any = self._connection.connection.driver_connection
            self._driver = driver
            self._connection.execute(_END_SILENT, {"silence": f"{SILENCE_SECONDS}s"})
        return self._connection

    @staticmethod
    def _answers(connection: Connection, question: TextClause) -> bool:
        try:
            return bool(connection.scalar(question))
        except DBAPIError:
            return False

    def _forget(self) -> None:
        self._has_it = False
        self._over.set()
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
        if self._engine is not None:
            self._engine.dispose()
        self._connection = self._engine = self._driver = None

    def _taken(self, connection: Connection) -> int:
        """The session that has it now, by the server's process of it."""
        has_it, session = connection.execute(_TAKE, {"key": fence.lock_key_of(self._tenant)}).one()
        if not has_it:
            raise TenantBusy(self._tenant, self._holder(connection))
        return int(session)

    def _next_fence(self, connection: Connection, now: datetime) -> Fence:
        """TenantBusy, and the lock let go of, while somebody still writes who had it before."""
        try:
            return fence.take(connection, self._tenant, socket.gethostname(), now)
        except DBAPIError as error:
            if code_of(error.orig) != LOCK_TIMEOUT:
                raise
            connection.execute(_LET_GO, {"key": fence.lock_key_of(self._tenant)})
            raise TenantBusy(self._tenant, None) from None

    def _go_on_saying(self, connection: Connection) -> None:
        """From a thread of its own, however long its holder is busy, until the lock is let go of or lost."""
        self._over = over = threading.Event()

        def say() -> None:
            while not over.wait(WORD_SECONDS):
                with self._turn:
                    if not over.is_set() and not self._answers(connection, _WORD):
                        self._forget()

        threading.Thread(target=say, name=f"lock of {self._tenant}", daemon=True).start()

    def _say(self, connection: Connection, command: str, now: datetime, session: int) -> None:
        who = {"pid": os.getpid(), "host": socket.gethostname(), "since": as_text(now), "command": command}
        told = json.dumps({**who, "session": session})
        connection.execute(_SAY, {"name": lock_key(self._tenant), "value": told})

    def _session(self, connection: Connection) -> int | None:
        """The server's process whose client has it; None where nobody has."""
        found: int | None = connection.scalar(_HAS_IT, fence.halves(fence.lock_key_of(self._tenant)))
        return found

    def _holder(self, connection: Connection) -> Holder | None:
        """Who has said it last; None where that is not who has it now. Raises LockKept where that is no hanvisa."""
        with suppress(ValueError, KeyError, TypeError):
            who: dict[str, Any] = json.loads(connection.scalar(_SAID, {"name": lock_key(self._tenant)}) or "null")
            holder = Holder(who["pid"], who["host"], from_text(who["since"]), who["command"])
            if who["session"] == self._session(connection):
                return holder
        _refuse_strangers(connection, [self._tenant])
        return None


def which_are_had(url: URL, names: Collection[str]) -> set[str]:
    """Those whose lock somebody has now, on whichever host. Writes nothing.

    Raises StoreUnavailable as `SessionLock.holder` does.
    """
    with _looking(url) as connection:
        had = {(one.high, one.low) for one in connection.execute(_ALL_TAKEN)}
        found = {name for name in names if (*fence.halves(fence.lock_key_of(name)).values(),) in had}
        _refuse_strangers(connection, found)
    return found


def _refuse_strangers(connection: Connection, names: Collection[str]) -> None:
    """Raises LockKept where another role's session has the lock of any of them."""
    for stranger in with_the_locks_of(connection, names):
        raise LockKept(
            Text("the lock of {tenant} cannot be had: {problem}", tenant=stranger.name, problem=stranger.text)
        )


@contextmanager
def _looking(url: URL) -> Iterator[Connection]:
    engine = _to_look(url)
    try:
        with _reported(url), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()  # of its connection; what it knows of the server stays


@contextmanager
def _reported(url: URL) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not keeps_from_answering(error.orig):
            raise
        raise StoreUnavailable(
            Text("the store {name} cannot be used: {problem}", name=name_of(url), problem=trouble(error.orig))
        ) from error


@cache
def _to_look(url: URL) -> Engine:
    """One for all who ask who works: to make it takes longer than to ask."""
    return engine_for(url, read_only=True, pooled=1, seconds=_ANSWER_SECONDS)
