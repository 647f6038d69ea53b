"""What a tenant's cycles came to, and who could not be read as of the latest one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from sync_daemon.store import marks, schema
from sync_daemon.store.schema import cycles
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


def record(
    connection: Connection, tenant: str, now: datetime, summary: dict[str, Any], unreadable: Collection[int]
) -> None:
    """Remembers what a cycle came to, and the ids of who cannot be read as of now, each with since when."""
    connection.execute(insert(cycles), {"tenant": tenant, "at": now, "summary": summary})
    before = unread_since(connection, tenant)
    since = {str(id_): as_text(before.get(id_) or now) for id_ in sorted(unreadable)}
    marks.put(connection, schema.marks, marks.unreadable_key(tenant), json.dumps(since))


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


def latest(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's latest cycle was, in UTC; None where there was none yet."""
    return next(iter(latest_ones(connection, tenant, 1)), None)


def latest_ones(connection: Connection, tenant: str, most: int) -> list[datetime]:
    """When the tenant's latest cycles were, the newest first; in UTC."""
    query = select(cycles.c.at).where(cycles.c.tenant == tenant).order_by(cycles.c.id.desc()).limit(most)
    return list(connection.scalars(query))


def first(connection: Connection, tenant: str) -> datetime | None:
    """When the tenant's first cycle was, of those that are kept; in UTC. None where there was none yet."""
    moment: datetime | None = connection.scalar(select(func.min(cycles.c.at)).where(cycles.c.tenant == tenant))
    return moment
