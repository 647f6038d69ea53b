"""Which configurations were in force: each has a number, the highest is the one that was put into force last.

Of a configuration nothing is kept but its digest (`settings.digest`), which says whether two hosts have the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from sync_daemon.store.schema import configurations

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Configuration:
    """One that was put into force `since` (UTC), by a host and its version of the program."""

    number: int
    digest: str
    since: datetime
    host: str
    version: str


_COLUMNS = select(
    configurations.c.number,
    configurations.c.digest,
    configurations.c.since,
    configurations.c.host,
    configurations.c.version,
)
_NEWEST_FIRST = _COLUMNS.order_by(configurations.c.number.desc()).limit(1)


def newest(connection: Connection) -> Configuration | None:
    """The one that is in force; None where no host has told of any yet."""
    row = connection.execute(_NEWEST_FIRST).one_or_none()
    return row and Configuration(*row)


def of_digest(connection: Connection, digest: str) -> Configuration | None:
    """When the one of that digest was put into force last; None where it never was."""
    row = connection.execute(_NEWEST_FIRST.where(configurations.c.digest == digest)).one_or_none()
    return row and Configuration(*row)


def put_into_force(connection: Connection, new: Configuration, *, again: bool = False) -> Configuration:
    """The one of that digest, which gets the next number where it was never in force, or is not now and is put `again`.

    The `number` of `new` is of no account.
    """
    last = newest(connection)
    known = of_digest(connection, new.digest)
    if known is not None and (not again or known == last):
        return known
    number = 1 if last is None else last.number + 1
    values = {"number": number, "digest": new.digest, "since": new.since, "host": new.host, "version": new.version}
    connection.execute(insert(configurations), values)
    return Configuration(number, new.digest, new.since, new.host, new.version)
