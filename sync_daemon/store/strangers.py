"""Who else has hanvisa's locks in PostgreSQL: whoever may connect to a database may take any advisory lock of it.

Another system has the store's, shared, for the moment that it acts. Whatever else is there, no hanvisa has taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from sync_daemon.store.fence import fences, halves, lock_key_of, writers_key_of
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

WRITERS = (0x68616E76, 0)
"""The key of the store's lock, as two numbers: `hanv`, and 0."""

_MOMENT = 0.5
"""Seconds, far longer than another system's act takes."""

# What is seen of others' sessions without any right: https://www.postgresql.org/docs/18/monitoring-stats.html.
_THEIRS = text("""
SELECT classid::bigint AS high, objid::bigint AS low, objsubid AS kind, pid, usename, virtualtransaction
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND usename <> session_user
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY pid
""")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A session of another role's that has the lock of that name (None: the store's): the server's process of it."""

    name: str | None
    role: str
    process: int
    transaction: str

    @property
    def problem(self) -> Text:
        """Who it is."""
        return Text(
            "the role {role} keeps it locked (process {process} of the database server)",
            role=self.role,
            process=self.process,
        )

    @property
    def remedy(self) -> Text:
        """What a person does about it."""
        return Text(
            "end that session; an administrator of the server does by SELECT pg_terminate_backend({process})",
            process=self.process,
        )

    @property
    def text(self) -> Text:
        """Both."""
        return Text("{problem}: {remedy}", problem=self.problem, remedy=self.remedy)


def with_the_locks_of(connection: Connection, names: Iterable[str]) -> list[Stranger]:
    """Whoever else has the lock of any of these names."""
    return [one for one in _found(connection, names) if one.name is not None]


def in_the_way(connection: Connection) -> list[Stranger]:
    """Whoever else has the lock of a name that was ever taken, or has the store's, and goes on having it."""
    names = connection.scalars(select(fences.c.name)).all()
    found = _found(connection, names)
    if any(one.name is None for one in found):
        time.sleep(_MOMENT)
        still = {(one.process, one.transaction) for one in _found(connection, ())}
        return [one for one in found if one.name is not None or (one.process, one.transaction) in still]
    return found


def _found(connection: Connection, names: Iterable[str]) -> list[Stranger]:
    known: dict[tuple[int, int, int], str | None] = {(*WRITERS, 2): None}
    for name in names:
        for both in map(halves, (lock_key_of(name), writers_key_of(name))):
            known[both["high"], both["low"], 1] = name
    return [
        Stranger(known[key], one.usename, one.pid, one.virtualtransaction)
        for one in connection.execute(_THEIRS)
        if (key := (one.high, one.low, one.kind)) in known
    ]
