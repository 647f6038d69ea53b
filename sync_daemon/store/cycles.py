"""What a tenant's cycles came to, and who could not be read as of the latest one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from sync_daemon.store import marks, schema
from sync_daemon.store.schema import cycles

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


def record(
    connection: Connection, tenant: str, now: datetime, summary: dict[str, Any], unreadable: Collection[int]
) -> None:
    """Remembers what a cycle came to, and the ids of who cannot be read as of now."""
    connection.execute(insert(cycles), {"tenant": tenant, "at": now, "summary": summary})
    marks.put(connection, schema.marks, marks.unreadable_key(tenant), json.dumps(sorted(unreadable)))


def unreadable(connection: Connection, tenant: str) -> frozenset[int]:
    """Whose calendars could not be read as of the tenant's latest cycle, by their ids."""
    ids = marks.value(connection, schema.marks, marks.unreadable_key(tenant))
    return frozenset(json.loads(ids) if ids else ())


def latest(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's latest cycle was, in UTC; None where there was none yet."""
    return next(iter(latest_ones(connection, tenant, 1)), None)


def latest_ones(connection: Connection, tenant: str, most: int) -> list[datetime]:
    """When the tenant's latest cycles were, the newest first; in UTC."""
    query = select(cycles.c.at).where(cycles.c.tenant == tenant).order_by(cycles.c.id.desc()).limit(most)
    return list(connection.scalars(query))


def first_filled(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's first cycle was that read a calendar and had none left to read, of those that are kept; in UTC.

    None where there was none yet.
    """
    read, postponed = (cycles.c.summary[name].as_integer() for name in ("read", "postponed"))
    through = read > 0, func.coalesce(postponed, 0) == 0
    query = select(cycles.c.at).where(cycles.c.tenant == tenant, *through).order_by(cycles.c.id).limit(1)
    moment: datetime | None = connection.scalar(query)
    return moment
