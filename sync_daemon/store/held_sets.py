"""The sets of changes, and of leavers, that the brake holds back (RULES 6.5), and who has let one through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from sync_daemon.store.schema import held

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Connection


CHANGES = "changes"
"""The kind of a set that removes or shortens referrals."""
LEAVERS = "leavers"
"""The kind of a set of people who would leave the directory."""


@dataclass(frozen=True, slots=True)
class HeldSet:
    """A set of changes that `count` readings asked for, from `first_reading` to `last_reading`, in UTC."""

    tenant: str
    set: str
    changes: Any
    first_reading: datetime
    last_reading: datetime
    count: int
    approved_by: str | None = None
    approved_at: datetime | None = None
    kind: str = CHANGES


def hold(  # noqa: PLR0913, PLR0917 - a row
    connection: Connection,
    tenant: str,
    set_name: str,
    changes: Any,  # noqa: ANN401 - JSON
    now: datetime,
    kind: str = CHANGES,
) -> HeldSet:
    """One more reading that asks for the set, and how often and since when it asks for each of its changes."""
    counted = {"changes": changes, "last_reading": now, "readings": held.c.readings + 1}
    again = update(held).where(*_the_one(tenant, set_name)).values(counted)
    if connection.execute(again).rowcount == 0:
        row = {"tenant": tenant, "set_name": set_name, "changes": changes, "first_reading": now, "last_reading": now}
        connection.execute(insert(held), {**row, "readings": 1, "kind": kind})
    return _found(connection, *_the_one(tenant, set_name))[0]


def all_of(connection: Connection, tenant: str, kind: str = CHANGES) -> list[HeldSet]:
    """The tenant's of that kind, in the order in which they were first asked for."""
    return _found(connection, held.c.tenant == tenant, held.c.kind == kind)


def approve(connection: Connection, tenant: str, set_name: str, by: str, now: datetime) -> bool:
    """Whether there is such a set to let through."""
    approved = update(held).where(*_the_one(tenant, set_name)).values(approved_by=by, approved_at=now)
    return connection.execute(approved).rowcount > 0


def drop(connection: Connection, tenant: str, keep: Collection[str], kind: str = CHANGES) -> None:
    """Forgets the tenant's others of that kind than these."""
    others = (held.c.tenant == tenant, held.c.kind == kind, held.c.set_name.not_in(keep))
    connection.execute(delete(held).where(*others))


def _the_one(tenant: str, set_name: str) -> tuple[ColumnElement[bool], ...]:
    return held.c.tenant == tenant, held.c.set_name == set_name


def _found(connection: Connection, *which: ColumnElement[bool]) -> list[HeldSet]:
    query = select(*_COLUMNS).where(*which).order_by(held.c.first_reading, held.c.set_name)
    return [HeldSet(*row) for row in connection.execute(query)]


_COLUMNS = (
    held.c.tenant,
    held.c.set_name,
    held.c.changes,
    held.c.first_reading,
    held.c.last_reading,
    held.c.readings,
    held.c.approved_by,
    held.c.approved_at,
    held.c.kind,
)
