"""Fencing: who has lost a tenant's lock, and does not know it yet, writes nothing more.

Each time the lock of a name is taken in PostgreSQL it gets a higher number, which none had before, also in a database
that is as it was some time ago. Whoever writes because they have the lock shows their number in the transaction, which
has the row of the last number by FOR SHARE until it ends
(https://www.postgresql.org/docs/18/explicit-locking.html#LOCKING-ROWS): the next taker's UPDATE of that row waits for
it, and whoever comes later sees the new number. So there is no gap between the look and the COMMIT.

What the database remembers of it: each row of `changes` has the number under which it was written, by the column's own
default, and `fence_takings` has how many ids of `changes` had been given when a number was taken. An id is drawn after
the look, so that a row of an older number with an id above that would have been written by who had lost the lock
(`WRITTEN_LATE`).
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, MetaData, Sequence, Table, text
from sqlalchemy.exc import DBAPIError

from sync_daemon.errors import LockLost
from sync_daemon.store import schema
from sync_daemon.store.column_types import NUMBER, TEXT, UtcTime
from sync_daemon.store.database import OverDatabase
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from sync_daemon.store.database import Database

metadata = MetaData(naming_convention=schema.metadata.naming_convention)
"""Of what is in PostgreSQL only; a copy of the store leaves it out, for it tells of the locks of one database."""

numbers = Sequence("fence_numbers", metadata=metadata)

fences = Table(
    "fences",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("number", NUMBER, nullable=False),
    Column("host", TEXT, nullable=False),
    Column("since", UtcTime, nullable=False),
)

fence_takings = Table(
    "fence_takings",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("name", TEXT, nullable=False, index=True),
    Column("host", TEXT, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("changes_before", NUMBER, nullable=False),
)

WRITTEN_LATE: Final = """
SELECT changes.id, changes.subscriber_id, taken.name, taken.number, later.number AS later_number
FROM changes
JOIN fence_takings AS taken ON taken.number = changes.fence
JOIN fence_takings AS later
    ON later.name = taken.name AND later.number > taken.number AND later.changes_before < changes.id
ORDER BY changes.id
"""
"""Every change that was written under a number after a later one of the same name had been taken: none, ever."""

# By the microsecond: counted on, a database that is as it was before (from a backup, or a standby that lacked the last
# seconds) would give a number again that somebody still has.
_RAISE: Final = text("""
INSERT INTO fences (name, number, host, since) VALUES (
    :name, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000 + nextval('fence_numbers') % 1000,
    :host, :since
) ON CONFLICT (name) DO UPDATE SET
    number = greatest(excluded.number, fences.number + 1), host = excluded.host, since = excluded.since
RETURNING number
""")
_REMEMBER: Final = text("""
INSERT INTO fence_takings (number, name, host, since, changes_before)
VALUES (:number, :name, :host, :since, coalesce(pg_sequence_last_value(pg_get_serial_sequence('changes', 'id')), 0))
""")
_FORGET: Final = text("""
DELETE FROM fence_takings WHERE name = :name AND since < CURRENT_TIMESTAMP - interval '30 days'
""")
_SHOW: Final = text("""
SELECT number, pg_advisory_xact_lock_shared(:key), set_config('hanvisa.fence', CAST(:number AS text), true)
FROM fences WHERE name = :name FOR SHARE
""")
_END_WRITERS: Final = text("""
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = :high AND objid::bigint = :low
""")


@dataclass(frozen=True, slots=True)
class Fence:
    """What whoever has the lock of that name writes under; the next who has it gets a higher number."""

    name: str
    number: int


def take(connection: Connection, name: str, host: str, since: datetime) -> Fence:
    """The next number, for who has just got the lock of that name, in a session that commits each statement.

    Whoever still writes under the one before has lost the lock: their transactions are ended, also where nobody reads
    what the server sends (a process that was stopped), and what they have not committed is undone. `since` in UTC.

    Raises DBAPIError where one does not end within the session's `lock_timeout`.
    """
    try:
        connection.execute(_END_WRITERS, halves(writers_key_of(name)))
    except DBAPIError as error:  # a role that may not: then its end is waited for
        if error.connection_invalidated:
            raise
    told = {"name": name, "host": host, "since": since}
    number = int(connection.scalar(_RAISE, told))
    connection.execute(_REMEMBER, {**told, "number": number})
    connection.execute(_FORGET, {"name": name})
    return Fence(name, number)


def show(connection: Connection, fence: Fence) -> None:
    """From here to the end of the transaction no later number can be taken; LockLost where one was."""
    shown = {"name": fence.name, "number": fence.number, "key": writers_key_of(fence.name)}
    row = connection.execute(_SHOW, shown).first()
    if row is None or row.number != fence.number:
        raise lock_lost(fence.name)


def lock_lost(name: str) -> LockLost:
    """That the lock of that name is another's, or nobody's."""
    return LockLost(Text("the lock of {tenant} was lost: nothing is written until it is had again", tenant=name))


class FencedDatabase(OverDatabase):
    """Another's transactions, for who has a lock: nothing is written once somebody else has taken it."""

    def __init__(self, database: Database, fence: Fence) -> None:
        self._database = database
        self._fence = fence

    def close(self) -> None:
        """Lets go of every connection of the other's."""
        self._database.close()

    @property
    def name(self) -> str:
        """The other's."""
        return self._database.name

    @property
    def subscribers_at_once(self) -> int:
        """The other's."""
        return self._database.subscribers_at_once

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.read() as connection:
            yield connection

    @contextmanager
    def _writing(self, *, durable: bool, subscriber: int | None) -> Iterator[Connection]:
        with self._database.write(durable=durable, subscriber=subscriber) as connection:
            show(connection, self._fence)
            yield connection


def key_of(told: str) -> int:
    """The key of an advisory lock: 64 bits with a sign, another one for each text."""
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest(), "big", signed=True)


def halves(key: int) -> dict[str, int]:
    """As `pg_locks` shows a key: https://www.postgresql.org/docs/18/view-pg-locks.html."""
    bits = key & (1 << 64) - 1
    return {"high": bits >> 32, "low": bits & (1 << 32) - 1}


def lock_key_of(name: str) -> int:
    """The key of the lock of that name: two tenants of one store have different ones."""
    return key_of(f"hanvisa {name}")


def writers_key_of(name: str) -> int:
    """The key that each transaction has, shared, in which something is written under that name's number."""
    return key_of(f"hanvisa writes {name}")
