"""What a tenant's cycles came to, and how its mailboxes could be read as of the latest one."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from sync_daemon.store import marks, schema
from sync_daemon.store.schema import cycles
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection


def record(  # noqa: PLR0913, PLR0917 - what a cycle came to
    connection: Connection,
    tenant: str,
    now: datetime,
    summary: dict[str, Any],
    unreadable: Collection[int],
    near_misses: Mapping[int, int] = MappingProxyType({}),
    *,
    whole: bool = False,
    directory_refused: bool = False,
) -> None:
    """Remembers what a cycle came to, whose calendar cannot be read as of now, and how many near misses are in whose.

    People are told by their ids. `whole`: every mailbox that was due was asked for, the cycle came to its end, and not
    everybody was unreadable. `directory_refused`: the directory's file is not taken into use.
    """
    connection.execute(insert(cycles), {"tenant": tenant, "at": now, "summary": summary})
    before = unread_since(connection, tenant)
    since = {id_: as_text(before.get(id_) or now) for id_ in sorted(unreadable)}
    marks.put(connection, schema.marks, marks.unreadable_key(tenant), json.dumps(since))
    counts = {id_: count for id_, count in sorted(near_misses.items()) if count}
    marks.put(connection, schema.marks, marks.near_misses_key(tenant), json.dumps(counts))
    if not directory_refused:
        marks.remove(connection, marks.directory_refused_key(tenant))
    else:
        marks.get_or_put(connection, schema.marks, marks.directory_refused_key(tenant), as_text(now))
    if whole:
        marks.put(connection, schema.marks, marks.whole_cycle_key(tenant), as_text(now))


def unreadable(connection: Connection, tenant: str) -> frozenset[int]:
    """Whose calendars could not be read as of the tenant's latest cycle, by their ids."""
    return frozenset(unread_since(connection, tenant))


def unread_since(connection: Connection, tenant: str) -> dict[int, datetime | None]:
    """Since which cycle each of them could not be read, in UTC.

    None where an older version has written it, which did not note since when.
    """
    told = json.loads(marks.value(connection, schema.marks, marks.unreadable_key(tenant)) or "{}")
    if isinstance(told, list):
        return dict.fromkeys(told)
    return {int(id_): from_text(since) for id_, since in told.items()}


def near_misses(connection: Connection, tenant: str) -> dict[int, int]:
    """How many near misses there were when a calendar was read last, by the id of whose it is; of who has any."""
    told = marks.value(connection, schema.marks, marks.near_misses_key(tenant))
    return {int(id_): count for id_, count in json.loads(told or "{}").items()}


def latest_whole(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's latest whole cycle was, in UTC; None where there was none yet."""
    told = marks.value(connection, schema.marks, marks.whole_cycle_key(tenant))
    if told is None and marks.value(connection, schema.marks, marks.near_misses_key(tenant)) is None:
        return latest(connection, tenant)  # version 0.1 did not say of a cycle whether it was whole
    return from_text(told) if told else None


def directory_refused_since(connection: Connection, tenant: str) -> datetime | None:
    """Since which cycle the directory is not taken into use, in UTC; None where the latest one took it."""
    told = marks.value(connection, schema.marks, marks.directory_refused_key(tenant))
    return from_text(told) if told else None


def directory_errors(connection: Connection, tenant: str) -> int:
    """How much the tenant's latest cycle found wrong in the directory; 0 where it did not note that."""
    query = select(_DIRECTORY_ERRORS).where(cycles.c.tenant == tenant).order_by(cycles.c.id.desc()).limit(1)
    return connection.scalar(query) or 0


def latest(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's latest cycle was, in UTC; None where there was none yet."""
    return next(iter(latest_ones(connection, tenant, 1)), None)


def latest_ones(connection: Connection, tenant: str, most: int) -> list[datetime]:
    """When the tenant's latest cycles were, the newest first; in UTC."""
    return list(connection.scalars(_LATEST, {"tenant": tenant, "most": most}))


def first(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's first cycle was, of those that are kept; in UTC. None where there was none yet."""
    moment: datetime | None = connection.scalar(select(func.min(cycles.c.at)).where(cycles.c.tenant == tenant))
    return moment


def first_read(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's first cycle was that read a calendar, of those that are kept; in UTC. None: none yet."""
    return _first_where(connection, tenant, _READ > 0)


def first_filled(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's first cycle was that read a calendar and left nobody who was due; in UTC, None: none yet.

    Of the cycles that are kept. One that signs ask for leaves everybody who is polled. A row that does not say who was
    still due was written by a version whose cycles left nobody but those for whom there was no time.
    """
    return _first_where(connection, tenant, _READ > 0, func.coalesce(_STILL_DUE, _POSTPONED, 0) == 0)


def _first_where(connection: Connection, tenant: str, *which: ColumnElement[bool]) -> datetime | None:
    query = select(cycles.c.at).where(cycles.c.tenant == tenant, *which).order_by(cycles.c.id).limit(1)
    moment: datetime | None = connection.scalar(query)
    return moment


_READ, _POSTPONED, _STILL_DUE, _DIRECTORY_ERRORS = (
    cycles.c.summary[name].as_integer() for name in ("read", "postponed", "still_due", "directory_errors")
)
# Built once: it runs with every command, and building it takes longer than running it.
_LATEST = (
    select(cycles.c.at)
    .where(cycles.c.tenant == bindparam("tenant"))
    .order_by(cycles.c.id.desc())
    .limit(bindparam("most"))
)
