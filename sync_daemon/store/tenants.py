"""A tenant's id, which the admin may change in the configuration, in every table that has it (`tenant rename`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update

from sync_daemon.errors import UserError
from sync_daemon.store import other_systems
from sync_daemon.store.in_force import in_force_view
from sync_daemon.store.schema import alerts, held, marks, metadata, subscribers
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from sqlalchemy import Connection


def people(connection: Connection) -> dict[str, int]:
    """How many people who have not left the store has, by the tenant's id."""
    query = select(subscribers.c.tenant, func.count()).where(subscribers.c.left_at.is_(None))
    return dict(connection.execute(query.group_by(subscribers.c.tenant).order_by(subscribers.c.tenant)).all())


def rename(connection: Connection, old: str, new: str) -> int:
    """Everything of the tenant `old` is `new`'s; how many people that are, those who left included.

    The locks of both are the caller's. Raises UserError, and nothing is written, where nobody is `old`'s, or somebody
    is `new`'s already.
    """
    count = select(func.count()).select_from(subscribers)
    moved = connection.scalar(count.where(subscribers.c.tenant == old)) or 0
    there = connection.scalar(count.where(subscribers.c.tenant == new)) or 0
    if not moved:
        known = ", ".join(connection.scalars(select(subscribers.c.tenant).distinct().order_by(subscribers.c.tenant)))
        raise UserError(
            Text(
                "the store has nobody of a tenant {old}; there are {tenants}",
                old=old,
                tenants=known or Text("no tenants in it yet"),
            )
        )
    if there:
        raise UserError(
            Text(
                "the store has {count} people of {new} already, and two tenants cannot be made one: give the tenant "
                "an id in the configuration that is new to the store, and rename it to that",
                count=there,
                new=new,
            )
        )
    connection.execute(delete(held).where(held.c.tenant == new))  # of nobody
    connection.execute(delete(alerts).where(or_(alerts.c.tenant == new, alerts.c.audience.in_([old, new]))))
    for table in metadata.sorted_tables:
        if "tenant" in table.c and table is not in_force_view:
            connection.execute(update(table).where(table.c.tenant == old).values(tenant=new))
    _rename_marks(connection, old, new)
    other_systems.rename_tenant(connection, old, new)
    return moved


def _rename_marks(connection: Connection, old: str, new: str) -> None:
    """They are named by what they say and the tenant's id, which has no space."""
    for name in connection.scalars(select(marks.c.name)).all():
        what, _, tenant = name.rpartition(" ")
        if what and tenant == old:
            connection.execute(delete(marks).where(marks.c.name == f"{what} {new}"))
            connection.execute(update(marks).where(marks.c.name == name).values(name=f"{what} {new}"))
