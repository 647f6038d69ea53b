"""A tenant's lock in PostgreSQL: an advisory one of a session's, on a connection of its own.

The server lets go of it when that connection ends, however it does
(https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS): whoever loses the connection has lost the
lock, and so whoever asks whether it is held has the server answer on it. Who has it stands in a mark of the store with
the session's number, by which a mark that its writer left behind is known.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sync_daemon.errors import StoreUnavailable
from sync_daemon.store.lock import Holder, Lock, TenantBusy
from sync_daemon.store.marks import lock_key
from sync_daemon.store.postgresql import engine_for, name_of
from sync_daemon.store.postgresql_errors import keeps_from_answering, trouble
from sync_daemon.texts import Text
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import URL, Connection, Engine

_SAY = text(
    "INSERT INTO marks (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_SAID = text("SELECT value FROM marks WHERE name = :name")
_TAKE = text("SELECT pg_try_advisory_lock(:key), pg_backend_pid()")
# Of what was the primary until another was promoted nobody need ask for a lock any more: it is had of the other.
_TAKES_WRITES = text("SELECT current_setting('transaction_read_only') = 'off'")
_LET_GO = text("SELECT pg_advisory_unlock(:key)")
# A key of 64 bits is shown in two halves: https://www.postgresql.org/docs/18/view-pg-locks.html.
_HAS_IT = text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid::bigint = :high AND objid::bigint = :low"
)


class SessionLock(Lock):
    """The lock of one tenant in the database at the url. Safe to share between threads."""

    def __init__(self, url: URL, tenant: str) -> None:
        super().__init__(tenant)
        self._url = url
        self._turn = threading.Lock()
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._has_it = False

    @property
    def is_held(self) -> bool:
        """Whether the server says so on the connection that has it, and takes writes; once lost it stays lost."""
        with self._turn:
            if self._connection is None or not self._has_it:
                return False
            try:
                if self._connection.scalar(_TAKES_WRITES):
                    return True
            except DBAPIError:
                pass
            self._forget()
            return False

    def take(self, command: str, now: datetime) -> None:
        """Takes it at once.

        Raises TenantBusy where another has it, StoreUnavailable where the server does not answer. Who waits, and tries
        each second, keeps the connection until `release`.
        """
        if self._has_it:
            self.release()
        with self._turn, self._reported():
            try:
                connection = self._connected()
                session = self._taken(connection)
                self._has_it = True
                self._say(connection, command, now, session)
            except TenantBusy:
                raise
            except BaseException:
                self._forget()
                raise

    def holder(self) -> Holder | None:
        """Who has it, whichever process on whichever host that is; None where nobody does. Writes nothing.

        Raises TenantBusy where somebody has it and has not said who, StoreUnavailable where the server does not answer.
        """
        engine = engine_for(self._url, read_only=True, pooled=1)
        try:
            with self._reported(), engine.connect() as connection:
                if self._session(connection) is None:
                    return None
                if (who := self._holder(connection)) is None:
                    raise TenantBusy(self._tenant, None)
                return who
        finally:
            engine.dispose()

    def refuse_other_files(self) -> None:
        """There is no file of it."""

    def release(self) -> None:
        """Lets go of it; nothing where it is not held."""
        with self._turn:
            if self._connection is not None and self._has_it:
                with suppress(DBAPIError):  # then the server has let go of it already, or will with the connection
                    self._connection.execute(_LET_GO, {"key": _key(self._tenant)})
            self._forget()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._engine = engine_for(self._url, pooled=1)
            self._connection = self._engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        return self._connection

    def _forget(self) -> None:
        self._has_it = False
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
        if self._engine is not None:
            self._engine.dispose()
        self._connection = self._engine = None

    def _taken(self, connection: Connection) -> int:
        """The session that has it now, by the server's process of it."""
        has_it, session = connection.execute(_TAKE, {"key": _key(self._tenant)}).one()
        if not has_it:
            raise TenantBusy(self._tenant, self._holder(connection))
        return int(session)

    def _say(self, connection: Connection, command: str, now: datetime, session: int) -> None:
        who = {"pid": os.getpid(), "host": socket.gethostname(), "since": as_text(now), "command": command}
        told = json.dumps({**who, "session": session})
        connection.execute(_SAY, {"name": lock_key(self._tenant), "value": told})

    def _session(self, connection: Connection) -> int | None:
        """The server's process whose client has it; None where nobody has."""
        bits = _key(self._tenant) & (1 << 64) - 1
        found: int | None = connection.scalar(_HAS_IT, {"high": bits >> 32, "low": bits & (1 << 32) - 1})
        return found

    def _holder(self, connection: Connection) -> Holder | None:
        """Who has said it last; None where that is not who has it now."""
        try:
            who: dict[str, Any] = json.loads(connection.scalar(_SAID, {"name": lock_key(self._tenant)}) or "null")
            holder = Holder(who["pid"], who["host"], from_text(who["since"]), who["command"])
            return holder if who["session"] == self._session(connection) else None
        except (ValueError, KeyError, TypeError):
            return None

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if not keeps_from_answering(error.orig):
                raise
            raise StoreUnavailable(
                Text("the store {name} cannot be used: {problem}", name=name_of(self._url), problem=trouble(error.orig))
            ) from error


def _key(tenant: str) -> int:
    """64 bits with a sign: two tenants of one store have different ones."""
    return int.from_bytes(hashlib.blake2b(f"hanvisa {tenant}".encode(), digest_size=8).digest(), "big", signed=True)
